import { UserError } from "../errors";
import { type InfisicalSecret } from "./client";
import { saysAsSent, type Plan } from "./plan";
import { metadataOf, type FormerName, type SecretEntry } from "./secret-entry";

/** The secrets whose values are ours: tokens that we issue, and companions. */
export class IssuedPlan {
  constructor(private readonly plan: Plan) {}

  /** The secret under its name, and under those former names that somebody still reads. */
  async write(name: string, entry: SecretEntry): Promise<void> {
    const { plan } = this;
    const value = plan.wanted.values[name];
    if (value === undefined) throw new UserError(`${name} has no value: nothing is written`);
    const there = plan.vault.get(name);
    plan.settled.add(name);
    if (there === undefined) plan.make(name, entry, value);
    else await this.correct(there, entry, value);
    await this.writeFormerNames(name, entry, value);
  }

  /** What is no longer wanted goes, where it still holds what we wrote. */
  async release(name: string, entry: SecretEntry): Promise<void> {
    const { plan } = this;
    if (plan.vault.get(name) !== undefined && (await this.isOurs(name, name))) plan.remove.push(name);
    for (const former of Object.keys(entry.formerNames ?? {})) {
      const written = plan.before.versions[former] !== undefined;
      if (written && plan.vault.get(former) !== undefined && (await this.isOurs(former, name))) {
        plan.remove.push(former);
      }
    }
  }

  private async correct(there: InfisicalSecret, entry: SecretEntry, value: string): Promise<void> {
    const { plan } = this;
    const name = there.secretKey;
    const wrong = !(await this.holds(name, value));
    if (wrong) await this.noteWrong(name);
    const change = {
      secretKey: name,
      secretValue: value,
      secretComment: entry.comment,
      secretMetadata: metadataOf(entry),
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
    const unmerged = await this.unmerged(formerNames, entry.source);
    for (const [former, { phase }] of formerNames) {
      const there = plan.vault.get(former);
      const deleted = plan.deleted[former];
      if (there !== undefined) Reflect.deleteProperty(plan.deleted, former);
      if (there === undefined) {
        // One that never stood there is not made: nobody reads it.
        if (deleted === undefined || phase === "old-deleted") continue;
        await plan.makeAgain(former, deleted, value);
        plan.settled.add(former);
      } else if (phase === "old-deleted") {
        await this.retire(there, name, entry.source);
      } else if (phase === "added" && !unmerged.includes(former)) {
        if (!(await this.formerHolds(former, name, value))) plan.overwrite(there, value);
        plan.settled.add(former);
      }
    }
    plan.handOffLeft(entry);
  }

  /** Former names that we never wrote to and that differ: two credentials, until a person says otherwise. */
  private async unmerged(formerNames: [string, FormerName][], source: string): Promise<string[]> {
    const { plan } = this;
    const fresh = formerNames
      .filter(([, { phase }]) => phase === "added")
      .map(([former]) => former)
      .filter((former) => plan.vault.get(former) !== undefined && plan.before.versions[former] === undefined);
    if (fresh.length < 2) return [];
    const values = await Promise.all(fresh.map((former) => plan.vault.value(former)));
    if (new Set(values).size < 2) return [];
    plan.handOff("unequal", source, fresh);
    return fresh;
  }

  private async retire(former: InfisicalSecret, name: string, source: string): Promise<void> {
    const { plan } = this;
    const known = plan.vault.isAt(former.secretKey, plan.before.versions[former.secretKey]);
    const ours = known || this.valuesOf(name).includes(await plan.vault.value(former.secretKey));
    if (ours) plan.retire(former);
    else plan.handOff("changed", source, [former.secretKey]);
  }

  /** Whether the secret holds the value: told by its version, where that is known. */
  private async holds(name: string, value: string): Promise<boolean> {
    const { before, vault } = this.plan;
    if (vault.isAt(name, before.versions[name])) return before.values[name] === value;
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
