import { z } from "zod";

export const tags = z.record(z.string(), z.string()).optional();

export type Tags = Record<string, string>;

/** As AWS's calls take them. */
export function tagList(given: Tags = {}): { Key: string; Value: string }[] {
  return Object.entries(given).map(([Key, Value]) => ({ Key, Value }));
}

/** What is recorded of the tags that AWS shows: those of AWS's own are left out. */
export function tagsIn(list: readonly { Key?: string | undefined; Value?: string | undefined }[] = []): {
  tags?: Tags;
  tagsAll: Tags;
} {
  const own = list.filter(({ Key = "" }) => !Key.startsWith("aws:"));
  const found = Object.fromEntries(own.map(({ Key = "", Value = "" }) => [Key, Value]));
  return own.length === 0 ? { tagsAll: {} } : { tags: found, tagsAll: found };
}

/** The inputs with no tags where there are none in them. */
export function withoutEmptyTags<Inputs extends { tags?: Tags | undefined }>(inputs: Inputs): Inputs {
  const { tags: given, ...others } = inputs;
  // One that is not known yet is no object with keys.
  const isEmpty = typeof given === "object" && Object.keys(given).length === 0;
  return isEmpty ? (others as Inputs) : inputs;
}

/** First what goes, then what comes, as the real plugin does; no call where nothing does. */
export async function retag(
  from: Tags = {},
  to: Tags = {},
  { remove, add }: { remove: (keys: string[]) => Promise<unknown>; add: (tags: Tags) => Promise<unknown> },
): Promise<void> {
  const gone = Object.keys(from).filter((key) => !(key in to));
  const changed = Object.entries(to).filter(([key, value]) => from[key] !== value);
  if (gone.length > 0) await remove(gone);
  if (changed.length > 0) await add(Object.fromEntries(changed));
}
