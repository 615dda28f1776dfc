import { isDeepStrictEqual } from "node:util";

import { dynamic, type CustomResourceOptions, type Input } from "@pulumi/pulumi";

import { type Implementation, refuse, unknownValue } from "../boundary";
import { isStatus, UserError } from "../errors";
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
      { ...opts, additionalSecretOutputs: ["values"] },
      "infisical",
      "Secrets",
    );
  }
}

export function infisicalSecrets(
  client: () => InfisicalClient,
): Implementation<InfisicalSecretsInputs, InfisicalSecretsInputs> {
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
      await write(inputs, []);
      return { id: `${inputs.environment}:${inputs.path}`, outs: only(inputs) };
    },

    read: async (id, props) => {
      const actual = await existing(props);
      if (actual === undefined) return {};
      // A value that is not what we wrote is somebody else's: it counts as missing, and never enters the state.
      const ours = Object.keys(props.entries).filter(
        (name) => actual.get(name)?.secretValue === props.values[name],
      );
      const entries = ours.map((name) => [name, entryOf(actual.get(name), props.entries[name])] as const);
      const values = ours.map((name) => [name, props.values[name] ?? ""] as const);
      return {
        id,
        props: { ...only(props), entries: Object.fromEntries(entries), values: Object.fromEntries(values) },
      };
    },

    update: async (_id, olds, news) => {
      const dropped = Object.keys(olds.entries).filter((name) => news.entries[name] === undefined);
      await write(
        news,
        dropped.map((name) => [name, olds.values[name]] as const),
      );
      return { outs: only(news) };
    },

    delete: async (_id, props) => {
      const ours = Object.keys(props.entries).map((name) => [name, props.values[name]] as const);
      await write({ ...props, entries: {}, values: {} }, ours);
    },
  };

  /** Undefined where the folder is gone. */
  async function existing(folder: FolderRef): Promise<Map<string, InfisicalSecret> | undefined> {
    try {
      const secrets = await client().secrets(ref(folder));
      return new Map(secrets.map((secret) => [secret.secretKey, secret]));
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  }

  /** At most one call per kind of change, none where all is as it should be, and a look at the result. */
  async function write(
    wanted: InfisicalSecretsInputs,
    dropped: (readonly [name: string, value: string | undefined])[],
  ): Promise<void> {
    const folder = ref(wanted);
    const actual = (await existing(folder)) ?? new Map<string, InfisicalSecret>();
    const writes = Object.keys(wanted.entries).map((name) => writeOf(name, wanted));
    const missing = writes.filter(({ secretKey }) => !actual.has(secretKey));
    const different = writes.filter((one) => {
      const there = actual.get(one.secretKey);
      return there !== undefined && !asWritten(one, there);
    });
    // A value that somebody else put there since is theirs: it stays.
    const obsolete = dropped.filter(([name, value]) => actual.get(name)?.secretValue === value);

    if (missing.length > 0) await client().writeSecrets("POST", folder, missing);
    if (different.length > 0) await client().writeSecrets("PATCH", folder, different);
    if (obsolete.length > 0) {
      await client().writeSecrets(
        "DELETE",
        folder,
        obsolete.map(([secretKey]) => ({ secretKey })),
      );
    }
    if (missing.length + different.length === 0) return;

    const after = (await existing(folder)) ?? new Map<string, InfisicalSecret>();
    const wrong = writes.filter((one) => {
      const there = after.get(one.secretKey);
      return there === undefined || !asWritten(one, there);
    });
    if (wrong.length > 0) {
      const names = wrong.map(({ secretKey }) => secretKey).join(", ");
      throw new UserError(
        `the vault took ${names} in ${folder.path} of ${folder.environment}, but shows something else: run again`,
      );
    }
  }
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

function asWritten(one: SecretWrite, there: InfisicalSecret): boolean {
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
function entryOf(there: InfisicalSecret | undefined, recorded: SecretEntry | undefined): SecretEntry {
  return {
    tags: (there?.tags ?? []).map(({ slug }) => slug).sort(),
    metadata: Object.fromEntries((there?.secretMetadata ?? []).map(({ key, value }) => [key, value])),
    comment: there?.secretComment ?? "",
    source: recorded?.source ?? "",
  };
}

function ref({ projectId, environment, path }: FolderRef): FolderRef {
  return { projectId, environment, path };
}

/** Engine-internal properties stay out of what is returned. */
function only({
  projectId,
  environment,
  path,
  entries,
  values,
  tagIds,
}: InfisicalSecretsInputs): InfisicalSecretsInputs {
  return { projectId, environment, path, entries, values, tagIds };
}
