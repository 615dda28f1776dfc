import { type AccessServiceToken, verifyServiceToken } from "../../../../sandbox/vendors/cloudflare";
import { type Properties, without } from "../../../../sandbox/plugins/kit/properties";
import { dayMs, found, fromNow } from "../../vendors/cloudflare/harness";
import { InitFailed, revealed, secretly, unknown } from "../plugin-client";
import { failureOf, types, worldForTests } from "./world";

const world = worldForTests();
const type = types.serviceToken;
const list = "/accounts/ACCOUNT/access/service_tokens";

const inputs = (extra: Properties = {}): Properties => ({
  accountId: world().harness.ids.account,
  name: "raxx-vault",
  ...extra,
});

interface Made {
  id: string;
  state: Properties;
}

async function make(extra: Properties = {}): Promise<Made> {
  const made = await world().client.create(type, inputs(extra));
  world().calls();
  return made;
}

function update({ id, state }: Made, extra: Properties, preview = false): Promise<Properties> {
  return world().client.update(type, { id, olds: state, news: inputs(extra), preview });
}

function record(id: string): AccessServiceToken {
  return found(world().harness.state.service_tokens.find((token) => token.id === id));
}

/** Whether the secret opens what Access protects, in so many milliseconds. */
function opens(clientId: unknown, secret: unknown, inMs = 0): boolean {
  const { state } = world().harness;
  const now = new Date(Date.now() + inMs);
  return verifyServiceToken(state, String(clientId), String(secret), now) !== undefined;
}

