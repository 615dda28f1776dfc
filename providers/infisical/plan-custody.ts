import { type InfisicalSecret } from "./client";
import { mapOf, originalOf, saysAsSent, type Plan } from "./plan";
import { foundPair, metadataOf, writtenPair, type RenamePhase, type SecretEntry } from "./secret-entry";

/** What the names of a part are to hold; undefined where they are known to, and need not be read. */
type Agreed = { value: string | undefined } | { unequal: string[] };

/** The secrets whose values are a person's: they stand there, under their names or under former ones. */
export class CustodyPlan {
  constructor(private readonly plan: Plan) {}

  /** All parts of one token, or none of them: false where a person has to do something first. */
  async take(parts: [string, SecretEntry][]): Promise<boolean> {
    const { plan } = this;
    const source = parts[0]?.[1].source ?? "";
    const missing = parts
      .filter(([name, entry]) => plan.vault.get(name) === undefined && this.sources(name, entry).length === 0)
      .map(([name]) => name);
    if (missing.length > 0) {
      plan.handOff("missing", source, missing);
      return false;
    }
    const agreed = new Map<string, Agreed>();
    for (const [name, entry] of parts) agreed.set(name, await this.agree(name, entry));
    const unequal = [...agreed.values()].flatMap((one) => ("unequal" in one ? one.unequal : []));
    if (unequal.length > 0) {
      plan.handOff("unequal", source, unequal);
      return false;
    }
    for (const [name, entry] of parts) {
      const one = agreed.get(name);
      if (one !== undefined && "value" in one) await this.write(name, entry, one.value);
    }
    return true;
  }

  /** Its value stays where it is. What a person said of it before us comes back. */
  async release(name: string, entry: SecretEntry): Promise<void> {
    const { plan } = this;
    const there = plan.vault.get(name);
    const original = plan.originals[name];
    Reflect.deleteProperty(plan.originals, name);
    const copied = plan.copies.delete(name);
    if (there === undefined) return;
    if (copied) {
      // In another phase than this one, somebody reads it under this name.
      const [former] = this.standing(entry, "added");
      if (former !== undefined && (await this.holdSame([name, former]))) plan.remove.push(name);
    } else if (original !== undefined && saysWhatWeWrote(there, entry)) {
      const now = there.tags.filter(isPersons);
      const known = (tag: { id: string }): boolean => original.tags.some(({ id }) => id === tag.id);
      const tags = [
        ...original.tags.filter((tag) => !isPersons(tag) || now.some(({ id }) => id === tag.id)),
        ...now.filter((tag) => !known(tag)),
      ];
      const ours = metadataOf(entry).map(({ key }) => key);
      plan.change.push({
        secretKey: name,
        secretComment: original.comment,
        secretMetadata: [
          ...original.metadata.filter(({ key }) => ours.includes(key)),
          ...there.secretMetadata.filter(({ key }) => !ours.includes(key)),
        ],
        tagIds: await plan.vault.existingTags(tags.map(({ id }) => id)),
      });
    }
  }

  private async agree(name: string, entry: SecretEntry): Promise<Agreed> {
    const { vault, before } = this.plan;
    if (vault.get(name) === undefined) {
      const names = this.sources(name, entry);
      return (await this.holdSame(names))
        ? { value: await vault.value(names[0] ?? name) }
        : { unequal: names };
    }
    const formers = this.standing(entry, "added");
    const written = {
      former: formers.filter((former) => !vault.isAt(former, before.versions[former])),
      name: formers.some((former) => !vault.isAt(name, before.equals[former])) ? [name] : [],
    };
    const newer = [...written.former, ...written.name];
    if (newer.length === 0) return { value: undefined };
    if (await this.holdSame([name, ...formers])) return { value: await vault.value(name) };
    // Whichever was written to since both held the same has the newer value; that has to be known, and be one value.
    const known = formers.every((former) => before.equals[former] !== undefined);
    if (!known || !(await this.holdSame(newer))) return { unequal: [name, ...formers] };
    return { value: await vault.value(newer[0] ?? name) };
  }

