import { ResourceHook, RunError, type Output, type ResourceHookBinding } from "@pulumi/pulumi";
import {
  type AwsUser,
  clearHalfMadeParameter,
  clearHalfMadePolicy,
  clearHalfMadeUser,
  revokeHalfMadeKeys,
  takeOverParameter,
} from "@raxx/providers";

import { propertiesOf, valueOf, warn } from "./hooks";

/** A key that is about to be minted. */
export interface KeyMint {
  /** Logical name of the key. */
  name: string;
  generation: string;
  /** `raxx:<stack>:<TOKEN>`. */
  marker: string;
  /**
   * Ids of the user's other keys that the state knows. Undefined where they are not known at the mint: then nothing is
   * revoked around it.
   */
  others?: Output<string>[];
}

/** What is done around each creation at AWS. */
export interface AwsHooks {
  user: ResourceHookBinding;
  policy: ResourceHookBinding;
  parameter: ResourceHookBinding;
  key(mint: KeyMint): ResourceHookBinding;
}

export interface AwsHooksArgs {
  /** Twelve digits. */
  accountId: string;
  region: string;
  /** What is wanted of each user, as this run has looked at it. */
  users: Output<Record<string, AwsUser>>;
  /** User → ids of the access keys that stood there before the mint was intended. */
  keysBefore: Output<Record<string, string[]>>;
}

/**
 * Removes what a run made and never recorded, by the tag that is ours, so that it can be made again: a user, a policy, a
 * parameter, or an access key whose secret nobody got. The hooks' names stand in the state: they never change.
 */
export function awsHooks({ accountId, region, users, keysBefore }: AwsHooksArgs): AwsHooks {
  const mints = new Map<string, KeyMint>();
  const look = async (name: string, newInputs: unknown, minted?: string): Promise<void> => {
    const mint = mints.get(name);
    if (mint === undefined) return;
    const { user } = propertiesOf(newInputs);
    // With `--target` the engine leaves out what looks, and the record is that of an earlier run.
    const wanted = (await valueOf(users))[String(user)];
    if (wanted?.generations.includes(mint.generation) !== true) {
      throw new RunError(
        `${name} would be minted in a run that did not look at which keys ${String(user)} has, and could take one in use for a half-made one: run it without --target`,
      );
    }
    const recorded = (await valueOf(keysBefore))[String(user)] ?? [];
    const others = await Promise.all((mint.others ?? []).map(valueOf));
    const known = [...recorded, ...others, ...(minted === undefined ? [] : [minted])];
    await revokeHalfMadeKeys(String(user), mint.marker, known, warn, {
      beforeMint: minted === undefined,
      adopted: wanted.adopt.user.adopted,
    });
  };
  const keyHooks = {
    beforeCreate: [new ResourceHook("aws-before-mint", ({ name, newInputs }) => look(name, newInputs))],
    afterCreate: [new ResourceHook("aws-after-mint", ({ name, newInputs, id }) => look(name, newInputs, id))],
  };
  const before = (
    what: string,
    clear: (name: string, marker: string, inputs: Record<string, unknown>) => Promise<void>,
  ): ResourceHookBinding => ({
    beforeCreate: [
      new ResourceHook(`aws-before-${what}`, ({ newInputs }) => {
        const inputs = propertiesOf(newInputs);
        return clear(String(inputs["name"]), String(propertiesOf(inputs["tags"])["provisioner"]), inputs);
      }),
    ],
  });
  return {
    user: before("user", (name, marker) => clearHalfMadeUser(name, marker, warn)),
    policy: before("policy", (name, marker) =>
      clearHalfMadePolicy(`arn:aws:iam::${accountId}:policy/${name}`, marker, warn),
    ),
    parameter: before("parameter", (name, marker, { overwrite }) =>
      overwrite === true
        ? takeOverParameter(name, marker, region, warn)
        : clearHalfMadeParameter(name, marker, region, warn),
    ),
    key: (mint) => {
      if (mint.others === undefined) return {};
      mints.set(mint.name, mint);
      return keyHooks;
    },
  };
}
