import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";

import { CreateAccessKeyCommand, ListAccessKeysCommand, UpdateAccessKeyCommand } from "@aws-sdk/client-iam";
import {
  AddTagsToResourceCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
} from "@aws-sdk/client-ssm";

import {
  createAccessKey,
  createAdministrator,
  createBucket,
  createParameter,
  createUser,
  emptyAws,
} from "../../../../sandbox/vendors/aws";
import { SandboxError } from "../../../../sandbox/error";
import { allow, failed, failure, found, Harness, parameterArn, startTimeoutMs } from "./harness";
import { signedCall } from "./signed-call";

let aws: Harness;
beforeEach(async () => {
  aws = await Harness.start((state) => {
    createBucket(state, "raxx-attachments");
  });
}, startTimeoutMs);
afterEach(() => aws.stop());

describe("after a restart", () => {
  it(
    "keys, policies, parameters, objects and KMS keys are as they were",
    async () => {
      const user = await aws.user(allow("ssm:GetParameter", parameterArn("/raxx/a")));
      const key = await aws.key(user);
      const off = await aws.key(user);
      const inactive = { UserName: user, AccessKeyId: off.id, Status: "Inactive" } as const;
      await aws.iam().send(new UpdateAccessKeyCommand(inactive));
      const arn = await aws.arn(key);
      const parameter = { Name: "/raxx/a", Type: "SecureString" } as const;
      const tags = [{ Key: "function", Value: "function:dns-edit" }];
      await aws.ssm().send(new PutParameterCommand({ ...parameter, Value: "first", Tags: tags }));
      await aws.ssm().send(new PutParameterCommand({ ...parameter, Value: "second", Overwrite: true }));
      const object = { service: "s3", path: "/raxx-attachments/dump" };
      await signedCall(aws.aws.url, aws.operator, { ...object, method: "PUT", body: "content" });
      const kms = { service: "kms", method: "POST", path: "/", target: "TrentService.CreateKey", body: "{}" };
      const made = await signedCall(aws.aws.url, aws.operator, kms);

      await aws.restart();

      expect(await aws.arn(key)).toBe(arn);
      expect(await failure(aws.arn(off))).toEqual([403, "InvalidClientTokenId"]);
      const { AccessKeyMetadata } = await aws.iam().send(new ListAccessKeysCommand({ UserName: user }));
      expect(AccessKeyMetadata?.map(({ AccessKeyId, Status }) => [AccessKeyId, Status])).toEqual([
        [key.id, "Active"],
        [off.id, "Inactive"],
      ]);
      const third = aws.iam().send(new CreateAccessKeyCommand({ UserName: user }));
      expect(await failure(third)).toEqual([409, "LimitExceededException"]);
      const get = new GetParameterCommand({ Name: "/raxx/a", WithDecryption: true });
      expect((await aws.ssm(key).send(get)).Parameter).toMatchObject({ Value: "second", Version: 2 });
      const other = new GetParameterCommand({ Name: "/raxx/b" });
      expect(await failure(aws.ssm(key).send(other))).toEqual([400, "AccessDeniedException"]);
      const { Parameters } = await aws.ssm().send(new GetParameterHistoryCommand({ Name: "/raxx/a" }));
      expect(Parameters).toHaveLength(2);
      const resource = { ResourceType: "Parameter", ResourceId: "/raxx/a" } as const;
      const listed = await aws.ssm().send(new ListTagsForResourceCommand(resource));
      expect(listed.TagList).toEqual(tags);
      // What came back can be written to, also with a tag on a parameter that had none.
      await aws.ssm().send(new PutParameterCommand({ ...parameter, Name: "/raxx/b", Value: "third" }));
      await aws.ssm().send(new AddTagsToResourceCommand({ ...resource, ResourceId: "/raxx/b", Tags: tags }));
      // The bucket's name is still taken: a second one must not come in its place.
      await signedCall(aws.aws.url, aws.operator, {
        service: "s3",
        method: "PUT",
        path: "/raxx-attachments",
      });
      const read = await signedCall(aws.aws.url, aws.operator, { ...object, method: "GET" });
      expect(read.text).toBe("content");
      const { KeyMetadata } = JSON.parse(made.text) as { KeyMetadata: { KeyId: string } };
      const body = JSON.stringify({ KeyId: KeyMetadata.KeyId, Plaintext: "eA==" });
      const encrypt = { ...kms, target: "TrentService.Encrypt", body };
      expect(await signedCall(aws.aws.url, aws.operator, encrypt)).toMatchObject({ status: 200 });
    },
    startTimeoutMs,
  );

  it(
    "nothing that was answered is lost where moto was killed",
    async () => {
      const key = await aws.keyWith();
      process.kill(aws.aws.moto.pid, "SIGKILL");
      await aws.restart();
      expect(await aws.arn(key)).toMatch(/:user\/raxx-test-/);
    },
    startTimeoutMs,
  );

  it(
    "a database of another moto, or a broken one, is refused with what to do",
    async () => {
      const file = aws.file("aws.moto");
      const whole = readFileSync(file);
      for (const [content, reason] of [
        [Buffer.concat([Buffer.from('{"moto": "4.0.0"}\n'), whole]), "it was written by moto 4.0.0"],
        [whole.subarray(0, whole.length / 2), "it is damaged"],
      ] as const) {
        await aws.aws.close();
        writeFileSync(file, content);
        const error = await failed(aws.restart());
        expect(error).toBeInstanceOf(SandboxError);
        expect(error.message).toContain(reason);
        expect(error.message).toContain(`${file} (`);
        expect(error.message).toContain("./raxx sandbox reset");
      }
      writeFileSync(file, whole);
      await aws.restart();
    },
    startTimeoutMs,
  );
});

