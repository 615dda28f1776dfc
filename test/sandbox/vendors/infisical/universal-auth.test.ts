import { createUniversalAuthIdentity } from "../../../../sandbox/vendors/infisical/entities";
import { dig, moveClock, string, Vault, type Answer } from "./vault";

let vault: Vault;
beforeEach(async () => {
  vault = await Vault.start();
});
afterEach(async () => {
  jest.useRealTimers();
  await vault.stop();
});

const login = (clientId: string, clientSecret: string): Promise<Answer> =>
  vault.call("POST", "/api/v1/auth/universal-auth/login", { clientId, clientSecret }, { token: null });
const read = (token: string | null): Promise<Answer> =>
  vault.call("GET", `/api/v1/projects/${vault.project.id}`, undefined, { token });

describe("login", () => {
  it("answers a bearer token with the identity's lifetimes", async () => {
    const answer = await login(vault.admin.clientId, vault.admin.clientSecret);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      expiresIn: 2592000,
      accessTokenMaxTTL: 2592000,
      tokenType: "Bearer",
    });
    expect(string(answer, "accessToken").split(".")).toHaveLength(3);
  });

  it("keeps neither the client secret nor the access token", async () => {
    const token = await vault.login(vault.admin);
    const stored = JSON.stringify(vault.state);
    expect(stored).not.toContain(vault.admin.clientSecret);
    expect(stored).not.toContain(token);
  });

  it("refuses an unknown client and a wrong secret alike", async () => {
    for (const answer of [await login("nobody", "x"), await login(vault.admin.clientId, "x")]) {
      expect(answer.status).toBe(401);
      expect(answer.body).toMatchObject({ error: "UnauthorizedError", message: "Invalid credentials" });
    }
  });

  it("answers 422 with a list of issues where a field is missing", async () => {
    const body = { clientId: vault.admin.clientId };
    const answer = await vault.call("POST", "/api/v1/auth/universal-auth/login", body, { token: null });
    expect(answer.status).toBe(422);
    expect(dig(answer, "error")).toBe("ValidationFailure");
    expect(dig(answer, "message", 0, "path")).toEqual(["clientSecret"]);
  });

  it("logs the field names of a login, never their values", async () => {
    await vault.login(vault.admin);
    const call = vault.running.log.read().at(-1);
    expect(call?.keys).toEqual(["clientId", "clientSecret"]);
    expect(JSON.stringify(vault.running.log.read())).not.toContain(vault.admin.clientSecret);
  });

  it("refuses a client secret that was revoked, that expired, or that is used up", async () => {
    const secretOf = (index: number) => vault.state.identities[index]?.universalAuth?.clientSecrets[0];
    const one = createUniversalAuthIdentity(vault.state, { name: "one" });
    Object.assign(secretOf(1) ?? {}, { revoked: true });
    expect((await login(one.clientId, one.clientSecret)).status).toBe(401);

    const two = createUniversalAuthIdentity(vault.state, { name: "two" });
    Object.assign(secretOf(2) ?? {}, { ttlSeconds: 60 });
    moveClock(61);
    expect(dig(await login(two.clientId, two.clientSecret), "message")).toMatch(/expired client secret/);

    const three = createUniversalAuthIdentity(vault.state, { name: "three" });
    Object.assign(secretOf(3) ?? {}, { numUsesLimit: 1 });
    expect((await login(three.clientId, three.clientSecret)).status).toBe(200);
    expect(dig(await login(three.clientId, three.clientSecret), "message")).toMatch(/usage limit/);
  });
});

describe("lockout", () => {
  it("locks the identity for 300 seconds after three failures, the right secret included", async () => {
    for (let attempt = 0; attempt < 3; attempt += 1) await login(vault.admin.clientId, "wrong");
    const locked = await login(vault.admin.clientId, vault.admin.clientSecret);
    expect(locked.status).toBe(401);
    expect(dig(locked, "message")).toMatch(/temporarily locked/);
    moveClock(299);
    expect((await login(vault.admin.clientId, vault.admin.clientSecret)).status).toBe(401);
    moveClock(2);
    expect((await login(vault.admin.clientId, vault.admin.clientSecret)).status).toBe(200);
  });

  it("forgets failures after 30 quiet seconds and after a success", async () => {
    const { clientId, clientSecret } = vault.admin;
    await login(clientId, "wrong");
    await login(clientId, "wrong");
    moveClock(30);
    await login(clientId, "wrong");
    await login(clientId, "wrong");
    expect((await login(clientId, clientSecret)).status).toBe(200);
    await login(clientId, "wrong");
    await login(clientId, "wrong");
    expect((await login(clientId, clientSecret)).status).toBe(200);
  });
});

