import { isDeepStrictEqual } from "node:util";

import { dynamic, type CustomResourceOptions, type Input, type Output } from "@pulumi/pulumi";

import { type Implementation, isUnknown, messageOf, refuse } from "../boundary";
import { PartialFailure, UserError } from "../errors";
import { shell } from "../shell";
import { type AwsClient, ifThere } from "./client";

export interface AwsCustodyParameterInputs {
  /** Twelve digits: another account's parameter of the same name is another one. */
  accountId: string;
  region: string;
  parameterName: string;
  /** Ours; all others are somebody's, and stay. */
  tags: Record<string, string>;
  /** Set by `check`: whether it is there. */
  present?: boolean;
}

export interface AwsCustodyParameterOutputs extends AwsCustodyParameterInputs {
  present: boolean;
  /** As AWS described it when it was last looked at: never a value. Absent where it is missing. */
  described?: Description;
  /** Keys of our tags → what they said before us; null where there was none. */
  originals: Record<string, string | null>;
  /** What AWS had other than declared when it was last read, in words. */
  drift: string[];
}

interface Description {
  type: string;
  version: number;
}

export interface AwsCustodyParameterArgs {
  /** A change replaces, as of `region` and `parameterName`. */
  accountId: Input<string>;
  region: Input<string>;
  parameterName: Input<string>;
  /** A change takes effect in place. */
  tags: Input<Record<string, string>>;
}

/**
 * An SSM parameter whose value is a person's. The program answers for its tags; the value is never asked for, so that
 * it cannot come into the state, and the parameter is never made, written or deleted. One that is missing is recorded
 * as such, and is no error.
 */
export class AwsCustodyParameter extends dynamic.Resource {
  declare readonly present: Output<boolean>;

  constructor(name: string, args: AwsCustodyParameterArgs, opts?: CustomResourceOptions) {
    super(
      shell("awsCustodyParameter"),
      name,
      // The ones that the provider adds are outputs too.
      { ...args, present: undefined, described: undefined, originals: undefined, drift: undefined },
      opts,
      "aws",
      "CustodyParameter",
    );
  }
}

