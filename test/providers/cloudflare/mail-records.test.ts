import { type CloudflareClient } from "../../../providers/cloudflare/client";
import {
  cloudflareMailRecords,
  type MailRecordsInputs,
  requireNoMailRecord,
} from "../../../providers/cloudflare/mail-records";
import { type MailRecord, zoneText } from "../../../providers/dns/mail-record";
import { createDnsRecord } from "../../../sandbox/vendors/cloudflare";
import { failureOf, inject, writesOf } from "../support";
import { CloudflareWorld } from "./world";
import { dkim, mx } from "../dns/records";

let world: CloudflareWorld;
let client: CloudflareClient;
beforeEach(async () => {
  world = await CloudflareWorld.start();
  client = world.with(world.onZones("DNS Write", world.zone), world.onZones("Zone Read", world.zone));
});
afterEach(async () => {
  expect(writesOf(world.vendor)).toEqual([]);
  await world.stop();
});

const spf: MailRecord = {
  key: "spf",
  name: "raxx.app",
  type: "TXT",
  content: "v=spf1 include:_spf.google.com ~all",
  only: "v=spf1",
};
const verification: MailRecord = { key: "verification", name: "raxx.app", type: "TXT", content: "site=abc" };
const all = [verification, spf, mx];

function wanted(changes: Partial<MailRecordsInputs> = {}): MailRecordsInputs {
  return {
    stack: "prod",
    accountId: world.account.id,
    zone: "raxx.app",
    zoneId: world.zone.id,
    records: all,
    adopt: {},
    ...changes,
  };
}

const resource = (own = client): ReturnType<typeof cloudflareMailRecords> => cloudflareMailRecords(() => own);

/** Puts a record into the zone, as somebody else. Returns its id. */
function add(record: Partial<MailRecord> & { type?: string }, zone = world.zone): string {
  const { name = "raxx.app", type = "TXT", content = "", priority } = record;
  return createDnsRecord(world.state, zone, { type, name, content, priority }).id;
}

function lineFor(key: string, id: string): string {
  return `pulumi config set --path 'raxx:adopt["dns/raxx.app/${key}"]' '${world.zone.id}/${id}' --stack prod`;
}

async function check(
  changes: Partial<MailRecordsInputs> = {},
  olds: Partial<MailRecordsInputs> = {},
): Promise<MailRecordsInputs> {
  const { inputs, failures } = await resource().check(olds, wanted(changes));
  expect(failures).toBeUndefined();
  if (inputs === undefined) throw new Error("no inputs came back");
  return inputs;
}

/** The only reason of a check that refuses. */
async function reasonOf(
  changes: Partial<MailRecordsInputs> = {},
  olds: Partial<MailRecordsInputs> = {},
): Promise<string> {
  const { failures = [] } = await resource().check(olds, wanted(changes));
  expect(failures).toHaveLength(1);
  expect(failures[0]?.property).toBe("");
  return failures[0]?.reason ?? "";
}

const recorded = (records = all): Partial<MailRecordsInputs> => ({ ...wanted({ records }), contents: {} });

describe("an empty zone", () => {
  it("is given texts in quotation marks, and mail hosts as they are", async () => {
    const { contents } = await check({ records: [...all, dkim] });
    expect(contents).toEqual({
      verification: '"site=abc"',
      spf: '"v=spf1 include:_spf.google.com ~all"',
      mx: "aspmx.l.google.com",
      dkim: `"${dkim.content.slice(0, 255)}" "${dkim.content.slice(255)}"`,
    });
    expect(world.calls()).toEqual(["GET /zones", `GET /zones/${world.zone.id}/dns_records`]);
  });
});

