import { randomBytes } from "node:crypto";

import {
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  GetPolicyCommand,
  GetUserCommand,
} from "@aws-sdk/client-iam";
import { PutParameterCommand } from "@aws-sdk/client-ssm";

import { AwsOf, type Key } from "./support/aws";
import { day, TestSandbox, writes, type Ran } from "./support/sandbox";

const name = "AWS_BILLING_READ";
const user = "raxx-billing-readonly";
const policy = `${user}-policy`;
const arn = `arn:aws:iam::521228113048:policy/${policy}`;
const folder = "/raxx/billing-readonly";
const sshKey = "/raxx/freescout/ssh_key";
const mint = "IAM CreateAccessKey";
const Tags = [{ Key: "owner", Value: "somebody" }];

let sandbox: TestSandbox;
let aws: AwsOf;
/** Of the half-done try before us. */
let before: Key;
let oldSshKey: string;

beforeAll(async () => {
  sandbox = await TestSandbox.open([name, "AWS_FREESCOUT_BACKUP"]);
  aws = new AwsOf(sandbox);
  await aws.iam.send(new CreateUserCommand({ UserName: user, Tags }));
  const Statement = { Effect: "Allow", Action: ["ce:*", "budgets:ViewBudget"], Resource: "*" };
  const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
  await aws.iam.send(
    new CreatePolicyCommand({ PolicyName: policy, PolicyDocument, Tags, Description: "by hand" }),
  );
  await aws.attach(user, policy);
  before = await aws.newKeyOf(user);
  oldSshKey = randomBytes(30).toString("base64");
  await put(`${folder}/aws_access_key_id`, before.id);
  await put(`${folder}/aws_secret_access_key`, before.secret);
  await put(sshKey, oldSshKey);
}, 900_000);

afterAll(() => sandbox.close());

async function put(Name: string, Value: string): Promise<void> {
  await aws.ssm.send(new PutParameterCommand({ Name, Value, Type: "SecureString", Tags }));
}

const preview = (): Promise<Ran> => sandbox.pulumi(["preview", "--stack", "prod"]);
const destroy = (): Promise<Ran> => sandbox.pulumi(["destroy", "--yes", "--skip-preview", "--stack", "prod"]);

/** Runs it, and expects one clear end: no success, no stack of calls, nothing written at AWS. */
async function refused(run: () => Promise<Ran>): Promise<string> {
  const mark = sandbox.mark("aws");
  const { code, output } = await run();
  expect(code).not.toBe(0);
  expect(output).not.toMatch(/^\s+at .+:\d+:\d+\)?$/m);
  expect(writes(sandbox.calls("aws", mark))).toEqual([]);
  return output;
}

/** The calls that changed something at AWS, sorted. */
async function writing(run: () => Promise<Ran>): Promise<{ calls: string[]; output: string }> {
  const mark = sandbox.mark("aws");
  const { code, output } = await run();
  if (code !== 0) throw new Error(output);
  return {
    calls: writes(sandbox.calls("aws", mark))
      .map(({ path }) => path)
      .sort(),
    output,
  };
}

/** Types each line that a message says, as it is. */
async function typed(output: string): Promise<string[]> {
  const said = output.matchAll(
    /pulumi config set --path '(raxx:adopt\["[^']+"\])' '([^']+)' --stack prod$/gm,
  );
  const lines = [...new Map([...said].map(([, path = "", id = ""]) => [path, id]))];
  for (const [path, id] of lines) {
    const ran = await sandbox.pulumi(["config", "set", "--path", path, id, "--stack", "prod"]);
    expect(ran.code).toBe(0);
  }
  return lines.map(([path]) => path).sort();
}

/** What may not change of them, whatever we do. */
async function asItWas(): Promise<object> {
  const [{ User }, { Policy }] = await Promise.all([
    aws.iam.send(new GetUserCommand({ UserName: user })),
    aws.iam.send(new GetPolicyCommand({ PolicyArn: arn })),
  ]);
  return {
    user: [User?.UserId, User?.Tags],
    policy: [Policy?.PolicyId, Policy?.Tags, Policy?.Description],
    attached: await aws.policiesOf(user),
    sshKey: await aws.tagsOf(sshKey),
  };
}

