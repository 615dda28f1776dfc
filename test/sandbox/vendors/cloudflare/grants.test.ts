import { type AccountRole, type SeededPolicy } from "../../../../sandbox/vendors/cloudflare";
import { failed, groupId, Harness, policy, scopes } from "./harness";

let harness: Harness;

beforeEach(async () => {
  harness = await Harness.start();
});

afterEach(() => harness.stop());

async function grant(policies: unknown[], token = harness.token, path = "/user/tokens") {
  return harness.call("POST", path, { token, body: { name: "made", policies } });
}

const refused = failed(400, 1001);

function expectRefused(answer: { status: number; text: string }, group: string): void {
  expect(answer).toMatchObject(refused);
  const message = `Failed common permission check against resources. (Permission group: "${group}")`;
  expect(answer.text).toContain(JSON.stringify(message).slice(1, -1));
}

function on(groups: string[], scope: SeededPolicy["scope"], resources: SeededPolicy["resources"]) {
  return policy({ groups, scope, resources });
}

describe("what a user token may be granted", () => {
  test("is all that the user has, though the calling token has less", async () => {
    const policies = [
      policy(harness.onZone("Zone WAF Write")),
      policy(harness.onAccount("Pages Write", "Billing Read")),
      policy(harness.onUser("API Tokens Write")),
    ];
    expect((await grant(policies)).status).toBe(200);
  });

  test("is no more than the calling token has, where that is how Cloudflare does it", async () => {
    harness.state.variants.user_token_limit = "calling-token";
    expect((await grant([policy(harness.onZone("DNS Write"))])).status).toBe(200);
    expectRefused(await grant([policy(harness.onZone("Zone WAF Write"))]), "Zone WAF Write");
    const everywhere = on(["DNS Write"], scopes.zone, { [`${scopes.zone}.*`]: "*" });
    expectRefused(await grant([everywhere]), "DNS Write");
  });

  test.each<[AccountRole, string[], string[]]>([
    ["administrator-read-only", ["Pages Read"], ["Pages Write", "Account API Tokens Write"]],
    ["administrator", ["Pages Read", "Pages Write"], ["Billing Read", "Billing Write"]],
    ["super-administrator", ["Pages Write", "Billing Write"], []],
  ])("is what the role %s has", async (role, allowed, forbidden) => {
    for (const membership of harness.operator.memberships) membership.role = role;
    for (const group of allowed) expect((await grant([policy(harness.onAccount(group))])).status).toBe(200);
    for (const group of forbidden) expectRefused(await grant([policy(harness.onAccount(group))]), group);
  });

  test("is nothing on accounts, zones and users of others, nor on what does not exist", async () => {
    const { foreignAccount, foreignZone, stranger } = harness.ids;
    const none = "0".repeat(32);
    for (const id of [foreignZone, none]) {
      expectRefused(
        await grant([on(["DNS Read"], scopes.zone, { [`${scopes.zone}.${id}`]: "*" })]),
        "DNS Read",
      );
    }
    for (const id of [foreignAccount, none]) {
      const account = on(["Pages Read"], scopes.account, { [`${scopes.account}.${id}`]: "*" });
      expectRefused(await grant([account]), "Pages Read");
    }
    const user = on(["API Tokens Read"], scopes.user, { [`${scopes.user}.${stranger}`]: "*" });
    expectRefused(await grant([user]), "API Tokens Read");
  });

  test("can be a token's own policies: it widens itself with PUT", async () => {
    const zone = `/zones/${harness.ids.zone}`;
    const narrow = harness.userToken([harness.onUser("API Tokens Write")]);
    const token = narrow.value;
    expect(await harness.call("GET", zone, { token })).toMatchObject(failed(403, 9109));
    const policies = [policy(harness.onUser("API Tokens Write")), policy(harness.onZone("Zone Read"))];
    const path = `/user/tokens/${narrow.token.id}`;
    expect((await harness.call("PUT", path, { token, body: { name: "wide", policies } })).status).toBe(200);
    expect((await harness.call("GET", zone, { token })).status).toBe(200);
  });

  test("is gone when the user's role is, for the tokens that there are", async () => {
    const { value } = harness.userToken([harness.onZone("DNS Write")]);
    const records = `/zones/${harness.ids.zone}/dns_records`;
    const body = { type: "TXT", name: "a", content: "b", ttl: 1 };
    expect((await harness.call("POST", records, { token: value, body })).status).toBe(200);
    for (const membership of harness.operator.memberships) membership.role = "administrator-read-only";
    expect(await harness.call("POST", records, { token: value, body })).toMatchObject(failed(403, 10000));
    harness.operator.memberships = [];
    expect(await harness.call("GET", records, { token: value })).toMatchObject(failed(403, 10000));
  });
});

