import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DetachUserPolicyCommand,
  GetAccessKeyLastUsedCommand,
  ListAccessKeysCommand,
  type StatusType,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import { DescribeParametersCommand } from "@aws-sdk/client-ssm";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";

import { awsAccount } from "../../../../sandbox/vendors/aws";
import { allow, failed, failure, found, Harness, type Key, startTimeoutMs } from "./harness";

let aws: Harness;
beforeAll(async () => {
  aws = await Harness.start();
}, startTimeoutMs);
afterAll(() => aws.stop());
afterEach(() => {
  Object.assign(aws.state.settings, {
    new_key_delay_ms: 0,
    new_key_delay_ms_by_service: {},
    new_key_flickers: 0,
    last_used_lag_ms: 0,
  });
});

async function setStatus(UserName: string, key: Key, Status: StatusType): Promise<void> {
  await aws.iam().send(new UpdateAccessKeyCommand({ UserName, AccessKeyId: key.id, Status }));
}

const caller = (key: Key) => aws.sts(key).send(new GetCallerIdentityCommand({}));
const parameters = (key: Key) => aws.ssm(key).send(new DescribeParametersCommand({}));

describe("a user", () => {
  it("is created once", async () => {
    const UserName = await aws.user();
    expect(await failure(aws.iam().send(new CreateUserCommand({ UserName })))).toEqual([
      409,
      "EntityAlreadyExistsException",
    ]);
  });

  it("can't be deleted while it has a key or a policy", async () => {
    const UserName = await aws.user();
    const PolicyArn = await aws.policy(allow("s3:*"));
    await aws.iam().send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
    const key = await aws.key(UserName);
    const remove = () => aws.iam().send(new DeleteUserCommand({ UserName }));

    expect(await failure(remove())).toEqual([409, "DeleteConflictException"]);
    await aws.iam().send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: key.id }));
    expect(await failure(remove())).toEqual([409, "DeleteConflictException"]);
    await aws.iam().send(new DetachUserPolicyCommand({ UserName, PolicyArn }));
    await remove();
  });

  it("has at most two keys, inactive ones counted", async () => {
    const UserName = await aws.user();
    const first = await aws.key(UserName);
    await aws.key(UserName);
    await setStatus(UserName, first, "Inactive");

    const error = await failed(aws.key(UserName));
    expect([error.$metadata?.httpStatusCode, error.name]).toEqual([409, "LimitExceededException"]);
    expect(error.message).toBe("Cannot exceed quota for AccessKeysPerUser: 2");
  });
});

it("a policy that is no policy is refused", async () => {
  const command = new CreatePolicyCommand({ PolicyName: aws.name(), PolicyDocument: '{"Statement":1}' });
  expect(await failure(aws.iam().send(command))).toEqual([400, "MalformedPolicyDocumentException"]);
});