let original: object;

/** The tests of this file are one story: each goes on where the one before it stopped. */
describe("what stood at AWS before us", () => {
  it("has to be there, and in our account, to be listed", async () => {
    const file = sandbox.stackFileText("prod");
    const list = (line: string, id: string): void => {
      sandbox.editStackFile("prod", ["config", "raxx:adopt"], { [line]: id });
    };
    list("aws/user/raxx-freescout-backup", "raxx-freescout-backup");
    expect(await refused(() => sandbox.up("prod"))).toContain(
      `there is none: pulumi config rm --path 'raxx:adopt["aws/user/raxx-freescout-backup"]' --stack prod`,
    );
    list(`aws/policy/${policy}`, arn.replace("521228113048", "111111111111"));
    expect(await refused(preview)).toContain(
      `pulumi config set --path 'raxx:adopt["aws/policy/${policy}"]' '${arn}' --stack prod`,
    );
    sandbox.setStackFileText("prod", file);
  }, 120_000);

  it("stops the run, which says the lines that take it over, all at once", async () => {
    original = await asItWas();
    expect(await typed(await refused(() => sandbox.up("prod")))).toEqual([
      `raxx:adopt["aws/policy/${policy}"]`,
      `raxx:adopt["aws/user/${user}"]`,
      `raxx:adopt["ssm${sshKey}"]`,
    ]);
  }, 120_000);

  it("is no policy that allows more: the run says what differs, and how it is set", async () => {
    const output = await refused(() => sandbox.up("prod"));
    expect(output).toContain("it has besides ce:*; it lacks billing:Get*, billing:List*, ce:Describe*, ");
    const [, PolicyArn, PolicyDocument] =
      /aws iam create-policy-version --policy-arn '(.+?)' --set-as-default --policy-document '(.+?)'$/m.exec(
        output,
      ) ?? [];
    expect(PolicyArn).toBe(arn);
    await aws.iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault: true }));
  }, 120_000);

  it("is shown as an import, and taken over as it is: a second key beside the first, which stays", async () => {
    const shown = await preview();
    expect(shown.code).toBe(0);
    expect(shown.output).toMatch(/2 to import/);
    expect(shown.output).not.toMatch(/importing this resource will fail/);
    const { calls, output } = await writing(() => sandbox.up("prod"));
    expect(calls).toEqual([
      // The other token's, which is made; and ours, which is there already.
      ...Array<string>(2).fill("IAM AttachUserPolicy"),
      ...Array<string>(2).fill(mint),
      "IAM CreatePolicy",
      "IAM CreateUser",
      // The two that hold our key, and the one in custody.
      ...Array<string>(3).fill("SSM AddTagsToResource"),
      ...Array<string>(3).fill("SSM PutParameter"),
      ...Array<string>(2).fill("SSM RemoveTagsFromResource"),
    ]);
    expect(output).toContain(`taken over with the access key ${before.id}, which stays`);
    expect(output).toContain(
      `the SSM parameter ${folder}/aws_access_key_id was there before: it is written over`,
    );
    expect(Object.keys(await aws.keysOf(user))).toHaveLength(2);
    expect((await aws.keysOf(user))[before.id]).toBe("Active");
    const held = await aws.collectorKey();
    expect(held.id === before.id).toBe(false);
    expect(await aws.whoIs(held)).toBe(`user/${user}`);
    expect(await asItWas()).toEqual(original);
    expect((await aws.parameter(sshKey)).value === oldSshKey).toBe(false);
    expect(await aws.tagsOf(`${folder}/aws_access_key_id`)).toMatchObject({
      provisioner: `raxx:prod:${name}`,
    });
  }, 180_000);

  it("leaves no difference: not for another up, nor for a refresh", async () => {
    const { calls, output } = await writing(() => sandbox.up("prod"));
    expect(calls).toEqual([]);
    expect(output).toMatch(/Resources:\s+\d+ unchanged/);
    const refresh = ["refresh", "--yes", "--skip-preview", "--expect-no-changes", "--stack", "prod"];
    expect((await writing(() => sandbox.pulumi(refresh))).calls).toEqual([]);
    expect((await writing(() => sandbox.up("prod"))).calls).toEqual([]);
  }, 120_000);

  it("is not let go of again: without its lines nothing runs, and a destroy keeps it", async () => {
    const file = sandbox.stackFileText("prod");
    sandbox.editStackFile("prod", ["config", "raxx:adopt"], undefined);
    const up = await refused(() => sandbox.up("prod"));
    expect(await refused(preview)).toContain(`the SSM parameter ${sshKey} exists, but not with the tag`);
    const output = await refused(destroy);
    for (const what of [`aws/user/${user}`, `aws/policy/${policy}`, `ssm${sshKey}`])
      expect(output).toContain(`raxx:adopt took over ${what}, which stood there before us`);
    expect(await typed(up)).toHaveLength(3);
    expect(sandbox.stackFileText("prod").includes("raxx:adopt")).toBe(true);
    sandbox.setStackFileText("prod", file);
    expect((await writing(() => sandbox.up("prod"))).calls).toEqual([]);
  }, 180_000);

  it("has no room for a rotation until its own key is deleted by whoever knows that nobody uses it", async () => {
    sandbox.setGenerations("prod", { current: `${day(0)}.2`, previous: day(0) }, name);
    const output = await refused(() => sandbox.up("prod"));
    expect(output).toContain(`the IAM user ${user} may have 2 access keys`);
    expect(output).toContain(`${before.id} (active, created `);
    await aws.iam.send(new DeleteAccessKeyCommand({ UserName: user, AccessKeyId: before.id }));
    const rotated = await writing(() => sandbox.up("prod"));
    expect(rotated.calls).toEqual([mint, "SSM PutParameter", "SSM PutParameter"]);
    expect(rotated.output).not.toContain("which stays");
    sandbox.setGenerations("prod", { current: `${day(0)}.2` }, name);
    expect((await writing(() => sandbox.up("prod"))).calls).toEqual(["IAM DeleteAccessKey"]);
    before = await aws.newKeyOf(user);
  }, 180_000);

  it("is in place after a destroy, with its keys, and without those that we minted", async () => {
    const ours = await aws.collectorKey();
    const { value } = await aws.parameter(sshKey);
    expect((await destroy()).code).toBe(0);
    expect(await asItWas()).toEqual(original);
    expect(await aws.keysOf(user)).toEqual({ [before.id]: "Active" });
    expect(await aws.whoIs(ours)).toBe("InvalidClientTokenId");
    expect((await aws.users()).filter((one) => one.startsWith("raxx-"))).toEqual([user]);
    expect((await aws.parameterNames()).filter((one) => one.startsWith(folder))).toEqual([]);
    expect((await aws.parameter(sshKey)).value === value).toBe(true);
  }, 180_000);

  it("is taken over again by the same lines; a mint without an answer is revoked, and nothing else", async () => {
    await sandbox.fault("aws", { kind: "drop-after", method: "POST", path: mint, times: 0 });
    expect((await sandbox.up("prod")).code).not.toBe(0);
    await sandbox.clearFaults();
    const lost = Object.keys(await aws.keysOf(user)).filter((id) => id !== before.id);
    expect(lost).toHaveLength(1);
    const { output } = await writing(() => sandbox.up("prod"));
    expect(output).toContain(`deleted the access key ${lost[0] ?? ""} of the IAM user ${user}`);
    expect(Object.keys(await aws.keysOf(user)).sort()).toEqual(
      [before.id, (await aws.collectorKey()).id].sort(),
    );
    expect(await asItWas()).toEqual(original);
  }, 180_000);

  it("is kept by a destroy that does not run the program, whatever the stack file says", async () => {
    sandbox.editStackFile("prod", ["config", "raxx:adopt"], undefined);
    const gone = await sandbox.pulumi(["destroy", "--yes", "--skip-preview", "--stack", "prod"], {
      PULUMI_RUN_PROGRAM: undefined,
    });
    expect(gone.code).toBe(0);
    expect(await asItWas()).toEqual(original);
    expect(await aws.keysOf(user)).toEqual({ [before.id]: "Active" });
  }, 120_000);
});