describe("groups and resources of a policy", () => {
  test("a group of another scope than the resource is refused, also the namesake of the right one", async () => {
    const zoneIds = [groupId("Access: Apps and Policies Write", scopes.zone)];
    expect((await grant([policy(harness.onZone(), zoneIds)])).status).toBe(200);
    expectRefused(await grant([policy(harness.onAccount(), zoneIds)]), "Access: Apps and Policies Write");
    const accountIds = [groupId("Access: Apps and Policies Write", scopes.account)];
    expect((await grant([policy(harness.onAccount(), accountIds)])).status).toBe(200);
    expectRefused(await grant([policy(harness.onZone(), accountIds)]), "Access: Apps and Policies Write");
  });

  test("a policy that mixes scopes is refused", async () => {
    const { account, zone } = harness.ids;
    const mixed = {
      ...policy(harness.onZone("DNS Read")),
      resources: { [`${scopes.zone}.${zone}`]: "*", [`${scopes.account}.${account}`]: "*" },
    };
    expectRefused(await grant([mixed]), "DNS Read");
  });

  test("a group that does not exist is refused", async () => {
    expect(await grant([policy(harness.onZone(), ["0".repeat(32)])])).toMatchObject(refused);
  });

  test.each<[string, (ids: Harness["ids"]) => SeededPolicy["resources"]]>([
    ["another value than a star", ({ zone }) => ({ [`${scopes.zone}.${zone}`]: "read" })],
    ["a zone by its name", () => ({ [`${scopes.zone}.raxx.app`]: "*" })],
    [
      "a zone nested in a zone",
      ({ zone }) => ({ [`${scopes.zone}.${zone}`]: { [`${scopes.zone}.*`]: "*" } }),
    ],
    ["an empty nest", ({ account }) => ({ [`${scopes.account}.${account}`]: {} })],
    [
      "a zone nested in another account",
      ({ account, foreignZone }) => ({
        [`${scopes.account}.${account}`]: { [`${scopes.zone}.${foreignZone}`]: "*" },
      }),
    ],
    ["all of something unknown", () => ({ "com.cloudflare.api.*": "*" })],
  ])("%s is refused", async (_what, resources) => {
    expectRefused(await grant([on(["DNS Read"], scopes.zone, resources(harness.ids))]), "DNS Read");
  });

  test.each<[string, (ids: Harness["ids"]) => SeededPolicy["resources"], boolean]>([
    ["one zone", ({ zone }) => ({ [`${scopes.zone}.${zone}`]: "*" }), false],
    ["all zones", () => ({ [`${scopes.zone}.*`]: "*" }), true],
    [
      "all zones of the account",
      ({ account }) => ({
        [`${scopes.account}.${account}`]: { [`${scopes.zone}.*`]: "*" },
      }),
      true,
    ],
    ["all zones of all accounts", () => ({ [`${scopes.account}.*`]: { [`${scopes.zone}.*`]: "*" } }), true],
    [
      "one zone nested in its account",
      ({ account, zone }) => ({
        [`${scopes.account}.${account}`]: { [`${scopes.zone}.${zone}`]: "*" },
      }),
      false,
    ],
  ])(
    "%s reaches the zone, the account's other ones as it says, and none of a stranger",
    async (_what, resources, others) => {
      const answer = await grant([on(["Zone Read"], scopes.zone, resources(harness.ids))]);
      const { value: token } = answer.body.result as { value: string };
      const { zone, otherZone, foreignZone } = harness.ids;
      const reached = [];
      for (const id of [zone, otherZone, foreignZone]) {
        reached.push((await harness.call("GET", `/zones/${id}`, { token })).status === 200);
      }
      expect(reached).toEqual([true, others, false]);
    },
  );

  test("zones nested in one account are of that one, though the user is in another as well", async () => {
    const { account, foreignAccount, foreignZone, zone } = harness.ids;
    harness.operator.memberships.push({ account_id: foreignAccount, role: "super-administrator" });
    const nested = (inner: string) =>
      on(["Zone Read"], scopes.zone, {
        [`${scopes.account}.${account}`]: { [`${scopes.zone}.${inner}`]: "*" },
      });
    expectRefused(await grant([nested(foreignZone)]), "Zone Read");
    const answer = await grant([nested("*")]);
    const { value: token } = answer.body.result as { value: string };
    expect((await harness.call("GET", `/zones/${zone}`, { token })).status).toBe(200);
    expect((await harness.call("GET", `/zones/${foreignZone}`, { token })).status).toBe(403);
  });

  test("a policy that denies beats one that allows, for its group and its zone", async () => {
    const everywhere = on(["Zone Read", "DNS Read"], scopes.zone, { [`${scopes.zone}.*`]: "*" });
    const answer = await grant([everywhere, policy({ ...harness.onZone("DNS Read"), effect: "deny" })]);
    const { value: token } = answer.body.result as { value: string };
    const status = async (path: string) => (await harness.call("GET", path, { token })).status;
    expect(await status(`/zones/${harness.ids.zone}`)).toBe(200);
    expect(await status(`/zones/${harness.ids.zone}/dns_records`)).toBe(403);
    expect(await status(`/zones/${harness.ids.otherZone}/dns_records`)).toBe(200);
  });
});