describe("a key", () => {
  it("is its user's, in our account, with no right needed to ask", async () => {
    const UserName = await aws.user({ Effect: "Deny", Action: "*", Resource: "*" });
    const identity = await caller(await aws.key(UserName));
    expect(identity).toMatchObject({
      Account: awsAccount,
      Arn: `arn:aws:iam::${awsAccount}:user/${UserName}`,
    });
  });

  it("tells its secret only when it is made", async () => {
    const UserName = await aws.user();
    const { AccessKey } = await aws.iam().send(new CreateAccessKeyCommand({ UserName }));
    expect(AccessKey).toMatchObject({
      UserName,
      Status: "Active",
      AccessKeyId: expect.stringMatching(/^AKIA[A-Z2-7]{16}$/) as string,
      SecretAccessKey: expect.stringMatching(/^\S{40}$/) as string,
      CreateDate: expect.any(Date) as Date,
    });
    const { AccessKeyMetadata } = await aws.iam().send(new ListAccessKeysCommand({ UserName }));
    expect(JSON.stringify(AccessKeyMetadata)).not.toContain(found(AccessKey?.SecretAccessKey));
  });

  const unknown = { query: [403, "InvalidClientTokenId"], json: [400, "UnrecognizedClientException"] };

  it("that was never made is refused, in each service's own words", async () => {
    const key = { id: "AKIAABCDEFGHIJKLMNOP", secret: "x".repeat(40) };
    expect(await failure(caller(key))).toEqual(unknown.query);
    expect(await failure(parameters(key))).toEqual(unknown.json);
    expect(await failure(aws.iam(key).send(new ListAccessKeysCommand({})))).toEqual([
      403,
      "InvalidClientTokenId",
    ]);
  });

  it("with a wrong secret is refused, in each service's own words", async () => {
    const key = { ...(await aws.keyWith(allow("*"))), secret: "x".repeat(40) };
    expect(await failure(caller(key))).toEqual([403, "SignatureDoesNotMatch"]);
    expect(await failure(parameters(key))).toEqual([400, "InvalidSignatureException"]);
  });

  it("that is inactive is refused until it is active again", async () => {
    const UserName = await aws.user(allow("*"));
    const key = await aws.key(UserName);
    await setStatus(UserName, key, "Inactive");
    expect(await failure(caller(key))).toEqual(unknown.query);
    expect(await failure(parameters(key))).toEqual(unknown.json);
    await setStatus(UserName, key, "Active");
    await caller(key);
    await parameters(key);
  });

  it("that was deleted is refused, and its slot is free", async () => {
    const UserName = await aws.user(allow("*"));
    const [key] = [await aws.key(UserName), await aws.key(UserName)];
    await aws.iam().send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: key.id }));
    expect(await failure(caller(key))).toEqual(unknown.query);
    expect(await failure(parameters(key))).toEqual(unknown.json);
    await caller(await aws.key(UserName));
  });

  it("that is new is refused for the delay, and each service has its own", async () => {
    aws.state.settings.new_key_delay_ms_by_service = { sts: 0 };
    aws.state.settings.new_key_delay_ms = 700;
    const key = await aws.keyWith(allow("*"));
    await caller(key);
    expect(await failure(parameters(key))).toEqual(unknown.json);
    await new Promise((resolve) => setTimeout(resolve, 750));
    await parameters(key);
  });

  it("that is new may be refused again after it was let through", async () => {
    aws.state.settings.new_key_flickers = 2;
    const key = await aws.keyWith(allow("*"));
    const results: boolean[] = [];
    for (let call = 0; call < 6; call += 1) {
      results.push(
        await caller(key).then(
          () => true,
          () => false,
        ),
      );
    }
    expect(results).toEqual([true, false, true, false, true, true]);
    await expect(caller(aws.operator)).resolves.toBeDefined();
  });
});

describe("the last use of a key", () => {
  const lastUse = async (key: Key) => {
    const command = new GetAccessKeyLastUsedCommand({ AccessKeyId: key.id });
    const { AccessKeyLastUsed } = await aws.iam().send(command);
    return found(AccessKeyLastUsed);
  };

  it("has no date before the first, and a whole minute, service and region after it", async () => {
    const key = await aws.keyWith(allow("ssm:*"));
    expect(await lastUse(key)).toEqual({ ServiceName: "N/A", Region: "N/A" });
    const before = Date.now();
    await parameters(key);
    const { LastUsedDate, ...rest } = await lastUse(key);
    expect(rest).toEqual({ ServiceName: "ssm", Region: "us-east-1" });
    expect(found(LastUsedDate).getSeconds()).toBe(0);
    expect(Math.abs(found(LastUsedDate).getTime() - before)).toBeLessThan(61_000);
  });

  it("is of the key's own calls, also those that its policies refuse, and not of a wrong secret", async () => {
    const key = await aws.keyWith(allow("sts:*"));
    await failure(caller({ ...key, secret: "x".repeat(40) }));
    expect(await lastUse(key)).toMatchObject({ ServiceName: "N/A" });
    await failure(parameters(key));
    expect(await lastUse(key)).toMatchObject({ ServiceName: "ssm" });
  });

  it("is told later where there is a lag", async () => {
    aws.state.settings.last_used_lag_ms = 60_000;
    const key = await aws.keyWith();
    await caller(key);
    expect(await lastUse(key)).toMatchObject({ ServiceName: "N/A" });
    aws.state.settings.last_used_lag_ms = 0;
    expect(await lastUse(key)).toMatchObject({ ServiceName: "sts" });
  });

  it("is not told to those who may not ask", async () => {
    const key = await aws.keyWith(allow("ssm:*"));
    const command = new GetAccessKeyLastUsedCommand({ AccessKeyId: key.id });
    expect(await failure(aws.iam(key).send(command))).toEqual([403, "AccessDenied"]);
  });
});
