import { createDnsRecord, type DnsRecord } from "../../../../sandbox/vendors/cloudflare";
import { type Properties, without } from "../../../../sandbox/plugins/kit/properties";
import { found } from "../../vendors/cloudflare/harness";
import { InitFailed, unknown } from "../plugin-client";
import { failureOf, types, worldForTests } from "./world";

const world = worldForTests();
const type = types.dnsRecord;
const list = "/zones/ZONE/dns_records";

const inputs = (extra: Properties = {}): Properties => ({
  zoneId: world().harness.ids.zone,
  name: "www.raxx.app",
  type: "A",
  content: "192.0.2.1",
  ttl: 300,
  ...extra,
});
const cname = (extra: Properties = {}) => inputs({ type: "CNAME", content: "app.example.net", ...extra });

interface Made {
  id: string;
  state: Properties;
}

async function make(given: Properties): Promise<Made> {
  const made = await world().client.create(type, given);
  world().calls();
  return made;
}

function record(id: string): DnsRecord {
  return found(world().harness.zone.records.find((one) => one.id === id));
}

function update({ id, state }: Made, news: Properties, preview = false): Promise<Properties> {
  return world().client.update(type, { id, olds: state, news, preview });
}

async function refreshed({ id, state }: Made, given = inputs()): Promise<Properties> {
  return (await world().client.read(type, id, { state, inputs: given })).state;
}

