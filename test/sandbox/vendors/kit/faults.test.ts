import { Running } from "./notes-vendor";

let vendor: Running;

beforeEach(async () => {
  vendor = await new Running().start();
});

afterEach(() => vendor.stop());

async function statuses(
  count: number,
  call: () => Promise<Response> = () => vendor.get(),
): Promise<number[]> {
  const seen: number[] = [];
  for (let index = 0; index < count; index += 1) seen.push((await call()).status);
  return seen;
}

function stored(): number {
  return vendor.it.store.state.notes.length;
}

describe("which call fails", () => {
  test("the next one, once, where nothing else is said", async () => {
    await vendor.fault({ kind: "status" });
    expect(await statuses(3)).toEqual([500, 200, 200]);
  });

  test("call N, and only that", async () => {
    await vendor.fault({ kind: "status", call: 3 });
    expect(await statuses(5)).toEqual([200, 200, 500, 200, 200]);
  });

  test("as many in a row as times says", async () => {
    await vendor.fault({ kind: "status", call: 2, times: 2 });
    expect(await statuses(5)).toEqual([200, 500, 500, 200, 200]);
  });

  test("every one from call N on with times 0, until the faults are cleared", async () => {
    await vendor.fault({ kind: "status", call: 2, times: 0 });
    expect(await statuses(4)).toEqual([200, 500, 500, 500]);
    await fetch(`${vendor.it.url}/_sandbox/faults`, { method: "DELETE" });
    expect(await statuses(2)).toEqual([200, 200]);
  });

  test("counts only calls of its method and path", async () => {
    await vendor.fault({ kind: "status", method: "post", path: "/notes", call: 2 });
    expect(await statuses(2)).toEqual([200, 200]);
    expect(await statuses(1, () => vendor.post())).toEqual([201]);
    expect(await statuses(2, () => vendor.get("/notes?page=2"))).toEqual([200, 200]);
    expect(await statuses(2, () => vendor.post())).toEqual([500, 201]);
  });

  test("a star in the path stands for any run of characters, a dot for itself", async () => {
    await vendor.fault({ kind: "status", path: "/na*/a.b", times: 0 });
    const put = (path: string) => fetch(vendor.it.url + path, { method: "PUT" });
    expect(await statuses(1, () => put("/named/a.b"))).toEqual([500]);
    expect(await statuses(1, () => put("/named/aXb"))).toEqual([200]);
    expect(await statuses(1)).toEqual([200]);
  });

  test("two faults count each for themselves", async () => {
    await vendor.fault({ kind: "status", status: 503, call: 1 });
    await vendor.fault({ kind: "status", status: 502, call: 2 });
    expect(await statuses(3)).toEqual([503, 502, 200]);
  });

  test("control calls are not counted", async () => {
    await vendor.fault({ kind: "status", call: 2 });
    await vendor.get("/_sandbox/calls");
    expect(await statuses(2)).toEqual([200, 500]);
  });
});

describe("what the caller sees", () => {
  test("status: this status in the vendor's envelope, and nothing was carried out", async () => {
    await vendor.fault({ kind: "status", status: 403 });
    const answer = await vendor.post();
    expect(answer.status).toBe(403);
    expect(await answer.json()).toEqual({ error: 403, at: "/notes" });
    expect(stored()).toBe(0);
  });

  test("rate-limit: 429 with Retry-After, and nothing was carried out", async () => {
    await vendor.fault({ kind: "rate-limit", retryAfterSeconds: 7 });
    const answer = await vendor.post();
    expect(answer.status).toBe(429);
    expect(answer.headers.get("retry-after")).toBe("7");
    expect(await answer.json()).toEqual({ error: 429, at: "/notes" });
    expect(stored()).toBe(0);
    expect((await vendor.post()).status).toBe(201);
  });

  test("drop-before: no answer, and nothing was carried out", async () => {
    await vendor.fault({ kind: "drop-before", method: "POST" });
    await expect(vendor.post()).rejects.toThrow("fetch failed");
    expect(stored()).toBe(0);
    expect((await vendor.post()).status).toBe(201);
  });

  test("drop-after: no answer, but it was carried out", async () => {
    await vendor.fault({ kind: "drop-after", method: "POST" });
    await expect(vendor.post()).rejects.toThrow("fetch failed");
    expect(stored()).toBe(1);
    expect(await (await vendor.get()).json()).toEqual([{}]);
  });

  test("delay: the true answer, later", async () => {
    await vendor.fault({ kind: "delay", delayMs: 200 });
    const start = performance.now();
    expect((await vendor.post()).status).toBe(201);
    expect(performance.now() - start).toBeGreaterThan(190);
    expect(stored()).toBe(1);
  });
});

describe("the control endpoint", () => {
  test("lists what is armed, with defaults filled in", async () => {
    await vendor.fault({ kind: "drop-before" });
    expect(await (await vendor.get("/_sandbox/faults")).json()).toEqual([
      expect.objectContaining({ kind: "drop-before", path: "*", call: 1, times: 1 }),
    ]);
  });

  test.each([{}, { kind: "explode" }, { kind: "status", status: 200 }, { kind: "delay", calls: 2 }])(
    "refuses the fault %p with 422",
    async (fault) => {
      expect((await vendor.post(fault, "/_sandbox/faults")).status).toBe(422);
      expect(vendor.it.faults.list()).toEqual([]);
    },
  );
});
