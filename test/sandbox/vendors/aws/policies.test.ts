import { GetUserCommand, ListUsersCommand } from "@aws-sdk/client-iam";
import {
  AddTagsToResourceCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  PutParameterCommand,
} from "@aws-sdk/client-ssm";

import { awsAccount, createBucket, createParameter } from "../../../../sandbox/vendors/aws";
import { allow, failed, failure, found, Harness, type Key, parameterArn, startTimeoutMs } from "./harness";
import { signedCall } from "./signed-call";

let aws: Harness;
beforeAll(async () => {
  aws = await Harness.start((state) => {
    for (const name of ["/raxx/backup/a", "/raxx/backup/b", "/raxx/other"]) {
      createParameter(state, { name, value: "seeded" });
    }
    createBucket(state, "raxx-attachments");
    createBucket(state, "raxx-other");
  });
}, startTimeoutMs);
afterAll(() => aws.stop());

const get = (key: Key, Name: string) => aws.ssm(key).send(new GetParameterCommand({ Name }));
const getAll = (key: Key, ...Names: string[]) => aws.ssm(key).send(new GetParametersCommand({ Names }));
const denied = [400, "AccessDeniedException"];

describe("a policy on parameters", () => {
  it("allows just those it names", async () => {
    const key = await aws.keyWith(allow("ssm:GetParameter*", parameterArn("/raxx/backup/*")));
    await get(key, "/raxx/backup/a");
    await getAll(key, "/raxx/backup/a", "/raxx/backup/b");
    expect(await failure(get(key, "/raxx/other"))).toEqual(denied);
    expect(await failure(getAll(key, "/raxx/backup/a", "/raxx/other"))).toEqual(denied);
  });

  it("says in its refusal who may not do what to which", async () => {
    const UserName = await aws.user();
    const { message } = await failed(get(await aws.key(UserName), "/raxx/other"));
    expect(message).toContain(`User: arn:aws:iam::${awsAccount}:user/${UserName} is not authorized`);
    expect(message).toContain(`ssm:GetParameter on resource: ${parameterArn("/raxx/other")}`);
  });

  it("allows just the actions it names, whatever their letters' case", async () => {
    const key = await aws.keyWith(allow(["SSM:getparameter"], parameterArn("/raxx/backup/?")));
    await get(key, "/raxx/backup/a");
    expect(await failure(getAll(key, "/raxx/backup/a"))).toEqual(denied);
    const put = new PutParameterCommand({ Name: "/raxx/backup/c", Value: "x", Type: "String" });
    expect(await failure(aws.ssm(key).send(put))).toEqual(denied);
    const tag = new AddTagsToResourceCommand({
      ResourceType: "Parameter",
      ResourceId: "/raxx/backup/a",
      Tags: [{ Key: "a", Value: "b" }],
    });
    expect(await failure(aws.ssm(key).send(tag))).toEqual(denied);
  });

  it("allows to tag just those it names", async () => {
    const key = await aws.keyWith(allow("ssm:AddTagsToResource", parameterArn("/raxx/backup/*")));
    const tag = (ResourceId: string) => {
      const Tags = [{ Key: "a", Value: "b" }];
      return aws.ssm(key).send(new AddTagsToResourceCommand({ ResourceType: "Parameter", ResourceId, Tags }));
    };
    await tag("/raxx/backup/a");
    expect(await failure(tag("/raxx/other"))).toEqual(denied);
  });

  it("needs the path itself to read by path", async () => {
    const below = await aws.keyWith(allow("ssm:GetParametersByPath", parameterArn("/raxx/backup/*")));
    const byPath = new GetParametersByPathCommand({ Path: "/raxx/backup" });
    expect(await failure(aws.ssm(below).send(byPath))).toEqual(denied);
    const itself = await aws.keyWith(allow("ssm:GetParametersByPath", parameterArn("/raxx/backup")));
    expect((await aws.ssm(itself).send(byPath)).Parameters).toHaveLength(2);
  });

  it("does not allow to describe them: that is of the whole account", async () => {
    const describeAll = (key: Key) => aws.ssm(key).send(new DescribeParametersCommand({}));
    const named = await aws.keyWith(allow("ssm:DescribeParameters", parameterArn("/raxx/*")));
    expect(await failure(describeAll(named))).toEqual(denied);
    await describeAll(await aws.keyWith(allow("ssm:DescribeParameters")));
  });

  it("gives way to a deny", async () => {
    const key = await aws.keyWith(allow("ssm:*"), {
      Effect: "Deny",
      Action: "ssm:GetParameter",
      Resource: parameterArn("/raxx/other"),
    });
    await get(key, "/raxx/backup/a");
    expect(await failure(get(key, "/raxx/other"))).toEqual(denied);
  });

  it.each([
    ["is met", { StringEquals: { "aws:RequestedRegion": "us-east-1" } }, true],
    ["is met by a pattern", { StringLike: { "aws:RequestedRegion": ["eu-*", "us-*"] } }, true],
    ["is not met", { StringEquals: { "aws:RequestedRegion": "eu-west-1" } }, false],
    ["is met as a negation", { StringNotEquals: { "aws:RequestedRegion": "eu-west-1" } }, true],
    ["is about what a direct call lacks", { StringEquals: { "kms:ViaService": "s3" } }, false],
    ["is about what may be lacking", { StringEqualsIfExists: { "kms:ViaService": "s3" } }, true],
    ["has an operator the sandbox does not know", { DateLessThan: { "aws:CurrentTime": "2999" } }, false],
  ])("whose condition %s", async (_what, Condition, allowed) => {
    const key = await aws.keyWith({ ...allow("ssm:GetParameter"), Condition });
    const result = await get(key, "/raxx/other").then(
      () => true,
      () => false,
    );
    expect(result).toBe(allowed);
  });
});

