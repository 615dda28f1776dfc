import { isDeepStrictEqual } from "node:util";

import { UserError } from "../errors";
import { type ObservedFolder } from "./observed-folder";
import { type InfisicalSecret, type SecretChange, type SecretMetadata, type SecretWrite } from "./records";
import {
  metadataOf,
  type HandOff,
  type Memory,
  type Origin,
  type Original,
  type SecretEntry,
  type SecretsInputs,
} from "./secret-entry";

/** What is known of a folder before a run: what was wanted then, and what is remembered. */
export interface Before extends Memory {
  entries: Record<string, SecretEntry>;
  values: Record<string, string>;
}

/** What has to be written for a folder to be as it is wanted, and what will be known then. */
export class Plan {
  readonly create: SecretWrite[] = [];
  readonly change: SecretChange[] = [];
  /** Only after all else was written and seen. */
  readonly remove = new Set<string>();
  readonly handOffs: HandOff[] = [];
  /** Names that hold what they are to hold, or will after the write. */
  readonly settled = new Set<string>();
  /** Former name → name of one in custody; they hold the same, or will. */
  readonly equal = new Map<string, string>();
  /** Companions that wait for their token: what stands there may be of before. */
  readonly skipped = new Set<string>();
  /** Names that do not hold the value that they are to hold. */
  readonly wrongValue = new Set<string>();
  /** Name → the other value of ours that it holds instead. */
  readonly otherValue = new Map<string, string>();
  readonly merged: Set<string>;
  readonly originals: Record<string, Original>;
  readonly deleted: Record<string, Original>;

  constructor(
    readonly wanted: SecretsInputs,
    readonly before: Before,
    readonly vault: ObservedFolder,
  ) {
    this.merged = new Set(before.merged);
    this.originals = { ...before.originals };
    this.deleted = { ...before.deleted };
  }

  get writes(): (SecretWrite | SecretChange)[] {
    return [...this.create, ...this.change];
  }

  /** The names that it writes or removes. */
  get touched(): string[] {
    return [...this.writes.map(({ secretKey }) => secretKey), ...this.remove];
  }

  tagIds({ tags }: SecretEntry): string[] {
    return tags.map((slug) => {
      const id = this.wanted.tagIds[slug];
      if (id !== undefined) return id;
      throw new UserError(`the vault project has no tag ${slug}: run pulumi up --stack prod first`);
    });
  }

  /** Makes a secret; `like` is the one that its value is copied from. */
  make(name: string, entry: SecretEntry, origin: Origin, secretValue: string, like?: InfisicalSecret): void {
    this.create.push({
      secretKey: name,
      secretValue,
      secretComment: entry.comment,
      secretMetadata: metadataOf(entry, origin),
      tagIds: this.tagIds(entry),
      ...multiline(like?.skipMultilineEncoding),
    });
    this.wrongValue.add(name);
  }

  /** Gives a former name another value, and leaves all else of it as it is. */
  overwrite({ secretKey, secretMetadata }: InfisicalSecret, secretValue: string): void {
    // A write without the metadata would clear it.
    this.change.push({ secretKey, secretValue, secretMetadata });
    this.wrongValue.add(secretKey);
  }

  /** Makes a former name that we deleted again, as it was. */
  async restore(name: string, original: Original, secretValue: string): Promise<void> {
    const { tags, comment: secretComment, metadata: secretMetadata, skipMultilineEncoding } = original;
    const tagIds = await this.vault.existingTags(tags.map(({ id }) => id));
    const write = { secretKey: name, secretValue, secretComment, secretMetadata, tagIds };
    this.create.push({ ...write, ...multiline(skipMultilineEncoding) });
    this.wrongValue.add(name);
    Reflect.deleteProperty(this.deleted, name);
  }

  /** Deletes a former name, and remembers what it had. */
  retire(secret: InfisicalSecret): void {
    this.remove.add(secret.secretKey);
    this.deleted[secret.secretKey] = originalOf(secret);
  }

  handOff(kind: HandOff["kind"], source: string, names: readonly string[]): void {
    if (names.length > 0) this.handOffs.push({ kind, source, names: [...names].sort() });
  }

  /** Both names are valid: for one deploy, which only a person can end. */
  handOffLeft({ formerNames = {}, source }: SecretEntry): void {
    const left = Object.keys(formerNames).filter(
      (name) =>
        formerNames[name]?.phase === "consumers-moved" &&
        (this.vault.get(name) !== undefined || this.create.some(({ secretKey }) => secretKey === name)),
    );
    const other = this.handOffs.find((one) => one.kind === "left" && one.source === source);
    if (other === undefined) this.handOff("left", source, left);
    else other.names = [...other.names, ...left].sort();
  }
}

export function originalOf(secret: InfisicalSecret): Original {
  const { id, tags, secretComment: comment, secretMetadata: metadata, skipMultilineEncoding } = secret;
  return { id, tags, comment, metadata, ...multiline(skipMultilineEncoding) };
}

/** Whether the secret says what a write says of it, whatever its value. */
export function saysAsSent(
  there: InfisicalSecret,
  { secretComment, secretMetadata, tagIds }: SecretChange,
): boolean {
  return (
    (secretComment === undefined || there.secretComment === secretComment) &&
    isDeepStrictEqual(mapOf(there.secretMetadata), mapOf(secretMetadata)) &&
    (tagIds === undefined || isDeepStrictEqual(there.tags.map(({ id }) => id).sort(), [...tagIds].sort()))
  );
}

export function mapOf(pairs: readonly SecretMetadata[]): Record<string, string> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, value]));
}

function multiline(skip: boolean | null | undefined): { skipMultilineEncoding?: boolean } {
  return typeof skip === "boolean" ? { skipMultilineEncoding: skip } : {};
}
