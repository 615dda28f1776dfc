import {
  AttachUserPolicyCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  ListAccessKeysCommand,
  type Tag,
} from "@aws-sdk/client-iam";
import { PutParameterCommand } from "@aws-sdk/client-ssm";

import { AwsClient } from "../../../providers/aws/client";
import { type AwsSettings, awsAccount, awsRegion, type RunningAws } from "../../../sandbox/vendors/aws";
import { isWriting, type Call } from "../../../sandbox/vendors/kit/call-log";
import { found, Harness, type Key, startTimeoutMs } from "../../sandbox/vendors/aws/harness";
import { canary } from "../support";

export { allow, parameterArn, type Key } from "../../sandbox/vendors/aws/harness";
export { awsAccount, awsRegion, startTimeoutMs };

/** An emulated AWS for all the tests of a file, with an operator who may do everything. */
export class AwsWorld {
  private seen = 0;

  private constructor(readonly harness: Harness) {}

  static async start(): Promise<AwsWorld> {
    return new AwsWorld(await Harness.start());
  }

  stop(): Promise<void> {
    return this.harness.stop();
  }

  /** Between two tests: no fault, no delay, and no call counted. */
  reset(): void {
    this.vendor.faults.clear();
    Object.assign(this.harness.state.settings, {
      new_key_delay_ms: 0,
      new_key_delay_ms_by_service: {},
      new_key_flickers: 0,
      last_used_lag_ms: 0,
    });
    this.seen = this.vendor.log.read().length;
  }

  get vendor(): RunningAws {
    return this.harness.aws;
  }

  get settings(): AwsSettings {
    return this.harness.state.settings;
  }

  client(key: Key = this.harness.operator): AwsClient {
    return new AwsClient({
      url: this.vendor.url,
      region: awsRegion,
      credentials: { accessKeyId: key.id, secretAccessKey: key.secret },
    });
  }

  /** A user with this tag `provisioner`, or with none. */
  async user(marker?: string): Promise<string> {
    const UserName = this.harness.name();
    await this.harness.iam().send(new CreateUserCommand({ UserName, Tags: tagsOf(marker) }));
    return UserName;
  }

  /** Its ARN. */
  async policy(marker?: string, PolicyName = this.harness.name()): Promise<string> {
    const statement = { Effect: "Allow", Action: "ce:Get*", Resource: "*" };
    const { Policy } = await this.harness.iam().send(
      new CreatePolicyCommand({
        PolicyName,
        PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [statement] }),
        Tags: tagsOf(marker),
      }),
    );
    return found(Policy?.Arn);
  }

  async attach(UserName: string, PolicyArn: string): Promise<void> {
    await this.harness.iam().send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
  }

  /** Its value, made here. */
  async parameter(Name: string, marker?: string): Promise<string> {
    const Value = canary();
    await this.harness
      .ssm()
      .send(new PutParameterCommand({ Name, Value, Type: "SecureString", Tags: tagsOf(marker) }));
    return Value;
  }

  async keyIds(UserName: string): Promise<string[]> {
    const { AccessKeyMetadata: keys = [] } = await this.harness
      .iam()
      .send(new ListAccessKeysCommand({ UserName }));
    return keys.map(({ AccessKeyId = "" }) => AccessKeyId);
  }

  /** A use that AWS tells of. */
  async use(key: Key): Promise<void> {
    await this.harness.arn(key);
  }

  /** From now on only what comes is counted. */
  forget(): void {
    this.seen = this.vendor.log.read().length;
  }

  /** Calls since the last reset, as `IAM GetUser`, without what they were about. */
  calls(): string[] {
    return this.vendor.log.read().slice(this.seen).map(nameOf);
  }

  writes(): string[] {
    return this.vendor.log.read().slice(this.seen).filter(isWriting).map(nameOf);
  }
}

function nameOf({ path }: Call): string {
  return path.split(" ").slice(0, 2).join(" ");
}

function tagsOf(marker: string | undefined): Tag[] {
  return marker === undefined ? [] : [{ Key: "provisioner", Value: marker }];
}
