import { isDeepStrictEqual } from "node:util";

import { dynamic, type CustomResourceOptions, type Input, type Output } from "@pulumi/pulumi";

import { type Implementation, isUnknown, refuse } from "../boundary";
import { PartialFailure, UserError, VendorError } from "../errors";
import { shell } from "../shell";
import { type InfisicalClient } from "./client";
import { ObservedFolder } from "./observed-folder";
import { mapOf, saysAsSent, type Before, type Plan } from "./plan";
import { planFolder } from "./plan-folder";
import { type FolderRef, type InfisicalSecret, type SecretChange, type WriteMethod } from "./records";
import {
  nothingRemembered,
  originKey,
  originOf,
  type HandOff,
  type Memory,
  type Origin,
  type SecretEntry,
  type SecretsInputs,
} from "./secret-entry";
import { secretFaults } from "./secret-faults";
import { memoryAfter, memoryOf, recordAfterFailure, versionsSeen } from "./secret-memory";

/** A state from before a part of the memory existed lacks it. */
export type InfisicalSecretsOutputs = SecretsInputs & Partial<Memory>;

export interface InfisicalSecretsArgs {
  /** A change replaces, as of `environment` and `path`. */
  projectId: Input<string>;
  environment: Input<string>;
  path: Input<string>;
  entries: Input<Record<string, Input<SecretEntry>>>;
  values: Input<Record<string, Input<string>>>;
  tagIds: Input<Record<string, string>>;
}

/**
 * The secrets of one vault folder that the catalog names: those that we issue, written in one batch and read back,
 * and those in custody, whose values stay a person's. Secrets that are not named here are never read or touched.
 */
export class InfisicalSecrets extends dynamic.Resource {
  /** What only a person can do here. */
  declare readonly handOffs: Output<HandOff[] | undefined>;

  constructor(name: string, args: InfisicalSecretsArgs, opts?: CustomResourceOptions) {
    super(
      shell("infisicalSecrets"),
      name,
      { ...args, handOffs: undefined },
      { ...opts, additionalSecretOutputs: ["values", "uncertain", "originals", "deleted"] },
      "infisical",
      "Secrets",
    );
  }
}