  private async write(name: string, entry: SecretEntry, value: string | undefined): Promise<void> {
    const { plan } = this;
    const there = plan.vault.get(name);
    plan.settled.add(name);
    if (there === undefined) {
      plan.make(name, entry, value ?? "");
      plan.copies.add(name);
    } else {
      await this.correct(there, entry, value);
    }
    for (const [former, { phase }] of Object.entries(entry.formerNames ?? {})) {
      const old = plan.vault.get(former);
      const deleted = plan.deleted[former];
      if (old !== undefined) Reflect.deleteProperty(plan.deleted, former);
      if (old === undefined) {
        if (deleted === undefined || phase === "old-deleted") continue;
        await plan.makeAgain(former, deleted, value ?? (await plan.vault.value(name)));
        plan.equal.set(former, name);
      } else if (phase === "old-deleted") {
        await this.retire(old, name, entry.source);
      } else if (phase === "added") {
        if (value !== undefined && (await plan.vault.value(former)) !== value) plan.overwrite(old, value);
        plan.equal.set(former, name);
      } else if (there === undefined || plan.vault.isAt(name, plan.before.equals[former])) {
        // A write of ours to the name, of its tags, is no newer value.
        if (plan.vault.isAt(former, plan.before.versions[former]) || there === undefined) {
          plan.equal.set(former, name);
        }
      }
    }
    plan.handOffLeft(entry);
  }

  /** Tags, comment and metadata as the taxonomy wants them; what a person added beside them stays. */
  private async correct(
    there: InfisicalSecret,
    entry: SecretEntry,
    value: string | undefined,
  ): Promise<void> {
    const { plan } = this;
    const name = there.secretKey;
    const ours = metadataOf(entry, plan.copies.has(name) ? writtenPair : foundPair);
    const tagIds = [...plan.tagIds(entry), ...there.tags.filter(isPersons).map(({ id }) => id)];
    const theirs = there.secretMetadata.filter((pair) => !ours.some(({ key }) => key === pair.key));
    const secretMetadata = [...ours, ...theirs];
    const change = { secretKey: name, secretComment: entry.comment, secretMetadata, tagIds };
    const wrong = value !== undefined && (await plan.vault.value(name)) !== value;
    if (!wrong && saysAsSent(there, change)) return;
    if (wrong) plan.wrongValue.add(name);
    const taken = plan.before.entries[name]?.custody === true || plan.copies.has(name);
    if (!taken) plan.originals[name] = originalOf(there);
    plan.change.push(wrong ? { ...change, secretValue: value } : change);
  }

  /** A former name goes where its value stands under the new one, or is an older one that nobody wrote to since. */
  private async retire(former: InfisicalSecret, name: string, source: string): Promise<void> {
    const { plan } = this;
    const untouched = plan.vault.isAt(former.secretKey, plan.before.versions[former.secretKey]);
    const copied = plan.vault.get(name) === undefined;
    if (untouched || copied || (await this.holdSame([name, former.secretKey]))) plan.retire(former);
    else plan.handOff("changed", source, [former.secretKey]);
  }

  /** Where a name that is not there gets its value from: where it once was, only from a name that followed it. */
  private sources(name: string, entry: SecretEntry): string[] {
    const stood = this.plan.before.versions[name] !== undefined;
    return this.standing(entry, stood ? "added" : undefined);
  }

  /** The former names that stand there, of one phase or of any. */
  private standing({ formerNames = {} }: SecretEntry, phase?: RenamePhase): string[] {
    return Object.entries(formerNames)
      .filter(([, former]) => phase === undefined || former.phase === phase)
      .map(([name]) => name)
      .filter((name) => this.plan.vault.get(name) !== undefined);
  }

  private async holdSame(names: readonly string[]): Promise<boolean> {
    const values = await Promise.all(names.map((name) => this.plan.vault.value(name)));
    return new Set(values).size < 2;
  }
}

/** A tag of no dimension of the taxonomy is a person's, and stays. */
function isPersons({ slug }: { slug: string }): boolean {
  return !/^(function|sensitivity|consumer|rotation)-/.test(slug);
}

/** Whether comment and metadata are still ours: what a person wrote since is not to be undone. */
function saysWhatWeWrote(there: InfisicalSecret, entry: SecretEntry): boolean {
  const actual = mapOf(there.secretMetadata);
  return (
    there.secretComment === entry.comment &&
    metadataOf(entry, foundPair).every(({ key, value }) => actual[key] === value)
  );
}
