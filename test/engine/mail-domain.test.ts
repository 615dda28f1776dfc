import { generateKeyPairSync } from "node:crypto";
import { Resolver } from "node:dns/promises";

import { type DnsRecord } from "../../sandbox/vendors/cloudflare";
import { CloudflarePerson } from "./support/cloudflare";
import { day, type Ran, TestSandbox, writes } from "./support/sandbox";

const domain = ["config", "raxx:mailDomains", "raxx.app"];
const adoptPath = ["config", "raxx:adopt"];
const dkim = dkimOf(2048);
const stackTrace = /^\s+at .*:\d+:\d+/m;

let sandbox: TestSandbox;
let person: CloudflarePerson;
let zoneId: string;
let adopt: Record<string, string>;
let atFirst: string;

beforeAll(async () => {
  sandbox = await TestSandbox.open(["RAXX_AUDIT_INGEST"], { mail: true });
  person = new CloudflarePerson(sandbox);
  zoneId = sandbox.session.world.cloudflareZones["raxx.app"] ?? "";
  adopt = sandbox.session.world.adopt["prod"] ?? {};
  atFirst = JSON.stringify(records());
}, 600_000);

afterAll(() => sandbox.close());
afterEach(() => sandbox.clearFaults());

function dkimOf(modulusLength: number): string {
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength });
  return `v=DKIM1; k=rsa; p=${publicKey.export({ type: "spki", format: "der" }).toString("base64")}`;
}

function records(): DnsRecord[] {
  return sandbox.cloudflare().zones.flatMap((zone) => zone.records);
}

function dkimRecords(): DnsRecord[] {
  return records().filter(({ name }) => name === "google._domainkey.raxx.app");
}

function published(name: string): Promise<string[][]> {
  const resolver = new Resolver();
  resolver.setServers([sandbox.session.variables.set["RAXX_DNS_RESOLVER"] ?? ""]);
  return resolver.resolveTxt(name);
}

function preview(change: Record<string, string> = {}): Promise<Ran> {
  return sandbox.pulumi(["preview", "--stack", "prod"], change);
}

/** What a run wrote at Cloudflare, beside how it ended. */
async function writing(run: () => Promise<Ran>): Promise<Ran & { written: string[] }> {
  const mark = sandbox.mark("cloudflare");
  const ran = await run();
  const written = writes(sandbox.calls("cloudflare", mark)).map(({ method, path, status }) =>
    [method, path.replace(/[0-9a-f]{32}/g, ":id"), status].join(" "),
  );
  return { ...ran, written };
}

