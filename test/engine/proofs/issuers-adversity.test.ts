import { generateKeyPairSync } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { AwsOf } from "../support/aws";
import { day, run, TestSandbox, writes, type Ran } from "../support/sandbox";

/* What would take away what is in use. */

const billing = "AWS_BILLING_READ";
const user = "raxx-billing-readonly";
const sshKey = "/raxx/freescout/ssh_key";

let sandbox: TestSandbox;
let aws: AwsOf;

beforeAll(async () => {
  sandbox = await TestSandbox.open([billing, "AWS_FREESCOUT_BACKUP", "CF_BILLING_READ"]);
  aws = new AwsOf(sandbox);
  const { code, output } = await sandbox.up("prod");
  if (code !== 0) throw new Error(output);
}, 900_000);

afterAll(() => sandbox.close());
afterEach(() => sandbox.clearFaults());

function file(name: string): string {
  return join(sandbox.session.home.root, name);
}

function shell(command: string): Promise<Ran> {
  return run("bash", ["-c", command], sandbox.session.environment);
}

it("another SSH key that could not be written is written by the next run, which is not green without", async () => {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  writeFileSync(file("a-key.pem"), privateKey, { mode: 0o600 });
  await shell(`pulumi config set --secret raxx:freescoutSshKey --stack prod < ${file("a-key.pem")}`);
  await sandbox.fault("aws", { kind: "status", status: 500, times: 0, path: "SSM PutParameter" });
  expect((await sandbox.up("prod")).code).not.toBe(0);
  await sandbox.clearFaults();
  expect((await sandbox.up("prod")).code).toBe(0);
  expect((await aws.parameter(sshKey)).value === privateKey).toBe(true);
}, 180_000);

it("a key is not minted where the run left out the look at AWS: the one in use is not taken for half made", async () => {
  const before = await aws.keysOf(user);
  const second = `${day(0)}.2`;
  sandbox.setGenerations("prod", { current: second }, billing);
  const { code, output } = await sandbox.pulumi([
    ...["up", "--yes", "--skip-preview", "--stack", "prod"],
    ...["--target", `**${billing}-${second}`],
  ]);
  expect(code).not.toBe(0);
  expect(output).toContain("run it without --target");
  expect(output).not.toContain("delete it at");
  expect(await aws.keysOf(user)).toEqual(before);
  sandbox.setGenerations("prod", { current: day(0) }, billing);
}, 120_000);

it("a run with an empty state stops before it writes anything at AWS or Cloudflare, and says what to do", async () => {
  await sandbox.pulumi(["stack", "export", "--stack", "prod", "--file", file("state.json")]);
  const state = JSON.parse(readFileSync(file("state.json"), "utf8")) as {
    deployment: { resources: { type: string }[] };
  };
  const { resources } = state.deployment;
  state.deployment.resources = resources.filter(({ type }) => type === "pulumi:pulumi:Stack");
  writeFileSync(file("empty.json"), JSON.stringify(state), { mode: 0o600 });
  await sandbox.pulumi(["stack", "import", "--stack", "prod", "--file", file("empty.json")]);
  const marks = [sandbox.mark("aws"), sandbox.mark("cloudflare")] as const;
  const refused = async (): Promise<string> => {
    const { code, output } = await sandbox.up("prod", { PULUMI_CONTINUE_ON_ERROR: "true" });
    expect(code).not.toBe(0);
    return output;
  };
  expect(await refused()).toContain("Cloudflare has a token named raxx:prod:CF_BILLING_READ:");
  const stackFile = sandbox.stackFileText("prod");
  sandbox.editStackFile("prod", ["config", "raxx:generations", "CF_BILLING_READ"], undefined);
  const output = await refused();
  sandbox.setStackFileText("prod", stackFile);
  for (const what of [`the IAM user ${user}`, `the IAM policy ${user}-policy`, `the SSM parameter ${sshKey}`])
    expect(output).toContain(`${what} carries the tag provisioner=raxx:prod:`);
  expect(writes(sandbox.calls("aws", marks[0]))).toEqual([]);
  expect(writes(sandbox.calls("cloudflare", marks[1]))).toEqual([]);
  await sandbox.pulumi(["stack", "import", "--stack", "prod", "--file", file("state.json")]);
  const keys = await aws.keysOf(user);
  expect((await sandbox.up("prod")).code).toBe(0);
  expect(await aws.keysOf(user)).toEqual(keys);
}, 180_000);

it("a token may be taken out of the configuration with what a person supplied for it", async () => {
  sandbox.editStackFile("prod", ["config", "raxx:generations", "AWS_FREESCOUT_BACKUP"], undefined);
  sandbox.editStackFile("prod", ["config", "raxx:freescoutSshKey"], undefined);
  const { code, output } = await sandbox.up("prod");
  if (code !== 0) throw new Error(output);
  expect(await aws.parameterNames()).not.toContain(sshKey);
  expect(await aws.users()).not.toContain("raxx-freescout-backup");
}, 120_000);
