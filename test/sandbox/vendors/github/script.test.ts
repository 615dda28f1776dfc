import { CreateAccessKeyCommand, CreateUserCommand, UpdateAccessKeyCommand } from "@aws-sdk/client-iam";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import {
  createSecret,
  createWorkflow,
  createWorkflowFromFile,
  type GitHubRun,
} from "../../../../sandbox/vendors/github";
import { Harness as AwsHarness, type Key, startTimeoutMs } from "../aws/harness";
import { found, Harness } from "./harness";

const sts = "https://sts.us-east-1.amazonaws.com";
const user = "raxx-freescout-backup";
const shipped = readFileSync(
  join(__dirname, "..", "..", "..", "..", "catalog", "workflows", "verify-aws-backup.yml"),
  "utf8",
);

let aws: AwsHarness;
let harness: Harness;

beforeAll(async () => {
  aws = await AwsHarness.start();
  await aws.iam().send(new CreateUserCommand({ UserName: user }));
}, startTimeoutMs);
afterAll(() => aws.stop());
beforeEach(async () => {
  harness = await Harness.start();
  harness.state.internet = { [sts]: aws.aws.url };
});
afterEach(() => harness.stop());

async function dispatch(workflow_id: string, inputs: Record<string, string> = {}): Promise<GitHubRun> {
  const place = { owner: "raxx-app", repo: "console" };
  await harness.octokit().actions.createWorkflowDispatch({ ...place, workflow_id, ref: "main", inputs });
  return found(harness.state.runs.at(-1));
}

async function ended(run: GitHubRun): Promise<GitHubRun> {
  for (let turn = 0; turn < 1500 && run.status !== "completed"; turn += 1) await sleep(10);
  return run;
}

const logOf = (run: GitHubRun): string => run.job.steps.map(({ log }) => log ?? "").join("");

function store(name: string, value: string): void {
  createSecret(harness.state, { repository: harness.repository, name, value });
}

describe("the workflow that proves the AWS backup key", () => {
  beforeEach(() => {
    createWorkflowFromFile(harness.state, {
      repository: harness.repository,
      file: "verify-aws-backup.yml",
      text: shipped,
    });
  });

  async function verify(key: Partial<Key>): Promise<GitHubRun> {
    if (key.id !== undefined) store("AWS_BACKUP_ACCESS_KEY_ID", key.id);
    if (key.secret !== undefined) store("AWS_BACKUP_SECRET_ACCESS_KEY", key.secret);
    return ended(await dispatch("verify-aws-backup.yml", { source: "AWS_FREESCOUT_BACKUP@2026-05-06" }));
  }

  const stsCalls = (): number => aws.aws.log.read().filter(({ path }) => path.startsWith("STS ")).length;

  function expectNoValue(run: GitHubRun, ...values: string[]): void {
    const kept = JSON.stringify([harness.state.runs, harness.vendor.log.read()]);
    for (const value of values) expect(kept).not.toContain(value);
    // Nothing had to be masked either: the script itself prints none.
    expect(logOf(run)).not.toContain("***");
  }

  test("is green with the user's key, says so in the run's title, and prints no value", async () => {
    const key = await aws.key(user);
    const before = stsCalls();
    const run = await verify(key);
    expect(logOf(run)).toBe(`the stored key belongs to arn:aws:iam::521228113048:user/${user}\n`);
    expect(run).toMatchObject({ status: "completed", conclusion: "success" });
    expect(stsCalls()).toBe(before + 1);
    expectNoValue(run, key.id, key.secret);
    const { data } = await harness
      .octokit()
      .actions.getWorkflowRun({ owner: "raxx-app", repo: "console", run_id: run.id });
    expect(data).toMatchObject({
      name: "Verify the AWS backup key",
      display_title: "Verify the AWS backup key AWS_FREESCOUT_BACKUP@2026-05-06",
    });
  });

  test("is red with a wrong secret key, and tells AWS's word for it", async () => {
    const key = await aws.key(await aws.user());
    const wrong = randomBytes(30).toString("base64");
    const run = await verify({ id: key.id, secret: wrong });
    expect(run.conclusion).toBe("failure");
    expect(logOf(run)).toContain("(SignatureDoesNotMatch)");
    expectNoValue(run, key.id, wrong);
  });

  test("is red with an inactive key", async () => {
    const UserName = await aws.user();
    const key = await aws.key(UserName);
    await aws.iam().send(new UpdateAccessKeyCommand({ UserName, AccessKeyId: key.id, Status: "Inactive" }));
    const run = await verify(key);
    expect(run.conclusion).toBe("failure");
    expect(logOf(run)).toContain("(InvalidClientTokenId)");
  });

  test("is red with the key of another user", async () => {
    const UserName = await aws.user();
    const { AccessKey } = await aws.iam().send(new CreateAccessKeyCommand({ UserName }));
    const run = await verify({
      id: found(AccessKey?.AccessKeyId),
      secret: found(AccessKey?.SecretAccessKey),
    });
    expect(run.conclusion).toBe("failure");
    expect(logOf(run)).toContain(`user/${UserName}, not to the user ${user} of 521228113048`);
  });

  test.each<[string, Partial<Key>]>([
    ["AWS_BACKUP_ACCESS_KEY_ID", { secret: "x".repeat(40) }],
    ["AWS_BACKUP_SECRET_ACCESS_KEY", { id: `AKIA${"X".repeat(16)}` }],
  ])("is red without the secret %s, with no call", async (name, key) => {
    const before = stsCalls();
    const run = await verify(key);
    expect(run.conclusion).toBe("failure");
    expect(logOf(run)).toBe(`::error::the repository secret ${name} is missing or empty\n`);
    expect(stsCalls()).toBe(before);
  });

  test("is red where STS cannot be reached", async () => {
    harness.state.internet = {};
    const run = await verify({ id: `AKIA${"X".repeat(16)}`, secret: "x".repeat(40) });
    expect(run.conclusion).toBe("failure");
    expect(logOf(run)).toContain(`Could not connect to the endpoint URL: "${sts}/"`);
  });
});