describe("the files", () => {
  it("are the owner's only, and a seeded value stands in moto's alone", async () => {
    await aws.keyWith();
    for (const name of readdirSync(aws.file("."))) expect(statSync(aws.file(name)).mode & 0o077).toBe(0);
    expect(readFileSync(aws.file("aws.json"), "utf8")).not.toContain(aws.operator.secret);
    expect(readFileSync(aws.file("aws.moto")).includes(aws.operator.secret)).toBe(true);
  });
});

describe("a world", () => {
  it(
    "may seed users with keys, policies and parameters",
    async () => {
      const state = emptyAws();
      const { key: operator } = createAdministrator(state, { name: "aws-developer-alpha" });
      const reader = createUser(state, {
        name: "raxx-reader",
        path: "/raxx/",
        policies: {
          read: { Version: "2012-10-17", Statement: [allow("ssm:Get*", parameterArn("/raxx/*"))] },
        },
      });
      const [active, inactive] = [createAccessKey(reader), createAccessKey(reader, { status: "Inactive" })];
      expect(() => createAccessKey(reader)).toThrow("two access keys");
      const tags = { owner: "somebody" };
      createParameter(state, { name: "/raxx/freescout/db_password", value: "seeded", tags });

      const world = await Harness.start((fresh) => {
        Object.assign(fresh, state);
      });
      try {
        expect(await world.arn(operator)).toBe("arn:aws:iam::521228113048:user/aws-developer-alpha");
        expect(await world.arn(active)).toBe("arn:aws:iam::521228113048:user/raxx/raxx-reader");
        expect(await failure(world.arn(inactive))).toEqual([403, "InvalidClientTokenId"]);
        const get = new GetParameterCommand({ Name: "/raxx/freescout/db_password", WithDecryption: true });
        const { Parameter } = await world.ssm(active).send(get);
        expect(found(Parameter)).toMatchObject({ Type: "SecureString", Value: "seeded" });
        const listTags = new ListTagsForResourceCommand({
          ResourceType: "Parameter",
          ResourceId: "/raxx/freescout/db_password",
        });
        const listed = await world.ssm(operator).send(listTags);
        expect(listed.TagList).toEqual([{ Key: "owner", Value: "somebody" }]);
      } finally {
        await world.stop();
      }
    },
    startTimeoutMs,
  );
});
