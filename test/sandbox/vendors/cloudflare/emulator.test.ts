import { randomBytes } from "node:crypto";

import { failed, failure, Harness, policy } from "./harness";

let harness: Harness;

beforeEach(async () => {
  harness = await Harness.start();
});

afterEach(() => harness.stop());

async function arm(fault: object): Promise<void> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify(fault);
  const { status } = await fetch(`${harness.vendor.url}/_sandbox/faults`, { method: "POST", headers, body });
  expect(status).toBe(201);
}

const verify = () => harness.call("GET", "/user/tokens/verify");
const create = () =>
  harness.client().user.tokens.create({ name: "made", policies: [policy(harness.onZone("DNS Write"))] });
const madeTokens = () => harness.state.tokens.filter(({ name }) => name === "made");

/** `r` and `t` of the header: how many calls are left, and for how many seconds. */
function left(headers: Record<string, string | string[] | undefined>): [number, number] {
  const [, remaining, seconds] = /^"default";r=(\d+);t=(\d+)$/.exec(String(headers.ratelimit)) ?? [];
  return [Number(remaining), Number(seconds)];
}

describe("the rate limit", () => {
  test("is 1200 calls in five minutes, which all tokens of a user share", async () => {
    const { headers } = await verify();
    expect(headers["ratelimit-policy"]).toBe('"burst";q=1200;w=300');
    expect(left(headers)).toEqual([1199, 300]);
    const { value } = harness.userToken([]);
    const other = await harness.call("GET", "/user/tokens/verify", { token: value });
    expect(left(other.headers)[0]).toBe(1198);
  });

  test("is an account token's own", async () => {
    await verify();
    const { value } = harness.accountToken([]);
    const path = `/accounts/${harness.ids.account}/tokens/verify`;
    const { headers } = await harness.call("GET", path, { token: value });
    expect(left(headers)[0]).toBe(1199);
  });

  test("is on every answer: refusals, unknown routes and injected faults too", async () => {
    await arm({ kind: "status", status: 503, path: "*/zones" });
    const answers = [
      await harness.call("GET", "/zones"),
      await harness.call("GET", "/no/such/route"),
      await harness.call("GET", "/accounts", { token: null }),
      await harness.call("GET", "/accounts", { token: "short" }),
      await harness.call("GET", "/user"),
    ];
    expect(answers.map(({ status }) => status)).toEqual([503, 404, 400, 400, 403]);
    for (const { headers } of answers) {
      expect(headers.ratelimit).toMatch(/^"default";r=\d+;t=\d+$/);
      expect(headers["ratelimit-policy"]).toMatch(/^"burst";q=\d+;w=\d+$/);
      expect(headers["cf-ray"]).toEqual(expect.any(String));
    }
  });

  test("over it all calls of the user are blocked with 429 for the next five minutes", async () => {
    harness.state.rate_limit.per_five_minutes = 2;
    expect([(await verify()).status, (await verify()).status]).toEqual([200, 200]);
    for (let call = 0; call < 2; call++) {
      const answer = await verify();
      expect(answer).toMatchObject(failed(429, 971));
      expect(Number(answer.headers["retry-after"])).toBeGreaterThan(298);
      expect(left(answer.headers)[0]).toBe(0);
    }
    await expect(create()).rejects.toMatchObject({ status: 429 });
    expect(madeTokens()).toEqual([]);
    for (const usage of Object.values(harness.state.usage)) {
      usage.blocked_until = Date.now() - 1;
      usage.window_started_at -= 300_000;
    }
    expect((await verify()).status).toBe(200);
  });

  test("of an address counts calls without credentials as well", async () => {
    harness.state.rate_limit.per_second_and_address = 1;
    const [first, second] = [
      await harness.call("GET", "/zones", { token: null }),
      await harness.call("GET", "/zones", { token: null }),
    ];
    expect([first.status, second.status]).toEqual([400, 429]);
    expect(second.headers["retry-after"]).toBe("1");
  });
});

