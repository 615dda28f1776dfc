import { unknownValue } from "../../../providers/boundary";
import { UserError } from "../../../providers/errors";
import { herokuAuthorization, type HerokuAuthorizationInputs } from "../../../providers/heroku/authorization";
import { type HerokuAuthorization as Listed, HerokuClient } from "../../../providers/heroku/client";
import { createAuthorization, type HerokuAuthorization } from "../../../sandbox/vendors/heroku";
import { failureOf, inject, sendJson, serve, snapshot, writesOf } from "../support";
import { HerokuWorld } from "./world";

const marker = "raxx:prod:HK_PLATFORM_FULL:2026-05-06";
const now = (): Date => new Date("2026-05-06T12:00:00Z");
const expiresAt = "2026-08-18T12:00:00.000Z";
const lifetimeSeconds = 104 * 24 * 3600;
const path = "/oauth/authorizations";
const mint = `POST ${path}`;

let world: HerokuWorld;
let before: HerokuAuthorization[];
beforeEach(async () => {
  world = await HerokuWorld.start();
  before = snapshot(world.state.authorizations);
});
afterEach(() => world.stop());

const resource = (client = world.client()): ReturnType<typeof herokuAuthorization> =>
  herokuAuthorization(() => client, now);

function inputs(changes: Partial<HerokuAuthorizationInputs> = {}): HerokuAuthorizationInputs {
  return { marker, scope: ["global"], expiresAt, accountId: world.account.id, mayMint: true, ...changes };
}

/** What stands at the vendor beside what was there before the test. */
function minted(): HerokuAuthorization[] {
  return world.state.authorizations.filter(({ id }) => !before.some((one) => one.id === id));
}

function onlyMinted(): HerokuAuthorization {
  const [first, ...others] = minted();
  if (first === undefined || others.length > 0) throw new Error(`${minted().length} authorizations`);
  return first;
}

/** An authorization with our marker that an earlier run made. */
function halfMade(more: Partial<Parameters<typeof createAuthorization>[1]> = {}): HerokuAuthorization {
  return createAuthorization(world.state, {
    account: world.account,
    scope: ["global"],
    description: marker,
    ...more,
  });
}

describe("create", () => {
  it("mints one authorization under the marker, that expires when it should", async () => {
    const { id, outs } = await resource().create(inputs());
    const { access_token, ...rest } = onlyMinted();
    expect(rest).toMatchObject({
      id,
      description: marker,
      scope: ["global"],
      account_id: world.account.id,
    });
    expect(access_token.lifetime_seconds).toBe(lifetimeSeconds);
    expect(outs).toEqual({ ...inputs(), token: access_token.token });
    expect(writesOf(world.vendor)).toEqual([mint]);
  });

  it("leaves every other authorization as it was", async () => {
    await resource().create(inputs());
    expect(world.state.authorizations.slice(0, before.length)).toEqual(before);
  });

  it("keeps engine-internal properties out of what it returns", async () => {
    const given = { ...inputs(), __provider: "code", __internal: {} };
    const { outs } = await resource().create(given);
    expect(Object.keys(outs).sort()).toEqual([
      "accountId",
      "expiresAt",
      "marker",
      "mayMint",
      "scope",
      "token",
    ]);
  });

  it("proves the new token before anybody gets it", async () => {
    inject(world.vendor, { kind: "status", status: 403, method: "GET", path: "/account", call: 2 });
    expect(await failureOf(resource().create(inputs()))).toMatchObject({ status: 403 });
    expect(minted()).toHaveLength(1);
  });

  it("refuses another account's credential before anything else is asked", async () => {
    const failure = await failureOf(resource(world.stranger()).create(inputs()));
    expect(failure).toBeInstanceOf(UserError);
    expect(failure.message).toContain(world.account.id);
    expect(failure.message).toContain(world.other.id);
    expect(world.vendor.log.read().map((call) => `${call.method} ${call.path}`)).toEqual(["GET /account"]);
  });

  it.each(["2026-05-06T12:00:00Z", "2026-05-06T12:00:00.999Z", "2026-01-01T00:00:00Z"])(
    "refuses a generation that would have expired at %s, and names the command",
    async (past) => {
      const failure = await failureOf(resource().create(inputs({ expiresAt: past })));
      expect(failure).toBeInstanceOf(UserError);
      expect(failure.message).toContain(`generation 2026-05-06 of HK_PLATFORM_FULL`);
      expect(failure.message).toMatch(
        /pulumi config set --path raxx:generations\.HK_PLATFORM_FULL\.current \d{4}-\d\d-\d\d --stack \w+$/,
      );
      expect(minted()).toEqual([]);
      expect(writesOf(world.vendor)).toEqual([]);
    },
  );

  it("does not mint a previous generation that never was: it is a slip in the configuration", async () => {
    const failure = await failureOf(resource().create(inputs({ mayMint: false })));
    expect(failure).toBeInstanceOf(UserError);
    expect(failure.message).toContain("correct raxx:generations.HK_PLATFORM_FULL.previous");
    expect(writesOf(world.vendor)).toEqual([]);
  });

  it("mints with a second left", async () => {
    await resource().create(inputs({ expiresAt: "2026-05-06T12:00:01Z" }));
    expect(onlyMinted().access_token.lifetime_seconds).toBe(1);
  });
});

