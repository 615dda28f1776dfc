import { randomUUID } from "node:crypto";

import { createAuthorization, type HerokuScope } from "../../../../sandbox/vendors/heroku";
import { field, Harness } from "./harness";

let harness: Harness;

beforeEach(async () => {
  harness = await Harness.start();
});

afterEach(() => harness.stop());

const invalid = { id: "unauthorized", message: "Invalid credentials provided." };
const outOfScope = {
  id: "forbidden",
  message: "The scope of this OAuth authorization does not allow access to this resource.",
};

describe("the Accept header", () => {
  test.each([null, "*/*", "application/json", "application/vnd.heroku+json; version=2"])(
    "refuses %p with 406",
    async (accept) => {
      const answer = await harness.call("GET", "/account", { headers: { accept } });
      expect(answer.status).toBe(406);
      expect(field(answer, "id")).toBe("not_acceptable");
    },
  );

  test.each(["application/vnd.heroku+json; version=3", "application/vnd.heroku+json; version=3.sdk"])(
    "takes %p",
    async (accept) => {
      expect((await harness.call("GET", "/account", { headers: { accept } })).status).toBe(200);
    },
  );
});

describe("credentials", () => {
  test("answers a request without any with 401", async () => {
    const answer = await harness.call("GET", "/account", { headers: { authorization: null } });
    expect(answer.status).toBe(401);
    expect(answer.body).toEqual(invalid);
  });

  test("answers an unknown token with 401", async () => {
    const answer = await harness.call("GET", "/account", { token: `HRKU-${randomUUID()}` });
    expect(answer.status).toBe(401);
    expect(answer.body).toEqual(invalid);
  });

  test("answers an expired token with 401, and one second before with 200", async () => {
    const expiry = (secondsAgo: number) => {
      const now = new Date(Date.now() - secondsAgo * 1000);
      const args = { account: harness.account, scope: ["identity"] as HerokuScope[], expiresIn: 60, now };
      return createAuthorization(harness.state, args).access_token.token;
    };
    expect((await harness.call("GET", "/account", { token: expiry(50) })).status).toBe(200);
    const expired = await harness.call("GET", "/account", { token: expiry(60) });
    expect(expired.status).toBe(401);
    expect(expired.body).toEqual(invalid);
  });

  test("takes Basic with the token as password and an empty user or the account's own", async () => {
    const basic = async (user: string) => {
      const authorization = `Basic ${Buffer.from(`${user}:${harness.token}`).toString("base64")}`;
      return (await harness.call("GET", "/account", { headers: { authorization } })).status;
    };
    expect(await basic("")).toBe(200);
    expect(await basic("ops@raxx.app")).toBe(200);
    expect(await basic("someone@example.com")).toBe(401);
  });

  test("answers the account of the token", async () => {
    const answer = await harness.call("GET", "/account");
    expect(answer.body).toMatchObject({
      id: harness.account.id,
      email: "ops@raxx.app",
      name: "ops",
      verified: true,
      two_factor_authentication: false,
    });
    expect(answer.headers.get("request-id")).toMatch(/^[\da-f-]{36}$/);
    expect(answer.headers.get("etag")).toMatch(/^W\/"/);
  });

  test("answers an unknown endpoint with 404 in Heroku's envelope", async () => {
    const answer = await harness.call("GET", "/no/such/thing");
    expect(answer.status).toBe(404);
    expect(field(answer, "id")).toBe("not_found");
  });

  test("answers a body that is not JSON with 400", async () => {
    const response = await fetch(`${harness.vendor.url}/oauth/authorizations`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${harness.token}` },
      body: "{",
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ id: "bad_request" });
  });
});

describe("scopes", () => {
  const calls: Record<string, [string, string, unknown?]> = {
    account: ["GET", "/account"],
    rateLimits: ["GET", "/account/rate-limits"],
    authorizations: ["GET", "/oauth/authorizations"],
    mint: ["POST", "/oauth/authorizations", { scope: ["read"] }],
    app: ["GET", "/apps/raxx-api-prod"],
    releases: ["GET", "/apps/raxx-api-prod/releases"],
    dynos: ["GET", "/apps/raxx-api-prod/dynos"],
    config: ["GET", "/apps/raxx-api-prod/config-vars"],
    oldConfig: ["GET", "/apps/raxx-api-prod/releases/2/config-vars"],
    restart: ["DELETE", "/apps/raxx-api-prod/dynos"],
    setConfig: ["PATCH", "/apps/raxx-api-prod/config-vars", { FOO: "1" }],
  };
  const reads = ["rateLimits", "app", "releases", "dynos"];
  const allowed: Record<HerokuScope, string[]> = {
    global: Object.keys(calls),
    identity: ["account", "rateLimits"],
    read: reads,
    write: [...reads, "restart"],
    "read-protected": [...reads, "config", "oldConfig"],
    "write-protected": [...reads, "config", "oldConfig", "restart", "setConfig"],
  };

  test.each(Object.entries(allowed))("%s reaches %p and nothing else", async (scope, expected) => {
    const token = harness.tokenWith(scope as HerokuScope);
    const reached: string[] = [];
    for (const [name, [method, path, body]] of Object.entries(calls)) {
      const answer = await harness.call(method, path, { token, body });
      if (answer.status < 300) reached.push(name);
      else expect([answer.status, answer.body]).toEqual([403, outOfScope]);
    }
    expect(reached.sort()).toEqual([...expected].sort());
  });

  test("several scopes add up", async () => {
    const token = harness.tokenWith("write-protected", "identity");
    expect((await harness.call("GET", "/account", { token })).status).toBe(200);
    expect((await harness.call("GET", "/apps/raxx-api-prod/config-vars", { token })).status).toBe(200);
  });
});

describe("the rate limit", () => {
  test("starts at 4500 and counts down for every token of the account together", async () => {
    const first = await harness.call("GET", "/account");
    const second = await harness.call("GET", "/account", { token: harness.tokenWith("identity") });
    expect(first.headers.get("ratelimit-remaining")).toBe("4499");
    expect(second.headers.get("ratelimit-remaining")).toBe("4498");
  });

  test("tells what remains, free of charge", async () => {
    await harness.call("GET", "/account");
    expect((await harness.call("GET", "/account/rate-limits")).body).toEqual({ remaining: 4499 });
    expect((await harness.call("GET", "/account/rate-limits")).body).toEqual({ remaining: 4499 });
  });

  test("answers 429 rate_limit when it is used up, and carries nothing out", async () => {
    harness.state.rate_limit = { capacity: 1, refill_per_minute: 0 };
    expect((await harness.call("GET", "/account")).status).toBe(200);
    const answer = await harness.call("POST", "/oauth/authorizations", { body: { scope: ["read"] } });
    expect(answer.status).toBe(429);
    expect(field(answer, "id")).toBe("rate_limit");
    expect(field(answer, "url")).toContain("rate-limits");
    expect(answer.headers.get("ratelimit-remaining")).toBe("0");
    expect(harness.state.authorizations).toHaveLength(1);
    expect((await harness.call("GET", "/account/rate-limits")).body).toEqual({ remaining: 0 });
  });

  test("refills with time", async () => {
    harness.state.rate_limit = { capacity: 10, refill_per_minute: 5 };
    harness.account.bucket = { tokens: 0, at: new Date(Date.now() - 60_000).toISOString() };
    const answer = await harness.call("GET", "/account");
    expect(answer.status).toBe(200);
    expect(answer.headers.get("ratelimit-remaining")).toBe("4");
  });
});
