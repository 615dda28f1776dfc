import { isDeepStrictEqual } from "node:util";

import { dynamic, type CustomResourceOptions, type Input } from "@pulumi/pulumi";

import { type Implementation, refuse, unknownValue } from "../boundary";
import { PartialFailure, UserError } from "../errors";
import { afterFailure, isOurs, nothingWritten, type Written } from "../ours";
import { shell } from "../shell";
import { type FolderRef, type InfisicalClient, type InfisicalSecret, type SecretWrite } from "./client";

/** What is said of a secret beside its value. */
export interface SecretEntry {
  /** Tag slugs, sorted. */
  tags: string[];
  metadata: Record<string, string>;
  comment: string;
  /** `TOKEN@generation`: what was distributed, for status and audit. */
  source: string;
}

export interface InfisicalSecretsInputs extends FolderRef {
  /** Secret name → what is said of it. */
  entries: Record<string, SecretEntry>;
  /** Secret name → value; secret. The same names as `entries`. */
  values: Record<string, string>;
  /** Tag slug → tag id. */
  tagIds: Record<string, string>;
}

export interface InfisicalSecretsOutputs extends InfisicalSecretsInputs {
  /** Secret name → other values of ours that may stand there, after a write that failed; secret. */
  uncertain?: Record<string, string[]>;
}

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
 * Our secrets of one vault folder, written in one batch and read back. Secrets that are not named here are
 * never touched.
 */
export class InfisicalSecrets extends dynamic.Resource {
  constructor(name: string, args: InfisicalSecretsArgs, opts?: CustomResourceOptions) {
    super(
      shell("infisicalSecrets"),
      name,
      { ...args },
      { ...opts, additionalSecretOutputs: ["values", "uncertain"] },
      "infisical",
      "Secrets",
    );
  }
}

export function infisicalSecrets(
  client: () => InfisicalClient,
): Implementation<InfisicalSecretsInputs, InfisicalSecretsOutputs> {
  return {
    check: (_olds, news) => {
      if (isUnknown(news.values)) return Promise.resolve({ inputs: news });
      const reasons = Object.entries(news.values).flatMap(([name, value]) => faultsOf(name, value));
      const unmatched = Object.keys({ ...news.values, ...news.entries }).filter(
        (name) => news.values[name] === undefined || news.entries[name] === undefined,
      );
      if (unmatched.length > 0)
        reasons.push(`${unmatched.join(", ")} has a value but no entry, or an entry but no value`);
      return Promise.resolve(
        reasons.length === 0
          ? { inputs: news }
          : refuse(news, `${news.path} of ${news.environment}: ${reasons.join("; ")}`),
      );
    },

    diff: (_id, olds, news) => {
      const replaces = (["projectId", "environment", "path"] as const).filter(
        (key) => news[key] !== unknownValue && olds[key] !== news[key],
      );
      const same =
        isDeepStrictEqual(news.entries, olds.entries) && isDeepStrictEqual(news.values, olds.values);
      return Promise.resolve({ changes: replaces.length > 0 || !same, replaces });
    },

    create: async (inputs) => {
      await write(inputs, { entries: {}, written: nothingWritten });
      return { id: idOf(inputs), outs: inputsOf(inputs) };
    },

    read: async (id, props) => {
      const actual = await existing(props);
      if (actual === undefined) return {};
      // A value that is not what we wrote is somebody else's: it counts as missing, and never enters the state.
      const ours = [...actual.values()].filter(({ secretKey, secretValue }) =>
        isOurs(written(props), secretKey, secretValue),
      );
      const entries = ours.map((secret) => [secret.secretKey, entryOf(secret, props)] as const);
      const values = ours.map(({ secretKey, secretValue }) => [secretKey, secretValue] as const);
      return {
        id,
        props: {
          ...inputsOf(props),
          entries: Object.fromEntries(entries),
          values: Object.fromEntries(values),
        },
      };
    },

    update: async (_id, olds, news) => {
      await write(news, { entries: olds.entries, written: written(olds) });
      return { outs: inputsOf(news) };
    },

    delete: (_id, props) =>
      write({ ...props, entries: {}, values: {} }, { entries: props.entries, written: written(props) }),
  };

  /** Undefined where the folder is gone. */
  async function existing(folder: FolderRef): Promise<Map<string, InfisicalSecret> | undefined> {
    const secrets = await client().secrets(ref(folder));
    return secrets && new Map(secrets.map((secret) => [secret.secretKey, secret]));
  }

  /** At most one call per kind of change, none where all is as it should be, and a look at the result. */
  async function write(wanted: InfisicalSecretsInputs, before: Before): Promise<void> {
    const folder = ref(wanted);
    const actual = (await existing(folder)) ?? new Map<string, InfisicalSecret>();
    const writes = Object.keys(wanted.entries).map((name) => writeOf(name, wanted));
    const missing = writes.filter(({ secretKey }) => !actual.has(secretKey));
    const different = writes.filter(
      (one) => !asWritten(one, actual.get(one.secretKey)) && !missing.includes(one),
    );
    // A value that somebody else put there since is theirs: it stays.
    const obsolete = Object.keys(before.entries).filter(
      (name) =>
        wanted.entries[name] === undefined && isOurs(before.written, name, actual.get(name)?.secretValue),
    );
    if (missing.length + different.length + obsolete.length === 0) return;
    try {
      if (missing.length > 0) await client().writeSecrets("POST", folder, missing);
      if (different.length > 0) await client().writeSecrets("PATCH", folder, different);
      if (obsolete.length > 0) {
        const named = obsolete.map((secretKey) => ({ secretKey }));
        await client().writeSecrets("DELETE", folder, named);
      }
      if (missing.length + different.length > 0) await readBack(folder, writes);
    } catch (error) {
      const { values, uncertain } = afterFailure(before.written, wanted.values);
      const entries = { ...before.entries, ...wanted.entries };
      throw new PartialFailure(error, idOf(wanted), { ...inputsOf(wanted), entries, values, uncertain });
    }
  }

  async function readBack(folder: FolderRef, writes: SecretWrite[]): Promise<void> {
    const after = (await existing(folder)) ?? new Map<string, InfisicalSecret>();
    const wrong = writes.filter((one) => !asWritten(one, after.get(one.secretKey)));
    if (wrong.length === 0) return;
    const names = wrong.map(({ secretKey }) => secretKey).join(", ");
    throw new UserError(
      `the vault took ${names} in ${folder.path} of ${folder.environment}, but shows something else: run again`,
    );
  }
}

