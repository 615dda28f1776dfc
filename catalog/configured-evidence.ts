import { batchHandOffs, evidenceCommand, type BatchHandOff } from "./batch-hand-offs";
import { mapSchema, seeReadme } from "./configured-generations";
import { parseEvidence, type Evidence } from "./evidence";
import { type Environment } from "./taxonomy";

/** Reads `raxx:handOffs`: what persons did, by hand-off; and adds to the faults what is wrong with it. */
export function readEvidence(
  raw: unknown,
  environment: Environment,
  faults: string[],
): ReadonlyMap<string, Evidence> {
  const found = new Map<string, Evidence>();
  const map = mapSchema.safeParse(raw);
  if (!map.success) {
    faults.push(`raxx:handOffs is not of the form {HAND_OFF: "2026-05-06 NAME", ...}: ${seeReadme}`);
    return found;
  }
  if (environment !== "prod" && Object.keys(map.data).length > 0) {
    faults.push(
      `raxx:handOffs stands in the stack file of prod alone: pulumi config rm raxx:handOffs --stack ${environment}`,
    );
    return found;
  }
  for (const [id, text] of Object.entries(map.data)) {
    const known = proven.find((one) => one.id === id);
    if (known === undefined) {
      faults.push(
        `raxx:handOffs has a name that no hand-off goes by (there are: ${proven.map((one) => one.id).join(", ")}): remove it with pulumi config rm --path raxx:handOffs.NAME --stack prod`,
      );
      continue;
    }
    const evidence = parseEvidence(text);
    // Never quoted: it could be anything, a secret too.
    if (evidence === undefined)
      faults.push(
        `raxx:handOffs.${id} does not say on which day it was done, and by whom: ${evidenceCommand(id)}`,
      );
    else found.set(id, evidence);
  }
  faults.push(...orderFaults(found));
  return found;
}

/** Those that a person says to be done. */
const proven: readonly BatchHandOff[] = batchHandOffs.filter(({ proof }) => proof !== "dkim");

/** What is done after something else is not done before it. */
function orderFaults(found: ReadonlyMap<string, Evidence>): string[] {
  return proven.flatMap(({ id, after = [] }) => {
    const own = found.get(id);
    if (own === undefined) return [];
    return after
      .filter((earlier) => proven.some((one) => one.id === earlier))
      .flatMap((earlier) => {
        const before = found.get(earlier);
        if (before !== undefined && before.day <= own.day) return [];
        const what = before === undefined ? "is not said to be done" : "was done on a later day";
        return [
          `raxx:handOffs.${id} is said to be done, but ${earlier} ${what}, which comes before it: ${evidenceCommand(before === undefined ? earlier : id)}`,
        ];
      });
  });
}
