import { unknownValue } from "../../../providers/boundary";
import { UserError } from "../../../providers/errors";
import { type InfisicalIdentityTokenInputs } from "../../../providers/infisical/identity-token";
import { infisicalTokenProbe } from "../../../providers/infisical/identity-token-probe";
import {
  createFolder,
  createSecret,
  createTokenAuthToken,
  type AccessToken,
} from "../../../sandbox/vendors/infisical/entities";
import { canary, failureOf, inject, snapshot, writesOf } from "../support";
import { moveClock } from "../../sandbox/vendors/infisical/vault";
import { identityMarker, IdentityWorld, today, tokenMarker, ttlSeconds } from "./identity-world";
import { VaultWorld } from "./world";

let world: VaultWorld;
let identities: IdentityWorld;
let identityId: string;
let writesBefore: number;
beforeEach(async () => {
  world = await VaultWorld.start();
  identities = new IdentityWorld(world);
  identityId = (await identities.madeIdentity()).id;
  writesBefore = writesOf(world.vendor).length;
});
afterEach(() => world.stop());

const resource = (): ReturnType<IdentityWorld["token"]> => identities.token();
const inputs = (changes: Partial<InfisicalIdentityTokenInputs> = {}): InfisicalIdentityTokenInputs =>
  identities.tokenInputs(identityId, changes);
const writes = (): string[] => writesOf(world.vendor).slice(writesBefore);
const path = (): string => `/api/v1/auth/token-auth/identities/${identityId}/tokens`;
const mint = (): string => `POST ${path()}`;
const revoke = (id: string): string => `POST /api/v1/auth/token-auth/tokens/${id}/revoke`;
const live = (): AccessToken[] => identities.tokens().filter(({ revoked }) => !revoked);
const days = (count: number): number => count * 24 * 3600 * 1000;

/** A token under our marker that an earlier run minted and could not record. */
function halfMade(changes: Partial<AccessToken> = {}): AccessToken {
  return Object.assign(createTokenAuthToken(world.state, identities.only(), tokenMarker()).token, changes);
}

describe("create", () => {
  it("mints one token under the marker, that lives as long as its identity says", async () => {
    const { id, outs } = await resource().create(inputs());
    const [token, ...others] = identities.tokens();
    expect(others).toEqual([]);
    expect(token).toMatchObject({
      id,
      identityId,
      name: tokenMarker(),
      ttlSeconds,
      numUses: 0,
      revoked: false,
    });
    const expiresAt = new Date(Date.parse(token?.createdAt ?? "") + days(104)).toISOString();
    expect(outs).toEqual({ ...inputs(), token: expect.any(String) as string, expiresAt });
    expect(writes()).toEqual([mint()]);
  });

  it("mints a bearer that works as its identity may", async () => {
    createFolder(world.state, { ...world.place, path: "/MooseQuest/stripe" });
    createSecret(world.state, { ...world.place, path: "/MooseQuest/stripe", name: "KEY", value: canary() });
    const { outs } = await resource().create(inputs());
    const folder = { ...world.place, path: "/MooseQuest/stripe" };
    expect(await infisicalTokenProbe(outs.token, folder, world.client())).toEqual(["KEY"]);
  });

  it("puts the lifetime right before it mints, where somebody changed it", async () => {
    Object.assign(identities.only().tokenAuth ?? {}, { accessTokenTtlSeconds: 0 });
    await resource().create(inputs());
    expect(identities.tokens()[0]?.ttlSeconds).toBe(ttlSeconds);
    identities.only().tokenAuth = null;
    await resource().create(inputs({ marker: `${identityMarker}:${today()}.2` }));
    expect(identities.tokens().map((token) => token.ttlSeconds)).toEqual([ttlSeconds, ttlSeconds]);
  });

  it("keeps engine-internal properties out of what it returns", async () => {
    const { outs } = await resource().create({ ...inputs(), ...{ __provider: "code" } });
    expect(Object.keys(outs).sort()).toEqual([
      "expiresAt",
      "identityId",
      "marker",
      "mayMint",
      "projectId",
      "token",
      "ttlSeconds",
    ]);
  });

  it("does not mint a previous generation: the vault shows no token twice", async () => {
    const there = halfMade();
    const failure = await failureOf(resource().create(inputs({ mayMint: false })));
    expect(failure).toBeInstanceOf(UserError);
    expect(failure.message).toContain("correct raxx:generations.INF_APP_READER.previous");
    expect(failure.message).toMatch(/--stack prod$/);
    expect(there.revoked).toBe(false);
    expect(writes()).toEqual([]);
  });

  it("refuses a generation that would have expired already, and names the command", async () => {
    const failure = await failureOf(resource().create(inputs({ marker: `${identityMarker}:2020-01-01` })));
    expect(failure).toBeInstanceOf(UserError);
    expect(failure.message).toMatch(
      /pulumi config set --path raxx:generations\.INF_APP_READER\.current \d{4}-\d\d-\d\d --stack prod$/,
    );
    expect(writes()).toEqual([]);
  });

  it("mints on the last day of a generation, and not after it", async () => {
    const at = (time: string) => (): Date => new Date(time);
    const old = inputs({ marker: `${identityMarker}:2026-05-06`, ttlSeconds: 24 * 3600 });
    const refused = identities.token(world.client(), at("2026-05-07T00:00:00Z")).create(old);
    expect(await failureOf(refused)).toBeInstanceOf(UserError);
    await identities.token(world.client(), at("2026-05-06T23:59:59Z")).create(old);
    expect(live()).toHaveLength(1);
  });

  it("says that the identity is gone", async () => {
    const failure = await failureOf(resource().create(inputs({ identityId: "none" })));
    expect(failure.message).toMatch(/no identity none .* run pulumi refresh, then run again$/);
    expect(writes()).toEqual([]);
  });
});

