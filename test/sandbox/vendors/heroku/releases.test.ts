import { randomBytes, randomUUID } from "node:crypto";

import { configVarsOf, valueInDyno } from "../../../../sandbox/vendors/heroku";
import { each, field, Harness } from "./harness";

const path = "/apps/raxx-api-prod/releases";
let harness: Harness;

beforeEach(async () => {
  harness = await Harness.start();
});

afterEach(() => harness.stop());

function set(vars: Record<string, string | null>) {
  return harness.call("PATCH", "/apps/raxx-api-prod/config-vars", { body: vars });
}

test("a fresh app has its first three releases, the last of them current", async () => {
  const answer = await harness.call("GET", path);
  expect(answer.status).toBe(200);
  expect(each(answer, "version")).toEqual([1, 2, 3]);
  expect(each(answer, "current")).toEqual([false, false, true]);
  expect(field(answer, 1)).toMatchObject({
    description: "Set NODE_ENV config vars",
    status: "succeeded",
    user: { id: harness.account.id, email: "ops@raxx.app" },
    app: { id: harness.app.id, name: "raxx-api-prod" },
    slug: null,
    addon_plan_names: [],
    output_stream_url: null,
  });
});

test("order=desc,max=1 answers the newest with 206", async () => {
  await set({ FOO: "1" });
  const answer = await harness.call("GET", path, { headers: { range: "version ..; order=desc,max=1" } });
  expect(answer.status).toBe(206);
  expect(each(answer, "version")).toEqual([4]);
  expect(answer.headers.get("next-range")).toBe("version ]4..; order=desc,max=1");
});

test("Next-Range leads through all of them, newest first", async () => {
  const versions: unknown[] = [];
  for (let range: string | null = "version ..; order=desc,max=2"; range !== null;) {
    const answer = await harness.call("GET", path, { headers: { range } });
    versions.push(...each(answer, "version"));
    range = answer.headers.get("next-range");
  }
  expect(versions).toEqual([3, 2, 1]);
});

test("versions are ordered as numbers", async () => {
  for (let count = 1; count <= 8; count += 1) await set({ FOO: String(count) });
  const answer = await harness.call("GET", path, { headers: { range: "version 9..; max=2" } });
  expect(each(answer, "version")).toEqual([9, 10]);
});

test("a release is found by its version and by its id", async () => {
  const byVersion = await harness.call("GET", `${path}/2`);
  expect(field(byVersion, "version")).toBe(2);
  const byId = await harness.call("GET", `${path}/${String(field(byVersion, "id"))}`);
  expect(byId.body).toEqual(byVersion.body);
});

test("an unknown release answers 404", async () => {
  for (const identity of ["99", randomUUID()]) {
    const answer = await harness.call("GET", `${path}/${identity}`);
    expect(answer.status).toBe(404);
    expect(field(answer, "resource")).toBe("release");
  }
});

test("an old value stays readable in its release", async () => {
  const [old, fresh] = [randomBytes(16).toString("hex"), randomBytes(16).toString("hex")];
  await set({ FOO: old });
  await set({ FOO: fresh });
  expect(field(await harness.call("GET", `${path}/4/config-vars`), "FOO")).toBe(old);
  expect(field(await harness.call("GET", `${path}/5/config-vars`), "FOO")).toBe(fresh);
});

test("a rollback restores the release's config vars as a new release and restarts", async () => {
  // GIVEN a value that was replaced
  const old = randomBytes(16).toString("hex");
  await set({ FOO: old });
  const id = field(await harness.call("GET", `${path}/4`), "id");
  await set({ FOO: null, BAR: "1" });

  // WHEN the app is rolled back to the release that had it
  const answer = await harness.call("POST", path, { body: { release: id } });

  // THEN the old value is back, also in the dynos
  expect(answer.status).toBe(201);
  expect(answer.body).toMatchObject({ version: 6, description: "Rollback to v4", current: true });
  expect(configVarsOf(harness.state, harness.app)).toEqual({ NODE_ENV: "production", FOO: old });
  expect(harness.app.dynos.map((dyno) => valueInDyno(harness.state, dyno, "FOO"))).toEqual([old, old, old]);
});

test.each([
  ["no release", {}],
  ["a version instead of an id", { release: "3" }],
  ["an unknown field", { release: randomUUID(), slug: randomUUID() }],
])("a rollback with %s answers 422", async (_what, body) => {
  expect((await harness.call("POST", path, { body })).status).toBe(422);
});

test("a rollback to a release of another app answers 404", async () => {
  const release = harness.state.releases.find((one) => one.app_id !== harness.app.id)?.id;
  expect((await harness.call("POST", path, { body: { release } })).status).toBe(404);
});

test("a rollback to a release without a slug answers 422", async () => {
  const release = harness.state.releases.find((one) => one.app_id === harness.app.id)?.id;
  expect((await harness.call("POST", path, { body: { release } })).status).toBe(422);
});
