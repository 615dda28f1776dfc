import { randomUUID } from "node:crypto";

import { without } from "../../../../sandbox/plugins/kit/properties";
import { dayMs, found, fromNow } from "../../vendors/cloudflare/harness";
import { InitFailed, revealed, secretly, unknown } from "../plugin-client";
import { kinds, tokensOf } from "./token-kinds";
import { failureOf, given, types, worldForTests } from "./world";

const world = worldForTests();

describe.each(kinds)("$title", (kind) => {
  const { type, path, prefix } = kind;
  const { inputs, make, update, refresh, record, verify } = tokensOf(world, kind);

  it("is made with one call, and its value is a secret that works", async () => {
    const expiresOn = fromNow(dayMs);
    const condition = { requestIp: { ins: ["127.0.0.0/8"], notIns: ["127.0.0.9/32"] } };
    const notBefore = fromNow(-dayMs);
    const { id, state } = await world().client.create(type, inputs({ expiresOn, condition, notBefore }));
    expect(world().calls()).toEqual([`POST ${path}`]);
    const value = revealed(state["value"]);
    expect(value).toMatch(new RegExp(`^${prefix}`));
    expect(await verify(value)).toBe(200);
    expect(without(state, "value")).toMatchObject({
      ...inputs({ expiresOn, condition, notBefore }),
      status: "active",
      issuedOn: expect.any(String) as string,
      modifiedOn: expect.any(String) as string,
    });
    expect(record(id)).toMatchObject({
      name: "raxx-dns",
      expires_on: expiresOn,
      not_before: notBefore,
      condition: { request_ip: { in: ["127.0.0.0/8"], not_in: ["127.0.0.9/32"] } },
    });
  });

  it("makes no call in a preview, and does not know what Cloudflare will say", async () => {
    const { state } = await world().client.create(type, inputs(), { preview: true });
    expect(state).toMatchObject({ name: "raxx-dns", status: unknown, issuedOn: unknown });
    expect(revealed(state["value"])).toBe(unknown);
    expect(world().calls()).toEqual([]);
  });

  it("changes in place with one call that leaves the value, and keeps it", async () => {
    const made = await make({ expiresOn: fromNow(dayMs) });
    const news = {
      name: "renamed",
      policies: [given(world().harness.onZone("Zone Read"))],
      expiresOn: fromNow(2 * dayMs),
      status: "disabled",
    };
    expect(await world().client.diff(type, made.state, inputs(news))).toEqual({
      name: "UPDATE",
      policies: "UPDATE",
      expiresOn: "UPDATE",
      status: "UPDATE",
    });
    const state = await update(made, news);
    expect(world().calls()).toEqual([`PUT ${path}/${made.id}`]);
    expect(revealed(state["value"])).toBe(made.value);
    expect(state).toMatchObject(news);
    expect(record(made.id)).toMatchObject({
      name: "renamed",
      status: "disabled",
      expires_on: news.expiresOn,
    });
    const enabled = await update({ id: made.id, state }, { ...news, status: "active" });
    expect(enabled["status"]).toBe("active");
    expect(await verify(made.value)).toBe(200);
  });

  it("takes back what the program does not give any more, since a change replaces all there was", async () => {
    const made = await make({
      expiresOn: fromNow(dayMs),
      condition: { requestIp: { ins: ["127.0.0.1/32"] } },
    });
    expect(await world().client.diff(type, made.state, inputs())).toEqual({
      expiresOn: "DELETE",
      condition: "DELETE",
    });
    const state = await update(made, {});
    expect(Object.keys(state)).not.toEqual(expect.arrayContaining(["expiresOn"]));
    expect(Object.keys(state)).not.toEqual(expect.arrayContaining(["condition"]));
    expect(record(made.id)).toMatchObject({ expires_on: null, condition: null });
  });

  it("does not send a status that only Cloudflare gave, so that a change enables the token again", async () => {
    const made = await make();
    record(made.id).status = "disabled";
    const { state } = await refresh(made);
    expect(state["status"]).toBe("disabled");
    expect(await world().client.diff(type, state, inputs())).toEqual({});
    const after = await update({ id: made.id, state }, { name: "again" });
    expect([after["status"], record(made.id).status]).toEqual(["active", "active"]);
    expect(world().fields()).toEqual(["name", "policies"]);
  });

  it("shows in a preview of a change what Cloudflare will decide", async () => {
    const made = await make();
    const state = await update(made, { name: "renamed" }, true);
    expect(state).toMatchObject({
      name: "renamed",
      modifiedOn: unknown,
      lastUsedOn: unknown,
      status: unknown,
    });
    // The real plugin keeps the value of an account's token, and shows that of a user's as unknown.
    expect(revealed(state["value"])).toBe(type === types.apiToken ? unknown : made.value);
    expect((await update(made, { name: "renamed", status: "active" }, true))["status"]).toBe("active");
    expect(world().calls()).toEqual([]);
  });

  it("is deleted with one call, and a second one fails", async () => {
    const made = await make();
    await world().client.delete(type, made.id, made.state);
    expect(world().calls()).toEqual([`DELETE ${path}/${made.id}`]);
    expect(await verify(made.value)).toBe(401);
    const again = await failureOf(world().client.delete(type, made.id, made.state));
    expect(again.message).toMatch(/deleting urn:.*404 Not Found/);
  });

  it("is minted once and not again when the answer is lost, refused or late", async () => {
    const count = () => world().harness.state.tokens.length;
    const before = count();
    for (const kind of ["drop-after", "rate-limit", "status"]) {
      world().fail({ method: "POST", kind });
      const failure = await failureOf(world().client.create(type, inputs()));
      expect(failure).not.toBeInstanceOf(InitFailed);
      expect(failure.message).toMatch(/failed to make http request: POST ".*\/tokens": (EOF|429|500)/);
      expect(world().calls()).toEqual([`POST ${path}`]);
    }
    expect(count()).toBe(before + 1);
  });

  it("repeats what mints nothing", async () => {
    const made = await make();
    world().fail({ method: "PUT", kind: "status", status: 503 });
    world().fail({ method: "GET", kind: "drop-before" });
    await update(made, { name: "renamed" });
    await refresh(made);
    const [put, get] = [`PUT ${path}/${made.id}`, `GET ${path}/${made.id}`];
    expect(world().calls()).toEqual([put, put, get, get]);
  });

  it("leaves the state as it was when a change fails", async () => {
    const made = await make();
    const policies = [given(world().harness.onZone("Workers Routes Write"))];
    const [policy] = policies;
    const unknownGroup = { ...found(policy), permissionGroups: [{ id: "0".repeat(32) }] };
    const failure = await failureOf(update(made, { policies: [unknownGroup] }));
    expect(failure).not.toBeInstanceOf(InitFailed);
    expect(failure.message).toMatch(/updating urn:.*: PUT ".*": 400 Bad Request: A permission group/);
    expect(failure.message).not.toContain(made.value);
    expect(record(made.id).name).toBe("raxx-dns");
  });

  it.each([
    [
      { policies: [{ effect: "maybe", permissionGroups: [], resources: "{}" }] },
      /"policies.0.effect": must be/,
    ],
    [
      { policies: [{ effect: "allow", permissionGroups: [], resources: "{" }] },
      /resources": must be valid JSON$/,
    ],
    [{ policies: [{ effect: "allow", permissionGroups: [] }] }, /missing required property "policies.0.res/],
    [{ status: "revoked" }, /property "status": must be "active", "disabled" or "expired"/],
    [{ expiresOn: "tomorrow" }, /property "expiresOn": must be a time/],
    [{ condition: { requestIp: { in: [] } } }, /unexpected property "condition.requestIp.in"/],
    [{ value: "x" }, /unexpected property "value"/],
  ])("refuses %j", async (extra, reason) => {
    const { failures } = await world().client.check(type, inputs(extra));
    expect(failures).toEqual([expect.stringMatching(reason)]);
  });

  it("takes what is not known yet", async () => {
    const policy = { ...given(world().harness.onZone("DNS Write")), resources: unknown };
    const { failures } = await world().client.check(type, inputs({ policies: [policy], expiresOn: unknown }));
    expect(failures).toEqual([]);
    const made = await make();
    expect(await world().client.diff(type, made.state, inputs({ policies: [policy] }))).toEqual({
      policies: "UPDATE",
    });
  });
});

describe("AccountToken", () => {
  it("is replaced in another account", async () => {
    const { harness } = world();
    const { ids } = harness;
    const inputs = { accountId: ids.account, name: "n", policies: [given(harness.onZone("DNS Write"))] };
    const { state } = await world().client.create(types.accountToken, inputs);
    expect(state["creatorEmailAtCreation"]).toBe("operator@moosequest.net");
    const news = { ...inputs, accountId: ids.foreignAccount };
    expect(await world().client.diff(types.accountToken, state, news)).toEqual({
      accountId: "UPDATE_REPLACE",
    });
  });
});

describe("a value", () => {
  it("stays out of a failure that quotes it", async () => {
    const value = `cfut_${randomUUID()}`;
    const policies = [given(world().harness.onZone("DNS Write"))];
    const olds = { name: value, policies, value: secretly(value) };
    const failure = await failureOf(world().client.delete(types.apiToken, value, olds));
    expect(failure.message).toMatch(/404 Not Found/);
    expect(failure.message).not.toContain(value);
  });
});