export function awsCustodyParameter(
  client: (region: string) => AwsClient,
): Implementation<AwsCustodyParameterInputs, AwsCustodyParameterOutputs> {
  return {
    // It looks, so that a preview says what is missing, and a run finds what a person has made since.
    check: async (_olds, news) => {
      if (identity.some((key) => isUnknown(news[key]))) return { inputs: inputsOf(news) };
      try {
        const described = await describe(news);
        const fault = described === undefined ? undefined : typeFault(news, described);
        if (fault !== undefined) return refuse(news, fault);
        return { inputs: { ...inputsOf(news), present: described !== undefined } };
      } catch (error) {
        return refuse(news, messageOf(error));
      }
    },

    diff: (_id, olds, news) => {
      const replaces = identity.filter((key) => olds[key] !== news[key]);
      const changes =
        replaces.length > 0 ||
        olds.drift.length > 0 ||
        olds.present !== news.present ||
        !isDeepStrictEqual(olds.tags, news.tags);
      return Promise.resolve({ changes, replaces });
    },

    create: async (inputs) => ({ id: inputs.parameterName, outs: await tag(inputs, undefined) }),

    // Never "gone": that it is missing is what there is to know of it.
    read: async (id, props) => {
      const described = await describe(props);
      if (described === undefined) return { id, props: missing(props) };
      const { originals } = knownOf(props, described);
      const actual = await tagsOf(props);
      const drift = Object.keys(props.tags)
        .filter((key) => actual[key] !== props.tags[key])
        .map((key) => `the tag ${key} ${actual[key] === undefined ? "is gone" : "says something else"}`);
      return { id, props: { ...inputsOf(props), present: true, described, originals, drift } };
    },

    update: async (_id, olds, news) => ({ outs: await tag(news, olds) }),

    delete: async (_id, props) => {
      const described = await describe(props);
      if (described === undefined) return;
      const { originals } = knownOf(props, described);
      const actual = await tagsOf(props);
      // What somebody wrote since is theirs.
      const ours = Object.keys(props.tags).filter((key) => actual[key] === props.tags[key]);
      await write(props, restored(ours, originals));
    },
  };

  /** Says what ours say, in at most one call of a kind, and in none where they say it already. */
  async function tag(
    wanted: AwsCustodyParameterInputs,
    before: AwsCustodyParameterOutputs | undefined,
  ): Promise<AwsCustodyParameterOutputs> {
    const described = await describe(wanted);
    if (described === undefined) return missing(wanted);
    const fault = typeFault(wanted, described);
    if (fault !== undefined) throw new UserError(fault);
    const known = knownOf(before, described);
    const actual = await tagsOf(wanted);
    const keys = Object.keys(wanted.tags);
    const originals = { ...Object.fromEntries(keys.map((key) => [key, theirs(key)])), ...kept() };
    const dropped = Object.keys(known.tags).filter(
      (key) => !keys.includes(key) && actual[key] === known.tags[key],
    );
    const outs = { ...inputsOf(wanted), present: true, described };
    try {
      await write(wanted, {
        ...restored(dropped, known.originals),
        ...Object.fromEntries(
          keys
            .filter((key) => actual[key] !== wanted.tags[key])
            .map((key) => [key, wanted.tags[key] ?? null]),
        ),
      });
      return { ...outs, originals, drift: [] };
    } catch (error) {
      const properties = {
        ...outs,
        // What is not dropped yet is still to be put back.
        tags: { ...known.tags, ...wanted.tags },
        originals: { ...known.originals, ...originals },
        drift: ["unfinished"],
      };
      throw new PartialFailure(error, wanted.parameterName, properties);
    }

    /** What is known of before us, of the keys that are ours still. */
    function kept(): Record<string, string | null> {
      return Object.fromEntries(Object.entries(known.originals).filter(([key]) => keys.includes(key)));
    }

    /** One that says what ours says was written by a run that could not record it. */
    function theirs(key: string): string | null {
      const now = actual[key];
      return now === undefined || now === wanted.tags[key] ? null : now;
    }
  }

  /** Undefined where it is missing, in the account that it is to be in. */
  async function describe(inputs: AwsCustodyParameterInputs): Promise<Description | undefined> {
    const { accountId, region, parameterName } = inputs;
    const filters = [{ Key: "Name", Option: "Equals", Values: [parameterName] }];
    const pages = client(region).ssm.paginateDescribeParameters({ ParameterFilters: filters });
    // A page may be empty, and the parameter on the next one.
    for await (const { Parameters: [found] = [] } of pages) {
      if (found !== undefined) return { type: found.Type ?? "unknown", version: found.Version ?? 0 };
    }
    const { Account: account } = await client(region).sts.getCallerIdentity({});
    if (account === accountId) return undefined;
    throw new UserError(
      `these AWS credentials are of the account ${account ?? "unknown"}, and ${parameterName} is in ${accountId}: export credentials of that account, and run again`,
    );
  }

  async function tagsOf({
    region,
    parameterName,
  }: AwsCustodyParameterInputs): Promise<Record<string, string>> {
    const answer = await ifThere(client(region).ssm.listTagsForResource(resource(parameterName)));
    return Object.fromEntries((answer?.TagList ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
  }

  /** Sets tags, and removes those that are null. */
  async function write(
    { region, parameterName }: AwsCustodyParameterInputs,
    changes: Record<string, string | null>,
  ): Promise<void> {
    const { ssm } = client(region);
    const added = Object.entries(changes).flatMap(([Key, Value]) => (Value === null ? [] : [{ Key, Value }]));
    const removed = Object.keys(changes).filter((key) => changes[key] === null);
    if (added.length > 0) await ssm.addTagsToResource({ ...resource(parameterName), Tags: added });
    if (removed.length > 0) {
      await ssm.removeTagsFromResource({ ...resource(parameterName), TagKeys: removed });
    }
  }
}

const identity = ["accountId", "region", "parameterName"] as const;

function resource(name: string): { ResourceType: "Parameter"; ResourceId: string } {
  return { ResourceType: "Parameter", ResourceId: name };
}

/** What is remembered of it; of one that was deleted and made again, which counts its versions anew, nothing. */
function knownOf(
  before: AwsCustodyParameterOutputs | undefined,
  { version }: Description,
): Pick<AwsCustodyParameterOutputs, "tags" | "originals"> {
  const isSame = before?.described !== undefined && before.described.version <= version;
  return isSame ? before : { tags: {}, originals: {} };
}

function restored(
  keys: readonly string[],
  originals: Record<string, string | null>,
): Record<string, string | null> {
  return Object.fromEntries(keys.map((key) => [key, originals[key] ?? null]));
}

function missing(inputs: AwsCustodyParameterInputs): AwsCustodyParameterOutputs {
  return { ...inputsOf(inputs), present: false, originals: {}, drift: [] };
}

/** AWS changes no parameter's type: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html */
function typeFault(
  { parameterName, region }: AwsCustodyParameterInputs,
  { type }: Description,
): string | undefined {
  if (type === "SecureString") return undefined;
  return `the SSM parameter ${parameterName} is a ${type}, which is not encrypted, and has to be a SecureString: delete it and make it again as one, with a new password, since others may know this one (https://console.aws.amazon.com/systems-manager/parameters?region=${region}), and run again`;
}

/** Engine-internal properties stay out of what is returned. */
function inputsOf({
  accountId,
  region,
  parameterName,
  tags,
}: AwsCustodyParameterInputs): Omit<AwsCustodyParameterInputs, "present"> {
  return { accountId, region, parameterName, tags };
}
