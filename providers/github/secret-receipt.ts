import { isDeepStrictEqual } from "node:util";

import { dynamic, type CustomResourceOptions, type Input, type Output } from "@pulumi/pulumi";

import { type Implementation, refuse, unknownValue } from "../boundary";
import { UserError, VendorError } from "../errors";
import { shell } from "../shell";
import { type GitHubClient, type GitHubSecretRef } from "./client";

export interface GitHubSecretReceiptInputs {
  owner: string;
  repository: string;
  /** Absent for a secret of the repository itself. */
  environment?: string;
  secretName: string;
  /** Secret. */
  value: string;
  /** `TOKEN@generation`: what was distributed, for status and audit. */
  source: string;
  /** When the bridged provider wrote the secret last, by its own record. */
  writtenAt: string;
  /** Set by `check`: when GitHub says that the secret was written last; empty where there is none or no answer. */
  foundAt?: string;
}

export interface GitHubSecretReceiptOutputs extends GitHubSecretReceiptInputs {
  /** When GitHub said that the value of this source was written. */
  confirmedAt: string;
}

export interface GitHubSecretReceiptArgs {
  /** A user or an organisation. */
  owner: Input<string>;
  /** Its name, without the owner. */
  repository: Input<string>;
  /** Name of the environment. @default the secret is the repository's own */
  environment?: Input<string>;
  secretName: Input<string>;
  value: Input<string>;
  /** `TOKEN@generation`. */
  source: Input<string>;
  /** `updatedAt` of the secret's own resource: so this one comes after it, and only where it succeeded. */
  writtenAt: Input<string>;
}

/**
 * Proves what a secret at GitHub holds. Nobody can read it there, and the bridged provider's record may say what was
 * never written: a refresh after a failed write takes it for done. Only the time of the last write can be compared: where
 * it is not that of a write of this very value, the value is written again, before anything is revoked.
 */
export class GitHubSecretReceipt extends dynamic.Resource {
  /** `TOKEN@generation` */
  declare readonly source: Output<string>;

  constructor(name: string, args: GitHubSecretReceiptArgs, opts?: CustomResourceOptions) {
    super(
      shell("githubSecretReceipt"),
      name,
      { ...args, confirmedAt: undefined },
      { ...opts, additionalSecretOutputs: ["value"] },
      "github",
      "SecretReceipt",
    );
  }
}

export function githubSecretReceipt(
  client: () => GitHubClient,
): Implementation<GitHubSecretReceiptInputs, GitHubSecretReceiptOutputs> {
  return {
    check: async (_olds, news) => {
      if (news.value === "") {
        return refuse(
          news,
          `the value for the GitHub secret ${news.secretName} is empty: nothing is written`,
        );
      }
      return { inputs: { ...inputsOf(news), foundAt: await foundAt(news) } };
    },

    diff: (_id, olds, news) => {
      const moved = (["owner", "repository", "environment", "secretName"] as const).filter(
        (part) => news[part] !== olds[part],
      );
      if (moved.length > 0) return Promise.resolve({ changes: true, replaces: moved });
      const same =
        isDeepStrictEqual([news.value, news.source], [olds.value, olds.source]) &&
        news.foundAt === olds.confirmedAt;
      return Promise.resolve({ changes: !same });
    },

    create: async (inputs) => ({ id: idOf(inputs), outs: await confirmed(inputs) }),
    update: async (_id, olds, news) => ({ outs: await confirmed(news, olds) }),
    // What GitHub says is asked for in `check`, in every run.
    read: (id, props) => Promise.resolve({ id, props }),
    delete: () => Promise.resolve(),
  };

  /** The record of a secret that holds the value, written once more where that is not proven. */
  async function confirmed(
    inputs: GitHubSecretReceiptInputs,
    before?: GitHubSecretReceiptOutputs,
  ): Promise<GitHubSecretReceiptOutputs> {
    const ref = refOf(inputs);
    const writtenAt = timeOf(inputs.writtenAt);
    const standing = await client().secretUpdatedAt(ref);
    // A write that was counted before proves another value, unless nothing of it changed.
    const counted = before !== undefined && writtenAt === before.writtenAt && inputs.value !== before.value;
    const proven = standing !== undefined && standing === writtenAt && !counted;
    if (!proven) await client().putSecret(ref, inputs.value);
    const confirmedAt = proven ? standing : await client().secretUpdatedAt(ref);
    if (confirmedAt === undefined) {
      throw new UserError(`github accepted the secret ${inputs.secretName} but does not show it: run again`);
    }
    return { ...inputsOf(inputs), writtenAt, foundAt: confirmedAt, confirmedAt };
  }

  /** A preview, and a destroy, work without an answer: what needs it asks again. */
  async function foundAt(inputs: GitHubSecretReceiptInputs): Promise<string> {
    try {
      return (await client().secretUpdatedAt(refOf(inputs))) ?? "";
    } catch (error) {
      if (error instanceof VendorError) return "";
      throw error;
    }
  }
}

/** The provider writes Go's form, `2026-11-22 05:06:07 +0000 UTC`, the API `2026-11-22T05:06:07Z`. */
function timeOf(text: string): string {
  if (text === unknownValue) return "";
  return text.replace(/^(\S+) (\S+) \+0000 UTC$/, "$1T$2Z");
}

function refOf({ owner, repository, environment, secretName }: GitHubSecretReceiptInputs): GitHubSecretRef {
  return { owner, repository, secretName, ...(environment === undefined ? {} : { environment }) };
}

function idOf({ owner, repository, environment = "", secretName }: GitHubSecretReceiptInputs): string {
  return [owner, repository, environment, secretName].join("/");
}

/** Engine-internal properties stay out of what is returned. */
function inputsOf(inputs: GitHubSecretReceiptInputs): GitHubSecretReceiptInputs {
  const { owner, repository, environment, secretName, value, source, writtenAt } = inputs;
  return {
    ...{ owner, repository, secretName, value, source, writtenAt: timeOf(writtenAt) },
    ...(environment === undefined ? {} : { environment }),
  };
}