export function infisicalSecrets(
  client: () => InfisicalClient,
): Implementation<SecretsInputs, InfisicalSecretsOutputs> {
  return {
    check: (_olds, news) => {
      const faults = secretFaults(news);
      return Promise.resolve(
        faults.length === 0
          ? { inputs: news }
          : refuse(news, `${news.path} of ${news.environment}: ${faults.join("; ")}`),
      );
    },

    diff: async (_id, olds, news) => {
      const replaces = (["projectId", "environment", "path"] as const).filter(
        (key) => !isUnknown(news[key]) && olds[key] !== news[key],
      );
      const same =
        isDeepStrictEqual(news.entries, olds.entries) && isDeepStrictEqual(news.values, olds.values);
      return { changes: replaces.length > 0 || !same || (await isHandedOver(olds, news)), replaces };
    },

    create: async (inputs) => {
      const memory = await write(inputs, { entries: {}, values: {}, ...nothingRemembered });
      return { id: idOf(inputs), outs: { ...inputsOf(inputs), ...memory } };
    },

    read: async (id, props) => {
      const observed = await observe(props);
      if (observed === undefined) return {};
      const plan = await planFolder(props, beforeOf(props), observed);
      const entries = Object.entries(props.entries).flatMap(([name, entry]) => {
        const actual = entryAsItIs(name, entry, plan);
        return actual === undefined ? [] : [[name, actual] as const];
      });
      // A value that is not what we wrote is somebody else's: it counts as missing, and never enters the state.
      const values = Object.keys(props.values).flatMap((name) => {
        const ours = plan.wrongValue.has(name) ? plan.otherValue.get(name) : props.values[name];
        return ours === undefined ? [] : [[name, ours] as const];
      });
      return {
        id,
        props: {
          ...inputsOf(props),
          ...memoryOf(props),
          ...versionsSeen(plan),
          entries: Object.fromEntries(entries),
          values: Object.fromEntries(values),
          uncertain: {},
          handOffs: plan.handOffs,
        },
      };
    },

    update: async (_id, olds, news) => ({
      outs: { ...inputsOf(news), ...(await write(news, beforeOf(olds), olds.tagIds)) },
    }),

    delete: async (_id, props) => {
      await write({ ...props, entries: {}, values: {} }, beforeOf(props));
    },
  };

  /** Undefined where the folder is gone. */
  async function observe(place: FolderRef): Promise<ObservedFolder | undefined> {
    const folder = folderOf(place);
    const listed = await client().secrets(folder);
    return listed && new ObservedFolder(client(), folder, listed);
  }

  /** What stands in a folder that is gone. */
  function nothingIn(place: FolderRef): ObservedFolder {
    return new ObservedFolder(client(), folderOf(place), []);
  }

  /** Whether a person has done since what was handed off. Asked of the vault only where something was. */
  async function isHandedOver(olds: InfisicalSecretsOutputs, news: SecretsInputs): Promise<boolean> {
    const handOffs = olds.handOffs ?? [];
    // What is left after a rename ends with a change of the catalog, not with one in the vault.
    if (handOffs.every(({ kind }) => kind === "left")) return false;
    try {
      const wanted = isUnknown(news.tagIds) ? { ...news, tagIds: olds.tagIds } : news;
      const plan = await planFolder(wanted, beforeOf(olds), (await observe(olds)) ?? nothingIn(olds));
      return plan.touched.length > 0 || !isDeepStrictEqual(plan.handOffs, handOffs);
    } catch (error) {
      // A vault that cannot be reached now is a matter for what has to be written to it.
      if (error instanceof VendorError || error instanceof UserError) return false;
      throw error;
    }
  }

  /** At most one call per kind of change, none where all is as it should be, and a look at the result. */
  async function write(
    wanted: SecretsInputs,
    before: Before,
    tagIdsBefore: Record<string, string> = {},
  ): Promise<Memory> {
    const folder = folderOf(wanted);
    const observed = (await observe(wanted)) ?? nothingIn(wanted);
    const plan = await planFolder(wanted, before, observed);
    refuseSecondRequest(plan, folder);
    try {
      if (plan.create.length > 0) await client().writeSecrets("POST", folder, plan.create);
      if (plan.change.length > 0) await client().writeSecrets("PATCH", folder, plan.change);
      const after = plan.writes.length > 0 ? await readBack(folder, plan) : observed;
      if (plan.remove.size > 0) await remove(folder, plan);
      return memoryAfter(plan, after);
    } catch (error) {
      // What is no longer wanted has tags too, which the next run may have to name.
      const tagIds = { ...tagIdsBefore, ...wanted.tagIds };
      const properties = { ...inputsOf(wanted), ...recordAfterFailure(plan, error), tagIds };
      throw new PartialFailure(error, idOf(wanted), properties);
    }
  }

  async function remove(folder: FolderRef, plan: Plan): Promise<void> {
    const names = [...plan.remove];
    if (plan.writes.length > 0) {
      // Time has passed since the look: what somebody wrote meanwhile is the newest value.
      const now = await observe(folder);
      const written = names.filter((name) => now?.isAt(name, plan.vault.version(name)) !== true);
      if (written.length > 0) {
        throw new UserError(
          `${written.join(", ")} in ${folder.path} of ${folder.environment} was written to during this run, so that nothing is deleted: run again`,
        );
      }
    }
    const named = names.map((secretKey) => ({ secretKey }));
    await client().writeSecrets("DELETE", folder, named);
  }

  /** What we wrote the value of is listed with it; all else without, and a former name's value is read by itself. */
  async function readBack(folder: FolderRef, plan: Plan): Promise<ObservedFolder> {
    const origins = [...new Set(plan.writes.map(({ secretMetadata }) => originOf(secretMetadata)))];
    const listed: (InfisicalSecret & { secretValue?: string })[] = [];
    if (origins.some((origin) => !isListed(origin))) listed.push(...((await client().secrets(folder)) ?? []));
    for (const origin of origins.filter(isListed)) {
      listed.push(...(await client().secretsWhere(folder, { key: originKey, value: origin })));
    }
    const after = new ObservedFolder(client(), folder, listed);
    const values = new Map(listed.map(({ secretKey, secretValue }) => [secretKey, secretValue]));
    const wrong: string[] = [];
    for (const one of plan.writes) {
      const name = one.secretKey;
      const there = after.get(name);
      const holds = async (): Promise<boolean> =>
        one.secretValue === undefined || one.secretValue === (values.get(name) ?? (await after.value(name)));
      if (there === undefined || !saysAsSent(there, one) || !(await holds())) wrong.push(name);
    }
    if (wrong.length === 0) return after;
    throw new UserError(
      `the vault took ${wrong.join(", ")} in ${folder.path} of ${folder.environment}, but shows something else: run again`,
    );
  }
}

