import {
  cloudflareAccount,
  type CloudflareAccountInputs,
  type CloudflareAccountOutputs,
} from "../../../providers/cloudflare/account";
import { type PermissionGroup } from "../../../providers/cloudflare/faults";
import { type ServiceTokenRotation } from "../../../providers/cloudflare/service-token-rotation";
import { createServiceToken } from "../../../sandbox/vendors/cloudflare";
import { canary, failureOf, inject, writesOf } from "../support";
import { CloudflareWorld } from "./world";

let world: CloudflareWorld;
beforeEach(async () => {
  world = await CloudflareWorld.start();
});
afterEach(() => world.stop());

const dnsWrite: PermissionGroup = {
  id: "4755a26eedb94da69e1066d98aa820be",
  name: "DNS Write",
  scope: "zone",
};
const accessWrite: PermissionGroup = {
  id: "1e13c5124ca64b72b1969a67e8829049",
  name: "Access: Apps and Policies Write",
  scope: "account",
};
const marker = "raxx:prod:CF_DNS_EDIT_RAXX_APP:2026-05-06";

const resource = (client = world.client()): ReturnType<typeof cloudflareAccount> =>
  cloudflareAccount(() => client);

function wanted(changes: Partial<CloudflareAccountInputs> = {}): CloudflareAccountInputs {
  return {
    accountId: world.account.id,
    zones: { "getraxx.com": world.secondZone.id, "raxx.app": world.zone.id },
    permissionGroups: [accessWrite, dnsWrite],
    markers: [marker],
    serviceTokens: [],
    ...changes,
  };
}

const rotation = (changes: Partial<ServiceTokenRotation> = {}): ServiceTokenRotation => ({
  name: "raxx:prod:CF_ACCESS_SVC_VAULT",
  generation: "2026-05-06",
  version: 1,
  ...changes,
});

const recorded = (): CloudflareAccountOutputs => ({ ...wanted(), userId: world.operator.id });

/** The only reason of a check that refuses. */
async function reasonOf(
  changes: Partial<CloudflareAccountInputs>,
  client = world.client(),
  olds: Partial<CloudflareAccountInputs> = {},
): Promise<string> {
  const { failures = [] } = await resource(client).check(olds, wanted(changes));
  expect(failures).toHaveLength(1);
  expect(failures[0]?.property).toBe("");
  return failures[0]?.reason ?? "";
}

describe("check", () => {
  it("lets pass what is as it should be, records the user, and asks each thing once", async () => {
    expect(await resource().check({}, wanted())).toEqual({ inputs: recorded() });
    expect(world.calls().sort()).toEqual([
      "GET /user/tokens",
      "GET /user/tokens/permission_groups",
      "GET /user/tokens/verify",
      "GET /zones",
    ]);
  });

  it("refuses a token with a name of ours that this state never intended, be it unused", async () => {
    const { token } = world.mint(`${marker}.2`, [world.onZones("Zone Read", world.zone)]);
    expect(await reasonOf({})).toMatch(
      new RegExp(
        `^Cloudflare has a token named ${marker}\\.2 \\(${token.id}\\), but the state of this stack never `,
      ),
    );
    expect((await resource().check(recorded(), wanted())).failures).toBeUndefined();
    expect(writesOf(world.vendor)).toEqual([]);
  });

  it("refuses such an Access service token too, and asks for it until it is on record", async () => {
    const { name } = rotation();
    const { id } = createServiceToken(world.state, { account: world.account, name }).token;
    const serviceTokens = [rotation()];
    expect(await reasonOf({ serviceTokens })).toContain(`Cloudflare has a token named ${name} (${id})`);
    const before = { ...recorded(), serviceTokens };
    expect((await resource().check(before, wanted({ serviceTokens }))).failures).toBeUndefined();
  });

  it("asks about the permission groups again only where they changed", async () => {
    expect(await resource().check(recorded(), wanted())).toEqual({ inputs: recorded() });
    expect(world.calls().sort()).toEqual(["GET /user/tokens", "GET /user/tokens/verify", "GET /zones"]);
    await resource().check(recorded(), wanted({ permissionGroups: [dnsWrite] }));
    expect(world.calls()).toContain("GET /user/tokens/permission_groups");
  });

  it("asks for nothing but the token where nothing is wanted", async () => {
    const nothing = { zones: {}, permissionGroups: [], markers: [] };
    const { inputs } = await resource().check({}, wanted(nothing));
    expect(inputs).toEqual(wanted(nothing));
    expect(world.calls()).toEqual(["GET /user/tokens/verify"]);
  });

  it("says all that is wrong at once", async () => {
    const reason = await reasonOf({
      zones: { "raxx.app": world.secondZone.id, "raxx.io": world.zone.id },
      permissionGroups: [{ ...dnsWrite, id: accessWrite.id }],
    });
    expect(reason.split("\n")).toHaveLength(3);
  });

  it.each([
    [429, "wait five minutes and run again"],
    [503, "https://www.cloudflarestatus.com"],
  ])("passes on in one line that Cloudflare answers %i", async (status, words) => {
    inject(world.vendor, { kind: "status", status, path: "*/zones", times: 0 });
    const reason = await reasonOf({});
    expect(reason).toContain(words);
    expect(reason).not.toContain("\n");
  });
});

