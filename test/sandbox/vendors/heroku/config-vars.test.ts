import { randomBytes } from "node:crypto";

import { configVarsOf, currentRelease, releasesOf, valueInDyno } from "../../../../sandbox/vendors/heroku";
import { field, Harness } from "./harness";

const path = "/apps/raxx-api-prod/config-vars";
let harness: Harness;

beforeEach(async () => {
  harness = await Harness.start();
});

afterEach(() => harness.stop());

function patch(body: unknown) {
  return harness.call("PATCH", path, { body });
}

function newest() {
  return currentRelease(harness.state, harness.app);
}

test("PATCH answers all config vars, not only the changed ones", async () => {
  const value = randomBytes(16).toString("hex");
  const answer = await patch({ FOO: value });
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({ NODE_ENV: "production", FOO: value });
  expect((await harness.call("GET", path)).body).toEqual({ NODE_ENV: "production", FOO: value });
  expect(configVarsOf(harness.state, harness.app)).toEqual({ NODE_ENV: "production", FOO: value });
});

test("PATCH of several keys makes one release", async () => {
  const before = newest().version;
  await patch({ FOO: "1", BAR: "2" });
  expect(newest()).toMatchObject({ version: before + 1, description: "Set FOO, BAR config vars" });
});

test("PATCH with null removes a key", async () => {
  await patch({ FOO: "1" });
  const answer = await patch({ FOO: null });
  expect(answer.body).toEqual({ NODE_ENV: "production" });
  expect(newest().description).toBe("Remove FOO config vars");
});

test.each([
  ["values as they are", { NODE_ENV: "production" }],
  ["null for an absent key", { ABSENT: null }],
  ["no key at all", {}],
])("PATCH with %s makes no release and restarts nothing", async (_what, body) => {
  const before = structuredClone([releasesOf(harness.state, harness.app), harness.app.dynos]);
  const answer = await patch(body);
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({ NODE_ENV: "production" });
  expect([releasesOf(harness.state, harness.app), harness.app.dynos]).toEqual(before);
});

test("only the effective changes are in the release's description", async () => {
  await patch({ NODE_ENV: "production", FOO: "1", ABSENT: null });
  expect(newest().description).toBe("Set FOO config vars");
});

test("a change restarts all dynos on the new value", async () => {
  const value = randomBytes(16).toString("hex");
  const before = harness.app.dynos.map((dyno) => dyno.id);
  await patch({ FOO: value });
  for (const dyno of harness.app.dynos) {
    expect(valueInDyno(harness.state, dyno, "FOO")).toBe(value);
    expect(before).not.toContain(dyno.id);
  }
});

test("HEROKU_API_KEY can be set, as the batch of 2026-05-06 did", async () => {
  expect((await patch({ HEROKU_API_KEY: randomBytes(16).toString("hex") })).status).toBe(200);
});

test.each(["WITH-HYPHEN", "with space", "", "__PRIVATE", "__proto__", "A.B", "KÄSE"])(
  "PATCH of the key %p answers 422 and changes nothing",
  async (key) => {
    const answer = await patch(
      Object.fromEntries([
        ["GOOD", "1"],
        [key, "1"],
      ]),
    );
    expect(answer.status).toBe(422);
    expect(field(answer, "id")).toBe("invalid_params");
    expect(configVarsOf(harness.state, harness.app)).toEqual({ NODE_ENV: "production" });
  },
);

test.each([1, true, {}, ["x"]])("PATCH with the value %p answers 422", async (value) => {
  const answer = await patch({ FOO: value });
  expect(answer.status).toBe(422);
  expect(configVarsOf(harness.state, harness.app)).toEqual({ NODE_ENV: "production" });
});

test("PATCH with a list answers 400", async () => {
  expect((await patch(["FOO"])).status).toBe(400);
});

test("32 KB of keys and values fit, one byte more answers 422", async () => {
  const rest = 32 * 1024 - "NODE_ENV".length - "production".length - "BIG".length;
  const over = await patch({ BIG: "x".repeat(rest + 1) });
  expect(over.status).toBe(422);
  expect(Object.keys(configVarsOf(harness.state, harness.app))).toEqual(["NODE_ENV"]);
  expect((await patch({ BIG: "x".repeat(rest) })).status).toBe(200);
});

test("keys that every object has are keys like others", async () => {
  const answer = await patch({ constructor: "1", toString: "2" });
  expect(answer.body).toEqual({ NODE_ENV: "production", constructor: "1", toString: "2" });
});

test("the call log names the keys and has no value", async () => {
  const value = randomBytes(16).toString("hex");
  await patch({ FOO: value, NODE_ENV: null });
  const calls = harness.vendor.log.read();
  expect(calls.at(-1)).toMatchObject({ method: "PATCH", path, status: 200, keys: ["FOO", "NODE_ENV"] });
  expect(JSON.stringify(calls)).not.toContain(value);
});