describe("ZeroTrustAccessServiceToken", () => {
  it("is made with one call, and its secret works and is a secret", async () => {
    const { id, state } = await world().client.create(type, inputs());
    expect(world().calls()).toEqual([`POST ${list}`]);
    expect(world().fields()).toEqual(["client_secret_version", "duration", "name"]);
    const clientSecret = revealed(state["clientSecret"]);
    expect(clientSecret).toMatch(/^cfast_/);
    expect(opens(state["clientId"], clientSecret)).toBe(true);
    expect(without(state, "clientSecret")).toEqual({
      ...inputs(),
      duration: "8760h",
      clientSecretVersion: 1,
      enabled: true,
      clientId: record(id).client_id,
      expiresAt: record(id).expires_at,
    });
  });

  it("makes no call in a preview", async () => {
    const { state } = await world().client.create(type, inputs(), { preview: true });
    expect(state).toMatchObject({ duration: "8760h", clientSecretVersion: 1, clientId: unknown });
    expect(revealed(state["clientSecret"])).toBe(unknown);
    expect(world().calls()).toEqual([]);
  });

  it("shows no difference after it was made, nor after it was read", async () => {
    const made = await make();
    expect(await world().client.diff(type, made.state, inputs())).toEqual({});
    const { state } = await world().client.read(type, made.id, { state: made.state, inputs: inputs() });
    expect(world().calls()).toEqual([`GET ${list}/${made.id}`]);
    expect(state).toEqual(made.state);
  });

  it("rotates in place when the version rises, and both secrets work until the end that is given", async () => {
    const made = await make();
    const old = revealed(made.state["clientSecret"]);
    const rotation = { clientSecretVersion: 2, previousClientSecretExpiresAt: fromNow(dayMs) };
    expect(await world().client.diff(type, made.state, inputs(rotation))).toEqual({
      clientSecretVersion: "UPDATE",
      previousClientSecretExpiresAt: "ADD",
    });
    const state = await update(made, rotation);
    expect(world().calls()).toEqual([`PUT ${list}/${made.id}`]);
    const { clientId } = state;
    const secret = revealed(state["clientSecret"]);
    expect(secret).not.toBe(old);
    expect(state).toMatchObject({ ...rotation, clientId: made.state["clientId"] });
    expect([opens(clientId, old), opens(clientId, secret)]).toEqual([true, true]);
    expect([opens(clientId, old, 2 * dayMs), opens(clientId, secret, 2 * dayMs)]).toEqual([false, true]);
    expect(await world().client.diff(type, state, inputs(rotation))).toEqual({});
  });

  it("shows a new secret in the preview of a rotation, and of nothing else", async () => {
    const made = await make();
    const rotation = { clientSecretVersion: 2, previousClientSecretExpiresAt: fromNow(dayMs) };
    const rotated = await update(made, rotation, true);
    expect(revealed(rotated["clientSecret"])).toBe(unknown);
    expect(rotated).toMatchObject({ expiresAt: unknown, enabled: unknown, clientId: made.state["clientId"] });
    const renamed = await update(made, { name: "renamed", enabled: true }, true);
    expect(renamed["clientSecret"]).toEqual(made.state["clientSecret"]);
    expect(renamed["enabled"]).toBe(true);
    expect(world().calls()).toEqual([]);
  });

  it("keeps the secret in an update that rotates nothing, and in a refresh", async () => {
    const rotation = { clientSecretVersion: 3, previousClientSecretExpiresAt: fromNow(dayMs) };
    const made = await make(rotation);
    const later = { ...rotation, previousClientSecretExpiresAt: fromNow(2 * dayMs) };
    const state = await update(made, { ...later, name: "renamed", duration: "24h", enabled: false });
    expect(state["clientSecret"]).toEqual(made.state["clientSecret"]);
    expect(record(made.id)).toMatchObject({ name: "renamed", duration: "24h", enabled: false });
    Object.assign(record(made.id), { name: "tampered", enabled: true });
    const read = await world().client.read(type, made.id, { state, inputs: inputs(later) });
    expect(read.state).toEqual({ ...state, name: "tampered", enabled: true });
    expect(read.state["clientSecretVersion"]).toBe(3);
  });

  it("does not send whether it is enabled unless the program says so", async () => {
    const made = await make({ enabled: false });
    const state = await update(made, { name: "renamed" });
    expect(world().fields()).toEqual(["client_secret_version", "duration", "name"]);
    expect([state["enabled"], record(made.id).enabled]).toEqual([false, false]);
  });

  it("takes back the end of the previous secret by name, which Cloudflare may refuse", async () => {
    const rotation = { clientSecretVersion: 2, previousClientSecretExpiresAt: fromNow(dayMs) };
    const made = await make(rotation);
    const failure = await failureOf(update(made, {}));
    expect(failure.message).toMatch(/updating urn:.*: PUT ".*": 400 Bad Request/);
    expect(world().fields()).toContain("previous_client_secret_expires_at");
  });

  it("is rotated once and not again when the answer is lost, and keeps the state it had", async () => {
    const made = await make();
    world().fail({ method: "PUT", kind: "drop-after" });
    const rotation = { clientSecretVersion: 2, previousClientSecretExpiresAt: fromNow(dayMs) };
    const failure = await failureOf(update(made, rotation));
    expect(failure).not.toBeInstanceOf(InitFailed);
    expect(failure.message).toMatch(/PUT ".*": EOF$/);
    expect(world().calls()).toEqual([`PUT ${list}/${made.id}`]);
    expect(record(made.id).client_secret_version).toBe(2);
  });

  it("records the new version with the old secret when a lost rotation is asked for again", async () => {
    const made = await make();
    world().fail({ method: "PUT", kind: "drop-after" });
    const rotation = { clientSecretVersion: 2, previousClientSecretExpiresAt: fromNow(dayMs) };
    await failureOf(update(made, rotation));
    const state = await update(made, rotation);
    expect(state).toMatchObject({ clientSecretVersion: 2, clientSecret: made.state["clientSecret"] });
  });

  it("is made once and not again when the answer is lost", async () => {
    world().fail({ method: "POST", kind: "drop-after" });
    await failureOf(world().client.create(type, inputs()));
    expect(world().harness.state.service_tokens).toHaveLength(1);
    expect(world().calls()).toEqual([`POST ${list}`]);
  });

  it("repeats an update that rotates nothing", async () => {
    const made = await make();
    world().fail({ method: "PUT", kind: "status", status: 503 });
    await update(made, { name: "renamed" });
    expect(world().calls()).toEqual([`PUT ${list}/${made.id}`, `PUT ${list}/${made.id}`]);
  });

  it("is gone for a refresh when it was deleted", async () => {
    const made = await make();
    world().harness.state.service_tokens = [];
    expect((await world().client.read(type, made.id, { state: made.state })).id).toBe("");
  });

  it("is imported with two reads, without its secret and without a version", async () => {
    const { id } = await make();
    const importId = `accounts/${world().harness.ids.account}/${id}`;
    const imported = await world().client.read(type, importId);
    expect(imported.id).toBe(id);
    expect(world().calls()).toEqual([`GET ${list}/${id}`, `GET ${list}/${id}`]);
    expect(imported.inputs).toEqual({ ...inputs(), duration: "8760h", enabled: true });
    expect(Object.keys(imported.state)).not.toContain("clientSecret");
    expect(await world().client.diff(type, imported.state, inputs())).toEqual({ clientSecretVersion: "ADD" });
  });

  it.each(["1", "accounts/1", "people/1/2"])("is not imported by %j", async (id) => {
    expect((await failureOf(world().client.read(type, id))).message).toMatch(/invalid ID: expected/);
  });

  it("is replaced in another account or zone", async () => {
    const { state } = await make();
    const { foreignAccount, zone } = world().harness.ids;
    expect(await world().client.diff(type, state, inputs({ accountId: foreignAccount }))).toEqual({
      accountId: "UPDATE_REPLACE",
    });
    const ofZone = { ...without(inputs(), "accountId"), zoneId: zone };
    expect(await world().client.diff(type, state, ofZone)).toEqual({
      accountId: "DELETE_REPLACE",
      zoneId: "ADD_REPLACE",
    });
  });

  it("of a zone is asked for below the zone, and of neither is refused", async () => {
    const { client, harness } = world();
    await failureOf(client.create(type, { name: "n", zoneId: harness.ids.zone }));
    expect(world().calls()).toEqual(["POST /zones/ZONE/access/service_tokens"]);
    expect((await failureOf(client.create(type, { name: "n" }))).message).toMatch(/set "accountId"/);
    expect(world().calls()).toEqual([]);
  });

  it("is deleted with one call, and a second one fails", async () => {
    const made = await make();
    await world().client.delete(type, made.id, made.state);
    expect(world().harness.state.service_tokens).toEqual([]);
    const again = await failureOf(world().client.delete(type, made.id, made.state));
    expect(again.message).toMatch(/deleting urn:.*404 Not Found: access.api.error.not_found/);
  });

  it.each([
    [{ clientSecretVersion: 2 }, `property "previousClientSecretExpiresAt" must be specified when`],
    [
      { previousClientSecretExpiresAt: "2030-01-01T00:00:00Z" },
      `property "clientSecretVersion" must be spec`,
    ],
    [{ minDaysForRenewal: 3 }, `unexpected property "minDaysForRenewal"`],
  ])("refuses %j", async (extra, reason) => {
    const { failures } = await world().client.check(type, inputs(extra));
    expect(failures).toEqual([expect.stringContaining(reason)]);
  });

  it("takes a pair of which one is not known yet", async () => {
    const pair = { clientSecretVersion: 2, previousClientSecretExpiresAt: unknown };
    expect((await world().client.check(type, inputs(pair))).failures).toEqual([]);
  });

  it("keeps a secret out of what a failure says", async () => {
    const made = await make();
    const name = String(revealed(made.state["clientSecret"]));
    world().fail({ method: "DELETE", kind: "status", status: 400 });
    const failure = await failureOf(
      world().client.delete(type, name, { ...made.state, clientSecret: secretly(name) }),
    );
    expect(failure.message).not.toContain(name);
  });
});
