import { randomBytes, randomUUID } from "node:crypto";

import { createUserToken, revokeExposed } from "../../../../sandbox/vendors/cloudflare";
import { newLegacyValue, newValue, valuePrefixes } from "../../../../sandbox/vendors/cloudflare/values";
import { dayMs, failed, failure, fromNow, Harness, success } from "./harness";

let harness: Harness;

beforeEach(async () => {
  harness = await Harness.start();
});

afterEach(() => harness.stop());

const malformed = [6003, "Invalid request headers", 6111, "Invalid format for Authorization header"];

/** Everything that makes a token one that no longer, or not yet, works. */
const deaths: [string, (harness: Harness) => string][] = [
  ["an unknown token", () => newValue(valuePrefixes.user)],
  ["an unknown token from before 2026", () => newLegacyValue()],
  ["a deleted token", (h) => ((h.state.tokens = []), h.token)],
  ["a token whose time has not come", (h) => ((h.minter.not_before = fromNow(dayMs)), h.token)],
];

const inactive: [string, (harness: Harness) => void][] = [
  ["disabled", ({ minter }) => (minter.status = "disabled")],
  ["expired", ({ minter }) => (minter.expires_on = fromNow(-1000))],
  [
    "revoked (exposed)",
    ({ minter }) => {
      revokeExposed(minter);
    },
  ],
];

describe("the Authorization header", () => {
  test.each([
    ["a value that is too short", "Bearer abc"],
    ["a value with other characters", `Bearer ${"ä".repeat(20)}`],
    ["a value of another vendor", `Bearer HRKU-${randomUUID()}`],
    ["quotation marks around the value", `Bearer "${newLegacyValue()}"`],
    ["another scheme", `Token ${newLegacyValue()}`],
    ["no scheme", newLegacyValue()],
  ])("refuses %s with 400 6003, and 6111 in the chain", async (_what, authorization) => {
    for (const path of ["/user/tokens/verify", "/zones"]) {
      const headers = { authorization: Buffer.from(authorization, "utf8").toString("latin1") };
      const answer = await harness.call("GET", path, { token: null, headers });
      expect(answer).toMatchObject(failed(400, 6003));
      const [error] = answer.body.errors as { code: number; message: string; error_chain?: unknown }[];
      expect(error).toEqual({
        code: malformed[0],
        message: malformed[1],
        error_chain: [{ code: malformed[2], message: malformed[3] }],
      });
    }
  });

  test("is missing with 1001 on verify, and with 9106 elsewhere", async () => {
    expect(await harness.call("GET", "/user/tokens/verify", { token: null })).toMatchObject(
      failed(400, 1001),
    );
    expect(await harness.call("GET", "/zones", { token: null })).toMatchObject(failed(400, 9106));
  });

  test("global keys are refused: 6103 for what is none, 9103 for one that nobody has", async () => {
    const keyed = (key: string) =>
      harness.call("GET", "/zones", { token: null, headers: { "x-auth-email": "a@b.c", "x-auth-key": key } });
    const wrong = await keyed("short");
    expect(wrong).toMatchObject(failed(400, 6003));
    expect(wrong.text).toContain("6103");
    expect(await keyed(randomBytes(19).toString("hex").slice(0, 37))).toMatchObject(failed(403, 9103));
  });
});

describe("verify", () => {
  test("answers an active token with its id, its status and the message 10000", async () => {
    const { body } = await harness.call("GET", "/user/tokens/verify");
    expect(body).toEqual({
      ...success,
      result: { id: harness.minter.id, status: "active" },
      messages: [{ code: 10000, message: "This API Token is valid and active", type: null }],
    });
  });

  test("says when a token expires and since when it is valid", async () => {
    const [not_before, expires_on] = [fromNow(-dayMs), fromNow(dayMs)];
    Object.assign(harness.minter, { not_before, expires_on });
    expect(await harness.client().user.tokens.verify()).toEqual({
      id: harness.minter.id,
      status: "active",
      not_before,
      expires_on,
    });
  });

  test("needs no permission", async () => {
    const { token, value } = harness.userToken([harness.onZone("Cache Purge")]);
    expect(await harness.client(value).user.tokens.verify()).toMatchObject({ id: token.id });
  });

  test.each(deaths)("answers %s with 401 1000, or with 400 as some report", async (_what, kill) => {
    const token = kill(harness);
    expect(await failure(harness.client(token).user.tokens.verify())).toEqual({ status: 401, codes: [1000] });
    harness.state.variants.unknown_token_status = 400;
    expect(await harness.call("GET", "/user/tokens/verify", { token })).toMatchObject(failed(400, 1000));
  });

  test.each(inactive)("answers a token that is %s with success and its status", async (status, change) => {
    change(harness);
    const { body } = await harness.call("GET", "/user/tokens/verify");
    expect(body).toMatchObject({ ...success, result: { status }, messages: [] });
    harness.state.variants.inactive_on_verify = "refused";
    expect(await harness.call("GET", "/user/tokens/verify")).toMatchObject(failed(401, 1000));
  });
});

