import { createHash } from "node:crypto";

import { CreateAccessKeyCommand, DeleteAccessKeyCommand, UpdateAccessKeyCommand } from "@aws-sdk/client-iam";
import { PutParameterCommand } from "@aws-sdk/client-ssm";

import { signedCall } from "../sandbox/vendors/aws/signed-call";
import { AwsOf, type Key } from "./support/aws";
import { day, TestSandbox, writes, type Ran } from "./support/sandbox";
import { secretsIn } from "./support/vault";
import { githubSecret } from "./support/vendors";

const [first, second, third] = [day(0), `${day(0)}.2`, `${day(0)}.3`] as const;
const name = "AWS_BILLING_READ";
const user = "raxx-billing-readonly";
const folder = "/raxx/billing-readonly";

let sandbox: TestSandbox;
let aws: AwsOf;
let strangers: string;

beforeAll(async () => {
  sandbox = await TestSandbox.open([
    name,
    "AWS_FREESCOUT_BACKUP",
    "CF_BILLING_READ",
    "HK_BILLING_FULL",
    "HK_PLATFORM_FULL",
  ]);
  aws = new AwsOf(sandbox);
  strangers = await foreign();
}, 900_000);

afterAll(() => sandbox.close());
afterEach(() => sandbox.clearFaults());

/** Users, keys and parameters of other people; values too. */
async function foreign(): Promise<string> {
  const users = (await aws.users()).filter((one) => !one.startsWith("raxx-"));
  const names = ["/raxx/freescout/db_password", "/raxx/freescout/smtp_password"];
  const all = JSON.stringify([
    await Promise.all(users.map(async (one) => [one, await aws.keysOf(one), await aws.policiesOf(one)])),
    await Promise.all(names.map(async (one) => [one, await aws.parameter(one)])),
    await aws.tagsOf("/raxx/freescout/smtp_password"),
  ]);
  // A digest, since a matcher prints what it compares.
  return createHash("sha256").update(all).digest("hex");
}

const held = (): Promise<Key> => aws.collectorKey();

async function rotate(generations: Record<string, unknown>): Promise<Ran> {
  sandbox.setGenerations("prod", generations, name);
  return sandbox.up("prod");
}

/** The calls that changed something at AWS, sorted: parameters are written side by side. */
async function writing(run: () => Promise<Ran>, code = 0): Promise<string[]> {
  const mark = sandbox.mark("aws");
  const ran = await run();
  if (ran.code !== code) throw new Error(ran.output);
  return writes(sandbox.calls("aws", mark))
    .map(({ path }) => path)
    .sort();
}

const mint = "IAM CreateAccessKey";
const put = "SSM PutParameter";

