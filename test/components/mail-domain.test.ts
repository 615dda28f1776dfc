import { runtime } from "@pulumi/pulumi";

import { mailDomains, type MailDomainConfiguration } from "../../catalog";
import { MailDomain } from "../../components/mail-domain";
import { heardWarnings, Program } from "./program";

const [raxx] = mailDomains;
const recordType = "cloudflare:index/dnsRecord:DnsRecord";
const verifiedType = "pulumi-nodejs:dynamic/cloudflare:MailRecords";
const publishedType = "pulumi-nodejs:dynamic/dns:PublishedRecords";
const zoneId = "f".repeat(32);
const dkim = "v=DKIM1; k=rsa; p=AAAA";

function configuration(change: Partial<MailDomainConfiguration> = {}): MailDomainConfiguration {
  if (raxx === undefined) throw new Error("there is no mail domain");
  return { mailDomain: raxx, accountId: "a".repeat(32), zoneId, ...change };
}

async function declared(
  change: Partial<MailDomainConfiguration> = {},
  adopt: Record<string, string> = {},
  answer: object = {},
): Promise<Program> {
  const program = await Program.start("prod", ({ type, inputs }) => {
    if (type !== verifiedType) return {};
    const records = inputs["records"] as { key: string; content: string }[];
    const contents = Object.fromEntries(
      records.map(({ key, content }) => [key, `"${content}" at Cloudflare`]),
    );
    return { contents, ...answer };
  });
  new MailDomain("raxx.app", {
    mailDomain: configuration(change),
    stack: "prod",
    adopt: new Map(Object.entries(adopt)),
  });
  return program;
}

it("has each record after the zone was verified, with the content that this found, retained", async () => {
  const program = await declared({ dkim });
  const records = await program.resources(recordType);
  expect(records.map(({ name }) => name)).toEqual(
    ["dkim", "dmarc", "mx", "mx-alt1", "mx-alt2", "mx-alt3", "mx-alt4", "spf", "verification"].map(
      (key) => `dns/raxx.app/${key}`,
    ),
  );
  for (const { parent, dependsOn, retainOnDelete, ignoreChanges, inputs, hooks, name, importId } of records) {
    expect({ parent, retainOnDelete, importId }).toEqual({
      parent: "raxx.app",
      retainOnDelete: true,
      importId: "",
    });
    expect(dependsOn).toContain("dns/raxx.app");
    expect(ignoreChanges).toEqual(["ttl", "comment", "tags", "settings"]);
    expect(inputs).toMatchObject({
      zoneId,
      ttl: 1,
      content: expect.stringMatching(/at Cloudflare$/) as string,
    });
    expect(hooks).toEqual({ beforeCreate: [`${name}-not-there`] });
  }
  expect(records[0]?.inputs).toMatchObject({ name: "google._domainkey.raxx.app", type: "TXT" });
  expect(records[3]?.inputs).toMatchObject({ name: "raxx.app", type: "MX", priority: 5 });
});

it("has no record of DKIM without its value", async () => {
  const names = (await (await declared()).resources(recordType)).map(({ name }) => name);
  expect(names).toHaveLength(8);
  expect(names).not.toContain("dns/raxx.app/dkim");
});

it("takes over what is listed, and tells what verifies it", async () => {
  const id = `${zoneId}/${"1".repeat(32)}`;
  const program = await declared({}, { "dns/raxx.app/spf": id, "raxx-console-prod/FLAG": "another" });
  const records = await program.resources(recordType);
  expect(
    records.filter(({ importId }) => importId !== "").map(({ name, importId }) => [name, importId]),
  ).toEqual([["dns/raxx.app/spf", id]]);
  expect((await program.only(verifiedType)).inputs).toMatchObject({
    stack: "prod",
    zone: "raxx.app",
    zoneId,
    adopt: { spf: id },
  });
});

it("asks DNS once every record is there", async () => {
  const program = await declared({ dkim });
  const names = (await program.resources(recordType)).map(({ name }) => name);
  const { dependsOn, inputs } = await program.only(publishedType);
  expect(dependsOn).toEqual(expect.arrayContaining(names));
  expect(inputs["domain"]).toBe("raxx.app");
  expect(inputs["records"]).toHaveLength(9);
});

describe("where the zone cannot be looked at", () => {
  let warnings: string[];
  beforeEach(() => {
    warnings = heardWarnings();
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it.each([
    ["a preview says so", true, ["raxx.app is not verified, and an update will fail: because"]],
    ["an update fails by itself", false, []],
  ])("%s", async (_what, preview, said) => {
    jest.spyOn(runtime, "isDryRun").mockReturnValue(preview);
    await (await declared({}, {}, { unverified: "because" })).resources();
    expect(warnings).toEqual(said);
  });
});