describe("DnsRecord", () => {
  it("is made with one call", async () => {
    const { id, state } = await world().client.create(type, inputs({ comment: "ours" }));
    expect(world().calls()).toEqual([`POST ${list}`]);
    expect(record(id)).toMatchObject({
      name: "www.raxx.app",
      content: "192.0.2.1",
      ttl: 300,
      comment: "ours",
    });
    expect(state).toMatchObject({
      ...inputs({ comment: "ours" }),
      proxied: false,
      proxiable: true,
      tags: [],
      settings: {},
      meta: "{}",
      createdOn: record(id).created_on,
      commentModifiedOn: record(id).comment_modified_on,
    });
  });

  it("makes no call in a preview", async () => {
    const { state } = await world().client.create(type, inputs(), { preview: true });
    expect(state).toMatchObject({ proxied: false, content: "192.0.2.1", createdOn: unknown, tags: unknown });
    expect(world().calls()).toEqual([]);
  });

  it.each([
    ["an address", () => inputs()],
    ["a name inside the zone", () => inputs({ name: "www" })],
    ["the zone itself", () => inputs({ name: "@" })],
    ["an alias with a target in capitals", () => cname({ content: "App.Example.NET" })],
    ["an alias with settings", () => cname({ settings: { flattenCname: true } })],
    ["a mail host", () => inputs({ type: "MX", content: "mx.example.net", priority: 10 })],
    ["a text", () => inputs({ type: "TXT", content: '"v=spf1 -all"' })],
    ["a proxied address", () => inputs({ proxied: true, ttl: 1 })],
  ])("shows no difference after it was made, nor after it was read: %s", async (_what, given) => {
    const made = await make(given());
    expect(await world().client.diff(type, made.state, given())).toEqual({});
    const state = await refreshed(made, given());
    expect(world().calls()).toEqual([`GET ${list}/${made.id}`]);
    expect(await world().client.diff(type, state, given())).toEqual({});
  });

  it("shows another name that begins in the same way", async () => {
    const { state } = await make(inputs({ name: "www2.raxx.app" }));
    expect(await world().client.diff(type, state, inputs({ name: "www" }))).toEqual({ name: "UPDATE" });
  });

  it("shows no difference where tags are in another order", async () => {
    const made = await make(inputs());
    const state = { ...made.state, tags: ["b:2", "a:1"] };
    expect(await world().client.diff(type, state, inputs({ tags: ["a:1", "b:2"] }))).toEqual({});
    expect(await world().client.diff(type, state, inputs({ tags: ["a:1"] }))).toEqual({ tags: "UPDATE" });
  });

  it("of an alias has every setting, off unless it is on", async () => {
    const off = { flattenCname: false, ipv4Only: false, ipv6Only: false };
    expect((await make(cname())).state["settings"]).toEqual(off);
    const on = await make(cname({ name: "on.raxx.app", settings: { flattenCname: true } }));
    expect(on.state["settings"]).toEqual({ ...off, flattenCname: true });
    expect(record(on.id).settings).toEqual({ flatten_cname: true, ipv4_only: false, ipv6_only: false });
  });

  it("changes in place with one call", async () => {
    const made = await make(inputs());
    const news = inputs({ content: "192.0.2.2", name: "web.raxx.app", ttl: 600, comment: "new" });
    expect(await world().client.diff(type, made.state, news)).toEqual({
      content: "UPDATE",
      name: "UPDATE",
      ttl: "UPDATE",
      comment: "ADD",
    });
    const state = await update(made, news);
    expect(world().calls()).toEqual([`PUT ${list}/${made.id}`]);
    expect(state).toMatchObject(news);
    expect(record(made.id)).toMatchObject({ content: "192.0.2.2", name: "web.raxx.app", comment: "new" });
  });

  it("takes back what the program does not give any more", async () => {
    const made = await make(inputs({ comment: "ours", proxied: true, ttl: 1 }));
    expect(await world().client.diff(type, made.state, inputs())).toEqual({
      comment: "DELETE",
      proxied: "UPDATE",
      ttl: "UPDATE",
    });
    const state = await update(made, inputs());
    expect(Object.keys(state)).not.toContain("comment");
    expect(record(made.id)).toMatchObject({ comment: null, proxied: false });
    expect(world().fields()).toContain("comment");
  });

  it("shows in a preview of a change what Cloudflare will decide", async () => {
    const made = await make(inputs());
    const state = await update(made, inputs({ comment: "new" }), true);
    expect(state).toMatchObject({ modifiedOn: unknown, commentModifiedOn: unknown });
    expect(state["createdOn"]).toBe(made.state["createdOn"]);
    const { commentModifiedOn, tagsModifiedOn } = await update(
      made,
      inputs({ ttl: 600, tags: ["a:1"] }),
      true,
    );
    expect([commentModifiedOn, tagsModifiedOn]).toEqual([undefined, unknown]);
  });

  it("is replaced with another type or in another zone", async () => {
    const { state } = await make(inputs());
    const news = inputs({ type: "TXT", zoneId: world().harness.ids.otherZone });
    expect(await world().client.diff(type, state, news)).toEqual({
      type: "UPDATE_REPLACE",
      zoneId: "UPDATE_REPLACE",
    });
  });

  it("sees in a refresh what was changed elsewhere, or that it is gone", async () => {
    const made = await make(inputs());
    Object.assign(record(made.id), { content: "203.0.113.9", comment: "theirs" });
    const state = await refreshed(made);
    expect(await world().client.diff(type, state, inputs())).toEqual({
      content: "UPDATE",
      comment: "DELETE",
    });
    world().harness.zone.records = [];
    expect((await world().client.read(type, made.id, { state })).id).toBe("");
  });

  it("is imported with two reads", async () => {
    const { harness, client } = world();
    const { id } = createDnsRecord(harness.state, harness.zone, without(inputs(), "zoneId"));
    const imported = await client.read(type, `${harness.ids.zone}/${id}`);
    expect(imported.id).toBe(id);
    expect(world().calls()).toEqual([`GET ${list}/${id}`, `GET ${list}/${id}`]);
    expect(imported.inputs).toEqual({ ...inputs(), proxied: false, tags: [], settings: {} });
    expect(await client.diff(type, imported.state, inputs())).toEqual({});
    expect((await failureOf(client.read(type, id))).message).toMatch(/invalid ID: expected urlencoded/);
  });

  it("is deleted with one call, and a second one fails", async () => {
    const made = await make(inputs());
    await world().client.delete(type, made.id, made.state);
    expect(world().calls()).toEqual([`DELETE ${list}/${made.id}`]);
    const again = await failureOf(world().client.delete(type, made.id, made.state));
    expect(again.message).toMatch(/404 Not Found: Record does not exist. \(81044\)/);
  });

  it("fails with Cloudflare's reason, and leaves the state as it was", async () => {
    const made = await make(inputs());
    const twice = await failureOf(world().client.create(type, inputs()));
    expect(twice.message).toMatch(
      /failed to make http request: POST ".*": 400 Bad Request: An identical record already exists. \(81058\)$/,
    );
    const failure = await failureOf(update(made, inputs({ ttl: 3 })));
    expect(failure).not.toBeInstanceOf(InitFailed);
    expect(failure.message).toMatch(/updating urn:.*: TTL must be between 60 and 86400/);
  });

  it("with another ttl than 1 is not made as proxied", async () => {
    const failure = await failureOf(world().client.create(type, inputs({ proxied: true })));
    expect(failure.message).toMatch(/^.*ttl must be set to 1 when `proxied` is true/);
    expect(world().calls()).toEqual([]);
  });

  it.each([
    [{ type: "WWW" }, /property "type": is no type of record/],
    [{ priority: 70_000 }, /property "priority"/],
    [{ privateRouting: true }, /unexpected property "privateRouting"/],
    [{ data: {} }, /unexpected property "data"/],
    [{ settings: { flatten_cname: true } }, /unexpected property "settings.flatten_cname"/],
  ])("refuses %j", async (extra, reason) => {
    const { failures } = await world().client.check(type, inputs(extra));
    expect(failures).toEqual([expect.stringMatching(reason)]);
  });
});