describe("create after a crash", () => {
  it("adopts the half-made authorization and mints no second one", async () => {
    const there = halfMade();
    const { id, outs } = await resource().create(inputs());
    expect({ id, token: outs.token }).toEqual({ id: there.id, token: there.access_token.token });
    expect(minted()).toHaveLength(1);
    expect(writesOf(world.vendor)).toEqual([]);
  });

  it("adopts what the create before it minted and could not prove", async () => {
    inject(world.vendor, { kind: "status", status: 403, method: "GET", path: "/account", call: 2 });
    await failureOf(resource().create(inputs()));
    const { id } = await resource().create(inputs());
    expect(id).toBe(onlyMinted().id);
    expect(writesOf(world.vendor)).toEqual([mint]);
  });

  it("takes scopes in another order for the same", async () => {
    const scopes = { sorted: ["identity", "write-protected"], not: ["write-protected", "identity"] } as const;
    const there = halfMade({ scope: [...scopes.sorted] });
    expect((await resource().create(inputs({ scope: [...scopes.not] }))).id).toBe(there.id);
    there.scope = [...scopes.not];
    expect((await resource().create(inputs({ scope: [...scopes.sorted] }))).id).toBe(there.id);
  });

  it.each([
    ["another generation", `${marker}.2`],
    ["another stack", marker.replace("prod", "staging")],
    ["a longer text", `old ${marker}`],
  ])("does not take the marker of %s for its own", async (_case, description) => {
    const there = halfMade({ description });
    const { id } = await resource().create(inputs());
    expect(id).not.toBe(there.id);
    expect(writesOf(world.vendor)).toEqual([mint]);
  });

  it("finds it behind the first thousand", async () => {
    // The list is ordered by id, so this one stands on the last page.
    const there = halfMade({ id: "ffffffff-ffff-4fff-bfff-ffffffffffff" });
    for (let count = 0; count < 1000; count += 1) halfMade({ description: `unrelated ${count}` });
    expect((await resource().create(inputs())).id).toBe(there.id);
    expect(writesOf(world.vendor)).toEqual([]);
  });

  it("refuses two with the same marker, naming both, and touches neither", async () => {
    const [one, two] = [halfMade(), halfMade()];
    const failure = await failureOf(resource().create(inputs()));
    expect(failure).toBeInstanceOf(UserError);
    expect(failure.message).toContain(one.id);
    expect(failure.message).toContain(two.id);
    expect(failure.message).not.toContain(one.access_token.token);
    expect(minted()).toHaveLength(2);
    expect(writesOf(world.vendor)).toEqual([]);
  });

  it("refuses one whose scope is another, and names the command that removes it", async () => {
    const there = halfMade({ scope: ["read"] });
    const failure = await failureOf(resource().create(inputs()));
    expect(failure).toBeInstanceOf(UserError);
    expect(failure.message).toContain(`heroku authorizations:revoke ${there.id}`);
    expect(writesOf(world.vendor)).toEqual([]);
  });

  it("refuses one whose token the vendor does not show", async () => {
    const there = halfMade();
    class Secretive extends HerokuClient {
      override async authorizations(): Promise<Listed[]> {
        return (await super.authorizations()).map((one) => ({ ...one, access_token: null }));
      }
    }
    const client = new Secretive({ url: world.vendor.url, apiKey: world.apiKey });
    const failure = await failureOf(resource(client).create(inputs()));
    expect(failure.message).toContain(`heroku authorizations:revoke ${there.id}`);
    expect(writesOf(world.vendor)).toEqual([]);
  });
});

