import { UserError } from "../errors";
import { saysAsSent, type Plan } from "./plan";
import { type InfisicalSecret } from "./records";
import { metadataOf, originOf, type FormerName, type Origin, type SecretEntry } from "./secret-entry";

/** The secrets whose values are ours: tokens that we issue, and companions. */
export class IssuedPlan {
  constructor(private readonly plan: Plan) {}

  /** The secret under its name, and under those former names that somebody still reads. */
  async write(name: string, entry: SecretEntry, origin: Origin): Promise<void> {
    const { plan } = this;
    const value = plan.wanted.values[name];
    if (value === undefined) throw new UserError(`${name} has no value: nothing is written`);
    const there = plan.vault.get(name);
    plan.settled.add(name);
    if (there === undefined) plan.make(name, entry, origin, value);
    else await this.correct(there, entry, origin, value);
    await this.writeFormerNames(name, entry, value);
  }

  /** What is no longer wanted goes, where it still holds what we wrote. */
  async release(name: string, entry: SecretEntry): Promise<void> {
    const { plan } = this;
    const there = plan.vault.get(name);
    // The text of a companion may be the same by chance: then it is not said to be ours.
    const may =
      there !== undefined && (entry.companion !== true || originOf(there.secretMetadata) !== undefined);
    if (may && (await this.isOurs(name, name))) plan.remove.add(name);
    for (const former of Object.keys(entry.formerNames ?? {})) {
      const stands = plan.vault.get(former) !== undefined;
      if (stands && this.isWritten(former) && (await this.isOurs(former, name))) plan.remove.add(former);
    }
  }

  /** At the very end: former names that the catalog forgot, where nobody wrote to them since we did. */
  releaseMerged(): void {
    const { plan } = this;
    for (const former of plan.before.merged) {
      if (plan.vault.isAt(former, plan.before.versions[former])) plan.remove.add(former);
    }
  }

  private async correct(
    there: InfisicalSecret,
    entry: SecretEntry,
    origin: Origin,
    value: string,
  ): Promise<void> {
    const { plan } = this;
    const name = there.secretKey;
    const wrong = !(await this.holds(name, value));
    if (wrong) await this.noteWrong(name);
    const change = {
      secretKey: name,
      secretValue: value,
      secretComment: entry.comment,
      secretMetadata: metadataOf(entry, origin),
      tagIds: plan.tagIds(entry),
    };
    if (wrong || !saysAsSent(there, change)) plan.change.push(change);
  }

  private async noteWrong(name: string): Promise<void> {
    const { plan } = this;
    plan.wrongValue.add(name);
    // Where the version tells that it is the value of before, nothing needs to be read.
    if (plan.vault.isAt(name, plan.before.versions[name])) return;
    const actual = await plan.vault.value(name);
    if (this.valuesOf(name).includes(actual)) plan.otherValue.set(name, actual);
  }

  private async writeFormerNames(name: string, entry: SecretEntry, value: string): Promise<void> {
    const { plan } = this;
    const formerNames = Object.entries(entry.formerNames ?? {});
    const unmerged = await this.unmerged(formerNames, value, entry.source);
    for (const [former, { phase }] of formerNames) {
      const there = plan.vault.get(former);
      const deleted = plan.deleted[former];
      if (there !== undefined) Reflect.deleteProperty(plan.deleted, former);
      if (there === undefined) {
        // One that never stood there is not made: nobody reads it.
        if (deleted === undefined || phase === "old-deleted") continue;
        await plan.restore(former, deleted, value);
        plan.settled.add(former);
      } else if (phase === "old-deleted") {
        await this.retire(there, name, entry.source);
      } else if (phase === "added" && !unmerged.includes(former)) {
        if (!(await this.formerHolds(former, name, value))) plan.overwrite(there, value);
        plan.settled.add(former);
        plan.merged.add(former);
      }
    }
    plan.handOffLeft(entry);
  }

  /** Former names that we never wrote to and that differ: several credentials, until a person says otherwise. */
  private async unmerged(
    formerNames: [string, FormerName][],
    value: string,
    source: string,
  ): Promise<string[]> {
    const { plan } = this;
    const standing = formerNames
      .filter(([former, { phase }]) => phase !== "old-deleted" && plan.vault.get(former) !== undefined)
      .map(([former]) => former);
    const fresh = standing.filter((former) => !this.isWritten(former));
    if (fresh.length === 0 || standing.length < 2) return [];
    const values = await Promise.all(fresh.map((former) => plan.vault.value(former)));
    // Beside one that is ours already, a fresh one has to hold the same.
    const all = new Set(fresh.length < standing.length ? [...values, value] : values);
    if (all.size < 2) return [];
    plan.handOff("unequal", source, standing);
    return fresh;
  }

  private async retire(former: InfisicalSecret, name: string, source: string): Promise<void> {
    const { plan } = this;
    const known = plan.vault.isAt(former.secretKey, plan.before.versions[former.secretKey]);
    const ours = known || this.valuesOf(name).includes(await plan.vault.value(former.secretKey));
    if (ours) plan.retire(former);
    else plan.handOff("changed", source, [former.secretKey]);
  }

  /** Whether we ever wrote to it: as a former name, or as a token's name before it was renamed. */
  private isWritten(former: string): boolean {
    const { before } = this.plan;
    return before.merged.includes(former) || before.versions[former] !== undefined;
  }

  /** Whether the secret holds the value: told by its version, where that is known. */
  private async holds(name: string, value: string): Promise<boolean> {
    const { before, vault } = this.plan;
    const ours = before.entries[name]?.custody !== true && before.values[name] !== undefined;
    if (ours && vault.isAt(name, before.versions[name])) return before.values[name] === value;
    return (await vault.value(name)) === value;
  }

  private async formerHolds(former: string, name: string, value: string): Promise<boolean> {
    const { before, vault } = this.plan;
    const written = before.entries[name]?.formerNames?.[former]?.phase === "added";
    if (written && vault.isAt(former, before.versions[former])) return before.values[name] === value;
    return (await vault.value(former)) === value;
  }

  /** Whether nobody wrote to it since we did, or what was written is a value of ours all the same. */
  private async isOurs(secret: string, name: string): Promise<boolean> {
    const { before, vault } = this.plan;
    if (vault.isAt(secret, before.versions[secret])) return true;
    return this.valuesOf(name).includes(await vault.value(secret));
  }

  /** Every value of ours that may stand under the name. */
  private valuesOf(name: string): string[] {
    const { before, wanted } = this.plan;
    return [wanted.values[name], before.values[name], ...(before.uncertain[name] ?? [])].filter(
      (value) => value !== undefined,
    );
  }
}