describe("what was there before us", () => {
  it("is refused with the line that takes it over, for all at once", async () => {
    const ids = [add({ ...spf }), add({ ...mx }), add({ content: '"site=abc"' })];
    add({ content: "somebody else's" });
    const reason = await reasonOf();
    expect(reason.split("\n")).toEqual([
      expect.stringMatching(/^mail records of raxx\.app were there before this stack/),
      lineFor("verification", ids[2] ?? ""),
      lineFor("spf", ids[0] ?? ""),
      lineFor("mx", ids[1] ?? ""),
    ]);
  });

  it.each([
    ["as it is", spf.content],
    ["in quotation marks", `"${spf.content}"`],
    ["in pieces", '"v=spf1 include:_spf.google.com" " ~all"'],
  ])("is taken over by its line with the very text that stands there, %s", async (_how, content) => {
    const id = add({ content });
    const { contents } = await check({ adopt: { spf: `${world.zone.id}/${id}` } });
    expect(contents?.["spf"]).toBe(content);
  });

  it("is taken over where a list of tags has other spaces", async () => {
    const content = dkim.content.replaceAll("; ", ";");
    const id = add({ name: dkim.name, content: zoneText({ type: "TXT", content }) });
    const given = { records: [dkim], adopt: { dkim: `${world.zone.id}/${id}` } };
    expect((await check(given)).contents?.["dkim"]).toContain('"v=DKIM1;k=rsa;p=');
  });

  it("is refused by an id that does not exist, and the right one is said", async () => {
    const nothing = `${world.zone.id}/${"0".repeat(32)}`;
    expect(await reasonOf({ adopt: { spf: nothing } })).toBe(
      `raxx:adopt has ${nothing} for dns/raxx.app/spf, but raxx.app has no such record: remove the line with pulumi config rm --path 'raxx:adopt["dns/raxx.app/spf"]' --stack prod; the next up makes the record, after a pulumi refresh where the state has it`,
    );
    const id = add(spf);
    expect(await reasonOf({ adopt: { spf: nothing } })).toContain(
      `the right one is ${world.zone.id}/${id}: ${lineFor("spf", id)}`,
    );
  });

  it.each([
    ["type", { type: "A", content: "203.0.113.1" }, "its type is A, and not MX"],
    ["name", { ...mx, name: "support.raxx.app" }, "its name is support.raxx.app, and not raxx.app"],
    [
      "content",
      { ...mx, content: "mx.example.com" },
      "its content is not the one of catalog and configuration",
    ],
    ["priority", { ...mx, priority: 7 }, "its priority is 7, and not 1"],
  ] as [string, Partial<MailRecord>, string][])(
    "is refused by the id of another %s",
    async (_what, other, words) => {
      const id = add(other);
      const reason = await reasonOf({ adopt: { mx: `${world.zone.id}/${id}` } });
      expect(reason).toContain(`that is another record (${words})`);
      expect(reason).not.toContain("\n");
    },
  );
});

describe("what disagrees", () => {
  it.each([
    ["a second SPF", { content: "V=SPF1 -all" }, [spf], /^raxx\.app has another v=spf1 record \(ID\)/],
    [
      "another DKIM key",
      { name: dkim.name, content: "v=DKIM1; p=x" },
      [dkim],
      /has another text \(ID\) .* raxx:mailDomains/,
    ],
    [
      "an MX with another priority",
      { ...mx, priority: 2 },
      [mx],
      /an MX \(ID\) to the host of mx with the priority 2, and not 1/,
    ],
    ["a CNAME", { type: "CNAME", name: dkim.name, content: "dkim.example.com" }, [dkim], /is a CNAME \(ID\)/],
  ] as [string, Partial<MailRecord>, MailRecord[], RegExp][])(
    "is refused: %s",
    async (_what, other, records, words) => {
      const id = add(other);
      const reason = (await reasonOf({ records })).replace(id, "ID");
      expect(reason).toMatch(words);
      expect(reason).toMatch(/run again; nothing was changed$/);
    },
  );

  it("is refused beside what is ours, and beside what is taken over", async () => {
    const own = add(spf);
    const other = add({ content: "v=spf1 -all" });
    for (const reason of [
      await reasonOf({}, recorded()),
      await reasonOf({ adopt: { spf: `${world.zone.id}/${own}` } }),
    ]) {
      expect(reason).toContain(`another v=spf1 record (${other})`);
    }
  });

  it("is refused where what means the same stands there twice", async () => {
    add(dkim);
    const twin = add({ ...dkim, content: dkim.content.replaceAll("; ", ";") });
    expect(await reasonOf({ records: [dkim] }, recorded([dkim]))).toContain(`has another text (${twin})`);
  });

  it.each([
    ["another text at the name", { content: "v=spf2.0/pra" }],
    ["an SPF of another name", { name: "other.raxx.app", content: "v=spf1 -all" }],
    ["a mail host of others", { ...mx, content: "mx.example.com", priority: 50 }],
    ["an alias of the domain itself", { type: "CNAME", content: "app.example.com" }],
  ] as [string, Partial<MailRecord>][])("is not: %s", async (_what, other) => {
    add(other);
    await check();
  });
});

