import { isDeepStrictEqual } from "node:util";

import { dynamic, type CustomResourceOptions, type Input, type Output } from "@pulumi/pulumi";

import { type Adoptable } from "../adoption";
import { type Implementation, messageOf, refuse } from "../boundary";
import { UserError } from "../errors";
import { shell } from "../shell";
import { type AwsClient } from "./client";
import { observe } from "./observe";

/** An IAM user that keys are minted for. */
export interface AwsUser {
  /** `raxx:<stack>:<TOKEN>`: the tag `provisioner` of what we make for it. */
  marker: string;
  /** Those of its keys that are wanted now, sorted. */
  generations: string[];
  /** Name of its policy. */
  policy: string;
  /** What the policy says, in IAM's language. */
  document: string;
  /** Where each may have been before us. */
  adopt: Record<"user" | "policy", Adoptable>;
}

/** An SSM parameter that this stack makes. */
export interface AwsParameter {
  name: string;
  /** `raxx:<stack>:<TOKEN>`: its tag `provisioner`. */
  marker: string;
  /** Absent where it holds what we mint: then it is ours, whatever stood there before. */
  adopt?: Adoptable;
}

export interface AwsAccountInputs {
  /** Twelve digits. */
  accountId: string;
  /** Of the parameters. */
  region: string;
  /** By name. */
  users: Record<string, AwsUser>;
  /** Sorted by name. */
  parameters: AwsParameter[];
  /** Names of parameters whose value a person gave, sorted. */
  supplied: string[];
  /** Names of parameters whose value a person gives, or is still to give, sorted. */
  awaited: string[];
  /**
   * Set by `check`: user → ids of the access keys that stood there when its wanted generations last changed. What is
   * there beside them was minted afterwards.
   */
  keysBefore?: Record<string, string[]>;
  /** Set by `check`: user that was taken over → ids of the access keys that it had then and has still. */
  keysOfOthers?: Record<string, string[]>;
}

export type AwsAccountOutputs = AwsAccountInputs;

export interface AwsAccountArgs {
  /** Twelve digits. Another account is refused. */
  accountId: Input<string>;
  /** Of the parameters. A change is verified, in place. */
  region: Input<string>;
  /** Users that keys are minted for, by name. A change is verified, in place. */
  users: Input<Record<string, AwsUser>>;
  /** Parameters that this stack makes, sorted by name. A change is verified, in place. */
  parameters: Input<AwsParameter[]>;
  /** Names of parameters whose value a person gave, sorted: none may be missing while it is awaited. @default none */
  supplied?: Input<string[]>;
  /** Names of parameters whose value a person gives, or is still to give, sorted. @default none */
  awaited?: Input<string[]>;
}

/**
 * Verifies the credentials of this run and what is to be made against AWS, in previews too, before anything is
 * written anywhere, and records which access keys stood there before a mint. What the bridged provider writes
 * depends on it.
 */
export class AwsAccount extends dynamic.Resource {
  declare readonly accountId: Output<string>;
  declare readonly users: Output<Record<string, AwsUser>>;
  declare readonly parameters: Output<AwsParameter[]>;
  declare readonly keysBefore: Output<Record<string, string[]>>;
  declare readonly keysOfOthers: Output<Record<string, string[]>>;

  constructor(name: string, args: AwsAccountArgs, opts?: CustomResourceOptions) {
    super(
      shell("awsAccount"),
      name,
      // Those that `check` adds are outputs too.
      { supplied: [], awaited: [], ...args, keysBefore: undefined, keysOfOthers: undefined },
      opts,
      "aws",
      "Account",
    );
  }
}

export function awsAccount(
  client: (region: string) => AwsClient,
): Implementation<AwsAccountInputs, AwsAccountOutputs> {
  return {
    check: async (olds, news) => {
      try {
        const { faults, ...seen } = await observe(client(news.region), olds, news);
        if (faults.length > 0) return refuse(news, faults.join("\n"));
        return { inputs: { ...inputsOf(news), ...seen } };
      } catch (error) {
        return refuse(news, messageOf(error));
      }
    },

    diff: (_id, olds, news) =>
      Promise.resolve({ changes: !isDeepStrictEqual(inputsOf(olds), inputsOf(news)) }),

    // What is recorded is what `check` of this very run has seen.
    create: (inputs) => Promise.resolve({ id: inputs.accountId, outs: inputsOf(inputs) }),
    update: (_id, _olds, news) => Promise.resolve({ outs: inputsOf(news) }),

    // Never "gone": credentials of another account must not lose what is recorded.
    read: async (id, props) => {
      const fault = await foreignCaller(client(props.region), props.accountId);
      if (fault !== undefined) throw new UserError(fault);
      return { id, props: inputsOf(props) };
    },

    delete: () => Promise.resolve(),
  };
}

async function foreignCaller(client: AwsClient, accountId: string): Promise<string | undefined> {
  const { faults } = await observe(client, {}, { ...nothing, accountId, region: client.region });
  return faults[0];
}

const nothing = { users: {}, parameters: [], supplied: [], awaited: [] };

/** Engine-internal properties stay out of what is returned. */
function inputsOf(inputs: AwsAccountInputs): AwsAccountInputs {
  const { accountId, region, users, parameters, supplied, awaited } = inputs;
  const { keysBefore = {}, keysOfOthers = {} } = inputs;
  return { accountId, region, users, parameters, supplied, awaited, keysBefore, keysOfOthers };
}
