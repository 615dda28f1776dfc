import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";

import { dynamic, type CustomResourceOptions, type Input } from "@pulumi/pulumi";

import { type Implementation } from "../boundary";
import { type AwsCredentials } from "../environment";
import { UserError } from "../errors";
import { shell } from "../shell";
import { type AwsClient } from "./client";
import { AwsError } from "./explain";

export interface AwsKeyProbeInputs {
  /** `TOKEN@generation`. */
  source: string;
  /** Twelve digits. */
  accountId: string;
  /** Whose key it is. */
  user: string;
  /** Of the parameters. */
  region: string;
  /** Secret. */
  accessKeyId: string;
  /** Secret. */
  secretAccessKey: string;
  /** Names of the parameters that the key has to be able to read. */
  parameters: string[];
}

export interface AwsKeyProbeArgs {
  /** `TOKEN@generation`. */
  source: Input<string>;
  /** Twelve digits. */
  accountId: Input<string>;
  /** Whose key it is. */
  user: Input<string>;
  /** Of the parameters. */
  region: Input<string>;
  accessKeyId: Input<string>;
  secretAccessKey: Input<string>;
  /** Names of the parameters that the key has to be able to read. */
  parameters: Input<string[]>;
}

/**
 * Proves with the key itself that AWS knows it, whose it is, and that it can read what it is for. Any change of its
 * inputs proves it again; nothing of what it reads is kept.
 */
export class AwsKeyProbe extends dynamic.Resource {
  constructor(name: string, args: AwsKeyProbeArgs, opts?: CustomResourceOptions) {
    super(
      shell("awsKeyProbe"),
      name,
      { ...args },
      { ...opts, additionalSecretOutputs: ["accessKeyId", "secretAccessKey"] },
      "aws",
      "KeyProbe",
    );
  }
}

/** How long a new key may take to be known: mostly 5 to 15 seconds, for each service and region by itself. */
export interface Patience {
  forMs: number;
  pauseMs: number;
  /** Servers learn of a key one after another: so many answers in a row have to succeed. */
  inARow: number;
}

export function awsKeyProbe(
  clientWith: (region: string, credentials: AwsCredentials) => AwsClient,
  patience: Patience = { forMs: 90_000, pauseMs: 500, inARow: 4 },
): Implementation<AwsKeyProbeInputs, AwsKeyProbeInputs> {
  return {
    check: (_olds, news) => Promise.resolve({ inputs: inputsOf(news) }),
    diff: (_id, olds, news) =>
      Promise.resolve({ changes: !isDeepStrictEqual(inputsOf(olds), inputsOf(news)) }),
    create: async (inputs) => {
      await prove(inputs);
      return { id: inputs.source, outs: inputsOf(inputs) };
    },
    update: async (_id, _olds, news) => {
      await prove(news);
      return { outs: inputsOf(news) };
    },
    read: (id, props) => Promise.resolve({ id, props }),
    delete: () => Promise.resolve(),
  };

  async function prove(inputs: AwsKeyProbeInputs): Promise<void> {
    const { accessKeyId, secretAccessKey, region, parameters } = inputs;
    const client = clientWith(region, { accessKeyId, secretAccessKey });
    const end = performance.now() + patience.forMs;
    await accepted(inputs, client, end);
    for (const name of parameters) await readable(inputs, client, name, end);
  }

  async function accepted(inputs: AwsKeyProbeInputs, client: AwsClient, end: number): Promise<void> {
    for (let inARow = 0; inARow < patience.inARow;) {
      if (inARow > 0) await sleep(patience.pauseMs);
      const arn = await patiently(client.sts.getCallerIdentity({}), end, (error) =>
        error.trouble === "unauthorized"
          ? `AWS does not accept ${keyOf(inputs)}: it is unknown, inactive or deleted, or its secret is another; new keys need seconds, so run again; if it stays, mint another with ./raxx rotate`
          : undefined,
      );
      inARow = arn === undefined ? 0 : inARow + 1;
      if (arn !== undefined) requireOwner(inputs, arn.Arn ?? "");
    }
  }

  async function readable(
    inputs: AwsKeyProbeInputs,
    client: AwsClient,
    name: string,
    end: number,
  ): Promise<void> {
    for (;;) {
      const found = await patiently(
        // The value goes no further.
        client.ssm.getParameter({ Name: name, WithDecryption: true }).then(() => true),
        end,
        ({ trouble }) =>
          trouble === "unauthorized"
            ? `Systems Manager in ${inputs.region} does not accept ${keyOf(inputs)}: new keys need seconds, so run again; if it stays, mint another with ./raxx rotate`
            : trouble === "forbidden"
              ? `${keyOf(inputs)} may not read the SSM parameter ${name}: its policy has to allow ssm:GetParameter on it, and the key that encrypts it has to be aws/ssm; correct the statements in catalog/tokens/aws.ts, or what was changed at AWS, and run again`
              : undefined,
        name,
      );
      if (found === true) return;
    }
  }

  /** What the call answers; undefined, after a pause, where it may succeed later. */
  async function patiently<Answer>(
    call: Promise<Answer>,
    end: number,
    meaning: (error: AwsError) => string | undefined,
    parameter?: string,
  ): Promise<Answer | undefined> {
    try {
      return await call;
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      if (error.trouble === "missing" && parameter !== undefined) throw new UserError(noParameter(parameter));
      const fault = meaning(error);
      if (fault === undefined) throw error;
      if (performance.now() + patience.pauseMs > end) throw new UserError(fault);
      await sleep(patience.pauseMs);
      return undefined;
    }
  }
}

/** The id is not told: it is half of the credential. */
function keyOf({ source, user }: AwsKeyProbeInputs): string {
  return `the access key of ${source} (IAM user ${user})`;
}

function requireOwner(inputs: AwsKeyProbeInputs, arn: string): void {
  const { accountId, user } = inputs;
  const prefix = `arn:aws:iam::${accountId}:user/`;
  if (arn.startsWith(prefix) && arn.split("/").at(-1) === user) return;
  throw new UserError(
    `${keyOf(inputs)} is of ${arn}, and not of this user in the account ${accountId}: look at who changed the key in the state, and mint another with ./raxx rotate`,
  );
}

function noParameter(name: string): string {
  return `the SSM parameter ${name} does not exist: make it as its hand-off says, and run again`;
}

/** Engine-internal properties stay out of what is returned. */
function inputsOf(inputs: AwsKeyProbeInputs): AwsKeyProbeInputs {
  const { source, accountId, user, region, accessKeyId, secretAccessKey, parameters } = inputs;
  return { source, accountId, user, region, accessKeyId, secretAccessKey, parameters };
}
