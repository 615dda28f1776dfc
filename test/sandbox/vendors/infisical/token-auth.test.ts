import { InfisicalSDK } from "@infisical/sdk";

import {
  addMembership,
  attachTokenAuth,
  createIdentity,
  createSecret,
  type Identity,
} from "../../../../sandbox/vendors/infisical/entities";
import { dig, list, moveClock, randomValue, string, Vault, type Answer } from "./vault";

const base = "/api/v1/auth/token-auth";
const month = 2_592_000;

let vault: Vault;
let reader: Identity;
beforeEach(async () => {
  vault = await Vault.start();
  reader = createIdentity(vault.state, { name: "reader" });
  addMembership(vault.state, reader.id, { projectId: vault.project.id, role: "viewer" });
});
afterEach(async () => {
  jest.useRealTimers();
  await vault.stop();
});

const ofReader = (): string => `${base}/identities/${reader.id}`;
const attach = (body: object = {}): Promise<Answer> => vault.call("POST", ofReader(), body);
const mint = (name?: string, token?: string): Promise<Answer> =>
  vault.call(
    "POST",
    `${ofReader()}/tokens`,
    name === undefined ? {} : { name },
    token === undefined ? {} : { token },
  );
const tokenIn = (answer: Answer): string => string(answer, "accessToken");
const idIn = (answer: Answer): string => string(answer, "tokenData", "id");
const use = (token: string): Promise<Answer> =>
  vault.call("GET", `/api/v4/secrets?${vault.query()}`, undefined, { token });
const dataOf = async (id: string): Promise<unknown> =>
  dig(await vault.call("GET", `${base}/tokens/${id}`), "token");
const statusOf = async (call: Promise<Answer>): Promise<number> => (await call).status;

describe("the configuration", () => {
  it("is attached with a month for TTL and ceiling, read, changed and deleted", async () => {
    expect(await statusOf(vault.call("GET", ofReader()))).toBe(404);
    expect((await attach()).body).toMatchObject({
      identityTokenAuth: {
        identityId: reader.id,
        accessTokenTTL: month,
        accessTokenMaxTTL: month,
        accessTokenNumUsesLimit: 0,
      },
    });
    const lifetime = { accessTokenTTL: 60, accessTokenMaxTTL: 120 };
    expect((await vault.call("PATCH", ofReader(), lifetime)).body).toMatchObject({
      identityTokenAuth: lifetime,
    });
    expect((await vault.call("GET", ofReader())).body).toMatchObject({ identityTokenAuth: lifetime });
    expect(await statusOf(vault.call("DELETE", ofReader()))).toBe(200);
    expect(await statusOf(vault.call("GET", ofReader()))).toBe(404);
  });

  it("is attached once", async () => {
    await attach();
    expect(await statusOf(attach())).toBe(400);
  });

  it.each([
    ["a TTL above the ceiling, which is a month by default", { accessTokenTTL: month + 1 }],
    ["a TTL above ten years", { accessTokenTTL: 315_360_001, accessTokenMaxTTL: 315_360_001 }],
    ["a TTL below nothing", { accessTokenTTL: -1 }],
    ["half a second", { accessTokenTTL: 0.5 }],
    ["a field that there is not", { ttl: 60 }],
  ])("refuses %s with 422", async (_case, body) => {
    expect(await statusOf(attach(body))).toBe(422);
    expect(reader.tokenAuth).toBeNull();
  });

  it("refuses a change to a TTL above the ceiling", async () => {
    await attach();
    expect(await statusOf(vault.call("PATCH", ofReader(), { accessTokenTTL: month + 1 }))).toBe(400);
    expect(reader.tokenAuth?.accessTokenTtlSeconds).toBe(month);
  });

  it("takes every token along when it goes", async () => {
    await attach();
    const token = tokenIn(await mint());
    await vault.call("DELETE", ofReader());
    expect(await statusOf(use(token))).toBe(401);
    expect(await statusOf(vault.call("GET", `${ofReader()}/tokens`))).toBe(400);
  });

  it("answers 404 for an identity that there is not, and 400 where it is not attached", async () => {
    expect(await statusOf(vault.call("POST", `${base}/identities/nobody`, {}))).toBe(404);
    expect(await statusOf(vault.call("POST", `${base}/identities/nobody/tokens`, {}))).toBe(404);
    const answers = [
      await mint(),
      await vault.call("PATCH", ofReader(), {}),
      await vault.call("DELETE", ofReader()),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400]);
    expect(dig(answers[0] ?? (await mint()), "message")).toBe("The identity does not have Token Auth");
  });
});

