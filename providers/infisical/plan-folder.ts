import { type ObservedFolder } from "./observed-folder";
import { Plan, type Before } from "./plan";
import { CustodyPlan } from "./plan-custody";
import { IssuedPlan } from "./plan-issued";
import { type SecretEntry, type SecretsInputs } from "./secret-entry";

/** Compares what is wanted with what stands there. Reads a value only where versions do not tell. */
export async function planFolder(
  wanted: SecretsInputs,
  before: Before,
  vault: ObservedFolder,
): Promise<Plan> {
  const plan = new Plan(wanted, before, vault);
  const custody = new CustodyPlan(plan);
  const issued = new IssuedPlan(plan);
  for (const group of tokensOf(wanted.entries)) {
    const parts = group.filter(([, entry]) => entry.custody === true);
    const others = group.filter(([, entry]) => entry.custody !== true);
    // Companions describe what stands there.
    if (parts.length > 0 && !(await custody.take(parts))) {
      for (const [name] of others) plan.skipped.add(name);
      continue;
    }
    for (const [name, entry] of others) {
      await issued.write(name, entry, parts.length > 0 ? "custody" : "issued");
    }
  }
  const oldNames = Object.values(wanted.entries).flatMap(({ formerNames = {} }) => Object.keys(formerNames));
  for (const [name, entry] of Object.entries(before.entries)) {
    // A token that was renamed stands under its old name as long as the phase says so.
    if (wanted.entries[name] !== undefined || oldNames.includes(name)) continue;
    if (entry.custody === true) await custody.release(name, entry);
    else await issued.release(name, entry);
  }
  if (Object.keys(wanted.entries).length === 0) issued.releaseMerged();
  return plan;
}

/** The entries of each token. */
function tokensOf(entries: Record<string, SecretEntry>): [string, SecretEntry][][] {
  const tokens = new Map<string, [string, SecretEntry][]>();
  for (const [name, entry] of Object.entries(entries)) {
    const token = entry.source.split("@")[0] ?? "";
    tokens.set(token, [...(tokens.get(token) ?? []), [name, entry]]);
  }
  return [...tokens.values()];
}