describe("what an earlier run wanted", () => {
  it("is ours where it stands there, and its text stays as it stands", async () => {
    add(spf);
    expect((await check({}, recorded())).contents?.["spf"]).toBe(spf.content);
  });

  it("gets the new text where the catalog has another one", async () => {
    add(spf);
    const records = [{ ...spf, content: "v=spf1 -all" }];
    expect((await check({ records }, recorded())).contents).toEqual({ spf: '"v=spf1 -all"' });
  });

  it("is not overwritten where somebody changed it", async () => {
    const id = add({ content: "v=spf1 include:other.example ~all" });
    expect(await reasonOf({}, recorded())).toContain(`another v=spf1 record (${id})`);
  });

  it("says nothing of another zone", async () => {
    const id = add(spf);
    expect(await reasonOf({}, { ...recorded(), zoneId: "0".repeat(32) })).toContain(lineFor("spf", id));
  });

  it("needs the value of DKIM for ever, even where Cloudflare cannot be asked", async () => {
    const olds = recorded([...all, dkim]);
    const line = `pulumi config set --path 'raxx:mailDomains["raxx.app"].dkim' 'VALUE' --stack prod`;
    expect(await reasonOf({}, olds)).toContain(line);
    inject(world.vendor, { kind: "status", status: 401, times: 0 });
    expect(await reasonOf({}, olds)).toContain(line);
    expect(world.calls()).toEqual([]);
  });
});

describe("where it cannot be looked", () => {
  it.each([
    [
      "the credential is dead",
      () => world.client(world.revoked()),
      /cloudflare answered 40\d when asked to list the zones/,
    ],
    [
      "DNS may not be read",
      () => world.with(world.onZones("Zone Read", world.zone)),
      /asked to list the DNS records .*"Zone > DNS > Edit"/,
    ],
  ])("because %s, the resource fails, and a preview can say so", async (_why, own, words) => {
    const olds = await check();
    const { inputs, failures } = await resource(own()).check(olds, wanted());
    expect(failures).toBeUndefined();
    const news = inputs ?? wanted();
    expect(news).toMatchObject({ contents: olds.contents });
    expect(news.unverified).toMatch(words);
    expect(await resource().diff(world.zone.id, olds, news)).toEqual({ changes: true });
    for (const run of [resource().create(news), resource().update(world.zone.id, olds, news)]) {
      expect((await failureOf(run)).message).toBe(news.unverified);
    }
  });

  it("is refused at once while a record is still to be imported", async () => {
    const olds = await check();
    const adopt = { spf: `${world.zone.id}/${"0".repeat(32)}` };
    const { inputs, failures } = await resource(world.client(world.revoked())).check(olds, {
      ...wanted(),
      adopt,
    });
    expect(inputs?.unverified).toBeUndefined();
    expect(failures).toEqual([
      {
        property: "",
        reason: expect.stringMatching(/cloudflare answered 40\d when asked to list the zones/) as unknown,
      },
    ]);
  });
});

it.each([
  ["of another zone", { zoneId: "0".repeat(32) }, /the zone raxx\.app has the id/],
  ["of another account", { accountId: "0".repeat(32) }, /is in the Cloudflare account .*, and not in 0{32}/],
])("refuses an id %s", async (_what, changes, words) => {
  expect(await reasonOf(changes)).toMatch(words);
});

it("changes nothing where nothing changed, and keeps nothing of the engine's", async () => {
  const olds = await check();
  const news = { ...olds, __provider: "x" } as MailRecordsInputs;
  expect(await resource().create(news)).toEqual({ id: world.zone.id, outs: olds });
  expect(await resource().read(world.zone.id, news)).toEqual({ id: world.zone.id, props: olds });
  expect(await resource().diff(world.zone.id, olds, news)).toEqual({ changes: false });
  expect(await resource().diff(world.zone.id, olds, { ...news, records: [spf] })).toEqual({ changes: true });
  await resource().delete(world.zone.id, olds);
});

describe("right before a record is made", () => {
  it("one that is there is refused with its line", async () => {
    await requireNoMailRecord(wanted(), spf, client);
    const id = add(spf);
    const { message } = await failureOf(requireNoMailRecord(wanted(), spf, client));
    expect(message.split("\n")[1]).toBe(lineFor("spf", id));
    await requireNoMailRecord(wanted(), mx, client);
  });
});