describe("a token", () => {
  it("is shown once, with the lifetime of the identity's configuration", async () => {
    await attach({ accessTokenTTL: 60, accessTokenMaxTTL: 90 });
    const answer = await mint("raxx:prod:X:2026-05-06");
    expect(answer.body).toMatchObject({
      expiresIn: 60,
      accessTokenMaxTTL: 90,
      tokenType: "Bearer",
      tokenData: {
        name: "raxx:prod:X:2026-05-06",
        identityId: reader.id,
        authMethod: "token-auth",
        accessTokenTTL: 60,
        accessTokenNumUses: 0,
        accessTokenLastUsedAt: null,
        isAccessTokenRevoked: false,
      },
    });
    const listed = await vault.call("GET", `${ofReader()}/tokens`);
    expect(list(listed, "tokens")).toMatchObject([{ id: idIn(answer) }]);
    expect(listed.text).not.toContain(tokenIn(answer));
    expect(JSON.stringify(vault.state)).not.toContain(tokenIn(answer));
  });

  it("has no lifetime of its own, and keeps the one that it was minted with", async () => {
    await attach();
    expect(await statusOf(vault.call("POST", `${ofReader()}/tokens`, { accessTokenTTL: 60 }))).toBe(422);
    const minted = await mint();
    await vault.call("PATCH", ofReader(), { accessTokenTTL: 60 });
    expect(await dataOf(idIn(minted))).toMatchObject({ accessTokenTTL: month });
    moveClock(120);
    expect(await statusOf(use(tokenIn(minted)))).toBe(200);
  });

  it("shares its name with others, and may do without one", async () => {
    await attach();
    for (const name of ["twin", "twin", undefined]) await mint(name);
    const names = list(await vault.call("GET", `${ofReader()}/tokens`), "tokens").map(({ name }) => name);
    expect(names.sort()).toEqual([null, "twin", "twin"].sort());
  });

  it("reads as its identity may, through both APIs and the official client", async () => {
    const value = randomValue();
    createSecret(vault.state, { ...vault.place, name: "KEY", value });
    await attach();
    const token = tokenIn(await mint());
    expect(list(await use(token), "secrets")).toMatchObject([{ secretKey: "KEY", secretValue: value }]);
    const write = { ...vault.place, secretValue: "x" };
    expect(await statusOf(vault.call("POST", "/api/v4/secrets/NEW", write, { token }))).toBe(403);
    const plainFetch = globalThis.fetch;
    globalThis.fetch = (url, init) =>
      plainFetch(url, { ...init, headers: { ...(init?.headers as object), ...vault.accessHeaders } });
    try {
      const sdk = new InfisicalSDK({ siteUrl: vault.running.url }).auth().accessToken(token);
      const { secrets } = await sdk.secrets().listSecrets({ ...vault.place, secretPath: "/" });
      expect(secrets).toMatchObject([{ secretKey: "KEY", secretValue: value }]);
    } finally {
      globalThis.fetch = plainFetch;
    }
  });

  it("counts its uses and says when it was used last", async () => {
    await attach();
    const minted = await mint();
    await use(tokenIn(minted));
    await use(tokenIn(minted));
    expect(await dataOf(idIn(minted))).toMatchObject({
      accessTokenNumUses: 2,
      accessTokenLastUsedAt: expect.any(String) as string,
    });
  });

  it("is used up where uses are limited", async () => {
    await attach({ accessTokenNumUsesLimit: 1 });
    const token = tokenIn(await mint());
    expect([await statusOf(use(token)), await statusOf(use(token))]).toEqual([200, 401]);
  });

  it("expires with its TTL, which is 403, and never with a TTL of 0", async () => {
    await attach({ accessTokenTTL: 60 });
    const mortal = tokenIn(await mint());
    await vault.call("PATCH", ofReader(), { accessTokenTTL: 0 });
    const immortal = tokenIn(await mint());
    moveClock(61);
    expect((await use(mortal)).body).toMatchObject({ statusCode: 403, error: "TokenError" });
    moveClock(11 * 365 * 24 * 3600);
    expect(await statusOf(use(immortal))).toBe(200);
  });

  it("is revoked by its id, once", async () => {
    await attach();
    const [minted, other] = [await mint("a"), await mint("b")];
    const revoke = (): Promise<Answer> => vault.call("POST", `${base}/tokens/${idIn(minted)}/revoke`, {});
    expect((await revoke()).body).toEqual({ message: "Successfully revoked access token" });
    expect(await statusOf(use(tokenIn(minted)))).toBe(401);
    expect(await statusOf(use(tokenIn(other)))).toBe(200);
    expect(await dataOf(idIn(minted))).toMatchObject({ isAccessTokenRevoked: true });
    const again = await revoke();
    expect(again.status).toBe(404);
    expect(dig(again, "message")).toBe(`Token with ID ${idIn(minted)} not found or already revoked`);
  });

  it("is renamed", async () => {
    await attach();
    const id = idIn(await mint("old"));
    const renamed = await vault.call("PATCH", `${base}/tokens/${id}`, { name: "new" });
    expect(renamed.body).toMatchObject({ token: { id, name: "new" } });
    expect(await statusOf(vault.call("PATCH", `${base}/tokens/none`, { name: "new" }))).toBe(404);
  });

  it("is listed page by page, the last changed first", async () => {
    await attach();
    const minted: Answer[] = [];
    for (let count = 0; count < 22; count += 1) minted.push(await mint(String(count)));
    moveClock(1);
    await use(tokenIn(minted[5] ?? (await mint())));
    const page = async (query: string): Promise<unknown[]> =>
      list(await vault.call("GET", `${ofReader()}/tokens${query}`), "tokens").map(({ name }) => name);
    expect(await page("")).toHaveLength(20);
    expect(await page("?limit=1")).toEqual(["5"]);
    expect(await page("?limit=20&offset=20")).toHaveLength(2);
    expect(await statusOf(vault.call("GET", `${ofReader()}/tokens?limit=101`))).toBe(422);
    expect(await statusOf(vault.call("GET", `${ofReader()}/tokens?offset=101`))).toBe(422);
  });
});

