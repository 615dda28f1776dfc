import { type MailRecord } from "../../../providers/dns/mail-record";
import {
  dnsPublishedRecords,
  publishedRecords,
  resolverFromEnvironment,
} from "../../../providers/dns/published-records";
import {
  createDnsRecord,
  type CloudflareState,
  type RunningNameServer,
  startNameServer,
} from "../../../sandbox/vendors/cloudflare";
import { CloudflareWorld } from "../cloudflare/world";
import { failureOf } from "../support";
import { dkim, mx } from "./records";

const spf: MailRecord = { key: "spf", name: "raxx.app", type: "TXT", content: "v=spf1 -all", only: "v=spf1" };
const site: MailRecord = { key: "site", name: "raxx.app", type: "TXT", content: "site=abc" };

let world: CloudflareWorld;
let server: RunningNameServer;
const before = { ...process.env };
beforeEach(async () => {
  world = await CloudflareWorld.start();
  server = await startNameServer(world.state);
  process.env["RAXX_DNS_RESOLVER"] = server.address;
});
afterEach(async () => {
  process.env = { ...before };
  await server.close();
  await world.stop();
});

function publish(record: Pick<MailRecord, "name" | "type" | "content"> & Partial<MailRecord>): void {
  const { name, type, content, priority } = record;
  createDnsRecord(world.state, world.zone, { name, type, content, priority });
}

function mode(state: CloudflareState["name_server"]["mode"]): void {
  world.state.name_server.mode = state;
}

async function stateOf(record: MailRecord): Promise<string | undefined> {
  return (await publishedRecords([record])).get(record.key);
}

describe("DNS", () => {
  it.each([
    ["a text", spf, { ...spf, content: '"v=spf1" " -all"' }],
    ["a text beside others", site, site],
    ["a mail host", mx, { ...mx, content: "ASPMX.l.google.com." }],
    ["a long text in pieces", dkim, dkim],
    ["tags with other spaces", dkim, { ...dkim, content: dkim.content.replaceAll("; ", ";") }],
  ])("answers as configured with %s", async (_what, record, there) => {
    publish({ ...spf, name: "raxx.app", content: "somebody else's" });
    publish(there);
    expect(await stateOf(record)).toBe("as configured");
  });

  it.each([
    ["no name", dkim, undefined],
    ["no text of its kind", spf, { ...spf, content: "something else" }],
    ["another mail host alone", mx, { ...mx, content: "mx.example.com" }],
  ])("misses a record where there is %s", async (_what, record, there) => {
    if (there !== undefined) publish(there);
    expect(await stateOf(record)).toBe("missing");
  });

  it.each([
    ["another text of its kind", spf, [{ ...spf, content: "v=spf1 ~all" }]],
    ["a second one", spf, [spf, { ...spf, content: "V=SPF1 ~all" }]],
    ["another key", dkim, [{ ...dkim, content: "v=DKIM1; p=B" }]],
    ["another priority", mx, [{ ...mx, priority: 2 }]],
  ])("has what differs where there is %s", async (_what, record, there) => {
    there.forEach(publish);
    expect(await stateOf(record)).toBe("differs");
  });

  it("is asked once for all that stands at a name, and may not answer", async () => {
    publish(spf);
    const resolver = resolverFromEnvironment();
    const texts = jest.spyOn(resolver, "resolveTxt");
    expect([...(await publishedRecords([spf, site, mx], resolver))]).toEqual([
      ["spf", "as configured"],
      ["site", "missing"],
      ["mx", "missing"],
    ]);
    expect(texts).toHaveBeenCalledTimes(1);
    mode("servfail");
    expect(await stateOf(spf)).toBe("not answered");
  });
});

describe("the proof", () => {
  const quick = { forMs: 300, pauseMs: 50 };
  const resource = (): ReturnType<typeof dnsPublishedRecords> =>
    dnsPublishedRecords(resolverFromEnvironment, quick);
  const inputs = { domain: "raxx.app", records: [spf, dkim] };

  it("is made where all is as configured", async () => {
    inputs.records.forEach(publish);
    expect(await resource().create(inputs)).toEqual({ id: "raxx.app", outs: inputs });
    expect(await resource().update("raxx.app", inputs, inputs)).toEqual({ outs: inputs });
  });

  it("waits for what is published a little later", async () => {
    publish(spf);
    const proof = resource().create(inputs);
    setTimeout(() => {
      publish(dkim);
    }, 100);
    expect(await proof).toMatchObject({ id: "raxx.app" });
  });

  it("says in the end of each record that is not there how it is", async () => {
    publish({ ...spf, content: "v=spf1 ~all" });
    const { message } = await failureOf(resource().create(inputs));
    expect(message).toContain(
      "DNS does not answer for raxx.app as it is configured: spf (TXT of raxx.app) differs, dkim (TXT of google._domainkey.raxx.app) is missing; wait some minutes",
    );
    expect(message).not.toContain("AAAA");
    mode("servfail");
    expect((await failureOf(resource().create(inputs))).message).toContain(
      "spf (TXT of raxx.app) is not answered",
    );
  });

  it("is made again where what is wanted changes, and for nothing else", async () => {
    const changed = { ...inputs, records: [spf] };
    expect(await resource().diff("raxx.app", inputs, changed)).toEqual({ changes: true });
    expect(await resource().diff("raxx.app", inputs, { ...inputs, __provider: "x" } as never)).toEqual({
      changes: false,
    });
    expect(await resource().read("raxx.app", inputs)).toEqual({ id: "raxx.app", props: inputs });
    await resource().delete("raxx.app", inputs);
  });

  it("is refused before anything is asked where the DNS server's address is none", async () => {
    expect(await resource().check({}, inputs)).toEqual({ inputs });
    process.env["RAXX_DNS_RESOLVER"] = "dns.example";
    const { failures } = await resource().check({}, inputs);
    expect(failures).toEqual([
      { property: "", reason: expect.stringMatching(/^RAXX_DNS_RESOLVER is no address/) as string },
    ]);
  });
});
