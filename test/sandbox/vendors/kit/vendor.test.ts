import { randomBytes } from "node:crypto";

import { Running } from "./notes-vendor";

let vendor: Running;

beforeEach(() => {
  vendor = new Running();
});

afterEach(() => vendor.stop());

test("listens on loopback only", async () => {
  await vendor.start();
  expect(vendor.it.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
});

test("starts from the seed, and from the disk after a restart", async () => {
  await vendor.start({ seed: () => ({ notes: [{ from: "seed" }] }) });
  await vendor.post({ from: "call" });
  await vendor.restart();
  expect(await (await vendor.get()).json()).toEqual([{ from: "seed" }, { from: "call" }]);
});

test("the call log goes on after a restart, the faults do not", async () => {
  await vendor.start();
  await vendor.get();
  await vendor.fault({ kind: "status", times: 0 });
  await vendor.restart();
  expect((await vendor.get()).status).toBe(200);
  expect(vendor.it.log.read().map((call) => call.status)).toEqual([200, 200]);
});

test("closes although a client keeps its connection open", async () => {
  await vendor.start();
  await vendor.get();
  await vendor.restart();
});

test("an unknown route answers 404 in the vendor's envelope", async () => {
  await vendor.start();
  const answer = await vendor.get("/nowhere?q=1");
  expect(answer.status).toBe(404);
  expect(await answer.json()).toEqual({ error: 404, at: "/nowhere" });
});

test("a failing route answers 500 and says nothing of the reason", async () => {
  await vendor.start();
  const answer = await vendor.get("/broken");
  expect(answer.status).toBe(500);
  expect(await answer.json()).toEqual({ error: 500, at: "/broken" });
});

test("takes the JSON content type with an empty body, and answers 400 to a body that is no JSON", async () => {
  await vendor.start();
  const headers = { "content-type": "application/json" };
  const send = (init: RequestInit) => fetch(`${vendor.it.url}/notes`, { headers, ...init });
  expect((await send({ method: "GET" })).status).toBe(200);
  expect((await send({ method: "POST", body: "{" })).status).toBe(400);
});

test("calls onRequest for the vendor's calls and for the control endpoint", async () => {
  let requests = 0;
  await vendor.start({ onRequest: () => (requests += 1) });
  await vendor.get();
  await vendor.get("/_sandbox/calls");
  expect(requests).toBe(2);
});

describe("the call log", () => {
  test("has method, path without query, status and key names", async () => {
    await vendor.start();
    await vendor.post({ FOO: "1", BAR: { nested: "2" } }, "/notes?dry=1");
    const [call] = vendor.it.log.read();
    expect(call).toEqual({
      time: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      method: "POST",
      path: "/notes",
      status: 201,
      keys: ["FOO", "BAR"],
    });
  });

  test("has the names a route gave instead of the body's fields", async () => {
    await vendor.start();
    await fetch(`${vendor.it.url}/named/CI_TOKEN`, { method: "PUT" });
    expect(vendor.it.log.read().at(-1)?.keys).toEqual(["CI_TOKEN"]);
  });

  test("never has a value: not of bodies, headers, queries, answers or refused bodies", async () => {
    await vendor.start();
    const value = randomBytes(16).toString("hex");
    await vendor.post({ FOO: value, BAR: [value], BAZ: { QUX: value } }, `/notes?token=${value}`);
    await fetch(`${vendor.it.url}/notes`, { headers: { authorization: `Bearer ${value}` } });
    const headers = { "content-type": "application/json" };
    await fetch(`${vendor.it.url}/notes`, { method: "POST", headers, body: `{"FOO":"${value}"` });
    await fetch(`${vendor.it.url}/notes`, { method: "POST", headers, body: JSON.stringify(value) });
    await fetch(`${vendor.it.url}/notes`, { method: "POST", headers, body: JSON.stringify([value]) });
    const calls = vendor.it.log.read();
    expect(calls).toHaveLength(5);
    expect(JSON.stringify(calls)).not.toContain(value);
  });

  test("has exactly one line per call, also where a fault answered", async () => {
    await vendor.start();
    for (const fault of [
      { kind: "status", status: 503 },
      { kind: "rate-limit" },
      { kind: "drop-before" },
      { kind: "drop-after" },
      { kind: "delay", delayMs: 1 },
    ]) {
      // A POST is never repeated by the client by itself: one call is one line.
      await vendor.fault(fault);
      await vendor.post({ FOO: "1" }).catch(() => undefined);
    }
    await vendor.get("/nowhere");
    await vendor.get("/broken");
    expect(vendor.it.log.read().map((call) => call.status)).toEqual([503, 429, 0, 0, 201, 404, 500]);
  });

  test("is served as JSON, and control calls are not in it", async () => {
    await vendor.start();
    await vendor.get();
    await vendor.get("/_sandbox/faults");
    const served: unknown = await (await vendor.get("/_sandbox/calls")).json();
    expect(served).toEqual(vendor.it.log.read());
    expect(served).toHaveLength(1);
  });
});