describe("create after a crash", () => {
  it("revokes the half-made token that nobody holds, and mints anew", async () => {
    const there = halfMade();
    const { id } = await resource().create(inputs());
    expect(there.revoked).toBe(true);
    expect(live().map((token) => token.id)).toEqual([id]);
    expect(writes()).toEqual([revoke(there.id), mint()]);
  });

  it("revokes several of them", async () => {
    const all = [halfMade(), halfMade()];
    await resource().create(inputs());
    expect(all.every(({ revoked }) => revoked)).toBe(true);
    expect(live()).toHaveLength(1);
  });

  it.each([
    ["counts a use", { numUses: 1 }],
    ["was used at some time", { lastUsedAt: "2026-05-06T00:00:00Z" }],
  ])("refuses where one of them %s, touches none, and says what to do", async (_case, changes) => {
    const [unused, used] = [halfMade(), halfMade(changes)];
    const failure = await failureOf(resource().create(inputs()));
    expect(failure).toBeInstanceOf(UserError);
    expect(failure.message).toContain(used.id);
    expect(failure.message).toContain(identityId);
    expect(failure.message).not.toContain(unused.id);
    expect(failure.message).toMatch(/find out who, then revoke it .* and run again$/);
    expect(writes()).toEqual([]);
  });

  it.each<[string, () => Partial<AccessToken>]>([
    ["of another generation", () => ({ name: `${tokenMarker()}.2` })],
    ["of another stack", () => ({ name: tokenMarker().replace("prod", "staging") })],
    ["with a longer name", () => ({ name: `old ${tokenMarker()}` })],
    ["without a name", () => ({ name: null })],
    ["that was used, of another identity", () => ({ identityId: "another", numUses: 1 })],
    ["that was used and is revoked", () => ({ revoked: true, numUses: 1 })],
    [
      "that was used and is expired",
      () => ({ ttlSeconds: 1, createdAt: "2026-01-01T00:00:00Z", numUses: 1 }),
    ],
  ])("leaves a token alone %s", async (_case, changes) => {
    const there = halfMade(changes());
    const before = snapshot(there);
    await resource().create(inputs());
    expect(there).toEqual(before);
    expect(writes()).toEqual([mint()]);
  });

  it("takes a token that was renewed for alive", async () => {
    const renewed = { createdAt: "2020-01-01T00:00:00Z", lastRenewedAt: new Date().toISOString() };
    const there = halfMade(renewed);
    await resource().create(inputs());
    expect(there.revoked).toBe(true);
  });

  it("takes a token that never expires for alive", async () => {
    const there = halfMade({ createdAt: "2020-01-01T00:00:00Z", ttlSeconds: 0 });
    await resource().create(inputs());
    expect(there.revoked).toBe(true);
  });

  it("finds it on the second page", async () => {
    const there = halfMade({ updatedAt: "2020-01-01T00:00:00Z" });
    for (let count = 0; count < 100; count += 1) halfMade({ name: "unrelated" });
    await resource().create(inputs());
    expect(there.revoked).toBe(true);
  });

  it("does not mint where it cannot see all tokens", async () => {
    for (let count = 0; count < 200; count += 1) halfMade({ name: "unrelated" });
    const failure = await failureOf(resource().create(inputs()));
    expect(failure).toBeInstanceOf(UserError);
    expect(failure.message).toContain("200 tokens or more");
    expect(writes()).toEqual([]);
  });
});

