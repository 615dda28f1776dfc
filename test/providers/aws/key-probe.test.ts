import { awsKeyProbe, type AwsKeyProbeInputs } from "../../../providers/aws/key-probe";
import { canary, failureOf, inject } from "../support";
import { allow, awsAccount, awsRegion, AwsWorld, type Key, parameterArn, startTimeoutMs } from "./world";

let world: AwsWorld;
let user: string;
let key: Key;
const name = "/raxx/freescout/db_password";
beforeAll(async () => {
  world = await AwsWorld.start();
  await world.parameter(name);
}, startTimeoutMs);
beforeEach(async () => {
  world.reset();
  user = await world.harness.user(allow("ssm:GetParameter", parameterArn("/raxx/freescout/*")));
  key = await world.harness.key(user);
  world.forget();
});
afterAll(() => world.stop());

const probe = (forMs = 2_000, inARow = 3): ReturnType<typeof awsKeyProbe> =>
  awsKeyProbe(
    (region, { accessKeyId: id, secretAccessKey: secret }) => {
      expect(region).toBe(awsRegion);
      return world.client({ id, secret });
    },
    { forMs, pauseMs: 20, inARow },
  );

function inputs(changes: Partial<AwsKeyProbeInputs> = {}): AwsKeyProbeInputs {
  return {
    source: "AWS_FREESCOUT_BACKUP@2026-05-06",
    accountId: awsAccount,
    user,
    region: awsRegion,
    accessKeyId: key.id,
    secretAccessKey: key.secret,
    parameters: [name],
    ...changes,
  };
}

/** Why it fails; never with a part of the credential. */
async function reasonOf(changes: Partial<AwsKeyProbeInputs>, forMs = 100): Promise<string> {
  const { message } = await failureOf(probe(forMs).create(inputs(changes)));
  expect(message).not.toContain(key.secret);
  expect(message).not.toContain(key.id);
  expect(message).not.toContain("\n");
  return message;
}

it("proves a key with several answers in a row, and reads each parameter once", async () => {
  expect(await probe().create(inputs())).toEqual({ id: "AWS_FREESCOUT_BACKUP@2026-05-06", outs: inputs() });
  expect(world.calls()).toEqual([
    "STS GetCallerIdentity",
    "STS GetCallerIdentity",
    "STS GetCallerIdentity",
    "SSM GetParameter",
  ]);
});

it("keeps nothing of what it reads", async () => {
  const value = await world.parameter("/raxx/freescout/other");
  const parameters = ["/raxx/freescout/other"];
  const { outs } = await probe().create(inputs({ parameters }));
  expect(JSON.stringify(outs)).not.toContain(value);
});

it("waits for a new key until AWS knows it, and does not take the first success for granted", async () => {
  world.settings.new_key_delay_ms = 400;
  world.settings.new_key_flickers = 2;
  key = await world.harness.key(user);
  world.forget();
  await probe().create(inputs({ parameters: [] }));
  const answers = world.vendor.log
    .read()
    .filter(({ path }) => path === "STS GetCallerIdentity")
    .map(({ status }) => status);
  expect(answers.slice(-3)).toEqual([200, 200, 200]);
  expect(answers.filter((status) => status === 403).length).toBeGreaterThan(2);
});

it("waits for Systems Manager too, which learns of a key by itself", async () => {
  world.settings.new_key_delay_ms_by_service = { ssm: 500 };
  key = await world.harness.key(user);
  await probe().create(inputs());
  const tries = world.calls().filter((call) => call === "SSM GetParameter");
  expect(tries.length).toBeGreaterThan(2);
});

it("says what stays wrong where a service does not accept the key in time", async () => {
  world.settings.new_key_delay_ms_by_service = { ssm: 60_000 };
  expect(await reasonOf({}, 300)).toMatch(
    /^Systems Manager in us-east-1 does not accept the access key of AWS_FREESCOUT_BACKUP@2026-05-06 \(IAM user .*\): new keys need seconds, so run again/,
  );
});

it.each([
  ["unknown", () => ({ accessKeyId: "AKIAQQQQQQQQQQQQQQQQ" })],
  ["of another secret", () => ({ secretAccessKey: canary() })],
])("says of a key that is %s that AWS does not accept it", async (_what, changes) => {
  const reason = await reasonOf(changes());
  expect(reason).toContain("AWS does not accept the access key of AWS_FREESCOUT_BACKUP@2026-05-06");
  expect(reason).toContain("./raxx rotate");
  expect(world.calls()).not.toContain("SSM GetParameter");
});

it("refuses the key of another user, or of another account, before it reads anything", async () => {
  const arn = `arn:aws:iam::${awsAccount}:user/${user}`;
  expect(await reasonOf({ user: "raxx-other" })).toContain(
    `is of ${arn}, and not of this user in the account`,
  );
  expect(await reasonOf({ user: user.slice(1) })).toContain("and not of this user");
  expect(await reasonOf({ accountId: "111111111111" })).toContain("in the account 111111111111");
  expect(world.calls()).not.toContain("SSM GetParameter");
});

it("names the parameter that the key may not read, and that which is not there", async () => {
  await world.parameter("/raxx/billing/secret");
  expect(await reasonOf({ parameters: [name, "/raxx/billing/secret"] })).toContain(
    "may not read the SSM parameter /raxx/billing/secret: its policy has to allow ssm:GetParameter on it",
  );
  expect(await reasonOf({ parameters: ["/raxx/freescout/none"] }, 60_000)).toBe(
    "the SSM parameter /raxx/freescout/none does not exist: make it as its hand-off says, and run again",
  );
});

it("fails without an answer, and a second run tries again", async () => {
  inject(world.vendor, { kind: "drop-before", path: "SSM GetParameter", times: 3 });
  expect(await reasonOf({}, 60_000)).toContain("aws gave no answer when asked to get parameter");
  expect(await probe().create(inputs())).toMatchObject({ outs: inputs() });
});

it("proves again after any change, and after none not", async () => {
  const resource = probe();
  expect(await resource.diff("", inputs(), { ...inputs(), __provider: "" } as AwsKeyProbeInputs)).toEqual({
    changes: false,
  });
  for (const changes of [
    { source: "AWS_FREESCOUT_BACKUP@2026-08-04" },
    { secretAccessKey: canary() },
    { parameters: [] },
    { user: "raxx-other" },
  ]) {
    expect(await resource.diff("", inputs(), inputs(changes))).toEqual({ changes: true });
  }
  expect(await resource.update("", inputs({ source: "A@2020-01-01" }), inputs())).toEqual({ outs: inputs() });
  expect(world.calls()).toHaveLength(4);
  expect(
    (await failureOf(probe(50).update("", inputs(), inputs({ secretAccessKey: canary() })))).message,
  ).toContain("AWS does not accept");
});

it("asks nothing in a preview, a refresh or a destroy", async () => {
  const resource = probe();
  expect(await resource.check({}, inputs())).toEqual({ inputs: inputs() });
  expect(await resource.read("id", inputs())).toEqual({ id: "id", props: inputs() });
  await resource.delete("id", inputs());
  expect(world.calls()).toEqual([]);
});
