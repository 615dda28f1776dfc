import { createZone, permissionGroups } from "../../../../sandbox/vendors/cloudflare";
import { all, failed, failure, found, groupId, Harness, scopes } from "./harness";

let harness: Harness;

beforeEach(async () => {
  harness = await Harness.start();
});

afterEach(() => harness.stop());

describe("permission groups", () => {
  test("have unique ids and unique pairs of name and scope, but not unique names", () => {
    const ids = permissionGroups.map(({ id }) => id);
    const pairs = permissionGroups.map(({ name, scopes: [scope] }) => `${name} ${found(scope)}`);
    const names = permissionGroups.map(({ name }) => name);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(pairs).size).toBe(pairs.length);
    expect(new Set(names).size).toBeLessThan(names.length);
  });

  test("are listed whole, each with its scope", async () => {
    const groups = await all(harness.client().user.tokens.permissionGroups.list());
    expect(groups).toHaveLength(permissionGroups.length);
    expect(groups).toContainEqual({
      id: "4755a26eedb94da69e1066d98aa820be",
      name: "DNS Write",
      scopes: [scopes.zone],
      is_selectable: true,
    });
  });

  test("can be filtered by the whole name, by the scope, and by both", async () => {
    const { permissionGroups: groups } = harness.client().user.tokens;
    const name = "Access: Apps and Policies Write";
    expect((await all(groups.list({ name }))).map(({ id }) => id).sort()).toEqual([
      "1e13c5124ca64b72b1969a67e8829049",
      "959972745952452f8be2452be8cbb9f2",
    ]);
    expect(await all(groups.list({ name, scope: scopes.zone }))).toMatchObject([
      { id: groupId(name, scopes.zone), scopes: [scopes.zone] },
    ]);
    expect(await all(groups.list({ name: "Access: Apps" }))).toEqual([]);
    const ofUsers = await all(groups.list({ scope: scopes.user }));
    expect(ofUsers.map((group) => group.name)).toContain("API Tokens Write");
    const answer = await harness.call("GET", "/user/tokens/permission_groups?scope=zone");
    expect(answer).toMatchObject(failed(400, 1001));
  });

  test("say which of them the caller's user can grant", async () => {
    for (const membership of harness.operator.memberships) membership.role = "administrator-read-only";
    const groups = await all(harness.client().user.tokens.permissionGroups.list());
    const selectable = (name: string) => groups.find((group) => group.name === name)?.is_selectable;
    expect([selectable("Pages Read"), selectable("Pages Write"), selectable("API Tokens Write")]).toEqual([
      true,
      false,
      true,
    ]);
  });

  test("of an account are all but those of users", async () => {
    const { value } = harness.accountToken([harness.onAccount("Account API Tokens Read")]);
    const account_id = harness.ids.account;
    const groups = await harness.client(value).accounts.tokens.permissionGroups.get({ account_id });
    const names = groups.map(({ name }) => name);
    expect(names).toContain("Account API Tokens Write");
    expect(names).not.toContain("API Tokens Write");
  });
});

describe("accounts", () => {
  test("are those whose settings the token may read, and none are no error", async () => {
    expect(await all(harness.client().accounts.list())).toEqual([]);
    const { value } = harness.userToken([harness.onAccount("Account Settings Read")]);
    const { accounts } = harness.client(value);
    expect(await all(accounts.list())).toMatchObject([
      { id: harness.ids.account, name: "Raxx", type: "standard" },
    ]);
    expect(await all(accounts.list({ name: "Stranger" }))).toEqual([]);
    expect(await accounts.get({ account_id: harness.ids.account })).toMatchObject({ name: "Raxx" });
    const foreign = accounts.get({ account_id: harness.ids.foreignAccount });
    expect(await failure(foreign)).toEqual({ status: 403, codes: [9109] });
  });

  test("cannot be listed with an account token: 400 1001", async () => {
    const { value } = harness.accountToken([harness.onAccount("Account Settings Read")]);
    const answer = await harness.call("GET", "/accounts", { token: value });
    expect(answer).toMatchObject(failed(400, 1001));
    expect(answer.text).toContain("List accounts endpoint does not support account owned tokens.");
    expect((await harness.call("GET", `/accounts/${harness.ids.account}`, { token: value })).status).toBe(
      200,
    );
  });

  test("GET the user with its address", async () => {
    const { value } = harness.userToken([harness.onUser("User Details Read")]);
    expect(await harness.client(value).user.get()).toMatchObject({
      id: harness.ids.operator,
      email: "operator@moosequest.net",
    });
  });
});

describe("zones", () => {
  const names = async (query: string, token = harness.token) => {
    const { body } = await harness.call("GET", `/zones?${query}`, { token });
    return (body.result as { name: string }[]).map(({ name }) => name);
  };

  test("a token that may only write DNS lists none, with success", async () => {
    const { value } = harness.userToken([harness.onZone("DNS Write")]);
    const { body } = await harness.call("GET", "/zones?name=raxx.app", { token: value });
    expect(body).toMatchObject({ success: true, result: [], result_info: { count: 0, total_count: 0 } });
  });

  test("with Zone Read on one zone that one is listed", async () => {
    const { value } = harness.userToken([harness.onZone("DNS Write", "Zone Read")]);
    expect(await names("", value)).toEqual(["raxx.app"]);
  });

  test("are found by name, with its operators", async () => {
    expect(await names("name=raxx.app")).toEqual(["raxx.app"]);
    expect(await names("name=RAXX.app")).toEqual(["raxx.app"]);
    expect(await names("name=axx.app")).toEqual([]);
    expect(await names("name=contains:raxx")).toEqual(["raxx.app", "getraxx.com"]);
    expect(await names("name=starts_with:get&direction=desc")).toEqual(["getraxx.com"]);
    expect(await names("name=not_equal:raxx.app")).toEqual(["getraxx.com"]);
    expect(await harness.call("GET", "/zones?name=like:raxx")).toMatchObject(failed(400, 1003));
  });

  test("are found by account and status, all of it or any", async () => {
    expect(await names(`account.id=${harness.ids.account}`)).toEqual(["raxx.app", "getraxx.com"]);
    expect(await names("account.name=Stranger")).toEqual([]);
    harness.zone.status = "pending";
    expect(await names("status=active")).toEqual(["getraxx.com"]);
    expect(await names("status=active&name=raxx.app")).toEqual([]);
    expect(await names("status=active&name=raxx.app&match=any")).toEqual(["raxx.app", "getraxx.com"]);
  });

  test("have pages of at most 50, through which the client goes", async () => {
    for (let index = 0; index < 60; index++) {
      createZone(harness.state, { account: harness.account, name: `zone-${index}.com` });
    }
    const everywhere = { ...harness.onZone("Zone Read"), resources: { [`${scopes.zone}.*`]: "*" } };
    const { value } = harness.userToken([everywhere]);
    expect(await names("per_page=1000", value)).toHaveLength(50);
    expect(await all(harness.client(value).zones.list({ per_page: 50 }))).toHaveLength(62);
  });

  test("GET one has its account and its name servers", async () => {
    expect(await harness.client().zones.get({ zone_id: harness.ids.zone })).toMatchObject({
      id: harness.ids.zone,
      name: "raxx.app",
      status: "active",
      account: { id: harness.ids.account, name: "Raxx" },
    });
  });
});
