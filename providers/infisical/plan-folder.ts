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
    // Companions describe what stands there.
    if (parts.length > 0 && !(await custody.take(parts))) continue;
    for (const [name, entry] of group) if (entry.custody !== true) await issued.write(name, entry);
  }
  for (const [name, entry] of Object.entries(before.entries)) {
    if (wanted.entries[name] !== undefined) continue;
    await (entry.custody === true ? custody : issued).release(name, entry);
  }
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