/** What we had in the folder before a write. */
interface Before {
  entries: Record<string, SecretEntry>;
  written: Written;
}

function written({ values, uncertain }: InfisicalSecretsOutputs): Written {
  return { values, uncertain: uncertain ?? {} };
}

function idOf({ environment, path }: FolderRef): string {
  return `${environment}:${path}`;
}

/** In a preview the whole of a property can be unknown, whatever its type. */
function isUnknown(property: unknown): boolean {
  return property === unknownValue;
}

/** What the vault would refuse, or take and change. */
function faultsOf(name: string, value: string): string[] {
  const faults: string[] = [];
  if (/[:/\s]/.test(name)) faults.push(`${name} is no name for a secret: no colon, slash or space`);
  if (value === "" || value.trim() !== value) {
    faults.push(
      `the value of ${name} is empty or starts or ends with white space, which the vault would cut off`,
    );
  }
  if (value.includes("${")) {
    faults.push(
      `the value of ${name} holds a dollar sign and a brace, which the vault would take for a reference`,
    );
  }
  return faults;
}

function writeOf(name: string, { entries, values, tagIds }: InfisicalSecretsInputs): SecretWrite {
  const entry = entries[name];
  const secretValue = values[name];
  if (entry === undefined || secretValue === undefined)
    throw new UserError(`${name} has no value: nothing is written`);
  return {
    secretKey: name,
    secretValue,
    secretComment: entry.comment,
    secretMetadata: Object.entries(entry.metadata).map(([key, value]) => ({ key, value })),
    tagIds: entry.tags.map((slug) => {
      const id = tagIds[slug];
      if (id === undefined)
        throw new UserError(`the vault project has no tag ${slug}: run pulumi up --stack prod first`);
      return id;
    }),
  };
}

function asWritten(one: SecretWrite, there: InfisicalSecret | undefined): boolean {
  if (there === undefined) return false;
  const tagIds = (there.tags ?? []).map(({ id }) => id);
  const metadata = Object.fromEntries((there.secretMetadata ?? []).map(({ key, value }) => [key, value]));
  return (
    there.secretValue === one.secretValue &&
    there.secretComment === one.secretComment &&
    isDeepStrictEqual(tagIds.sort(), [...one.tagIds].sort()) &&
    isDeepStrictEqual(metadata, Object.fromEntries(one.secretMetadata.map(({ key, value }) => [key, value])))
  );
}

/** The entry as the vault has it now, so that a refresh sees tags, metadata or comment that were changed. */
function entryOf(there: InfisicalSecret, { entries }: InfisicalSecretsInputs): SecretEntry {
  return {
    tags: (there.tags ?? []).map(({ slug }) => slug).sort(),
    metadata: Object.fromEntries((there.secretMetadata ?? []).map(({ key, value }) => [key, value])),
    comment: there.secretComment,
    source: entries[there.secretKey]?.source ?? "",
  };
}

function ref({ projectId, environment, path }: FolderRef): FolderRef {
  return { projectId, environment, path };
}

/** Engine-internal properties stay out of what is returned. */
function inputsOf({
  projectId,
  environment,
  path,
  entries,
  values,
  tagIds,
}: InfisicalSecretsInputs): InfisicalSecretsInputs {
  return { projectId, environment, path, entries, values, tagIds };
}
