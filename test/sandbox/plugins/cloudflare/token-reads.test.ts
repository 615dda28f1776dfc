import { type ApiToken, revokeExposed } from "../../../../sandbox/vendors/cloudflare";
import { dayMs, found, fromNow } from "../../vendors/cloudflare/harness";
import { revealed } from "../plugin-client";
import { kinds, tokensOf } from "./token-kinds";
import { failureOf, given, worldForTests } from "./world";

const world = worldForTests();

function remove(id: string): void {
  const { state } = world().harness;
  state.tokens = state.tokens.filter((token) => token.id !== id);
}

describe.each(kinds)("$title, read again,", (kind) => {
  const { type, path } = kind;
  const { inputs, make, refresh, record, importId } = tokensOf(world, kind);

  it("shows no difference after it was made, nor after it was read", async () => {
    const expiresOn = fromNow(dayMs).replace("Z", ".000Z");
    const made = await make({ expiresOn });
    expect(await world().client.diff(type, made.state, inputs({ expiresOn }))).toEqual({});
    const { state } = await refresh(made);
    expect(state["expiresOn"]).toBe(expiresOn);
    expect(await world().client.diff(type, state, inputs({ expiresOn }))).toEqual({});
    expect(world().calls()).toEqual([`GET ${path}/${made.id}`]);
  });

  it("takes the same moment in another offset for a difference, as the real plugin does", async () => {
    const { harness, client } = world();
    const day = fromNow(2 * dayMs).slice(0, 10);
    const made = await make({ expiresOn: `${day}T12:00:00+02:00` });
    const { state } = await refresh(made);
    expect(state["expiresOn"]).toBe(`${day}T10:00:00Z`);
    const news = inputs({ expiresOn: `${day}T12:00:00+02:00` });
    expect(await client.diff(type, state, news)).toEqual({ expiresOn: "UPDATE" });
    expect(harness.state.tokens.at(-1)?.expires_on).toBe(`${day}T10:00:00Z`);
  });

  it("sees in a refresh what was changed elsewhere, and keeps its value", async () => {
    const made = await make();
    Object.assign(record(made.id), { name: "tampered", status: "disabled", expires_on: fromNow(dayMs) });
    const { id, state } = await refresh(made);
    expect([id, state["name"], state["status"], revealed(state["value"])]).toEqual([
      made.id,
      "tampered",
      "disabled",
      made.value,
    ]);
    expect(await world().client.diff(type, state, inputs({ status: "active" }))).toEqual({
      name: "UPDATE",
      status: "UPDATE",
      expiresOn: "DELETE",
    });
  });

  it("sees in a refresh that a condition was set or taken away", async () => {
    const made = await make({ condition: { requestIp: { ins: ["127.0.0.1/32"] } } });
    record(made.id).condition = { request_ip: { not_in: ["10.0.0.0/8"] } };
    const changed = await refresh(made);
    expect(changed.state["condition"]).toEqual({ requestIp: { notIns: ["10.0.0.0/8"] } });
    record(made.id).condition = null;
    expect((await refresh(made)).state["condition"]).toBeUndefined();
  });

  it.each([
    [
      "deleted",
      ({ id }: ApiToken) => {
        remove(id);
      },
    ],
    ["expired", (token: ApiToken) => void (token.expires_on = fromNow(-1000))],
    ["found in public", revokeExposed],
  ])("is gone for a refresh when it was %s", async (_what, happens) => {
    const made = await make();
    happens(record(made.id));
    expect((await refresh(made)).id).toBe("");
  });

  it("keeps the order of the program where Cloudflare shows another", async () => {
    const { harness } = world();
    const policies = [
      given(harness.onZone("Zone Read", "DNS Write")),
      { ...given(harness.onZone("DNS Write")), effect: "deny" },
    ];
    const made = await make({ policies });
    const token = record(made.id);
    token.policies.reverse();
    for (const { permission_groups } of token.policies) permission_groups.reverse();
    const { state } = await refresh(made);
    expect(state["policies"]).toEqual(policies);
  });

  it("puts policies that were added elsewhere behind the known ones, sorted", async () => {
    const { harness } = world();
    const known = given(harness.onZone("Zone Read"));
    const made = await make({ policies: [known] });
    const token = record(made.id);
    const [first] = token.policies;
    const groups = [...given(harness.onZone("DNS Write", "Zone Read")).permissionGroups.map(({ id }) => id)];
    const added = { ...found(first), permission_groups: [...groups].sort().reverse() };
    token.policies = [{ ...added, effect: "deny" }, added, found(first)];
    const { state } = await refresh(made);
    const sorted = [...groups].sort().map((id) => ({ id }));
    expect(state["policies"]).toEqual([
      known,
      { ...known, permissionGroups: sorted },
      { ...known, effect: "deny", permissionGroups: sorted },
    ]);
  });

  it("records the resources as Cloudflare writes them, which shows a text that is not", async () => {
    const policy = given(world().harness.onZone("DNS Write"));
    const spaced = { ...policy, resources: policy.resources.replace(":", ": ") };
    const { state } = await make({ policies: [spaced] });
    expect(state["policies"]).toEqual([policy]);
    expect(await world().client.diff(type, state, inputs({ policies: [spaced] }))).toEqual({
      policies: "UPDATE",
    });
  });

  it("is imported with two reads and without a value", async () => {
    const made = await make();
    const { id, state, inputs: imported } = await world().client.read(type, importId(made.id));
    expect(id).toBe(made.id);
    expect(world().calls()).toEqual([`GET ${path}/${made.id}`, `GET ${path}/${made.id}`]);
    expect(state["value"]).toBeUndefined();
    expect(imported).toEqual({ ...inputs(), status: "active" });
    expect(await world().client.diff(type, state, inputs())).toEqual({});
  });

  it("is not imported when it is not there, nor by an id of another form", async () => {
    const { client, harness } = world();
    const slash = importId("a%2Fb");
    await failureOf(client.read(type, slash));
    expect(world().calls()).toEqual([`GET ${path}/a%2Fb`]);
    const missing = await failureOf(client.read(type, importId("0".repeat(32))));
    expect(missing.message).toMatch(/failed to make http request: GET ".*": 404 Not Found: Token not found/);
    expect((await failureOf(client.read(type, "a/b/c"))).message).toMatch(/invalid ID: expected urlencoded/);
    expect((await failureOf(client.read(type, `${harness.ids.account}/`))).message).toMatch(/invalid ID/);
  });
});