/** Values that this program wrote. */
function isListed(origin: string | undefined): origin is Origin {
  return origin === "issued" || origin === "custody";
}

/** The same change request twice would leave a person with two of them. */
function refuseSecondRequest(plan: Plan, { path, environment }: FolderRef): void {
  const open = plan.before.handOffs.find(({ kind }) => kind === "approval");
  const calls: Record<WriteMethod, string[]> = {
    POST: plan.create.map(({ secretKey }) => secretKey),
    PATCH: plan.change.map(({ secretKey }) => secretKey),
    DELETE: [...plan.remove],
  };
  if (open?.operation === undefined || !isDeepStrictEqual(open.names, calls[open.operation].sort())) return;
  throw new UserError(
    `the change request ${open.request ?? ""} for ${open.names.join(", ")} in ${path} of ${environment} is not merged yet: approve it in the vault, then run again; if it was rejected, run pulumi refresh first, and it is asked for again`,
  );
}

/** What a refresh shows of a name; undefined where it has to be written, so that the next up does. */
function entryAsItIs(name: string, entry: SecretEntry, plan: Plan): SecretEntry | undefined {
  const change = plan.change.find(({ secretKey }) => secretKey === name);
  const there = plan.vault.get(name);
  if (plan.wrongValue.has(name) && entry.custody === true && there !== undefined) {
    // It stays taken over: without its former names it differs, and the next up looks.
    const kept = { ...entry };
    delete kept.formerNames;
    return kept;
  }
  if (plan.wrongValue.has(name) && !plan.otherValue.has(name)) return undefined;
  const asItIs = change === undefined || there === undefined ? entry : saidThere(there, entry, change);
  if (entry.formerNames === undefined) return asItIs;
  const right = Object.entries(entry.formerNames).filter(([former]) => !plan.touched.includes(former));
  return { ...asItIs, formerNames: Object.fromEntries(right) };
}

/** In place of a person's own words: the state and a preview show entries in plain text. */
const theirs = "(changed in the vault)";

function saidThere(
  { tags, secretMetadata, secretComment }: InfisicalSecret,
  entry: SecretEntry,
  change: SecretChange,
): SecretEntry {
  const actual = mapOf(secretMetadata);
  const metadata = Object.entries(entry.metadata).flatMap(([key, value]) =>
    actual[key] === undefined ? [] : [[key, actual[key] === value ? value : theirs] as const],
  );
  // The origin is no part of the entry: it is shown where it is wrong.
  const origin = originOf(secretMetadata) === originOf(change.secretMetadata) ? {} : { [originKey]: theirs };
  return {
    ...entry,
    tags: tags.map(({ slug }) => slug).sort(),
    metadata: { ...Object.fromEntries(metadata), ...origin },
    comment: secretComment === entry.comment ? secretComment : theirs,
  };
}

function beforeOf(props: InfisicalSecretsOutputs): Before {
  return { entries: props.entries, values: props.values, ...memoryOf(props) };
}

function idOf({ environment, path }: FolderRef): string {
  return `${environment}:${path}`;
}

function folderOf({ projectId, environment, path }: FolderRef): FolderRef {
  return { projectId, environment, path };
}

/** Engine-internal properties stay out of what is returned. */
function inputsOf({ projectId, environment, path, entries, values, tagIds }: SecretsInputs): SecretsInputs {
  return { projectId, environment, path, entries, values, tagIds };
}