describe("create when the mint fails", () => {
  it("finds by its marker what was minted although the answer was lost, in the same run", async () => {
    inject(world.vendor, { kind: "drop-after", method: "POST", path });
    const { id, outs } = await resource().create(inputs());
    expect({ id, token: outs.token }).toEqual({
      id: onlyMinted().id,
      token: onlyMinted().access_token.token,
    });
    expect(writesOf(world.vendor)).toEqual([mint]);
  });

  it("fails and has minted nothing where the call never arrived", async () => {
    inject(world.vendor, { kind: "drop-before", method: "POST", path });
    const failure = await failureOf(resource().create(inputs()));
    expect(failure).toMatchObject({ status: undefined, retryable: true });
    expect(minted()).toEqual([]);
    expect(writesOf(world.vendor)).toEqual([mint]);
  });

  it.each([500, 502, 503])("asks once on a %i, and fails where nothing was minted", async (status) => {
    inject(world.vendor, { kind: "status", status, method: "POST", path });
    expect(await failureOf(resource().create(inputs()))).toMatchObject({ status });
    expect(minted()).toEqual([]);
    expect(writesOf(world.vendor)).toEqual([mint]);
  });

  it("finds what was minted although the vendor answered 500", async () => {
    const front = await serve(async (response, { method, url, headers, body }) => {
      const { authorization = "", accept = "", range = "" } = headers;
      const answer = await fetch(world.vendor.url + url, {
        method,
        headers: {
          authorization,
          accept,
          ...(range === "" ? {} : { range }),
          ...(body === "" ? {} : { "content-type": "application/json" }),
        },
        ...(body === "" ? {} : { body }),
      });
      sendJson(response, method === "POST" ? 500 : answer.status, await answer.json());
    });
    try {
      const client = new HerokuClient({ url: front.url, apiKey: world.apiKey });
      expect((await resource(client).create(inputs())).id).toBe(onlyMinted().id);
      expect(writesOf(world.vendor)).toEqual([mint]);
    } finally {
      await front.close();
    }
  });

  it("waits out a 429, which carried nothing out, and mints once", async () => {
    inject(world.vendor, { kind: "rate-limit", retryAfterSeconds: 0, method: "POST", path });
    const { id } = await resource().create(inputs());
    expect(id).toBe(onlyMinted().id);
    expect(writesOf(world.vendor)).toEqual([mint, mint]);
  });

  it("passes on a refusal without looking for anything", async () => {
    inject(world.vendor, { kind: "status", status: 422, method: "POST", path });
    expect(await failureOf(resource().create(inputs()))).toMatchObject({ status: 422 });
    expect(
      world.vendor.log.read().filter((call) => call.method === "GET" && call.path === path),
    ).toHaveLength(1);
  });
});

describe("check", () => {
  it("takes a first issuance, the same again, and a new scope with a new generation", async () => {
    const next = inputs({ marker: `${marker}.2`, scope: ["read"] });
    expect(await resource().check({}, inputs())).toEqual({ inputs: inputs() });
    expect(await resource().check(inputs(), inputs())).toEqual({ inputs: inputs() });
    expect(await resource().check(inputs(), next)).toEqual({ inputs: next });
  });

  it("keeps the scope and the expiry that a generation was minted with", async () => {
    const news = inputs({ scope: ["read"], expiresAt: "2027-01-01T00:00:00Z" });
    expect(await resource().check(inputs(), news)).toEqual({ inputs: inputs() });
  });

  it("lets unknown values of previews pass", async () => {
    const news = inputs({ accountId: unknownValue, expiresAt: unknownValue });
    expect(await resource().check({}, news)).toEqual({ inputs: news });
  });
});

describe("diff", () => {
  const diff = (news: HerokuAuthorizationInputs): Promise<unknown> =>
    resource().diff("id", { ...inputs(), token: "t" }, news);

  it("sees nothing where nothing changed", async () => {
    expect(await diff(inputs())).toEqual({ changes: false });
  });

  it("leaves what was minted alone where only its expiry or account id is told anew", async () => {
    expect(await diff(inputs({ expiresAt: "2027-01-01T00:00:00Z" }))).toEqual({ changes: false });
    expect(await diff(inputs({ accountId: unknownValue }))).toEqual({ changes: false });
  });

  it("replaces for another generation", async () => {
    expect(await diff(inputs({ marker: `${marker}.2` }))).toEqual({ changes: true, replaces: ["marker"] });
  });
});

