import { createUserToken } from "../../../../sandbox/vendors/cloudflare";
import { all, dayMs, failed, failure, found, fromNow, Harness, policy } from "./harness";
import { kindOf, makeToken, reach, tokenBody, tokenRecord } from "./token-kinds";

let harness: Harness;

beforeEach(async () => {
  harness = await Harness.start();
});

afterEach(() => harness.stop());

describe("lists", () => {
  function seed(count: number): void {
    const { operator: user, state } = harness;
    for (let index = 0; index < count; index++) {
      createUserToken(state, { user, name: `seeded-${index}`, policies: [harness.onZone("Zone Read")] });
    }
  }

  test("have pages of 20, at most 50 however many are asked for, and an empty one after the last", async () => {
    seed(59);
    const list = async (query: string) => (await harness.call("GET", `/user/tokens?${query}`)).body;
    expect((await list("")).result_info).toEqual({
      page: 1,
      per_page: 20,
      count: 20,
      total_count: 60,
      total_pages: 3,
    });
    expect((await list("per_page=1000")).result).toHaveLength(50);
    expect((await list("per_page=50&page=2")).result_info).toMatchObject({ page: 2, count: 10 });
    expect((await list("page=4")).result).toEqual([]);
    expect(await harness.call("GET", "/user/tokens?page=0")).toMatchObject(failed(400, 1003));
  });

  test("the client reads all pages", async () => {
    seed(59);
    expect(await all(harness.client().user.tokens.list())).toHaveLength(60);
    const descending = await all(harness.client().user.tokens.list({ direction: "desc", per_page: 7 }));
    expect(descending.map(({ name }) => name).slice(0, 2)).toEqual(["seeded-58", "seeded-57"]);
  });

  test("have disabled tokens, and expired ones only where asked, for as long as they are recent", async () => {
    seed(3);
    const [, disabled, recent, old] = harness.state.tokens.map((token) => token);
    found(disabled).status = "disabled";
    found(recent).expires_on = fromNow(-dayMs);
    found(old).expires_on = fromNow(-31 * dayMs);
    const { tokens } = harness.client().user;
    const statuses = (await all(tokens.list())).map(({ status }) => status);
    expect(statuses).toEqual(["active", "disabled"]);
    const more = await all(tokens.list({ include_expired: true }));
    expect(more.map(({ status }) => status)).toEqual(["active", "disabled", "expired"]);
  });
});

describe("through the official client", () => {
  test("a user token lives: create, get, update, roll, delete", async () => {
    const { tokens } = harness.client().user;
    const params = {
      name: "raxx:prod:CF_DNS_EDIT:2026-05-06",
      policies: [policy(harness.onZone("DNS Write"))],
    };
    const made = await tokens.create(params);
    const id = found(made.id);
    expect(await tokens.get(id)).toMatchObject({ id, name: params.name, status: "active" });
    expect(await tokens.update(id, { ...params, name: "new" })).toMatchObject({ id, name: "new" });
    const value = await tokens.value.update(id);
    expect(value).not.toBe(made.value);
    expect(await tokens.delete(id)).toEqual({ id });
    expect(await failure(tokens.get(id))).toEqual({ status: 404, codes: [1003] });
    expect(await failure(harness.client(value).user.tokens.verify())).toEqual({ status: 401, codes: [1000] });
  });

  test("an account token lives, and says who made it", async () => {
    const { accounts } = harness.client(kindOf(harness, "account").token);
    const account_id = harness.ids.account;
    const params = { account_id, ...tokenBody(harness, "DNS Write") };
    const made = await accounts.tokens.create(params);
    const id = found(made.id);
    expect(made.creator_email_at_creation).toBe("operator@moosequest.net");
    expect(await accounts.tokens.get(id, { account_id })).toMatchObject({ id });
    expect(await accounts.tokens.update(id, { ...params, name: "new" })).toMatchObject({ name: "new" });
    expect(await accounts.tokens.value.update(id, { account_id })).toMatch(/^cfat_/);
    expect(await all(accounts.tokens.list({ account_id }))).toHaveLength(2);
    expect(await accounts.tokens.delete(id, { account_id })).toEqual({ id });
  });
});

describe("the edge takes time", () => {
  test("a new token is unknown until it is known there", async () => {
    harness.state.variants.propagation_ms = 60_000;
    const made = await makeToken(harness, kindOf(harness, "user"));
    const verify = () => harness.call("GET", "/user/tokens/verify", { token: made.value });
    expect(await verify()).toMatchObject(failed(401, 1000));
    found(tokenRecord(harness, made.id).before).until = fromNow(-1000);
    expect((await verify()).status).toBe(200);
  });

  test("a changed token has its old permissions until the change is known there", async () => {
    const made = await makeToken(harness, kindOf(harness, "user"));
    harness.state.variants.propagation_ms = 60_000;
    await harness.call("PUT", `/user/tokens/${made.id}`, { body: tokenBody(harness, "Zone Read") });
    expect(await reach(harness, made.value)).toEqual({ zone: false, dns: true });
    found(tokenRecord(harness, made.id).before).until = fromNow(-1000);
    expect(await reach(harness, made.value)).toEqual({ zone: true, dns: false });
  });
});

test("tokens are still there after a restart", async () => {
  const made = await makeToken(harness, kindOf(harness, "user"));
  await harness.restart();
  expect(await reach(harness, made.value)).toEqual({ zone: false, dns: true });
});