describe("what an account token may be granted", () => {
  const path = () => `/accounts/${harness.ids.account}/tokens`;
  const everyZone = () =>
    on(["DNS Write"], scopes.zone, {
      [`${scopes.account}.${harness.ids.account}`]: { [`${scopes.zone}.*`]: "*" },
    });

  test("by a user's token is all that the user has", async () => {
    const { value } = harness.userToken([harness.onAccount("Account API Tokens Write")]);
    expect(
      (await grant([everyZone(), policy(harness.onAccount("Billing Read"))], value, path())).status,
    ).toBe(200);
    for (const membership of harness.operator.memberships) membership.role = "administrator";
    expectRefused(await grant([policy(harness.onAccount("Billing Read"))], value, path()), "Billing Read");
  });

  test("by an account token is what that one has itself", async () => {
    const { value } = harness.accountToken([
      harness.onAccount("Account API Tokens Write", "Pages Write"),
      harness.onZone("DNS Write"),
    ]);
    expect((await grant([policy(harness.onZone("DNS Write"))], value, path())).status).toBe(200);
    expect((await grant([policy(harness.onAccount("Pages Write"))], value, path())).status).toBe(200);
    expectRefused(await grant([policy(harness.onAccount("Billing Read"))], value, path()), "Billing Read");
    expectRefused(await grant([policy(harness.onZone("Zone Read"))], value, path()), "Zone Read");
    expectRefused(await grant([everyZone()], value, path()), "DNS Write");
  });

  test("by an account token is more than that one has, but on single zones, as was seen", async () => {
    harness.state.variants.account_token_limit = "single-zones";
    const { value } = harness.accountToken([harness.onAccount("Account API Tokens Write")]);
    expect((await grant([everyZone()], value, path())).status).toBe(200);
    expect((await grant([policy(harness.onAccount("Billing Read"))], value, path())).status).toBe(200);
    expectRefused(await grant([policy(harness.onZone("DNS Write"))], value, path()), "DNS Write");
  });

  test("is nothing of a user, nor of another account, and zones have to be nested", async () => {
    const { value } = harness.userToken([harness.onAccount("Account API Tokens Write")]);
    const user = policy(harness.onUser("User Details Read"));
    expectRefused(await grant([user], value, path()), "User Details Read");
    const everyAccount = on(["Pages Read"], scopes.account, { [`${scopes.account}.*`]: "*" });
    expectRefused(await grant([everyAccount], value, path()), "Pages Read");
    const zones = await grant([on(["DNS Read"], scopes.zone, { [`${scopes.zone}.*`]: "*" })], value, path());
    expect(zones).toMatchObject(refused);
    expect(zones.text).toContain("nest zone under specific account resource");
  });
});