describe("verify of an account token", () => {
  test("works on its own account's route, and fails on the user's", async () => {
    const { token, value } = harness.accountToken([harness.onAccount("Pages Read")]);
    const client = harness.client(value);
    const account_id = harness.ids.account;
    expect(await client.accounts.tokens.verify({ account_id })).toMatchObject({
      id: token.id,
      status: "active",
    });
    expect(await failure(client.user.tokens.verify())).toEqual({ status: 401, codes: [1000] });
    const other = client.accounts.tokens.verify({ account_id: harness.ids.foreignAccount });
    expect(await failure(other)).toEqual({ status: 401, codes: [1000] });
  });

  test("fails for a user token", async () => {
    const call = harness.client().accounts.tokens.verify({ account_id: harness.ids.account });
    expect(await failure(call)).toEqual({ status: 401, codes: [1000] });
  });
});

describe("a dead token elsewhere than on verify", () => {
  test.each(deaths)("%s looks as if a permission were missing, or gets 401 10000", async (_what, kill) => {
    const token = kill(harness);
    const answer = await harness.call("GET", "/zones", { token });
    expect(answer).toMatchObject(failed(403, 9109));
    expect(answer.text).toContain("Invalid access token");
    harness.state.variants.unknown_token_elsewhere = 10000;
    expect(await harness.call("GET", "/zones", { token })).toMatchObject(failed(401, 10000));
  });

  test.each(inactive)("one that is %s is refused as well", async (_status, change) => {
    change(harness);
    expect(await harness.call("GET", "/zones")).toMatchObject(failed(403, 9109));
  });
});

describe("the address condition", () => {
  const verify = () => harness.call("GET", "/user/tokens/verify");

  test("refuses an address that is not in the list, and one that is in the other list", async () => {
    harness.minter.condition = { request_ip: { in: ["192.0.2.0/24"] } };
    const answer = await verify();
    expect(answer).toMatchObject(failed(403, 9109));
    expect(answer.text).toContain("Cannot use the access token from location: 127.0.0.1");
    harness.minter.condition = { request_ip: { in: ["127.0.0.0/8"], not_in: ["127.0.0.1"] } };
    expect(await verify()).toMatchObject(failed(403, 9109));
    expect(await harness.call("GET", "/zones")).toMatchObject(failed(403, 9109));
  });

  test("lets an address pass that is in the list", async () => {
    harness.minter.condition = { request_ip: { in: ["2001:db8::/32", "127.0.0.0/8"] } };
    expect((await verify()).status).toBe(200);
  });
});

describe("a token's own record", () => {
  test("values look like Cloudflare's, the older ones work too", async () => {
    expect(harness.token).toMatch(/^cfut_[A-Za-z0-9]{40}[0-9a-f]{8}$/);
    expect(harness.accountToken([harness.onAccount("Pages Read")]).value).toMatch(
      /^cfat_[A-Za-z0-9]{40}[0-9a-f]{8}$/,
    );
    const { operator: user } = harness;
    const policies = [harness.onZone("Zone Read")];
    const { value } = createUserToken(harness.state, { user, name: "old", policies, legacyValue: true });
    expect(value).toMatch(/^[A-Za-z0-9_-]{40}$/);
    expect(await harness.client(value).user.tokens.verify()).toMatchObject({ status: "active" });
  });

  test("has the time of its last use, on disk too", async () => {
    expect(harness.minter.last_used_on).toBeNull();
    await harness.call("GET", "/zones");
    const used = Date.now() - new Date(harness.minter.last_used_on ?? 0).getTime();
    expect(used).toBeLessThan(5000);
    const { last_used_on } = harness.minter;
    await harness.restart();
    expect(harness.state.tokens[0]).toMatchObject({ last_used_on });
  });
});
