import { type FolderRef, type SecretMetadata, type WriteMethod } from "./records";

/** How far a name's way out of the vault is: Section 6 of the taxonomy. */
export type RenamePhase = "added" | "consumers-moved" | "old-deleted";

/** A name that the same value has, or had, in the same folder. */
export interface FormerName {
  phase: RenamePhase;
  /** What the phase means for it, so that a preview says so. */
  meaning: string;
}

/** What is said of a secret beside its value. */
export interface SecretEntry {
  /** Tag slugs, sorted. */
  tags: string[];
  metadata: Record<string, string>;
  comment: string;
  /** `TOKEN@generation`: what was distributed, for status and audit. Entries of one token are a group. */
  source: string;
  /** The value stands in the vault, and is a person's: it is never sent, but for a copy of a former name. */
  custody?: true;
  /** It describes the token. Of a token in custody it is written once the whole token stands. */
  companion?: true;
  formerNames?: Record<string, FormerName>;
}

/** What only a person can do. */
export interface HandOff {
  /**
   * `missing`: a value in custody stands nowhere. `unequal`: names that are to hold one value hold several.
   * `changed`: a former name is to be deleted, but holds what nobody took over. `left`: a former name that nobody
   * reads any more still stands. `uncopyable`: a value in custody cannot be read, or would not be the same under
   * another name. `approval`: a change policy holds a write back.
   */
  kind: "missing" | "unequal" | "changed" | "left" | "uncopyable" | "approval";
  /** `TOKEN@generation`; empty for an approval, which may be of several. */
  source: string;
  /** The secrets that it is about, sorted. */
  names: string[];
  /** The change request that waits for a person. */
  request?: string;
  /** What it asks for. */
  operation?: WriteMethod;
}

/** One version of one secret: as long as it stands, nobody has written to the secret. */
export interface SecretVersion {
  id: string;
  version: number;
}

/** What a secret had beside its value before us. */
export interface Original {
  /** Of the secret: one that was made again under the same name is another. */
  id: string;
  tags: { id: string; slug: string }[];
  comment: string;
  metadata: SecretMetadata[];
  /** Whether its lines are sent as they are; absent where it does not say. */
  skipMultilineEncoding?: boolean;
}

export interface SecretsInputs extends FolderRef {
  /** Secret name → what is said of it. */
  entries: Record<string, SecretEntry>;
  /** Secret name → value; secret. The names of `entries`, but for those in custody. */
  values: Record<string, string>;
  /** Tag slug → tag id. */
  tagIds: Record<string, string>;
}

/** What is remembered of a folder from one run to the next: never a value in custody. */
export interface Memory {
  /** Name → other values of ours that may stand there, after a write that failed; secret. */
  uncertain: Record<string, string[]>;
  /** Name → its version when it last held what it was to hold. */
  versions: Record<string, SecretVersion>;
  /** Former name of one in custody → the version of the name that it has now, when both last held the same. */
  equals: Record<string, SecretVersion>;
  /** Former names of what we issue that we have written to. */
  merged: string[];
  /** Name in custody → what it had before us, for the day on which it is let go; secret, for comments say anything. */
  originals: Record<string, Original>;
  /** Former name that we deleted → what it had, for going back; secret. */
  deleted: Record<string, Original>;
  handOffs: HandOff[];
}

export const nothingRemembered: Memory = {
  uncertain: {},
  versions: {},
  equals: {},
  merged: [],
  originals: {},
  deleted: {},
  handOffs: [],
};

/**
 * The metadata pair that says whose a value is, so that a list can ask for some and no others. `issued`: ours, a
 * token's or a companion's. `custody`: our copy of a former name in custody, and a companion in custody. `found`: a
 * person's, in its place.
 */
export const originKey = "value";
export type Origin = "issued" | "custody" | "found";

/** The metadata of a secret as it is sent. */
export function metadataOf({ metadata }: SecretEntry, origin: Origin): SecretMetadata[] {
  const pairs = Object.entries({ ...metadata, [originKey]: origin });
  return pairs.map(([key, value]) => ({ key, value }));
}

export function originOf(metadata: readonly SecretMetadata[]): string | undefined {
  return metadata.find(({ key }) => key === originKey)?.value;
}
