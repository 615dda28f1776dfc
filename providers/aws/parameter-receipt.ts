import { dynamic, type CustomResourceOptions, type Input } from "@pulumi/pulumi";

import { type Implementation, refuse } from "../boundary";
import { UserError } from "../errors";
import { shell } from "../shell";
import { ifThere, type AwsClient } from "./client";
import { AwsError } from "./explain";

export interface AwsParameterReceiptInputs {
  region: string;
  parameterName: string;
  /** Secret. */
  value: string;
  /** `TOKEN@generation`: what was distributed, for status and audit. */
  source: string;
  /** Set by `check`: the version that stands at AWS; 0 where there is none or no answer. */
  foundVersion?: number;
}

export interface AwsParameterReceiptOutputs extends AwsParameterReceiptInputs {
  /** The version of which it is proven that it holds the value. */
  confirmedVersion: number;
}

export interface AwsParameterReceiptArgs {
  region: Input<string>;
  parameterName: Input<string>;
  value: Input<string>;
  /** `TOKEN@generation`. */
  source: Input<string>;
}

/**
 * Proves what an SSM parameter holds. The bridged provider's record may say what was never written: the engine takes a
 * failed update for done when it is tried again without a change. Before anything is revoked the value is read, and
 * written again where it is another one. It has to depend on the parameter.
 */
export class AwsParameterReceipt extends dynamic.Resource {
  constructor(name: string, args: AwsParameterReceiptArgs, opts?: CustomResourceOptions) {
    super(
      shell("awsParameterReceipt"),
      name,
      { ...args, confirmedVersion: undefined },
      { ...opts, additionalSecretOutputs: ["value"] },
      "aws",
      "ParameterReceipt",
    );
  }
}

export function awsParameterReceipt(
  client: (region: string) => AwsClient,
): Implementation<AwsParameterReceiptInputs, AwsParameterReceiptOutputs> {
  return {
    check: async (_olds, news) => {
      if (news.value === "") {
        return refuse(
          news,
          `the value for the SSM parameter ${news.parameterName} is empty: nothing is written`,
        );
      }
      return { inputs: { ...inputsOf(news), foundVersion: await foundVersion(news) } };
    },

    diff: (_id, olds, news) => {
      const moved = (["region", "parameterName"] as const).filter((part) => news[part] !== olds[part]);
      if (moved.length > 0) return Promise.resolve({ changes: true, replaces: moved });
      const same =
        news.value === olds.value &&
        news.source === olds.source &&
        news.foundVersion === olds.confirmedVersion;
      return Promise.resolve({ changes: !same });
    },

    create: async (inputs) => ({ id: inputs.parameterName, outs: await confirmed(inputs) }),
    update: async (_id, _olds, news) => ({ outs: await confirmed(news) }),
    // What stands at AWS is asked for in `check`, in every run.
    read: (id, props) => Promise.resolve({ id, props }),
    delete: () => Promise.resolve(),
  };

  /** The record of a parameter that holds the value, written once more where it does not. */
  async function confirmed(inputs: AwsParameterReceiptInputs): Promise<AwsParameterReceiptOutputs> {
    const { region, parameterName, value, source } = inputs;
    const { ssm } = client(region);
    const standing = await held(inputs);
    if (standing.value !== value) {
      await ssm.putParameter({ Name: parameterName, Value: value, Description: source, Overwrite: true });
    }
    const { value: now, version } = standing.value === value ? standing : await held(inputs);
    if (now !== value) {
      throw new UserError(
        `AWS accepted the SSM parameter ${parameterName} but shows another value: somebody else writes it too; find out who, and run again`,
      );
    }
    return { ...inputsOf(inputs), foundVersion: version, confirmedVersion: version };
  }

  async function held({
    region,
    parameterName,
  }: AwsParameterReceiptInputs): Promise<{ value: string | undefined; version: number }> {
    const call = client(region).ssm.getParameter({ Name: parameterName, WithDecryption: true });
    const { Parameter } = (await ifThere(call)) ?? {};
    if (Parameter?.Version === undefined) {
      throw new UserError(
        `the SSM parameter ${parameterName} is gone, though it was made: pulumi refresh, then run again`,
      );
    }
    return { value: Parameter.Value, version: Parameter.Version };
  }

  /** A preview, and a destroy, work without an answer: what needs it asks again. */
  async function foundVersion({ region, parameterName }: AwsParameterReceiptInputs): Promise<number> {
    try {
      const { Parameter } = (await ifThere(client(region).ssm.getParameter({ Name: parameterName }))) ?? {};
      return Parameter?.Version ?? 0;
    } catch (error) {
      if (error instanceof AwsError) return 0;
      throw error;
    }
  }
}

/** Engine-internal properties stay out of what is returned. */
function inputsOf(inputs: AwsParameterReceiptInputs): AwsParameterReceiptInputs {
  const { region, parameterName, value, source } = inputs;
  return { region, parameterName, value, source };
}