describe("a policy on users", () => {
  it("allows just those it names", async () => {
    const UserName = await aws.user();
    const key = await aws.keyWith(allow("iam:GetUser", `arn:aws:iam::${awsAccount}:user/${UserName}`));
    await aws.iam(key).send(new GetUserCommand({ UserName }));
    const other = new GetUserCommand({ UserName: "operator" });
    expect(await failure(aws.iam(key).send(other))).toEqual([403, "AccessDenied"]);
    expect(await failure(aws.iam(key).send(new ListUsersCommand({})))).toEqual([403, "AccessDenied"]);
  });
});

describe("services that have no client here", () => {
  const bucket = "arn:aws:s3:::raxx-attachments";
  const s3 = (key: Key, method: string, path: string, body?: string) =>
    signedCall(aws.aws.url, key, { service: "s3", method, path, ...(body !== undefined && { body }) });
  const json = (key: Key, service: string, target: string, body: object = {}) =>
    signedCall(aws.aws.url, key, { service, method: "POST", path: "/", target, body: JSON.stringify(body) });

  it("S3: a key reaches the bucket that its policy names, and no other", async () => {
    const key = await aws.keyWith(allow(["s3:PutObject", "s3:GetObject"], `${bucket}/*`));
    expect((await s3(key, "PUT", "/raxx-attachments/dump", "content")).status).toBe(200);
    expect(await s3(key, "GET", "/raxx-attachments/dump")).toMatchObject({ status: 200, text: "content" });
    const head = await s3(key, "HEAD", "/raxx-attachments/dump");
    expect([head.status, head.headers["content-length"]]).toEqual([200, "7"]);
    expect(await s3(key, "PUT", "/raxx-other/dump", "content")).toMatchObject({ status: 403 });
    expect(await s3(key, "DELETE", "/raxx-attachments/dump")).toMatchObject({ status: 403 });
    const refusal = await s3(key, "GET", "/raxx-attachments");
    expect([refusal.status, refusal.text]).toEqual([
      403,
      expect.stringContaining("<Code>AccessDenied</Code>"),
    ]);
  });

  it("SSM: a call that says it goes to the public host is verified as it was signed", async () => {
    const call = {
      service: "ssm",
      method: "POST",
      path: "/",
      target: "AmazonSSM.DescribeParameters",
      body: "{}",
      host: "ssm.us-east-1.amazonaws.com",
    };
    expect(await signedCall(aws.aws.url, aws.operator, call)).toMatchObject({ status: 200 });
  });

  it("S3: an unknown key is InvalidAccessKeyId", async () => {
    const answer = await s3({ id: "AKIAABCDEFGHIJKLMNOP", secret: "x" }, "GET", "/raxx-attachments/dump");
    expect([answer.status, answer.text]).toEqual([
      403,
      expect.stringContaining("<Code>InvalidAccessKeyId</Code>"),
    ]);
  });

  it("KMS: a key that may be used through S3 only can't be used directly", async () => {
    const made = await json(aws.operator, "kms", "TrentService.CreateKey");
    const { KeyMetadata } = JSON.parse(made.text) as { KeyMetadata: { KeyId: string } };
    const KeyId = found(KeyMetadata.KeyId);
    const body = { KeyId, Plaintext: Buffer.from("x").toString("base64") };
    const Resource = `arn:aws:kms:us-east-1:${awsAccount}:key/${KeyId}`;
    const through = await aws.keyWith({
      ...allow("kms:Encrypt", Resource),
      Condition: { StringEquals: { "kms:ViaService": "s3.us-east-1.amazonaws.com" } },
    });
    expect(await json(through, "kms", "TrentService.Encrypt", body)).toMatchObject({ status: 400 });
    const direct = await aws.keyWith(allow("kms:Encrypt", Resource));
    expect(await json(direct, "kms", "TrentService.Encrypt", body)).toMatchObject({ status: 200 });
  });

  it("Lightsail: is judged by signature and policies, and says that it is not emulated", async () => {
    const call = (key: Key, action: string) => json(key, "lightsail", `Lightsail_20161128.${action}`);
    const key = await aws.keyWith(allow("lightsail:*Snapshot*"));
    const errorOf = async (answer: Promise<{ text: string }>) =>
      (JSON.parse((await answer).text) as { __type: string }).__type;
    expect(await errorOf(call(key, "CreateInstanceSnapshot"))).toBe("UnknownOperationException");
    expect(await errorOf(call(key, "DeleteInstance"))).toBe("AccessDeniedException");
    const wrong = { ...key, secret: "x" };
    expect(await errorOf(call(wrong, "CreateInstanceSnapshot"))).toBe("InvalidSignatureException");
  });
});