describe("a script", () => {
  function write(run: string, env: Record<string, string> = {}, timeout_minutes = 1): void {
    createWorkflow(harness.state, {
      repository: harness.repository,
      file: "script.yml",
      name: "Script",
      job: {
        timeout_minutes,
        steps: [
          { name: "First", run, env },
          { name: "Second", run: "echo done", env: {} },
        ],
      },
    });
  }

  test("that prints secrets has them masked, line by line", async () => {
    const lines = [randomBytes(12).toString("hex"), randomBytes(12).toString("hex")];
    store("PEM", lines.join("\n"));
    write('echo "$PEM" | while read -r line; do echo "line $line"; done', { PEM: "${{ secrets.PEM }}" });
    const run = await ended(await dispatch("script.yml"));
    expect(run.conclusion).toBe("success");
    expect(logOf(run)).toBe("line ***\nline ***\ndone\n");
  });

  test("that prints without end keeps nothing of it", async () => {
    write("for i in {1..20000}; do echo abcdefgh; done");
    expect(logOf(await ended(await dispatch("script.yml")))).toBe("too much to keep\ndone\n");
  });

  test("ends at its first command that fails, in a pipe too, and the next step is skipped", async () => {
    write("false | true; echo on");
    const run = await ended(await dispatch("script.yml"));
    expect(run.job.steps).toMatchObject([{ conclusion: "failure", log: "" }, { conclusion: "skipped" }]);
  });

  test("has of this machine neither commands nor variables", async () => {
    process.env["RAXX_TEST_MARK"] = "here";
    write('echo "mark ${RAXX_TEST_MARK:-none}"; curl --version');
    const run = await ended(await dispatch("script.yml"));
    delete process.env["RAXX_TEST_MARK"];
    expect(run.conclusion).toBe("failure");
    expect(logOf(run)).toMatch(/^mark none\n.*curl: command not found\n$/);
  });

  test.each([
    "iam list-users",
    "sts get-caller-identity",
    "sts get-caller-identity --query Arn --output json",
  ])("has an aws that knows no %s", async (command) => {
    write(`aws ${command} || echo "ended with $?"`);
    expect(logOf(await ended(await dispatch("script.yml")))).toContain("ended with 252\n");
  });

  test("that takes longer than its job may is ended, with what it started", async () => {
    write("(while :; do :; done) & wait", {}, 0.01);
    const run = await ended(await dispatch("script.yml"));
    expect(run.job.steps).toMatchObject([{ conclusion: "failure" }, { conclusion: "skipped" }]);
  });

  test("is ended when GitHub is, and its run has failed then", async () => {
    write("while :; do :; done");
    const run = await dispatch("script.yml");
    while (run.status !== "in_progress") await sleep(10);
    await harness.restart();
    expect(harness.state.runs[0]).toMatchObject({ status: "completed", conclusion: "failure" });
  });
});
