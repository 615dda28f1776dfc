import { setTimeout as sleep } from "node:timers/promises";

import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListAttachedUserPoliciesCommand,
  ListUsersCommand,
} from "@aws-sdk/client-iam";
import {
  DescribeParametersCommand,
  GetParameterCommand,
  ListTagsForResourceCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

import { type TestSandbox } from "./sandbox";

export interface Key {
  id: string;
  secret: string;
}

/** The emulated AWS of a sandbox through its own SDK, as the operator or with another key. */
export class AwsOf {
  readonly iam: IAMClient;
  readonly ssm: SSMClient;

  constructor(
    private readonly sandbox: TestSandbox,
    key?: Key,
  ) {
    const options = this.options(key ?? operatorOf(sandbox));
    this.iam = new IAMClient(options);
    this.ssm = new SSMClient(options);
  }

  options(key: Key): object {
    return {
      endpoint: this.sandbox.url("aws"),
      region: "us-east-1",
      credentials: { accessKeyId: key.id, secretAccessKey: key.secret },
      maxAttempts: 1,
    };
  }

  /** `user/raxx-billing-readonly`, or the name of the error. */
  async whoIs(key: Key): Promise<string> {
    try {
      const { Arn = "" } = await new STSClient(this.options(key)).send(new GetCallerIdentityCommand({}));
      return Arn.split(":").at(-1) ?? "";
    } catch (error) {
      return (error as Error).name;
    }
  }

  /** Access key id → status. */
  async keysOf(UserName: string): Promise<Record<string, string>> {
    const { AccessKeyMetadata = [] } = await this.iam.send(new ListAccessKeysCommand({ UserName }));
    return Object.fromEntries(
      AccessKeyMetadata.map(({ AccessKeyId = "", Status = "" }) => [AccessKeyId, Status]),
    );
  }

  /** Made by the operator. */
  async newKeyOf(UserName: string): Promise<Key> {
    const { AccessKey } = await this.iam.send(new CreateAccessKeyCommand({ UserName }));
    const key = { id: AccessKey?.AccessKeyId ?? "", secret: AccessKey?.SecretAccessKey ?? "" };
    while ((await this.whoIs(key)) !== `user/${UserName}`) await sleep(100);
    return key;
  }

  async users(): Promise<string[]> {
    const { Users = [] } = await this.iam.send(new ListUsersCommand({}));
    return Users.map(({ UserName = "" }) => UserName).sort();
  }

  async policiesOf(UserName: string): Promise<string[]> {
    const { AttachedPolicies = [] } = await this.iam.send(new ListAttachedUserPoliciesCommand({ UserName }));
    return AttachedPolicies.map(({ PolicyName = "" }) => PolicyName).sort();
  }

  async attach(UserName: string, policy: string): Promise<void> {
    const PolicyArn = `arn:aws:iam::521228113048:policy/${policy}`;
    await this.iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
  }

  async parameter(Name: string): Promise<{ value: string; version: number; type: string }> {
    const { Parameter } = await this.ssm.send(new GetParameterCommand({ Name, WithDecryption: true }));
    return {
      value: Parameter?.Value ?? "",
      version: Parameter?.Version ?? 0,
      type: Parameter?.Type ?? "",
    };
  }

  /** What the parameters hold that must never be seen. */
  async secretValues(): Promise<string[]> {
    const names = (await this.parameterNames()).filter((name) => !name.endsWith("_id"));
    return await Promise.all(names.map(async (name) => (await this.parameter(name)).value));
  }

  /** The key that the console's billing collector reads from its parameters. */
  async collectorKey(): Promise<Key> {
    const folder = "/raxx/billing-readonly";
    const [id, secret] = await Promise.all([
      this.parameter(`${folder}/aws_access_key_id`),
      this.parameter(`${folder}/aws_secret_access_key`),
    ]);
    return { id: id.value, secret: secret.value };
  }

  async parameterNames(): Promise<string[]> {
    const { Parameters = [] } = await this.ssm.send(new DescribeParametersCommand({ MaxResults: 50 }));
    return Parameters.map(({ Name = "" }) => Name).sort();
  }

  async tagsOf(ResourceId: string): Promise<Record<string, string>> {
    const { TagList = [] } = await this.ssm.send(
      new ListTagsForResourceCommand({ ResourceType: "Parameter", ResourceId }),
    );
    return Object.fromEntries(TagList.map(({ Key = "", Value = "" }) => [Key, Value]));
  }
}

function operatorOf(sandbox: TestSandbox): Key {
  const { AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "" } = sandbox.session.world.credentials;
  return { id: AWS_ACCESS_KEY_ID, secret: AWS_SECRET_ACCESS_KEY };
}