describe("the token of the run", () => {
  it("is refused where it is unknown or revoked, and not shown", async () => {
    const value = world.revoked();
    const reason = await reasonOf({}, world.client(value));
    expect(reason).toContain("CLOUDFLARE_API_TOKEN is unknown, expired or revoked");
    expect(reason).toContain("CF_TOKENS_MINT");
    expect(reason).not.toContain(value);
  });

  it("is refused where it has not the form of one", async () => {
    expect(await reasonOf({}, world.client("not-a-token"))).toContain("has not the form of an API token");
  });

  it.each(["disabled", "expired"])(
    "is refused where it is %s, although its verify succeeds",
    async (status) => {
      const { token, value } = world.mint("mine", world.allRights());
      if (status === "disabled") token.status = "disabled";
      else token.expires_on = "2020-01-01T00:00:00Z";
      expect(await reasonOf({}, world.client(value))).toContain(`(${token.id}) is ${status}: export a valid`);
    },
  );

  it("is refused where it is one of the account, which mints none of a user", async () => {
    const owned = world.ownedByAccount(
      world.onAccount("Account API Tokens Write"),
      world.onZones("Zone Read", world.zone, world.secondZone),
    );
    expect(await reasonOf({}, owned)).toMatch(/is one of the account, which sees no API tokens of a user/);
    expect(await reasonOf({ markers: [] }, owned, recorded())).toContain("is one of the account");
    expect(await resource(owned).check({}, wanted({ markers: [] }))).toEqual({
      inputs: wanted({ markers: [] }),
    });
  });

  it("is refused where it may not even list tokens, with the permission that it lacks, said once", async () => {
    const reason = await reasonOf({}, world.with(world.onZones("Zone Read", world.zone, world.secondZone)));
    expect(reason).toContain('give the token CF_TOKENS_MINT "User > API Tokens > Edit"');
    expect(reason).toContain("list the API tokens");
    expect(reason).not.toContain("\n");
  });

  it("is refused where it may list tokens and not mint any", async () => {
    const reader = world.with(
      world.onUser("API Tokens Read"),
      world.onZones("Zone Read", world.zone, world.secondZone),
    );
    expect(await reasonOf({}, reader)).toBe(
      'CLOUDFLARE_API_TOKEN may not mint API tokens: give the token CF_TOKENS_MINT "User > API Tokens > Edit" at https://dash.cloudflare.com/profile/api-tokens and run again',
    );
  });

  it("is refused where one policy denies what another allows", async () => {
    const denied = world.with(
      world.onUser("API Tokens Read"),
      world.onUser("API Tokens Write"),
      { ...world.onUser("API Tokens Write"), effect: "deny" },
      world.onZones("Zone Read", world.zone, world.secondZone),
    );
    expect(await reasonOf({}, denied)).toContain("may not mint API tokens");
  });

  it("is refused where it may not mint the Access service tokens that are wanted", async () => {
    const serviceTokens = [rotation()];
    const without = world.with(
      world.onUser("API Tokens Write"),
      world.onAccount("Access: Service Tokens Write", world.otherAccount.id),
      world.onZones("Zone Read", world.zone, world.secondZone),
    );
    expect(await reasonOf({ serviceTokens }, without)).toBe(
      'CLOUDFLARE_API_TOKEN may not mint Access service tokens: give the token CF_TOKENS_MINT "Account > Access: Service Tokens > Edit" at https://dash.cloudflare.com/profile/api-tokens and run again',
    );
    expect((await resource().check({}, wanted({ serviceTokens }))).failures).toBeUndefined();
    const everywhere = world.with(
      world.onUser("API Tokens Write"),
      world.onAccount("Access: Service Tokens Write", "*"),
      world.onZones("Zone Read", world.zone, world.secondZone),
    );
    expect((await resource(everywhere).check({}, wanted({ serviceTokens }))).failures).toBeUndefined();
  });

  it("is refused where it is of another user than the recorded one, whose tokens it would not see", async () => {
    const { colleague, operator } = world;
    const { value } = world.mint("theirs", world.allRights(colleague), colleague);
    for (const changes of [{}, { markers: [] }]) {
      expect(await reasonOf(changes, world.client(value), recorded())).toBe(
        `CLOUDFLARE_API_TOKEN belongs to the user ${colleague.id}, but the API tokens of this stack are of the user ${operator.id}: export the CF_TOKENS_MINT of that user and run again`,
      );
    }
  });

  it("may be replaced by another one of the same user", async () => {
    const { value } = world.mint("next", world.allRights());
    expect(await resource(world.client(value)).check(recorded(), wanted())).toEqual({ inputs: recorded() });
  });

  it("is refused where a rotation in place cannot be carried out, in previews too", async () => {
    const olds = { ...recorded(), serviceTokens: [rotation({ version: 2 })] };
    expect(await reasonOf({ serviceTokens: [rotation()] }, world.client(), olds)).toMatch(
      /^CF_ACCESS_SVC_VAULT is at version 2 /,
    );
    const { failures } = await resource().check(olds, wanted({ serviceTokens: olds.serviceTokens }));
    expect(failures).toBeUndefined();
  });

  it("needs no right that nothing is wanted of", async () => {
    const reader = world.with(
      world.onUser("API Tokens Read"),
      world.onAccount("Access: Service Tokens Write"),
      world.onZones("Zone Read", world.zone, world.secondZone),
    );
    const serviceTokens = [rotation()];
    const { failures } = await resource(reader).check({}, wanted({ markers: [], serviceTokens }));
    expect(failures).toBeUndefined();
  });

  it("is still the recorded user's where Cloudflare does not list it", async () => {
    const client = world.client();
    jest.spyOn(client, "apiTokens").mockResolvedValue([]);
    expect(await resource(client).check(recorded(), wanted())).toEqual({ inputs: recorded() });
  });

  it("may mint nothing in a run that still knows whose it was", async () => {
    const { inputs } = await resource().check(recorded(), wanted({ markers: [] }));
    expect(inputs?.userId).toBe(world.operator.id);
  });
});