/** The tests of this file are one story: each goes on where the one before it stopped. */
describe("the mail domain", () => {
  it("stops a preview where records were there before us, with a line for each", async () => {
    const listed = Object.entries(adopt).filter(([name]) => !/spf|dmarc/.test(name));
    sandbox.editStackFile("prod", adoptPath, Object.fromEntries(listed));
    const { code, output } = await preview();
    expect(code).not.toBe(0);
    for (const name of ["dns/raxx.app/spf", "dns/raxx.app/dmarc"]) {
      expect(output).toContain(
        `pulumi config set --path 'raxx:adopt["${name}"]' '${String(adopt[name])}' --stack prod`,
      );
    }
    expect(output.match(/pulumi config set --path/g)).toHaveLength(2);
    expect(output).not.toMatch(stackTrace);
    sandbox.editStackFile("prod", adoptPath, adopt);
  }, 120_000);

  it("is taken over with no difference, and nothing is written at Cloudflare", async () => {
    expect(await writing(() => sandbox.up("prod"))).toMatchObject({ code: 0, written: [] });
    expect((await sandbox.pulumi(["refresh", "--yes", "--skip-preview", "--stack", "prod"])).code).toBe(0);
    const { output } = await preview();
    expect(output).toMatch(/Resources:\s+\d+ unchanged/);
    expect(await writing(() => sandbox.up("prod"))).toMatchObject({ code: 0, written: [] });
    expect(JSON.stringify(records())).toBe(atFirst);
  }, 120_000);

  it("refuses a DKIM key that is too short, and does not quote it", async () => {
    const short = dkimOf(1024);
    sandbox.editStackFile("prod", domain, { dkim: short });
    const { code, output, written } = await writing(() => sandbox.up("prod"));
    expect(code).not.toBe(0);
    expect(written).toEqual([]);
    expect(output).toContain(`raxx:mailDomains["raxx.app"].dkim has a key of 1024 bits`);
    expect(output).not.toContain(short.slice(30, 60));
  }, 60_000);

  it("refuses to make a second record where the answer to the first was lost, and takes it over by its line", async () => {
    sandbox.editStackFile("prod", domain, { dkim });
    await sandbox.fault("cloudflare", { kind: "drop-after", method: "POST", path: "*/dns_records" });
    expect((await sandbox.up("prod")).code).not.toBe(0);
    const again = await writing(() => sandbox.up("prod"));
    expect(again.code).not.toBe(0);
    expect(again.written).toEqual([]);
    expect(again.output).not.toMatch(stackTrace);
    const [made, ...more] = dkimRecords();
    expect(more).toEqual([]);
    const id = `${zoneId}/${made?.id ?? ""}`;
    expect(again.output).toContain(
      `pulumi config set --path 'raxx:adopt["dns/raxx.app/dkim"]' '${id}' --stack prod`,
    );
    sandbox.editStackFile("prod", adoptPath, { ...adopt, "dns/raxx.app/dkim": id });
    expect(await writing(() => sandbox.up("prod"))).toMatchObject({ code: 0, written: [] });
    expect(dkimRecords()).toEqual([made]);
    expect((await published("google._domainkey.raxx.app")).map((pieces) => pieces.join(""))).toEqual([dkim]);
  }, 120_000);

  it("refuses to go on without the value of DKIM", async () => {
    sandbox.editStackFile("prod", domain, {});
    const { code, output, written } = await writing(() => preview());
    expect(code).not.toBe(0);
    expect(written).toEqual([]);
    expect(output).toContain("the DKIM value of raxx.app was configured before and is missing now");
    sandbox.editStackFile("prod", domain, { dkim });
  }, 60_000);

  it("refuses a second SPF record beside ours", async () => {
    const id = await person.createTxt(zoneId, "raxx.app", "v=spf1 -all");
    const { code, output, written } = await writing(() => sandbox.up("prod"));
    expect(code).not.toBe(0);
    expect(written).toEqual([]);
    expect(output).toContain(`raxx.app has another v=spf1 record (${id})`);
    await person.deleteRecord(zoneId, id);
  }, 60_000);

  it("alone fails where Cloudflare's credential is dead: everything else is carried out", async () => {
    const before = JSON.stringify(records());
    sandbox.setGenerations("prod", { current: `${day(0)}.2` }, "RAXX_AUDIT_INGEST");
    const mark = sandbox.mark("github");
    const dead = { CLOUDFLARE_API_TOKEN: "x".repeat(40), PULUMI_CONTINUE_ON_ERROR: "true" };
    expect((await preview(dead)).output).toContain(
      "raxx.app is not verified, and an update will fail: cloudflare",
    );
    const { code, output, written } = await writing(() => sandbox.up("prod", dead));
    expect(code).not.toBe(0);
    expect(written).toEqual([]);
    expect(output).toMatch(/cloudflare answered 40\d when asked to list the zones/);
    expect(output).not.toMatch(stackTrace);
    expect(writes(sandbox.calls("github", mark)).map(({ path }) => path.split("/").at(-1))).toEqual([
      "CONSOLE_AUDIT_INGEST_TOKEN",
    ]);
    expect(JSON.stringify(records())).toBe(before);
    expect(await writing(() => sandbox.up("prod"))).toMatchObject({ code: 0, written: [] });
  }, 120_000);

  it("leaves every record in place after a destroy", async () => {
    const before = JSON.stringify(records());
    const destroyed = await writing(() =>
      sandbox.pulumi(["destroy", "--yes", "--skip-preview", "--stack", "prod"]),
    );
    expect(destroyed).toMatchObject({ code: 0, written: [] });
    expect(JSON.stringify(records())).toBe(before);
    expect(dkimRecords()).toHaveLength(1);
  }, 120_000);

  it("makes what is missing with one call, in pieces that DNS takes", async () => {
    // A person's own copy of the state is gone too: what is there is taken over, and DKIM is new.
    for (const { id } of dkimRecords()) await person.deleteRecord(zoneId, id);
    sandbox.editStackFile("prod", adoptPath, adopt);
    expect(await writing(() => sandbox.up("prod"))).toMatchObject({
      code: 0,
      written: ["POST /client/v4/zones/:id/dns_records 200"],
    });
    expect(await published("google._domainkey.raxx.app")).toEqual([[dkim.slice(0, 255), dkim.slice(255)]]);
    expect((await preview()).output).toMatch(/Resources:\s+\d+ unchanged/);
    expect((await sandbox.pulumi(["destroy", "--yes", "--skip-preview", "--stack", "prod"])).code).toBe(0);
    expect(dkimRecords()).toHaveLength(1);
  }, 120_000);
});