describe("create when the mint fails", () => {
  it("revokes what was minted although the answer was lost, and the next run mints", async () => {
    inject(world.vendor, { kind: "drop-after", method: "POST", path: path() });
    expect(await failureOf(resource().create(inputs()))).toMatchObject({
      status: undefined,
      retryable: true,
    });
    expect(live()).toEqual([]);
    expect(identities.tokens()).toHaveLength(1);
    const { id } = await resource().create(inputs());
    expect(live().map((token) => token.id)).toEqual([id]);
    expect(writes()).toEqual([mint(), revoke(identities.tokens()[0]?.id ?? ""), mint()]);
  });

  it("leaves it to the next run where that fails as well, and tells of the first failure", async () => {
    inject(world.vendor, { kind: "drop-after", method: "POST", path: path() });
    inject(world.vendor, { kind: "status", status: 403, method: "POST", path: "*/revoke" });
    expect(await failureOf(resource().create(inputs()))).toMatchObject({ status: undefined });
    expect(live()).toHaveLength(1);
    await resource().create(inputs());
    expect(live()).toHaveLength(1);
    expect(identities.tokens()).toHaveLength(2);
  });

  it.each([500, 502, 503])("asks once on a %i, and fails", async (status) => {
    inject(world.vendor, { kind: "status", status, method: "POST", path: path() });
    expect(await failureOf(resource().create(inputs()))).toMatchObject({ status });
    expect(identities.tokens()).toEqual([]);
    expect(writes()).toEqual([mint()]);
  });

  it("waits out a 429, which carried nothing out, and mints once", async () => {
    inject(world.vendor, { kind: "rate-limit", retryAfterSeconds: 0, method: "POST", path: path() });
    await resource().create(inputs());
    expect(identities.tokens()).toHaveLength(1);
    expect(writes()).toEqual([mint(), mint()]);
  });

  it("looks for nothing where the rate limit stays used up: nothing was carried out", async () => {
    inject(world.vendor, {
      kind: "rate-limit",
      retryAfterSeconds: 0,
      method: "POST",
      path: path(),
      times: 0,
    });
    expect(await failureOf(resource().create(inputs()))).toMatchObject({ status: 429 });
    expect(world.vendor.log.read().at(-1)).toMatchObject({ method: "POST", path: path() });
  });

  it("passes on a refusal without looking for anything", async () => {
    const [provisioner] = world.state.identities;
    if (provisioner) provisioner.orgRole = "member";
    const failure = await failureOf(resource().create(inputs()));
    expect(failure).toMatchObject({ status: 403 });
    expect(failure.message).toContain("make INF_PROVISIONER an admin of the organization");
    expect(world.vendor.log.read().at(-1)).toMatchObject({ method: "POST", path: path() });
    expect(identities.tokens()).toEqual([]);
  });
});