describe("faults", () => {
  test("a rate limit answers 429 with Retry-After in Cloudflare's envelope", async () => {
    await arm({ kind: "rate-limit", retryAfterSeconds: 7 });
    const answer = await verify();
    expect(answer).toMatchObject(failed(429, 971));
    expect(answer.headers["retry-after"]).toBe("7");
    expect((await verify()).status).toBe(200);
  });

  test.each([
    [400, 9207],
    [401, 10000],
    [403, 10000],
    [404, 7003],
    [500, 10001],
    [503, 10001],
  ])("a status %i is in Cloudflare's envelope, and the call is not carried out", async (status, code) => {
    await arm({ kind: "status", status, method: "POST" });
    expect(await failure(create())).toEqual({ status, codes: [code] });
    expect(madeTokens()).toEqual([]);
  });

  test("a dropped answer leaves the token made, a dropped call does not", async () => {
    await arm({ kind: "drop-before", method: "POST" });
    await expect(create()).rejects.toThrow();
    expect(madeTokens()).toEqual([]);
    await arm({ kind: "drop-after", method: "POST" });
    await expect(create()).rejects.toThrow();
    expect(madeTokens()).toHaveLength(1);
  });
});

describe("what is no call of the API", () => {
  test("an unknown route answers 404 7003", async () => {
    expect(await harness.call("GET", "/no/such/route")).toMatchObject(failed(404, 7003));
    const response = await fetch(`${harness.vendor.url}/user/tokens/verify`);
    expect([response.status, await response.json()]).toMatchObject([404, { errors: [{ code: 7003 }] }]);
  });

  test.each([
    ["that is no JSON", "application/json", "{"],
    ["of another type", "application/x-www-form-urlencoded", "name=a"],
    ["that is a list", "application/json", "[]"],
  ])("a body %s answers 400 in the envelope", async (_what, type, body) => {
    const response = await fetch(`${harness.vendor.url}/client/v4/zones/${harness.ids.zone}/dns_records`, {
      method: "POST",
      headers: { authorization: `Bearer ${harness.token}`, "content-type": type },
      body,
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ success: false, errors: [{ code: 9207 }], result: null });
  });
});

test("the log has paths and names of fields, and no value", async () => {
  const secret = randomBytes(16).toString("hex");
  await create();
  const records = `/zones/${harness.ids.zone}/dns_records`;
  await harness.call("POST", records, { body: { type: "TXT", name: "a", content: secret, ttl: 1 } });
  const found = await harness.call("GET", `${records}?content=${secret}`);
  expect(found.body.result).toHaveLength(1);
  const service = `/accounts/${harness.ids.account}/access/service_tokens`;
  const made = await harness.call("POST", service, { body: { name: "vault" } });
  expect(
    harness.vendor.log.read().map(({ method, path, status, keys }) => [method, path, status, keys]),
  ).toEqual([
    ["POST", "/client/v4/user/tokens", 200, ["name", "policies"]],
    ["POST", `/client/v4${records}`, 200, ["type", "name", "content", "ttl"]],
    ["GET", `/client/v4${records}`, 200, []],
    ["POST", `/client/v4${service}`, 201, ["name"]],
  ]);
  const log = JSON.stringify(harness.vendor.log.read());
  const { client_secret } = made.body.result as { client_secret: string };
  for (const value of [secret, client_secret, harness.token]) expect(log).not.toContain(value);
});

test("an error never repeats a value that was sent", async () => {
  const secret = randomBytes(16).toString("hex");
  const bodies: [string, string, object][] = [
    ["POST", "/user/tokens", { name: "a", policies: secret }],
    ["POST", `/zones/${harness.ids.zone}/dns_records`, { type: "A", name: "a", content: secret, ttl: 1 }],
    ["POST", `/accounts/${harness.ids.account}/access/service_tokens`, { name: "a", duration: secret }],
  ];
  for (const [method, path, body] of bodies) {
    const answer = await harness.call(method, path, { body });
    expect(answer.status).toBe(400);
    expect(answer.text).not.toContain(secret);
  }
});