/** The tests of this file are one story: each goes on where the one before it stopped. */
describe("a key of AWS", () => {
  it("is minted for a user with one policy, with the least calls", async () => {
    expect(await writing(() => sandbox.up("prod"))).toEqual([
      ...Array<string>(2).fill("IAM AttachUserPolicy"),
      ...Array<string>(2).fill(mint),
      ...Array<string>(2).fill("IAM CreatePolicy"),
      ...Array<string>(2).fill("IAM CreateUser"),
      // What is in custody is marked as ours, and each that would be written over: AWS takes no tags with that.
      ...Array<string>(6).fill("SSM AddTagsToResource"),
      // Five for the collector, and the key that a person gave.
      ...Array<string>(6).fill(put),
    ]);
    expect(await aws.policiesOf(user)).toEqual(["raxx-billing-readonly-policy"]);
    expect(await aws.whoIs(await held())).toBe(`user/${user}`);
    expect(await foreign()).toBe(strangers);
  }, 180_000);

  it("stands with its kin where the collector looks", async () => {
    const parameters = (await aws.parameterNames()).filter((one) => one.startsWith(`${folder}/`));
    expect(parameters).toEqual(
      ["aws_access_key_id", "aws_secret_access_key", "cloudflare_billing_token", "heroku_billing_api_key"]
        .concat("heroku_billing_auth_id")
        .map((one) => `${folder}/${one}`),
    );
    for (const one of parameters) expect((await aws.parameter(one)).type).toBe("SecureString");
    const vault = secretsIn(sandbox.infisical(), "prod", "/Raxx/Console/Billing");
    const pairs = [
      ["heroku_billing_api_key", "HEROKU_BILLING_API_KEY"],
      ["cloudflare_billing_token", "CLOUDFLARE_BILLING_TOKEN"],
      ["heroku_billing_auth_id", "HEROKU_BILLING_API_KEY__AUTH_ID"],
    ] as const;
    for (const [parameter, secret] of pairs) {
      const { value } = await aws.parameter(`${folder}/${parameter}`);
      expect(value.length).toBeGreaterThan(20);
      expect(value === vault.get(secret)?.value).toBe(true);
    }
  });

  it("can do what its policy lists, and nothing else", async () => {
    const backup = backupKey();
    expect(await aws.whoIs(backup)).toBe("user/raxx-freescout-backup");
    const theirs = new AwsOf(sandbox, backup);
    await theirs.parameter("/raxx/freescout/db_password");
    const refused = expect.stringMatching(/^Access/) as unknown;
    for (const call of [
      () => theirs.parameter(`${folder}/aws_secret_access_key`),
      () => theirs.parameterNames(),
      () => theirs.users(),
      () => theirs.iam.send(new CreateAccessKeyCommand({ UserName: user })),
      () =>
        theirs.ssm.send(
          new PutParameterCommand({ Name: "/raxx/freescout/db_password", Value: "x", Overwrite: true }),
        ),
    ]) {
      expect(await nameOfError(call())).toEqual(refused);
    }
    const bucket = "/raxx-support-attachments";
    expect(await s3(backup, "PUT", `${bucket}/a`, "a backup")).toBe(200);
    expect(await s3(backup, "GET", `${bucket}/a`)).toBe(200);
    expect(await s3(backup, "GET", bucket)).toBe(200);
    expect(await s3(backup, "DELETE", `${bucket}/a`)).toBe(204);
    expect(await s3(backup, "PUT", "/another-bucket")).toBe(403);
    expect(await s3(backup, "DELETE", bucket)).toBe(403);
    const reader = await held();
    expect(await s3(reader, "GET", `${bucket}/a`)).toBe(403);
    expect(await nameOfError(new AwsOf(sandbox, reader).users())).toEqual(refused);
    expect(await nameOfError(new AwsOf(sandbox, reader).parameterNames())).toEqual(refused);
  }, 60_000);

  it("shows no difference in a preview, and another up writes nothing", async () => {
    const { output } = await sandbox.pulumi(["preview", "--stack", "prod"]);
    expect(output).toMatch(/Resources:\s+\d+ unchanged/);
    expect(await writing(() => sandbox.up("prod"))).toEqual([]);
  }, 120_000);

  it("rotates with an overlap: one minted, two parameters written, none revoked", async () => {
    const before = await held();
    expect(await writing(() => rotate({ current: second, previous: first }))).toEqual([mint, put, put]);
    expect(await aws.whoIs(await held())).toBe(`user/${user}`);
    expect((await held()).id === before.id).toBe(false);
    expect(await aws.whoIs(before)).toBe(`user/${user}`);
    expect(Object.keys(await aws.keysOf(user))).toHaveLength(2);
  }, 120_000);

  it("goes back with no mint: the key of before is in both parameters again", async () => {
    const now = await held();
    expect(await writing(() => rotate({ current: first, previous: second }))).toEqual([put, put]);
    expect((await held()).id === now.id).toBe(false);
    expect(await aws.whoIs(await held())).toBe(`user/${user}`);
    expect(await writing(() => rotate({ current: second, previous: first }))).toEqual([put, put]);
    expect((await held()).secret === now.secret).toBe(true);
  }, 180_000);

  it("is not minted while two keys stand: the run stops before it writes anything", async () => {
    sandbox.setGenerations("prod", { current: third, previous: second }, name);
    for (const run of [() => sandbox.pulumi(["preview", "--stack", "prod"]), () => sandbox.up("prod")]) {
      const mark = sandbox.mark("aws");
      const { code, output } = await run();
      expect(code).not.toBe(0);
      expect(output).toContain(`the IAM user ${user} may have 2 access keys`);
      expect(writes(sandbox.calls("aws", mark))).toEqual([]);
    }
    expect(Object.keys(await aws.keysOf(user))).toHaveLength(2);
  }, 120_000);

  it("finishes with one revocation", async () => {
    expect(await writing(() => rotate({ current: second }))).toEqual(["IAM DeleteAccessKey"]);
    expect(Object.keys(await aws.keysOf(user))).toEqual([(await held()).id]);
    expect(await aws.whoIs(await held())).toBe(`user/${user}`);
  }, 120_000);

  it("is left alone where a third key would be needed for a foreign one", async () => {
    const { AccessKey } = await aws.iam.send(new CreateAccessKeyCommand({ UserName: user }));
    const foreignId = AccessKey?.AccessKeyId ?? "";
    sandbox.setGenerations("prod", { current: third, previous: second }, name);
    const mark = sandbox.mark("aws");
    const { code, output } = await sandbox.up("prod");
    expect(code).not.toBe(0);
    expect(output).toContain(foreignId);
    expect(writes(sandbox.calls("aws", mark))).toEqual([]);
    await aws.iam.send(new DeleteAccessKeyCommand({ UserName: user, AccessKeyId: foreignId }));
    sandbox.setGenerations("prod", { current: second }, name);
  }, 120_000);

  it("survives a failed rotation where AWS refuses a parameter; the next run finishes, with one key", async () => {
    const before = await held();
    await sandbox.fault("aws", { kind: "status", status: 500, times: 0, method: "POST", path: put });
    await rotate({ current: third });
    expect(await aws.whoIs(before)).toBe(`user/${user}`);
    await sandbox.clearFaults();
    expect((await rotate({ current: third })).code).toBe(0);
    expect(await aws.whoIs(await held())).toBe(`user/${user}`);
    expect(Object.keys(await aws.keysOf(user))).toEqual([(await held()).id]);
  }, 180_000);

  it("is put right where somebody wrote over it, switched it off, or widened what it may do", async () => {
    const key = await held();
    await aws.ssm.send(
      new PutParameterCommand({ Name: `${folder}/aws_secret_access_key`, Value: "mine", Overwrite: true }),
    );
    await aws.iam.send(
      new UpdateAccessKeyCommand({ UserName: user, AccessKeyId: key.id, Status: "Inactive" }),
    );
    expect((await sandbox.pulumi(["refresh", "--yes", "--skip-preview", "--stack", "prod"])).code).toBe(0);
    expect(await writing(() => sandbox.up("prod"))).toEqual(["IAM UpdateAccessKey", put]);
    expect((await held()).secret === key.secret).toBe(true);
    expect(await aws.keysOf(user)).toEqual({ [key.id]: "Active" });
  }, 180_000);

  it("is minted again where somebody deleted it", async () => {
    const key = await held();
    await aws.iam.send(new DeleteAccessKeyCommand({ UserName: user, AccessKeyId: key.id }));
    expect((await sandbox.pulumi(["refresh", "--yes", "--skip-preview", "--stack", "prod"])).code).toBe(0);
    expect(await writing(() => sandbox.up("prod"))).toEqual([mint, put, put]);
    expect(await aws.whoIs(await held())).toBe(`user/${user}`);
  }, 180_000);

  it("reaches its parameters with the vault closed; only what needs the vault waits", async () => {
    const before = await aws.parameter(`${folder}/heroku_billing_api_key`);
    await sandbox.gate("strict-403");
    sandbox.setGenerations("prod", { current: second, previous: first }, "HK_BILLING_FULL");
    // Nothing is revoked with the overlap: without a guard of the revoke a run may only then go on after an error.
    const { code, output } = await sandbox.up("prod", { PULUMI_CONTINUE_ON_ERROR: "true" });
    await sandbox.gate("open-to-service-token");
    expect(code).not.toBe(0);
    expect(output).toMatch(/vault/);
    const now = await aws.parameter(`${folder}/heroku_billing_api_key`);
    expect(now.value === before.value).toBe(false);
    const vault = (): string | undefined =>
      secretsIn(sandbox.infisical(), "prod", "/Raxx/Console/Billing").get("HEROKU_BILLING_API_KEY")?.value;
    expect(vault() === before.value).toBe(true);
    expect((await sandbox.up("prod")).code).toBe(0);
    expect(vault() === now.value).toBe(true);
  }, 180_000);

  it("is gone with its user and parameters after a destroy, and other people's are as they were", async () => {
    expect((await sandbox.pulumi(["destroy", "--yes", "--skip-preview", "--stack", "prod"])).code).toBe(0);
    expect((await aws.users()).filter((one) => one.startsWith("raxx-"))).toEqual([]);
    expect((await aws.parameterNames()).filter((one) => one.startsWith(folder))).toEqual([]);
    expect(await foreign()).toBe(strangers);
  }, 180_000);
});

/** What CI has. */
function backupKey(): Key {
  const secret = (key: string): string =>
    githubSecret(sandbox.github(), undefined, `AWS_BACKUP_${key}`) ?? "";
  return { id: secret("ACCESS_KEY_ID"), secret: secret("SECRET_ACCESS_KEY") };
}

async function s3(key: Key, method: string, path: string, body = ""): Promise<number> {
  return (await signedCall(sandbox.url("aws"), key, { service: "s3", method, path, body })).status;
}

async function nameOfError(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "it was allowed";
  } catch (error) {
    return (error as Error).name;
  }
}
