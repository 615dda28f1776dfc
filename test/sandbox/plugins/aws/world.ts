import { IAMClient } from "@aws-sdk/client-iam";
import { SSMClient } from "@aws-sdk/client-ssm";
import { STSClient } from "@aws-sdk/client-sts";

import { aws } from "../../../../sandbox/plugins/aws";
import { type Properties } from "../../../../sandbox/plugins/kit/properties";
import {
  awsRegion,
  createAdministrator,
  emptyAws,
  type RunningAws,
  startAws,
} from "../../../../sandbox/vendors/aws";
import { type Fault } from "../../../../sandbox/vendors/kit/faults";
import { ScratchFolder } from "../../scratch-folder";
import { type PluginClient, revealed, secretly, servedForTests } from "../plugin-client";

export const types = {
  user: "aws:iam/user:User",
  policy: "aws:iam/policy:Policy",
  attachment: "aws:iam/userPolicyAttachment:UserPolicyAttachment",
  key: "aws:iam/accessKey:AccessKey",
  parameter: "aws:ssm/parameter:Parameter",
} as const;

/** moto has to load its services first, and may have to be installed. */
export const startTimeoutMs = 180_000;

export interface Key {
  id: string;
  secret: string;
}

/** An emulated AWS with an operator who may do everything; one for all the tests of a file. */
export class World {
  readonly iam: IAMClient;
  readonly ssm: SSMClient;
  private made = 0;
  private seen = 0;

  constructor(
    readonly vendor: RunningAws,
    readonly operator: Key,
    readonly client: PluginClient,
    readonly settings: Properties,
  ) {
    this.iam = new IAMClient(this.options(operator));
    this.ssm = new SSMClient(this.options(operator));
  }

  sts(key: Key): STSClient {
    return new STSClient(this.options(key));
  }

  private options({ id, secret }: Key) {
    return {
      endpoint: this.vendor.url,
      region: awsRegion,
      credentials: { accessKeyId: id, secretAccessKey: secret },
      maxAttempts: 1,
    };
  }

  /** A name that no other test of the file has. */
  name(): string {
    this.made += 1;
    return `raxx-test-${this.made}`;
  }

  /** The calls since the last time. */
  calls(): string[] {
    const all = this.vendor.log.read().map(({ path }) => path);
    const news = all.slice(this.seen);
    this.seen = all.length;
    return news;
  }

  /** A fault for the next call of that name, and for as many more. */
  fail(path: string, fault: Partial<Fault> = {}): void {
    this.vendor.faults.add({
      kind: "status",
      method: "POST",
      path,
      status: 400,
      call: 1,
      times: 1,
      retryAfterSeconds: 1,
      delayMs: 0,
      ...fault,
    });
  }
}

export function worldForTests(): () => World {
  const served = servedForTests(() => aws);
  let scratch: ScratchFolder;
  let world: World;
  beforeAll(async () => {
    scratch = new ScratchFolder();
    const state = emptyAws();
    state.settings.new_key_delay_ms = 0;
    const { key } = createAdministrator(state, { name: "operator" });
    const vendor = await startAws({ directory: scratch.root, seed: () => state });
    const settings = {
      accessKey: secretly(key.id),
      secretKey: secretly(key.secret),
      region: awsRegion,
      endpoints: JSON.stringify([{ iam: vendor.url, ssm: vendor.url, sts: vendor.url }]),
      maxRetries: "2",
    };
    world = new World(vendor, { id: key.id, secret: key.secret }, await served.client(settings), settings);
  }, startTimeoutMs);
  beforeEach(() => {
    world.vendor.faults.clear();
    world.calls();
  });
  afterAll(async () => {
    await world.vendor.close();
    scratch.remove();
  });
  return () => world;
}

/** What a failed call says. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("the call did not fail");
}

/** A state with its secrets in plain text. */
export function plainly(state: Properties, ...secrets: string[]): Properties {
  const shown = secrets.filter((name) => name in state).map((name) => [name, revealed(state[name])]);
  return { ...state, ...(Object.fromEntries(shown) as Properties) };
}