describe("the account", () => {
  it("is refused where it is another than the recorded one, before anything is asked", async () => {
    const olds = { ...recorded(), accountId: "a".repeat(32) };
    expect(await reasonOf({}, world.client(), olds)).toBe(
      `raxx:cloudflareAccount is ${world.account.id}, but this stack was made with the account ${olds.accountId}: pulumi config set raxx:cloudflareAccount ${olds.accountId}`,
    );
    expect(world.calls()).toEqual([]);
  });

  it("is refused where the zones are in another one", async () => {
    const reason = await reasonOf({ zones: { "example.com": world.otherZone.id } });
    expect(reason).toContain(`is in the Cloudflare account ${world.otherAccount.id}, and not in`);
    expect(reason).toContain(`pulumi config set raxx:cloudflareAccount ${world.otherAccount.id}`);
  });
});

describe("a zone", () => {
  it("is refused under the id of another, with the right one", async () => {
    const reason = await reasonOf({ zones: { "raxx.app": world.secondZone.id } });
    expect(reason).toBe(
      `the zone raxx.app has the id ${world.zone.id} at Cloudflare, and not ${world.secondZone.id}: pulumi config set --path 'raxx:cloudflareZones["raxx.app"]' ${world.zone.id}`,
    );
  });

  it("is refused under a name that it does not have", async () => {
    expect(await reasonOf({ zones: { "raxx.ap": world.zone.id } })).toContain(
      `the zone ${world.zone.id} is called raxx.app at Cloudflare, and not raxx.ap`,
    );
  });

  it("is refused where the token does not see it", async () => {
    const one = world.with(world.onUser("API Tokens Write"), world.onZones("Zone Read", world.zone));
    expect(await reasonOf({}, one)).toMatch(
      /^CLOUDFLARE_API_TOKEN sees no zone getraxx.com: give the token CF_TOKENS_MINT "Zone > Zone > Read" on it/,
    );
  });
});

describe("a permission group", () => {
  it("is refused where there is none of its name, and the nearest of its scope are listed", async () => {
    expect(await reasonOf({ permissionGroups: [{ ...dnsWrite, name: "DNS Writ" }] })).toMatch(
      /^Cloudflare has no permission group "DNS Writ" for a zone; the nearest are "DNS Write", "DNS Read", "[^"]+": correct it in catalog\/cloudflare.ts$/,
    );
  });

  it("is refused under the id of its namesake for another scope, with the right one", async () => {
    const swapped = { ...accessWrite, id: "959972745952452f8be2452be8cbb9f2" };
    expect(await reasonOf({ permissionGroups: [swapped] })).toBe(
      `the permission group "Access: Apps and Policies Write" (account) has the id ${accessWrite.id} at Cloudflare, and not ${swapped.id}: correct it in catalog/cloudflare.ts`,
    );
  });

  it("is refused in a scope that it is not for, which is said", async () => {
    expect(await reasonOf({ permissionGroups: [{ ...dnsWrite, scope: "account" }] })).toContain(
      'no permission group "DNS Write" for an account; it has one for a zone',
    );
  });

  it("is refused where the user may not give it to a token", async () => {
    const role = "administrator-read-only";
    world.operator.memberships = world.operator.memberships.map((one) => ({ ...one, role }));
    expect(await reasonOf({})).toContain("may not give a token the permission group");
  });

  it("of the same id is taken where another group has the same name", async () => {
    world.state.permission_groups.unshift({
      id: "f".repeat(32),
      name: dnsWrite.name,
      scopes: ["com.cloudflare.api.account.zone"],
    });
    expect((await resource().check({}, wanted())).failures).toBeUndefined();
  });
});