describe("check", () => {
  const reasons = async (changes: Partial<InfisicalIdentityTokenInputs>): Promise<string[]> =>
    ((await resource().check({}, inputs(changes))).failures ?? []).map(({ reason }) => reason);

  it("takes a first issuance, and unknown values of previews", async () => {
    expect(await resource().check({}, inputs())).toEqual({ inputs: inputs() });
    for (const key of ["identityId", "marker", "ttlSeconds", "projectId"] as const) {
      expect(await reasons({ [key]: unknownValue as never })).toEqual([]);
    }
  });

  it("keeps the lifetime that a generation was minted with, and takes a new one with the next", async () => {
    expect(await resource().check(inputs(), inputs({ ttlSeconds: 60 }))).toEqual({ inputs: inputs() });
    const next = inputs({ marker: `${tokenMarker()}.2`, ttlSeconds: 60 });
    expect(await resource().check(inputs(), next)).toEqual({ inputs: next });
  });

  it.each<[string, Partial<InfisicalIdentityTokenInputs>, RegExp]>([
    ["a TTL of 0", { ttlSeconds: 0 }, /0 would never expire/],
    ["a TTL above ten years", { ttlSeconds: 315_360_001 }, /ten years/],
    ["a marker without a generation", { marker: identityMarker }, /<generation>/],
    ["a marker of another program", { marker: "other:prod:X:2026-05-06" }, /<generation>/],
    ["a day that is none", { marker: `${identityMarker}:2026-02-30` }, /<generation>/],
    ["a number that is none", { marker: `${identityMarker}:2026-05-06.0` }, /<generation>/],
    ["the first number, which is not written", { marker: `${identityMarker}:2026-05-06.1` }, /<generation>/],
    ["white space", { marker: `${identityMarker}:2026-05-06 ` }, /<generation>/],
  ])("refuses %s", async (_case, changes, message) => {
    const found = await reasons(changes);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
  });
});

describe("diff", () => {
  const diff = (changes: Partial<InfisicalIdentityTokenInputs>): Promise<unknown> =>
    resource().diff("id", { ...inputs(), token: "t", expiresAt: "2026-05-06T00:00:00Z" }, inputs(changes));

  it("sees nothing where nothing changed that could change what is minted", async () => {
    expect(await diff({})).toEqual({ changes: false });
    expect(await diff({ ttlSeconds: 60, mayMint: false })).toEqual({ changes: false });
  });

  it("replaces for another generation, and for another identity, known or not", async () => {
    expect(await diff({ marker: "m" })).toEqual({ changes: true, replaces: ["marker"] });
    expect(await diff({ identityId: "i" })).toEqual({ changes: true, replaces: ["identityId"] });
    expect(await diff({ identityId: unknownValue })).toEqual({ changes: true, replaces: ["identityId"] });
  });
});

describe("read", () => {
  it("finds what was minted, and keeps the value that only the state has", async () => {
    const { id, outs } = await resource().create(inputs());
    expect(await resource().read(id, outs)).toEqual({ id, props: outs });
  });

  it.each<[string, (token: AccessToken) => unknown]>([
    ["revoked", (token) => (token.revoked = true)],
    ["expired", (token) => (token.createdAt = "2020-01-01T00:00:00Z")],
    ["cleared away", () => (world.state.accessTokens = [])],
    ["gone with the Token Auth", () => (identities.only().tokenAuth = null)],
    ["gone with its identity", () => (world.state.identities = world.state.identities.slice(0, 1))],
  ])("drops what is %s", async (_case, meddle) => {
    const { id, outs } = await resource().create(inputs());
    const [token] = identities.tokens();
    if (token) meddle(token);
    expect(await resource().read(id, outs)).toEqual({});
  });

  it("does not believe a vault that does not show it the project", async () => {
    const { id, outs } = await resource().create(inputs());
    const elsewhere = { ...outs, projectId: "another" };
    expect(await failureOf(resource().read(id, elsewhere))).toMatchObject({ status: 404 });
    expect(await failureOf(resource().delete(id, elsewhere))).toMatchObject({ status: 404 });
    expect(live()).toHaveLength(1);
  });
});

it("update asks nothing of the vault and keeps what was minted", async () => {
  const { id, outs } = await resource().create(inputs());
  const calls = world.vendor.log.read().length;
  expect(await resource().update(id, outs, inputs({ mayMint: false }))).toEqual({ outs });
  expect(world.vendor.log.read()).toHaveLength(calls);
});