describe("read", () => {
  it("finds what was minted, with its token", async () => {
    const { id, outs } = await resource().create(inputs());
    expect(await resource().read(id, outs)).toEqual({ id, props: outs });
  });

  it("sees a token that was regenerated", async () => {
    const { id, outs } = await resource().create(inputs());
    onlyMinted().access_token.token = "HRKU-regenerated";
    expect((await resource().read(id, outs)).props?.token).toBe("HRKU-regenerated");
  });

  it("answers that what is gone is gone", async () => {
    const { id, outs } = await resource().create(inputs());
    world.state.authorizations = before;
    expect(await resource().read(id, outs)).toEqual({});
  });

  it("does not take another account's view for gone", async () => {
    const { id, outs } = await resource().create(inputs());
    const failure = await failureOf(resource(world.stranger()).read(id, outs));
    expect(failure).toBeInstanceOf(UserError);
    expect(failure.message).toContain(world.other.id);
  });
});

it("update asks nothing of the vendor and keeps what was minted", async () => {
  const { id, outs } = await resource().create(inputs());
  const calls = world.vendor.log.read().length;
  expect(await resource().update(id, outs, inputs({ accountId: "x" }))).toEqual({ outs });
  expect(world.vendor.log.read()).toHaveLength(calls);
});

describe("delete", () => {
  it("revokes this authorization only", async () => {
    const { id, outs } = await resource().create(inputs());
    await resource().delete(id, outs);
    expect(world.state.authorizations).toEqual(before);
    expect(writesOf(world.vendor)).toEqual([mint, `DELETE ${path}/${id}`]);
  });

  it("proves the token dead with the token itself", async () => {
    const { id, outs } = await resource().create(inputs());
    const calls = world.vendor.log.read().length;
    await resource().delete(id, outs);
    expect(world.vendor.log.read().slice(calls)).toMatchObject([
      { method: "DELETE", status: 200 },
      { method: "GET", path: "/account", status: 401 },
    ]);
  });

  it("fails where the token still works", async () => {
    class Pretending extends HerokuClient {
      override deleteAuthorization(): Promise<boolean> {
        return Promise.resolve(true);
      }
    }
    const { id, outs } = await resource().create(inputs());
    const client = new Pretending({ url: world.vendor.url, apiKey: world.apiKey });
    const failure = await failureOf(resource(client).delete(id, outs));
    expect(failure).toBeInstanceOf(UserError);
    expect(failure.message).toContain(`heroku authorizations:info ${id}`);
    expect(failure.message).not.toContain(outs.token);
  });

  it("fails where the proof could not be had", async () => {
    const { id, outs } = await resource().create(inputs());
    inject(world.vendor, { kind: "status", status: 403, method: "GET", path: "/account" });
    expect(await failureOf(resource().delete(id, outs))).toMatchObject({ status: 403 });
  });

  it("is fine twice", async () => {
    const { id, outs } = await resource().create(inputs());
    await resource().delete(id, outs);
    await resource().delete(id, outs);
    expect(world.state.authorizations).toEqual(before);
  });

  it("is fine where its answer was lost", async () => {
    const { id, outs } = await resource().create(inputs());
    inject(world.vendor, { kind: "drop-after", method: "DELETE" });
    await resource().delete(id, outs);
    expect(minted()).toEqual([]);
  });

  it("is refused with another account's credential, and revokes nothing", async () => {
    const { id, outs } = await resource().create(inputs());
    const failure = await failureOf(resource(world.stranger()).delete(id, outs));
    expect(failure).toBeInstanceOf(UserError);
    expect(minted()).toHaveLength(1);
  });

  it("passes on what is no 404", async () => {
    const { id, outs } = await resource().create(inputs());
    inject(world.vendor, { kind: "status", status: 403, method: "DELETE" });
    expect(await failureOf(resource().delete(id, outs))).toMatchObject({ status: 403 });
    expect(minted()).toHaveLength(1);
  });
});
