import { generateKeyPairSync, randomUUID } from "node:crypto";

import { configurationOf, credentials, refusalOf, runProgram, type RunOptions } from "../run-program";

let exported: Record<string, string>;
beforeEach(() => {
  exported = { ...credentials(), CLOUDFLARE_API_TOKEN: randomUUID() };
});

/** What is said of prod with these tokens, where the configuration or the environment has more. */
function said(
  tokens: string[],
  configuration: Record<string, string> = {},
  environment: Record<string, string> = {},
  more: Pick<RunOptions, "encrypted"> = {},
): Promise<string> {
  const generations = Object.fromEntries(tokens.map((name) => [name, { current: "2026-11-22" }]));
  return refusalOf("prod", {
    configuration: { ...configurationOf("prod", generations), ...configuration },
    environment: { ...exported, ...environment },
    ...more,
  });
}

const dns = ["CF_DNS_EDIT_RAXX_APP"];
const backup = ["AWS_FREESCOUT_BACKUP"];

describe("Cloudflare's provider is sent nowhere else, and with no other credential:", () => {
  it.each(["apiKey", "apiToken", "apiUserServiceKey", "baseUrl", "email"])(
    "cloudflare:%s is refused without quoting it",
    async (key) => {
      const value = randomUUID();
      const line = await said(dns, { [`cloudflare:${key}`]: value });
      expect(line).toBe(
        `cloudflare:${key} is set, but the address and the token come from CLOUDFLARE_BASE_URL and CLOUDFLARE_API_TOKEN: pulumi config rm cloudflare:${key} --stack prod`,
      );
    },
  );

  it.each(["CLOUDFLARE_API_KEY", "CLOUDFLARE_API_USER_SERVICE_KEY", "CLOUDFLARE_EMAIL"])(
    "%s is refused without quoting it",
    async (name) => {
      expect(await said(dns, {}, { [name]: randomUUID() })).toBe(
        `${name} is set, but the credential is CLOUDFLARE_API_TOKEN alone: unset ${name}`,
      );
    },
  );
});

describe("AWS's provider is sent nowhere else, and with no other credentials:", () => {
  it.each([
    ...["accessKey", "assumeRoles", "endpoints", "profile", "secretKey"],
    ...["sharedConfigFiles", "sharedCredentialsFiles", "token"],
  ])("aws:%s is refused without quoting it", async (key) => {
    const value = randomUUID();
    const line = await said(backup, { [`aws:${key}`]: value });
    expect(line).toMatch(new RegExp(`^aws:${key} is set, .*: pulumi config rm aws:${key} --stack prod$`));
    expect(line).not.toContain(value);
  });

  it.each(["AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL_SSM", "AWS_ENDPOINT_URL_STS"])(
    "%s is refused, which would be followed before AWS_ENDPOINT_URL",
    async (name) => {
      expect(await said(backup, {}, { [name]: "https://aws.example" })).toBe(
        `${name} is set, but all of AWS is reached at AWS_ENDPOINT_URL, or at its own: unset ${name}`,
      );
    },
  );
});

describe("a vendor that nothing is issued by", () => {
  const inSandbox = {
    RAXX_SANDBOX: "1",
    GITHUB_BASE_URL: "http://127.0.0.1:4012/",
    HEROKU_API_URL: "http://127.0.0.1:4010",
    INFISICAL_SITE_URL: "http://127.0.0.1:4011",
  };

  it("needs no credential, no address and no id", async () => {
    const configuration = configurationOf("prod", { HK_PLATFORM_FULL: { current: "2026-11-22" } });
    delete configuration["raxx:cloudflareAccount"];
    delete configuration["raxx:cloudflareZones"];
    delete configuration["raxx:awsAccount"];
    delete configuration["aws:region"];
    const program = await runProgram("prod", {
      configuration,
      environment: { ...credentials(), ...inSandbox },
    });
    expect((await program.resources()).length).toBeGreaterThan(5);
  });

  it("needs them all where one of its tokens is", async () => {
    exported = credentials();
    const lines = (await said([...dns, ...backup], {}, inSandbox)).split("\n");
    expect(lines.map((line) => line.split(" ", 1)[0])).toEqual([
      "CLOUDFLARE_API_TOKEN",
      "AWS_ENDPOINT_URL",
      "CLOUDFLARE_BASE_URL",
      "AWS_ACCESS_KEY_ID",
      "AWS_SECRET_ACCESS_KEY",
    ]);
  });
});

describe("what a person gives", () => {
  const key = "raxx:freescoutSshKey";
  const how = "pulumi config set --secret raxx:freescoutSshKey --stack prod < FILE";

  it("is refused where it is no private key, without quoting it", async () => {
    const value = randomUUID();
    const line = await said(backup, { [key]: value }, {}, { encrypted: [key] });
    expect(line.startsWith(`${key} `)).toBe(true);
    expect(line.endsWith(how)).toBe(true);
    expect(line).not.toContain(value);
  });

  it("is refused where the stack's file has it in plain text", async () => {
    const value = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" });
    expect(await said(backup, { [key]: value.toString() })).toBe(
      `${key} is not encrypted in the stack's file, so that others may know it: make a new key, and set that one: ${how}`,
    );
  });

  it("is refused where nothing needs it", async () => {
    expect(await said(dns, { [key]: randomUUID() }, {}, { encrypted: [key] })).toMatch(
      /^raxx:freescoutSshKey is set, but nothing in prod needs it .*: pulumi config rm raxx:freescoutSshKey --stack prod$/,
    );
  });
});

it("tells what lacks of a vendor's own settings beside all else", async () => {
  const configuration = {
    "raxx:cloudflareAccount": "",
    "raxx:awsAccount": "",
    "aws:region": "",
    "raxx:cloudflareZones": "{}",
  };
  const lines = (await said([...dns, ...backup], configuration)).split("\n");
  expect(lines.map((line) => line.split(" ", 1)[0])).toEqual([
    "raxx:cloudflareAccount",
    "raxx:cloudflareZones",
    "raxx:awsAccount",
    "aws:region",
  ]);
});

describe("a mail domain", () => {
  const mail = { "raxx:mailDomains": JSON.stringify({ "raxx.app": {} }) };
  const audit = ["RAXX_AUDIT_INGEST"];

  it("needs Cloudflare's credential, though no token of its is issued", async () => {
    const line = await said(audit, mail, { CLOUDFLARE_API_TOKEN: "" });
    expect(line).toMatch(/^CLOUDFLARE_API_TOKEN is not set: /);
  });

  it("needs the address of a DNS server where one is named", async () => {
    expect(await said(audit, mail, { RAXX_DNS_RESOLVER: "dns.example" })).toMatch(
      /^RAXX_DNS_RESOLVER is no address of a DNS server/,
    );
  });

  it("is verified by itself: nothing that is issued comes after it", async () => {
    const generations = { RAXX_AUDIT_INGEST: { current: "2026-05-06" } };
    const program = await runProgram("prod", {
      configuration: { ...configurationOf("prod", generations), ...mail },
      environment: exported,
    });
    const resources = await program.resources();
    const ofMail = resources.filter(({ name }) => name.startsWith("dns/")).map(({ name }) => name);
    expect(ofMail).toHaveLength(10);
    for (const { name, dependsOn } of resources) {
      const others = ofMail.includes(name) ? [] : ofMail;
      expect(dependsOn.filter((one) => others.includes(one))).toEqual([]);
    }
    expect(resources.map(({ type }) => type)).not.toContain("pulumi-nodejs:dynamic/cloudflare:Account");
  });
});
