import { randomUUID } from "node:crypto";

import { createAuthorization } from "../../../../sandbox/vendors/heroku";
import { each, field, Harness } from "./harness";

const path = "/oauth/authorizations";
let harness: Harness;

beforeEach(async () => {
  harness = await Harness.start();
});

afterEach(() => harness.stop());

async function mint(body: unknown = { scope: ["identity"], description: "probe" }) {
  const answer = await harness.call("POST", path, { body });
  return {
    answer,
    id: String(field(answer, "id")),
    token: String(field(answer, "access_token", "token")),
  };
}

function works(token: string): Promise<boolean> {
  return harness.call("GET", "/account", { token }).then((answer) => answer.status === 200);
}

test("POST answers 201 with a token that works", async () => {
  const { answer, token } = await mint();
  expect(answer.status).toBe(201);
  expect(answer.body).toMatchObject({
    scope: ["identity"],
    description: "probe",
    access_token: { expires_in: null },
    client: null,
    grant: null,
    refresh_token: null,
    user: { id: harness.account.id, email: "ops@raxx.app", full_name: "ops" },
  });
  expect(token).toMatch(/^HRKU-[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
  expect(await works(token)).toBe(true);
});

test("POST twice with one description makes two authorizations", async () => {
  const [first, second] = [await mint(), await mint()];
  expect(first.id).not.toBe(second.id);
  expect(harness.state.authorizations.filter((one) => one.description === "probe")).toHaveLength(2);
});

test("POST with expires_in sets the end of the token", async () => {
  const { answer, id } = await mint({ scope: ["identity"], expires_in: 3600 });
  expect(field(answer, "access_token", "expires_in")).toBe(3600);
  const stored = harness.state.authorizations.find((one) => one.id === id);
  const seconds = (new Date(stored?.access_token.expires_at ?? 0).getTime() - Date.now()) / 1000;
  expect(seconds).toBeGreaterThan(3590);
  expect(seconds).toBeLessThanOrEqual(3600);
});

test.each([
  ["no scope", { description: "x" }],
  ["an empty scope", { scope: [] }],
  ["a scope that is no list", { scope: "global" }],
  ["an unknown scope", { scope: ["config"] }],
  ["an unknown field", { scope: ["read"], note: "x" }],
  ["expires_in 0", { scope: ["read"], expires_in: 0 }],
  ["a broken expires_in", { scope: ["read"], expires_in: 1.5 }],
  ["expires_in as text", { scope: ["read"], expires_in: "60" }],
  ["no body", undefined],
])("POST with %s answers 422 invalid_params and makes nothing", async (_what, body) => {
  const answer = await harness.call("POST", path, { body });
  expect(answer.status).toBe(422);
  expect(field(answer, "id")).toBe("invalid_params");
  expect(harness.state.authorizations).toHaveLength(1);
});

test("an error message does not repeat what was sent", async () => {
  const value = randomUUID();
  const { answer } = await mint({ scope: [value], description: { value } });
  expect(answer.status).toBe(422);
  expect(JSON.stringify(answer.body)).not.toContain(value);
});

test("GET of one and of the list shows the token again", async () => {
  const { id, token } = await mint();
  expect(field(await harness.call("GET", `${path}/${id}`), "access_token", "token")).toBe(token);
  const list = await harness.call("GET", path);
  expect(list.status).toBe(200);
  expect(each(list, "access_token")).toContainEqual(expect.objectContaining({ token }));
});

test("the list is paged: 206 with Next-Range, then 200", async () => {
  for (let count = 1; count < 250; count += 1) {
    createAuthorization(harness.state, { account: harness.account, scope: ["read"] });
  }
  const first = await harness.call("GET", path);
  expect(first.status).toBe(206);
  expect(each(first, "id")).toHaveLength(200);
  const last = String(field(first, 199, "id"));
  expect(first.headers.get("content-range")).toBe(`id ${String(field(first, 0, "id"))}..${last}`);
  expect(first.headers.get("next-range")).toBe(`id ]${last}..; max=200`);

  const range = first.headers.get("next-range");
  const second = await harness.call("GET", path, { headers: { range } });
  expect(second.status).toBe(200);
  expect(second.headers.get("next-range")).toBeNull();
  const ids = [...each(first, "id"), ...each(second, "id")];
  expect(new Set(ids)).toEqual(new Set(harness.state.authorizations.map((one) => one.id)));
  expect(ids).toHaveLength(250);
});

test("a Range with max=1000 takes all at once", async () => {
  for (let count = 1; count < 250; count += 1) {
    createAuthorization(harness.state, { account: harness.account, scope: ["read"] });
  }
  const answer = await harness.call("GET", path, { headers: { range: "id ..; max=1000" } });
  expect(answer.status).toBe(200);
  expect(each(answer, "id")).toHaveLength(250);
});

test.each(["description ..", "id ..; max=1001", "id ..; max=0", "id ..; order=up", "items=0-9"])(
  "the Range %p answers 416",
  async (range) => {
    const answer = await harness.call("GET", path, { headers: { range } });
    expect(answer.status).toBe(416);
    expect(field(answer, "id")).toBe("requested_range_not_satisfiable");
  },
);

test("DELETE answers the deleted object, and its token fails at once", async () => {
  const { id, token } = await mint();
  const answer = await harness.call("DELETE", `${path}/${id}`);
  expect(answer.status).toBe(200);
  expect(field(answer, "id")).toBe(id);
  expect(await works(token)).toBe(false);
  expect(harness.state.authorizations.map((one) => one.id)).not.toContain(id);
});

test("DELETE twice answers 404", async () => {
  const { id } = await mint();
  await harness.call("DELETE", `${path}/${id}`);
  const answer = await harness.call("DELETE", `${path}/${id}`);
  expect(answer.status).toBe(404);
  expect(answer.body).toEqual({
    id: "not_found",
    message: "Couldn't find that authorization.",
    resource: "authorization",
  });
  expect((await harness.call("GET", `${path}/${id}`)).status).toBe(404);
});

test("a token may delete its own authorization, and is dead after it", async () => {
  const { id, token } = await mint({ scope: ["global"] });
  expect((await harness.call("DELETE", `${path}/${id}`, { token })).status).toBe(200);
  expect((await harness.call("DELETE", `${path}/${id}`, { token })).status).toBe(401);
});

test("regenerate-tokens answers a new token and the old one dies", async () => {
  const { id, token } = await mint({ scope: ["identity"], expires_in: 3600 });
  const answer = await harness.call("POST", `${path}/${id}/actions/regenerate-tokens`);
  expect(answer.status).toBe(200);
  const fresh = String(field(answer, "access_token", "token"));
  expect(fresh).not.toBe(token);
  expect(field(answer, "access_token", "expires_in")).toBe(3600);
  expect([await works(token), await works(fresh)]).toEqual([false, true]);
});

test("PATCH without a client answers 422 and keeps the description", async () => {
  const { id } = await mint();
  const answer = await harness.call("PATCH", `${path}/${id}`, { body: { description: "other" } });
  expect(answer.status).toBe(422);
  expect(harness.state.authorizations.find((one) => one.id === id)?.description).toBe("probe");
});

test("an authorization of another account is unknown", async () => {
  const other = harness.state.accounts[1];
  if (other === undefined) throw new Error("no second account");
  const { id } = createAuthorization(harness.state, { account: other, scope: ["global"] });
  expect((await harness.call("DELETE", `${path}/${id}`)).status).toBe(404);
  expect(each(await harness.call("GET", path), "id")).not.toContain(id);
  expect(harness.state.authorizations.map((one) => one.id)).toContain(id);
});