describe("delete", () => {
  it("revokes exactly this token, and proves it dead", async () => {
    const first = await resource().create(inputs());
    const second = await resource().create(inputs({ marker: `${tokenMarker()}.2` }));
    await resource().delete(first.id, first.outs);
    expect(live().map(({ id }) => id)).toEqual([second.id]);
    expect(writes()).toEqual([mint(), mint(), revoke(first.id)]);
    expect(world.vendor.log.read().at(-1)).toMatchObject({ method: "GET", status: 401 });
  });

  it.each<[string, () => unknown]>([
    ["revoked already", () => identities.tokens().map((token) => (token.revoked = true))],
    ["cleared away", () => (world.state.accessTokens = world.state.accessTokens.slice(0, 1))],
    ["gone with its identity", () => (world.state.identities = world.state.identities.slice(0, 1))],
  ])("takes what is %s for done", async (_case, meddle) => {
    const { id, outs } = await resource().create(inputs());
    meddle();
    await expect(resource().delete(id, outs)).resolves.toBeUndefined();
    expect(identities.tokens().filter((token) => !token.revoked && token.id === id)).toEqual([]);
  });

  it("goes through for one that expired, which the vault answers with 403", async () => {
    const { id, outs } = await resource().create(inputs());
    moveClock(105 * 24 * 3600);
    try {
      await resource().delete(id, outs);
    } finally {
      jest.useRealTimers();
    }
    expect(live()).toEqual([]);
  });

  it("goes through where the answer was lost", async () => {
    const { id, outs } = await resource().create(inputs());
    inject(world.vendor, { kind: "drop-after", method: "POST", path: "*/revoke" });
    await resource().delete(id, outs);
    expect(live()).toEqual([]);
  });

  it("is not content where the token still works", async () => {
    const { id, outs } = await resource().create(inputs());
    const other = createTokenAuthToken(world.state, identities.only(), "other").bearer;
    const failure = await failureOf(resource().delete(id, { ...outs, token: other }));
    expect(failure).toBeInstanceOf(UserError);
    expect(failure.message).toContain(id);
    expect(failure.message).not.toContain(other);
  });

  it("passes on what is no 404, and what proves nothing", async () => {
    const { id, outs } = await resource().create(inputs());
    inject(world.vendor, { kind: "status", status: 403, method: "POST", path: "*/revoke" });
    expect(await failureOf(resource().delete(id, outs))).toMatchObject({ status: 403 });
    expect(live()).toHaveLength(1);
    inject(world.vendor, { kind: "status", status: 403, method: "GET", path: "*/projects/*", call: 2 });
    expect(await failureOf(resource().delete(id, outs))).toMatchObject({ status: 403 });
  });
});

describe("the probe", () => {
  const folder = { environment: "prod", path: "/MooseQuest/stripe" };
  const probe = (token: string, at = folder): Promise<string[]> =>
    infisicalTokenProbe(token, { projectId: world.project.id, ...at }, world.client());
  let value: string;
  beforeEach(() => {
    value = canary();
    for (const path of ["/MooseQuest/stripe", "/MooseQuest/heroku"]) {
      createFolder(world.state, { ...world.place, path });
      createSecret(world.state, { ...world.place, path, name: "KEY", value });
    }
  });

  it("lists the names where the token may look, and none where it may not", async () => {
    const { outs } = await resource().create(inputs());
    expect(await probe(outs.token)).toEqual(["KEY"]);
    expect(await probe(outs.token, { ...folder, path: "/MooseQuest/heroku" })).toEqual([]);
  });

  it("says that a token was revoked, and quotes nothing of it", async () => {
    const { id, outs } = await resource().create(inputs());
    await resource().delete(id, outs);
    const failure = await failureOf(probe(outs.token));
    expect(failure).toBeInstanceOf(UserError);
    expect(failure.message).toMatch(/revoked/);
    expect(failure.message).not.toContain(outs.token);
    expect(failure.message).not.toContain(value);
  });

  it("says that a token has no rights any more", async () => {
    const { outs } = await resource().create(inputs());
    identities.membership().privileges = [];
    expect((await failureOf(probe(outs.token))).message).toMatch(/expired, or its identity may not read/);
  });

  it("does not blame the token for what the edge in front of the vault says", async () => {
    const { outs } = await resource().create(inputs());
    const client = world.client();
    await client.tags(world.project.id);
    world.state.gate = "strict-403";
    const failure = await failureOf(
      infisicalTokenProbe(outs.token, { projectId: world.project.id, ...folder }, client),
    );
    expect(failure).toMatchObject({ status: 403 });
    expect(failure.message).toContain("Cloudflare Access");
  });

  it("passes on a folder that is gone", async () => {
    const { outs } = await resource().create(inputs());
    expect(await failureOf(probe(outs.token, { ...folder, path: "/MooseQuest/none" }))).toMatchObject({
      status: 404,
    });
  });
});