describe("bearer checks", () => {
  it("answers 401 without a token", async () => {
    const answer = await read(null);
    expect(answer.status).toBe(401);
    expect(answer.body).toMatchObject({
      error: "UnauthorizedError",
      message: "Token missing",
      statusCode: 401,
    });
    expect(string(answer, "reqId")).toMatch(/^req-/);
  });

  it("answers 403 TokenError to what is no token, and to a token of another signer", async () => {
    const [head = "", claims = ""] = vault.token.split(".");
    for (const token of ["nonsense", "a.b.c", `${head}.${claims}.AAAA`]) {
      const answer = await read(token);
      expect(answer.status).toBe(403);
      expect(dig(answer, "error")).toBe("TokenError");
    }
  });

  it("answers 403 TokenError to an expired token", async () => {
    const short = createUniversalAuthIdentity(vault.state, { name: "short", accessTokenTtlSeconds: 60 });
    const token = await vault.login(short);
    moveClock(61);
    const answer = await read(token);
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({
      error: "TokenError",
      message: "Your token has expired. Please re-authenticate.",
    });
  });

  it("never expires a token whose lifetime is 0", async () => {
    const eternal = createUniversalAuthIdentity(vault.state, {
      name: "eternal",
      accessTokenTtlSeconds: 0,
      memberships: [{ projectId: vault.project.id, role: "viewer" }],
    });
    const token = await vault.login(eternal);
    moveClock(10 * 365 * 24 * 3600);
    expect((await read(token)).status).toBe(200);
  });

  it("answers 401 to a token whose record is gone", async () => {
    vault.state.accessTokens = [];
    expect((await read(vault.token)).status).toBe(401);
  });

  it("answers 401 once the number of uses is used up", async () => {
    const twice = createUniversalAuthIdentity(vault.state, {
      name: "twice",
      accessTokenNumUsesLimit: 2,
      memberships: [{ projectId: vault.project.id, role: "viewer" }],
    });
    const token = await vault.login(twice);
    const statuses = [await read(token), await read(token), await read(token)].map((answer) => answer.status);
    expect(statuses).toEqual([200, 200, 401]);
  });
});

describe("renew and revoke", () => {
  const renew = (accessToken: string): Promise<Answer> =>
    vault.call("POST", "/api/v1/auth/token/renew", { accessToken }, { token: null });

  it("extends a token within its ceiling", async () => {
    const identity = createUniversalAuthIdentity(vault.state, {
      name: "renewable",
      accessTokenTtlSeconds: 60,
      accessTokenMaxTtlSeconds: 600,
      memberships: [{ projectId: vault.project.id, role: "viewer" }],
    });
    const token = await vault.login(identity);
    moveClock(50);
    const renewed = await renew(token);
    expect(renewed.status).toBe(200);
    expect(renewed.body).toMatchObject({ expiresIn: 60, accessTokenMaxTTL: 600, tokenType: "Bearer" });
    moveClock(20);
    expect((await read(token)).status).toBe(403);
    expect((await read(string(renewed, "accessToken"))).status).toBe(200);
  });

  it("refuses a renewal past the ceiling and kills the token, which the default lifetimes always do", async () => {
    moveClock(1);
    const answer = await renew(vault.token);
    expect(answer.status).toBe(401);
    expect(dig(answer, "message")).toMatch(/past its Max TTL/);
    expect((await read(vault.token)).status).toBe(401);
  });

  it("refuses the token after its revocation, and a second revocation", async () => {
    const body = { accessToken: vault.token };
    const revoked = await vault.call("POST", "/api/v1/auth/token/revoke", body, { token: null });
    expect(revoked.status).toBe(200);
    expect(typeof dig(revoked, "message")).toBe("string");
    expect((await read(vault.token)).status).toBe(401);
    expect((await vault.call("POST", "/api/v1/auth/token/revoke", body, { token: null })).status).toBe(401);
  });
});
