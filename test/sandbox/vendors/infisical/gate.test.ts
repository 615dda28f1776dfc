import { request as undiciRequest } from "undici";

import { createAccessServiceToken } from "../../../../sandbox/vendors/infisical/entities";
import { Vault } from "./vault";

let vault: Vault;
beforeEach(async () => {
  vault = await Vault.start();
});
afterEach(() => vault.stop());

const projectPath = (): string => `/api/v1/projects/${vault.project.id}`;

describe("in the default mode", () => {
  it("lets the right service token through", async () => {
    expect((await vault.call("GET", projectPath())).status).toBe(200);
  });

  it.each([
    ["no service token", { "CF-Access-Client-Id": "", "CF-Access-Client-Secret": "" }],
    ["an unknown client id", { "CF-Access-Client-Id": "nobody.access" }],
    ["a wrong secret", { "CF-Access-Client-Secret": "cfast_wrong" }],
  ])("sends a caller with %s to the login page", async (_case, headers) => {
    const answer = await vault.call("GET", `${projectPath()}?a=1`, undefined, { headers });
    expect(answer.status).toBe(302);
    expect(answer.headers.get("content-type")).toMatch(/^text\/html/);
    const location = new URL(answer.headers.get("location") ?? "");
    expect(location.origin).toBe("https://sandbox.cloudflareaccess.com");
    expect(location.pathname).toBe(`/cdn-cgi/access/login/${new URL(vault.running.url).host}`);
    expect(location.searchParams.get("kid")).toMatch(/^[0-9a-f]{64}$/);
    expect(location.searchParams.get("redirect_url")).toBe(`${projectPath()}?a=1`);
  });

  it("refuses a service token that was disabled, that expired, or that was sent twice", async () => {
    const expired = createAccessServiceToken(vault.state, { expiresAt: new Date(Date.now() - 1000) });
    const headers = {
      "CF-Access-Client-Id": expired.clientId,
      "CF-Access-Client-Secret": expired.clientSecret,
    };
    expect((await vault.call("GET", projectPath(), undefined, { headers })).status).toBe(302);

    const twice = `${vault.access.clientSecret}, ${vault.access.clientSecret}`;
    const doubled = { headers: { "CF-Access-Client-Secret": twice } };
    expect((await vault.call("GET", projectPath(), undefined, doubled)).status).toBe(302);

    for (const token of vault.state.accessServiceTokens) token.enabled = false;
    expect((await vault.call("GET", projectPath())).status).toBe(302);
  });

  it("guards routes that do not exist as well", async () => {
    const headers = { "CF-Access-Client-Secret": "wrong" };
    expect((await vault.call("GET", "/api/nowhere", undefined, { headers })).status).toBe(302);
    const answer = await vault.call("GET", "/api/nowhere");
    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({ statusCode: 404, error: "NotFound" });
  });

  it.each(["Python-urllib/3.12", ""])(
    "blocks the User-Agent %p with 1010 even with the right token",
    async (agent) => {
      const headers = { "user-agent": agent, ...vault.accessHeaders };
      const answer = await undiciRequest(`${vault.running.url}${projectPath()}`, { headers });
      expect(answer.statusCode).toBe(403);
      expect(answer.headers["content-type"]).toMatch(/^text\/plain/);
      expect(await answer.body.text()).toBe("error code: 1010");
    },
  );

  it("blocks a caller without a User-Agent", async () => {
    const answer = await undiciRequest(`${vault.running.url}${projectPath()}`, {
      headers: vault.accessHeaders,
    });
    expect(answer.statusCode).toBe(403);
    expect(await answer.body.text()).toBe("error code: 1010");
  });

  it("keeps only a hash of the service token's secret", () => {
    expect(JSON.stringify(vault.state)).not.toContain(vault.access.clientSecret);
    expect(vault.access.clientSecret).toMatch(/^cfast_[0-9a-f]{48}$/);
    expect(vault.access.clientId).toMatch(/^[0-9a-f]{32}\.access$/);
  });
});

describe("in the other modes the right service token does not help", () => {
  it.each([
    ["access-login", 302, /^text\/html/],
    ["strict-401", 401, /^text\/html/],
    ["strict-403", 403, /^text\/html/],
    ["forbidden-html", 403, /^text\/html/],
    ["error-1010", 403, /^text\/plain/],
  ])("%s answers %i", async (mode, status, type) => {
    const switched = await vault.call("PUT", "/_sandbox/gate", { mode });
    expect(switched.body).toEqual({ mode, team: "sandbox" });
    const answer = await vault.call("GET", projectPath());
    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toMatch(type);
    expect(answer.body).toBeUndefined();
  });

  it("error-1010 answers exactly that text", async () => {
    await vault.call("PUT", "/_sandbox/gate", { mode: "error-1010" });
    expect((await vault.call("GET", projectPath())).text).toBe("error code: 1010");
  });

  it("a closed gate carries nothing out", async () => {
    await vault.call("PUT", "/_sandbox/gate", { mode: "access-login" });
    await vault.call("POST", "/api/v4/secrets/A", { ...vault.place, secretValue: "a" });
    expect(vault.state.secrets).toEqual([]);
  });
});

describe("the control endpoint", () => {
  it("names the mode, switches the team, and stands outside the gate", async () => {
    const anonymous = { token: null, headers: { "CF-Access-Client-Secret": "" } };
    await vault.call("PUT", "/_sandbox/gate", { mode: "access-login", team: "raxx" }, anonymous);
    const answer = await vault.call("GET", "/_sandbox/gate", undefined, anonymous);
    expect(answer.body).toEqual({ mode: "access-login", team: "raxx" });
    const login = await vault.call("GET", projectPath());
    expect(login.headers.get("location")).toMatch(/^https:\/\/raxx\.cloudflareaccess\.com\//);
    expect(vault.running.log.read().some((call) => call.path.startsWith("/_sandbox/"))).toBe(false);
  });

  it("refuses a mode that does not exist", async () => {
    expect((await vault.call("PUT", "/_sandbox/gate", { mode: "ajar" })).status).toBe(422);
    expect(vault.state.gate).toBe("open-to-service-token");
  });
});

describe("the rate limit", () => {
  it("is off by default", async () => {
    const answer = await vault.call("GET", projectPath());
    expect(answer.headers.get("x-ratelimit-limit")).toBeNull();
  });

  it("answers 429 with Retry-After once the minute's calls are used up", async () => {
    vault.state.rateLimitPerMinute = 2;
    await vault.call("GET", projectPath());
    const last = await vault.call("GET", projectPath());
    expect(last.status).toBe(200);
    expect(last.headers.get("x-ratelimit-remaining")).toBe("0");
    const answer = await vault.call("GET", projectPath());
    expect(answer.status).toBe(429);
    const seconds = answer.headers.get("retry-after") ?? "";
    expect(Number(seconds)).toBeGreaterThan(0);
    expect(answer.body).toMatchObject({
      error: "RateLimitExceeded",
      message: `Rate limit exceeded. Please try again in ${seconds} seconds`,
    });
  });
});
