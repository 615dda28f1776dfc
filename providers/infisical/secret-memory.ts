import { afterFailure } from "../ours";
import { ApprovalPending } from "./client";
import { type ObservedFolder } from "./observed-folder";
import { type Plan } from "./plan";
import { nothingRemembered, type Memory, type SecretsInputs, type SecretVersion } from "./secret-entry";

/** The memory in a state; one from before a part of it existed lacks that part. */
export function memoryOf(state: Partial<Memory>): Memory {
  const none = nothingRemembered;
  return {
    uncertain: state.uncertain ?? none.uncertain,
    versions: state.versions ?? none.versions,
    equals: state.equals ?? none.equals,
    originals: state.originals ?? none.originals,
    deleted: state.deleted ?? none.deleted,
    copies: state.copies ?? none.copies,
    handOffs: state.handOffs ?? none.handOffs,
  };
}

/** What is known once a plan is carried out; `after` shows what was written. */
export function memoryAfter(plan: Plan, after: ObservedFolder): Memory {
  const { before, originals, deleted, copies, handOffs } = plan;
  const versions = without(before.versions, plan.remove);
  const equals = without(before.equals, plan.remove);
  // Of what was not written, the version is the one whose value was looked at.
  const note = (record: Record<string, SecretVersion>, key: string, name: string): void => {
    const version = (plan.touched.includes(name) ? after : plan.vault).version(name);
    if (version !== undefined) record[key] = version;
  };
  for (const name of plan.settled) note(versions, name, name);
  for (const [former, name] of plan.equal) {
    note(versions, former, former);
    note(equals, former, name);
  }
  return { uncertain: {}, versions, equals, originals, deleted, copies: [...copies].sort(), handOffs };
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
    const { names, request } = error;
    handOffs.push({ kind: "approval", source: "", names: [...names].sort(), request });
  }
  return {
    entries: { ...before.entries, ...wanted.entries },
    values,
    uncertain,
    versions: without(before.versions, unsure),
    equals: before.equals,
    originals: { ...plan.originals, ...before.originals },
    deleted: { ...before.deleted, ...plan.deleted },
    copies: [...new Set([...before.copies, ...plan.copies])].sort(),
    handOffs,
  };
}

function without<T>(record: Record<string, T>, names: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
}
