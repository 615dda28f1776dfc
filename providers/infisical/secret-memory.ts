import { afterFailure } from "../ours";
import { type ObservedFolder } from "./observed-folder";
import { type Plan } from "./plan";
import { ApprovalPending } from "./records";
import { nothingRemembered, type Memory, type SecretsInputs, type SecretVersion } from "./secret-entry";

/** The memory in a state; one from before a part of it existed lacks that part. */
export function memoryOf(state: Partial<Memory>): Memory {
  const none = nothingRemembered;
  return {
    uncertain: state.uncertain ?? none.uncertain,
    versions: state.versions ?? none.versions,
    equals: state.equals ?? none.equals,
    merged: state.merged ?? none.merged,
    originals: state.originals ?? none.originals,
    deleted: state.deleted ?? none.deleted,
    handOffs: state.handOffs ?? none.handOffs,
  };
}

/** What is known once a plan is carried out; `after` shows what was written. */
export function memoryAfter(plan: Plan, after: ObservedFolder): Memory {
  const { originals, deleted, merged, handOffs } = plan;
  const seen = (name: string): SecretVersion | undefined => {
    const before = plan.vault.version(name);
    if (!plan.touched.includes(name)) return before;
    const now = after.version(name);
    // One write of ours makes one version. Where there are more, somebody else wrote too: that is not ours to know.
    return now?.version === (before?.version ?? 0) + 1 ? now : undefined;
  };
  const known = knownVersions(plan, seen);
  return { uncertain: {}, ...known, merged: [...merged].sort(), originals, deleted, handOffs };
}

/** What a look at the vault tells: of what needs no write, the versions that were compared. */
export function versionsSeen(plan: Plan): Pick<Memory, "versions" | "equals"> {
  return knownVersions(plan, (name) => (plan.touched.includes(name) ? undefined : plan.vault.version(name)));
}

/** The versions of before with those of now, where one is known. */
function knownVersions(
  plan: Plan,
  seen: (name: string) => SecretVersion | undefined,
): Pick<Memory, "versions" | "equals"> {
  const { before, remove, skipped } = plan;
  const versions = without(before.versions, [...remove, ...skipped]);
  const equals = without(before.equals, [...remove]);
  for (const name of plan.settled) {
    const version = seen(name);
    if (version !== undefined) versions[name] = version;
  }
  for (const [former, name] of plan.equal) {
    const [old, current] = [seen(former), seen(name)];
    if (old === undefined || current === undefined) continue;
    versions[former] = old;
    equals[former] = current;
  }
  return { versions, equals };
}

/** What is known where a plan may have been carried out or not: each name holds what was wanted, or what it held. */
export function recordAfterFailure(
  plan: Plan,
  error: unknown,
): Memory & Pick<SecretsInputs, "entries" | "values"> {
  const { before, wanted } = plan;
  const { values, uncertain } = afterFailure(before, wanted.values);
  // Of what we issue only the value tells now. Names in custody are compared by theirs in any case.
  const unsure = plan.touched.filter(
    (name) => wanted.entries[name]?.custody !== true && !plan.equal.has(name),
  );
  const handOffs = [...plan.handOffs];
  if (error instanceof ApprovalPending) {
    const { names, request, operation } = error;
    handOffs.push({ kind: "approval", source: "", names: [...names].sort(), request, operation });
  }
  return {
    entries: { ...before.entries, ...wanted.entries },
    values,
    uncertain,
    versions: without(before.versions, [...unsure, ...plan.skipped]),
    equals: before.equals,
    merged: [...plan.merged].sort(),
    originals: { ...before.originals, ...plan.originals },
    deleted: { ...before.deleted, ...plan.deleted },
    handOffs,
  };
}

function without<T>(record: Record<string, T>, names: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
}
