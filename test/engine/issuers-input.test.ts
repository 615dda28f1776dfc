import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { vendorNames } from "../../sandbox/worlds/world";
import { AwsOf } from "./support/aws";
import { CloudflarePerson } from "./support/cloudflare";
import { day, run, TestSandbox, writes, type Ran } from "./support/sandbox";

let sandbox: TestSandbox;

beforeAll(async () => {
  sandbox = await TestSandbox.open([
    "AWS_BILLING_READ",
    "AWS_FREESCOUT_BACKUP",
    "CF_BILLING_READ",
    "CF_DNS_EDIT_RAXX_APP",
    "HK_PLATFORM_FULL",
  ]);
}, 600_000);
afterAll(() => sandbox.close());
afterEach(() => sandbox.clearFaults());

/** Runs it, and expects one clear end: no success, no stack of calls, nothing written at any vendor. */
async function refused(command: () => Promise<Ran>): Promise<string> {
  const marks = vendorNames.map((vendor) => [vendor, sandbox.mark(vendor)] as const);
  const { code, output } = await command();
  expect(code).not.toBe(0);
  expect(output).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
  for (const [vendor, mark] of marks) expect(writes(sandbox.calls(vendor, mark))).toEqual([]);
  return output;
}

const up =
  (change: Record<string, string | undefined> = {}) =>
  (): Promise<Ran> =>
    sandbox.up("prod", change);

/** As the README says it, from a file. */
async function supplySshKey(value: string): Promise<void> {
  const file = join(sandbox.session.home.root, "a-key.pem");
  writeFileSync(file, value);
  const command = `pulumi config set --secret raxx:freescoutSshKey --stack prod < ${file}`;
  const { code, output } = await run("bash", ["-c", command], sandbox.session.environment);
  if (code !== 0) throw new Error(output);
}

/** Says something else in the stack file for the time of a test. */
async function withSetting(path: string[], value: unknown, work: () => Promise<void>): Promise<void> {
  const before = sandbox.stackFileText("prod");
  sandbox.editStackFile("prod", ["config", ...path], value);
  try {
    await work();
  } finally {
    sandbox.setStackFileText("prod", before);
  }
}

describe("before anything is written anywhere, it is refused that", () => {
  it.each([
    ["is empty", ""],
    ["is no PEM", "a-key"],
    ["is cut off", "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n"],
  ])(
    "the SSH key %s",
    async (_what, value) => {
      const before = sandbox.stackFileText("prod");
      await supplySshKey(value);
      const output = await refused(up());
      expect(output).toContain("raxx:freescoutSshKey");
      expect(output).toContain("pulumi config set --secret raxx:freescoutSshKey --stack prod < FILE");
      if (value !== "") expect(output).not.toContain(value.split("\n").at(-2) ?? value);
      sandbox.setStackFileText("prod", before);
    },
    60_000,
  );

  it("the account of AWS is another one", async () => {
    await withSetting(["raxx:awsAccount"], "123456789012", async () => {
      expect(await refused(up())).toContain(
        "the AWS credentials of this run are of the account 521228113048, and not of 123456789012",
      );
    });
  }, 60_000);

  it.each([
    ["no region", ["aws:region"], "", "pulumi config set aws:region REGION --stack prod"],
    ["no account of AWS", ["raxx:awsAccount"], "", "pulumi config set raxx:awsAccount ID --stack prod"],
    [
      "no account of Cloudflare",
      ["raxx:cloudflareAccount"],
      "x",
      "pulumi config set raxx:cloudflareAccount ID",
    ],
    ["credentials of AWS in it", ["aws:accessKey"], "x", "pulumi config rm aws:accessKey --stack prod"],
    ["a token of Cloudflare in it", ["cloudflare:apiToken"], "x", "pulumi config rm cloudflare:apiToken"],
  ])(
    "the stack file has %s",
    async (_what, path, value, advice) => {
      await withSetting(path, value, async () => {
        expect(await refused(up())).toContain(advice);
      });
    },
    60_000,
  );

  it("there are no credentials of AWS", async () => {
    const none = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined };
    expect(await refused(up(none))).toContain(
      "AWS_SECRET_ACCESS_KEY is not set: in the sandbox no other AWS credentials",
    );
  }, 60_000);

  it("the credentials of AWS may do nothing", async () => {
    const { id, secret } = await new AwsOf(sandbox).newKeyOf("claude-infisical-bootstrap");
    const output = await refused(up({ AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret }));
    expect(output).toMatch(/may not look at what is there: allow them iam:GetPolicy, iam:GetUser/);
  }, 60_000);

  it("the token of Cloudflare is none that mints", async () => {
    const CLOUDFLARE_API_TOKEN = await new CloudflarePerson(sandbox).createToken("reader");
    const output = await refused(up({ CLOUDFLARE_API_TOKEN }));
    expect(output).toMatch(/API Tokens/);
    expect(output).not.toContain(CLOUDFLARE_API_TOKEN);
  }, 60_000);

  it("Cloudflare has no room for more tokens", async () => {
    const person = new CloudflarePerson(sandbox);
    const room = 50 - sandbox.cloudflare().tokens.length;
    for (let made = 0; made < room; made += 1) await person.createToken(`somebody-${made}`);
    expect(await refused(up())).toContain("has 50 of at most 50 API tokens");
  }, 60_000);
});

it("a generation that is born expired is refused, whoever mints", async () => {
  await withSetting(["raxx:generations", "CF_BILLING_READ", "current"], day(-200), async () => {
    await refused(() => sandbox.pulumi(["preview", "--stack", "prod"]));
  });
}, 60_000);