describe("who may", () => {
  beforeEach(() => {
    attachTokenAuth(reader);
  });

  it("is nobody without a role in the organization", async () => {
    const id = idIn(await mint());
    const token = await vault.managerToken("no-access", "admin");
    const calls = [
      mint("a", token),
      vault.call("GET", ofReader(), undefined, { token }),
      vault.call("PATCH", ofReader(), {}, { token }),
      vault.call("DELETE", ofReader(), undefined, { token }),
      vault.call("GET", `${ofReader()}/tokens`, undefined, { token }),
      vault.call("GET", `${base}/tokens/${id}`, undefined, { token }),
      vault.call("PATCH", `${base}/tokens/${id}`, {}, { token }),
      vault.call("POST", `${base}/tokens/${id}/revoke`, {}, { token }),
    ];
    expect(await Promise.all(calls.map(statusOf))).toEqual(calls.map(() => 403));
    expect(vault.state.accessTokens.some(({ revoked }) => revoked)).toBe(false);
  });

  it("as a member of today's organizations mints nothing: that takes a right of its own", async () => {
    const token = await vault.managerToken("member");
    const answer = await mint("a", token);
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({
      error: "PermissionBoundaryError",
      details: { missingPermissions: [{ action: "create-token", subject: "identity" }] },
    });
  });

  it("as a member of an older organization mints, but not for an identity with more rights", async () => {
    vault.state.variants.privileges = "compared";
    const token = await vault.managerToken("member");
    const minted = await mint("a", token);
    expect(minted.status).toBe(200);
    reader.orgRole = "admin";
    const refused = await mint("a", token);
    expect(refused.status).toBe(403);
    expect(refused.body).toMatchObject({ error: "PermissionBoundaryError" });
    expect(dig(refused, "message")).toMatch(/^Failed to create token for identity with more privileged role/);
    expect(
      await statusOf(vault.call("PATCH", `${base}/tokens/${idIn(minted)}`, { name: "b" }, { token })),
    ).toBe(403);
    expect(await statusOf(vault.call("DELETE", ofReader(), undefined, { token }))).toBe(403);
  });
});