describe("the quota", () => {
  /** So that the user has this many tokens, with that of the run. */
  function fill(count: number): void {
    for (let index = world.state.tokens.length; index < count; index += 1) {
      world.mint(`t${index}`, [world.onAccount("Billing Read")]);
    }
  }

  it("leaves room for exactly what is missing", async () => {
    const markers = [marker, `${marker}.1`];
    fill(48);
    expect((await resource().check({}, wanted({ markers }))).failures).toBeUndefined();
    fill(49);
    expect(await reasonOf({ markers })).toBe(
      `the user of CLOUDFLARE_API_TOKEN has 49 of at most 50 API tokens, and this run would mint 2 more (${markers.join(", ")}): delete at least 1 that nobody uses at https://dash.cloudflare.com/profile/api-tokens and run again`,
    );
    expect(writesOf(world.vendor)).toEqual([]);
  });

  it("is no matter where nothing is missing, and counts neither other users' tokens nor expired ones", async () => {
    world.mint(marker, [world.onAccount("Billing Read")]);
    fill(50);
    expect((await resource().check(recorded(), wanted())).failures).toBeUndefined();
    const [, , some, other] = world.state.tokens;
    if (some === undefined || other === undefined) throw new Error("no tokens");
    some.expires_on = "2020-01-01T00:00:00Z";
    const markers = [marker, `${marker}.1`];
    expect((await resource().check(recorded(), wanted({ markers }))).failures).toBeUndefined();
    some.expires_on = null;
    other.owner = { kind: "user", user_id: world.colleague.id };
    expect((await resource().check(recorded(), wanted({ markers }))).failures).toBeUndefined();
  });

  it("is told also where there are more than there may be", async () => {
    fill(52);
    expect(await reasonOf({})).toContain("delete at least 1 that");
  });
});

describe("the other methods", () => {
  const outs = (): CloudflareAccountOutputs => recorded();

  it("record what check verified, under the account's id, and ask nothing", async () => {
    const withInternals = { ...recorded(), __provider: canary() };
    expect(await resource().create(withInternals)).toEqual({ id: world.account.id, outs: outs() });
    expect(await resource().update(world.account.id, outs(), withInternals)).toEqual({ outs: outs() });
    await resource().delete(world.account.id, outs());
    expect(world.calls()).toEqual([]);
  });

  it("see nothing where nothing changed, and every change, in place", async () => {
    const diff = (news: CloudflareAccountInputs): unknown => resource().diff(world.account.id, outs(), news);
    expect(await diff(recorded())).toEqual({ changes: false });
    for (const change of [
      { zones: {} },
      { permissionGroups: [] },
      { markers: [] },
      { serviceTokens: [rotation()] },
    ]) {
      expect(await diff({ ...recorded(), ...change })).toEqual({ changes: true });
    }
  });

  it("keep what is recorded on refresh, with two calls", async () => {
    expect(await resource().read(world.account.id, outs())).toEqual({ id: world.account.id, props: outs() });
    expect(world.calls()).toEqual(["GET /user/tokens/verify", "GET /user/tokens"]);
  });

  it("take a dead token, and another user's, for an error on refresh, not for a change", async () => {
    const { colleague } = world;
    const { value } = world.mint("theirs", world.allRights(colleague), colleague);
    const other = await failureOf(resource(world.client(value)).read(world.account.id, outs()));
    expect(other).toMatchObject({ name: "UserError" });
    expect(other.message).toContain(`belongs to the user ${colleague.id}`);
    const dead = await failureOf(resource(world.client(world.revoked())).read(world.account.id, outs()));
    expect(dead.message).toContain("CLOUDFLARE_API_TOKEN is unknown");
    const owned = world.ownedByAccount(world.onAccount("Billing Read"));
    const failure = await failureOf(resource(owned).read(world.account.id, outs()));
    expect(failure.message).toContain("is one of the account");
  });
});
