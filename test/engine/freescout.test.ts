import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { AwsOf, type Key } from "./support/aws";
import { day, run, TestSandbox, writes, type Ran } from "./support/sandbox";
import { githubSecret } from "./support/vendors";

/* Item 4 of the batch: what FreeScout's backup needs at AWS and in CI. */

const [first, second] = [day(0), `${day(0)}.2`] as const;
const name = "AWS_FREESCOUT_BACKUP";
const user = "raxx-freescout-backup";
const sshKey = "/raxx/freescout/ssh_key";
const password = "/raxx/freescout/db_password";
const actions = "/api/v3/repos/raxx-app/TradeMasterAPI/actions";

let sandbox: TestSandbox;
let aws: AwsOf;
let before: { value: string; version: number };

beforeAll(async () => {
  sandbox = await TestSandbox.open([name]);
  aws = new AwsOf(sandbox);
  before = await aws.parameter(password);
}, 600_000);
afterAll(() => sandbox.close());

function inCi(): Key {
  const secret = (part: string): string =>
    githubSecret(sandbox.github(), undefined, `AWS_BACKUP_${part}`) ?? "";
  return { id: secret("ACCESS_KEY_ID"), secret: secret("SECRET_ACCESS_KEY") };
}

async function supply(pem: string): Promise<Ran> {
  const file = join(sandbox.session.home.root, "a-key.pem");
  writeFileSync(file, pem, { mode: 0o600 });
  const command = `pulumi config set --secret raxx:freescoutSshKey --stack prod < ${file}`;
  return run("bash", ["-c", command], sandbox.session.environment);
}

/** Title → how it ended, of the runs of our workflow. */
function proofs(): [title: string, conclusion: string | null][] {
  return sandbox
    .github()
    .runs.filter(({ display_title }) => display_title?.includes(name) === true)
    .map(({ display_title, conclusion }) => [display_title?.split(" ").at(-1) ?? "", conclusion]);
}

describe("the backup of FreeScout", () => {
  it("gets its key without the SSH key too, and the run says what waits for that", async () => {
    await sandbox.pulumi(["config", "rm", "raxx:freescoutSshKey", "--stack", "prod"]);
    const { code, output } = await sandbox.up("prod");
    expect(code).toBe(0);
    expect(output).toContain("pulumi config set --secret raxx:freescoutSshKey --stack prod < FILE");
    expect(await aws.parameterNames()).not.toContain(sshKey);
    expect((await sandbox.pulumi(["up", "--yes", "--skip-preview", "--stack", "prod"])).output).toContain(
      sshKey,
    );
  }, 180_000);

  it("is proven by a run in CI that asks STS with the stored secrets", async () => {
    expect(proofs()).toEqual([[`${name}@${first}`, "success"]]);
    expect(await aws.whoIs(inCi())).toBe(`user/${user}`);
  });

  it("finds the SSH key byte for byte, once a person has supplied it", async () => {
    const pem = sandbox.session.world.supplied["prod"]?.["freescoutSshKey"] ?? "";
    expect((await supply(pem)).code).toBe(0);
    const mark = sandbox.mark("aws");
    expect((await sandbox.up("prod")).code).toBe(0);
    expect(writes(sandbox.calls("aws", mark)).map(({ path, keys }) => [path, ...keys])).toEqual([
      ["SSM PutParameter", sshKey],
    ]);
    const theirs = new AwsOf(sandbox, inCi());
    const held = await theirs.parameter(sshKey);
    expect(held.value === pem).toBe(true);
    expect(held.type).toBe("SecureString");
    expect((await theirs.parameter(password)).value === before.value).toBe(true);
  }, 120_000);

  it("keeps the password in custody: marked as ours, its value neither read nor written by us", async () => {
    expect(await aws.tagsOf(password)).toEqual({ provisioner: `raxx:prod:${name}` });
    expect((await aws.parameter(password)).version).toBe(before.version);
    const { output } = await sandbox.pulumi(["stack", "export", "--show-secrets", "--stack", "prod"]);
    expect(output.includes(before.value)).toBe(false);
  }, 60_000);

  it("refuses that the SSH key is taken away again, in a preview too, and deletes nothing", async () => {
    const file = sandbox.stackFileText("prod");
    await sandbox.pulumi(["config", "rm", "raxx:freescoutSshKey", "--stack", "prod"]);
    for (const again of [() => sandbox.pulumi(["preview", "--stack", "prod"]), () => sandbox.up("prod")]) {
      const { code, output } = await again();
      expect(code).not.toBe(0);
      expect(output).toContain(`the value of the SSM parameter ${sshKey} was supplied before and is missing`);
    }
    expect(await aws.parameterNames()).toContain(sshKey);
    sandbox.setStackFileText("prod", file);
  }, 120_000);

  it("rotates in one go: the new key is proven in CI before the old one is revoked", async () => {
    const [old, github, iam] = [inCi(), sandbox.mark("github"), sandbox.mark("aws")];
    sandbox.setGenerations("prod", { current: second }, name);
    expect((await sandbox.up("prod")).code).toBe(0);
    expect(
      writes(sandbox.calls("github", github))
        .map(({ method, path }) => `${method} ${path}`)
        .sort(),
    ).toEqual([
      `POST ${actions}/workflows/verify-aws-backup.yml/dispatches`,
      `PUT ${actions}/secrets/AWS_BACKUP_ACCESS_KEY_ID`,
      `PUT ${actions}/secrets/AWS_BACKUP_SECRET_ACCESS_KEY`,
    ]);
    const dispatched = sandbox.calls("github", github).find(({ path }) => path.endsWith("/dispatches"));
    const revoked = sandbox.calls("aws", iam).find(({ path }) => path === "IAM DeleteAccessKey");
    expect(Date.parse(dispatched?.time ?? "")).toBeLessThan(Date.parse(revoked?.time ?? ""));
    expect(proofs().at(-1)).toEqual([`${name}@${second}`, "success"]);
    expect(await aws.whoIs(inCi())).toBe(`user/${user}`);
    expect(await aws.whoIs(old)).toBe("InvalidClientTokenId");
  }, 120_000);

  it("leaves the password as it was after a destroy, without our mark", async () => {
    expect((await sandbox.pulumi(["destroy", "--yes", "--skip-preview", "--stack", "prod"])).code).toBe(0);
    expect(await aws.tagsOf(password)).toEqual({});
    expect((await aws.parameter(password)).version).toBe(before.version);
    expect(await aws.parameterNames()).not.toContain(sshKey);
  }, 120_000);
});
