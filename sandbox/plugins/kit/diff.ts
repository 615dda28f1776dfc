import { isDeepStrictEqual } from "node:util";

import { type Resource } from "./plugin";
import { hasUnknown, type Properties, UNKNOWN } from "./properties";

export interface Change {
  kind: "add" | "update" | "delete";
  replaces: boolean;
}

export type Changes = Map<string, Change>;

/** What has to change so that the recorded state becomes the one that the inputs ask for. */
export async function changesOf<Session>(
  resource: Resource<Session>,
  session: Session,
  { olds, news, ignored }: { olds: Properties; news: Properties; ignored: readonly string[] },
): Promise<Changes> {
  const planned = resource.planned?.(news, olds) ?? news;
  const changes: Changes = new Map();
  for (const name of Object.keys(resource.inputs.shape)) {
    if (ignored.includes(name)) continue;
    const kind = kindOf(olds[name], planned[name]);
    if (kind === undefined || (kind === "delete" && resource.optionalComputed?.includes(name) === true))
      continue;
    changes.set(name, { kind, replaces: resource.replaces.includes(name) });
  }
  const changed = new Set(changes.keys());
  for (const name of (await resource.replacedBy?.(session, olds, planned, changed)) ?? []) {
    const change = changes.get(name);
    if (change !== undefined) change.replaces = true;
  }
  return changes;
}

function kindOf(old: unknown, planned: unknown): Change["kind"] | undefined {
  if (planned === undefined) return old === undefined ? undefined : "delete";
  if (!hasUnknown(planned) && isDeepStrictEqual(old, planned)) return undefined;
  return old === undefined ? "add" : "update";
}

/** The state after a creation, as far as it is known before. */
export function plannedCreation<Session>(resource: Resource<Session>, inputs: Properties): Properties {
  const computed = Object.fromEntries(
    [...resource.computed, ...(resource.optionalComputed ?? [])].map((name) => [name, UNKNOWN]),
  );
  return { ...computed, ...(resource.planned?.(inputs) ?? inputs) };
}

/** The state after an update, as far as it is known before. */
export function plannedUpdate<Session>(
  resource: Resource<Session>,
  { olds, news, ignored }: { olds: Properties; news: Properties; ignored: readonly string[] },
): Properties {
  const kept = Object.entries(olds).filter(
    ([name]) =>
      !(name in resource.inputs.shape) ||
      ignored.includes(name) ||
      resource.optionalComputed?.includes(name) === true,
  );
  const given = Object.entries(resource.planned?.(news, olds) ?? news).filter(
    ([name]) => !ignored.includes(name) || !(name in olds),
  );
  return Object.fromEntries([...kept, ...given]);
}
