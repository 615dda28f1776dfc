import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import { SSMClient } from "@aws-sdk/client-ssm";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

import {
  type AwsState,
  awsAccount,
  awsRegion,
  createAdministrator,
  emptyAws,
  locateMoto,
  type RunningAws,
  startAws,
} from "../../../../sandbox/vendors/aws";

export interface Key {
  id: string;
  secret: string;
}

/** moto has to load its services first, and may have to be installed. */
export const startTimeoutMs = 180_000;

/** An emulated AWS with an administrator `operator`; new keys work at once, unless a test says otherwise. */
export class Harness {
  private made = 0;

  private constructor(
    public aws: RunningAws,
    readonly operator: Key,
    private readonly directory: string,
  ) {}

  static async start(fill: (state: AwsState) => void = () => undefined): Promise<Harness> {
    const directory = mkdtempSync(join(tmpdir(), "aws-"));
    const state = emptyAws();
    state.settings.new_key_delay_ms = 0;
    const { key } = createAdministrator(state, { name: "operator" });
    fill(state);
    const aws = await startAws({ directory, seed: () => state, moto: await locateMoto() });
    return new Harness(aws, { id: key.id, secret: key.secret }, directory);
  }

  async restart(): Promise<void> {
    await this.aws.close();
    this.aws = await startAws({ directory: this.directory });
  }

  async stop(): Promise<void> {
    await this.aws.close();
    rmSync(this.directory, { recursive: true });
  }

  file(name: string): string {
    return join(this.directory, name);
  }

  get state(): AwsState {
    return this.aws.store.state;
  }

  iam(key: Key = this.operator): IAMClient {
    return new IAMClient(this.options(key));
  }

  ssm(key: Key = this.operator): SSMClient {
    return new SSMClient(this.options(key));
  }

  sts(key: Key = this.operator): STSClient {
    return new STSClient(this.options(key));
  }

  private options(key: Key): object {
    return {
      endpoint: this.aws.url,
      region: awsRegion,
      credentials: { accessKeyId: key.id, secretAccessKey: key.secret },
      maxAttempts: 1,
    };
  }

  /** A name that no other test of the file has. */
  name(): string {
    this.made += 1;
    return `raxx-test-${this.made}`;
  }

  async user(...statements: Statement[]): Promise<string> {
    const UserName = this.name();
    await this.iam().send(new CreateUserCommand({ UserName }));
    if (statements.length > 0) {
      const PolicyArn = await this.policy(...statements);
      await this.iam().send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
    }
    return UserName;
  }

  async policy(...statements: Statement[]): Promise<string> {
    const document = { Version: "2012-10-17", Statement: statements };
    const { Policy } = await this.iam().send(
      new CreatePolicyCommand({ PolicyName: this.name(), PolicyDocument: JSON.stringify(document) }),
    );
    return found(Policy?.Arn);
  }

  async key(UserName: string): Promise<Key> {
    const { AccessKey } = await this.iam().send(new CreateAccessKeyCommand({ UserName }));
    return { id: found(AccessKey?.AccessKeyId), secret: found(AccessKey?.SecretAccessKey) };
  }

  /** A key of a new user with just these rights. */
  async keyWith(...statements: Statement[]): Promise<Key> {
    return this.key(await this.user(...statements));
  }

  async arn(key: Key): Promise<string> {
    return found((await this.sts(key).send(new GetCallerIdentityCommand({}))).Arn);
  }
}

export interface Statement {
  Effect: "Allow" | "Deny";
  Action: string | string[];
  Resource: string | string[];
  Condition?: object;
}

export function allow(Action: string | string[], Resource: string | string[] = "*"): Statement {
  return { Effect: "Allow", Action, Resource };
}

export function parameterArn(name: string): string {
  return `arn:aws:ssm:${awsRegion}:${awsAccount}:parameter${name}`;
}

/** Name and HTTP status of the error that a call ended with. */
export async function failure(call: Promise<unknown>): Promise<[status: number | undefined, name: string]> {
  const error = await failed(call);
  return [error.$metadata?.httpStatusCode, error.name];
}

export async function failed(call: Promise<unknown>): Promise<AwsFailure> {
  try {
    await call;
  } catch (error) {
    return error as AwsFailure;
  }
  throw new Error("the call did not fail");
}

export interface AwsFailure extends Error {
  $metadata?: { httpStatusCode?: number };
}

export function found<Thing>(thing: Thing | undefined | null): Thing {
  if (thing == null) throw new Error("not there");
  return thing;
}
