import { VendorError } from "../errors";
import { originalOf, saysAsSent, type Plan } from "./plan";
import { HiddenValue, type InfisicalSecret } from "./records";
import { metadataOf, originOf, type Origin, type RenamePhase, type SecretEntry } from "./secret-entry";
import { isStoredAsIs } from "./secret-faults";

/** What the names of a part are to hold; no value where they are known to hold the same, and need not be read. */
interface Agreed {
  value?: string;
  /** Set where a name has to be written for that. */
  write?: true;
}
/** A part with the names that it has, and what they are to hold. */
interface Part extends Agreed {
  name: string;
  entry: SecretEntry;
}

/** What becomes of former names that are to be deleted: all of them go, or none. */
interface Retirement {
  gone: InfisicalSecret[];
  /** Names that hold what nobody took over. */
  changed: string[];
}

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
    const agreed: Part[] = [];
    const unequal: string[] = [];
    let retirement: Retirement;
    try {
      for (const [name, entry] of parts) {
        const one = await this.agree(name, entry);
        if ("unequal" in one) unequal.push(...one.unequal);
        else agreed.push({ name, entry, ...one });
      }
      retirement = await this.retirement(agreed);
    } catch (error) {
      // A value that we may not see keeps nothing but its own token waiting.
      if (!(error instanceof HiddenValue) && !(error instanceof VendorError && error.status === 403))
        throw error;
      plan.handOff(
        "uncopyable",
        source,
        parts.map(([name]) => name),
      );
      return false;
    }
    if (unequal.length > 0) {
      plan.handOff("unequal", source, unequal);
      return false;
    }
    const wouldChange = agreed.filter(({ write, value = "" }) => write === true && !isStoredAsIs(value));
    if (wouldChange.length > 0) {
      plan.handOff(
        "uncopyable",
        source,
        wouldChange.map(({ name }) => name),
      );
      return false;
    }
    for (const part of agreed) await this.write(part);
    if (retirement.changed.length > 0) plan.handOff("changed", source, retirement.changed);
    else for (const old of retirement.gone) plan.retire(old);
    return true;
  }

  /**
   * Its value stays where it is, our copy too: somebody may read it by now. What a person said of a secret before us
   * comes back.
   */
  async release(name: string, entry: SecretEntry): Promise<void> {
    const { plan } = this;
    const there = plan.vault.get(name);
    const original = plan.originals[name];
    Reflect.deleteProperty(plan.originals, name);
    if (there === undefined || original?.id !== there.id || !saysWhatWeWrote(there, entry)) return;
    const now = there.tags.filter(isPersons);
    const tags = [
      ...original.tags.filter((tag) => !isPersons(tag) || now.some(({ id }) => id === tag.id)),
      ...now.filter((tag) => !original.tags.some(({ id }) => id === tag.id)),
    ];
    const ours = metadataOf(entry, "found").map(({ key }) => key);
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

  private async agree(name: string, entry: SecretEntry): Promise<Agreed | { unequal: string[] }> {
    const { vault, before } = this.plan;
    if (vault.get(name) === undefined) {
      const [first = name, ...others] = this.sources(name, entry);
      if (!(await this.holdSame([first, ...others]))) return { unequal: [first, ...others] };
      return { value: await vault.value(first), write: true };
    }
    const returning = this.returning(entry).length > 0;
    const formers = this.standing(entry, "added");
    const newer = [
      ...formers.filter((former) => !vault.isAt(former, before.versions[former])),
      ...(formers.some((former) => !vault.isAt(name, before.equals[former])) ? [name] : []),
    ];
    if (newer.length === 0 && !returning) return {};
    if (newer.length === 0 || (await this.holdSame([name, ...formers]))) {
      return { value: await vault.value(name), ...(returning ? { write: true } : {}) };
    }
    // Whichever was written to since both held the same has the newer value; that has to be known, and be one value.
    const known = formers.every((former) => before.equals[former] !== undefined);
    if (!known || !(await this.holdSame(newer))) return { unequal: [name, ...formers] };
    return { value: await vault.value(newer[0] ?? name), write: true };
  }

  private async write({ name, entry, value }: Part): Promise<void> {
    const { plan } = this;
    const there = plan.vault.get(name);
    plan.settled.add(name);
    if (there === undefined) {
      plan.make(name, entry, "custody", value ?? "", plan.vault.get(this.sources(name, entry)[0] ?? name));
    } else {
      await this.correct(there, entry, value);
    }
    for (const former of this.returning(entry)) {
      const deleted = plan.deleted[former];
      if (deleted === undefined || value === undefined) continue;
      await plan.restore(former, deleted, value);
      plan.equal.set(former, name);
    }
    for (const [former, { phase }] of Object.entries(entry.formerNames ?? {})) {
      const old = plan.vault.get(former);
      if (old === undefined) continue;
      Reflect.deleteProperty(plan.deleted, former);
      if (phase === "added") {
        if (value !== undefined && (await plan.vault.value(former)) !== value) plan.overwrite(old, value);
        plan.equal.set(former, name);
      } else if (phase === "consumers-moved" && this.areEqual(former, name)) {
        plan.equal.set(former, name);
      }
    }
    plan.handOffLeft(entry);
  }

  /** Nobody wrote to either since both held the same: a write of ours to the name, of its tags, is no newer value. */
  private areEqual(former: string, name: string): boolean {
    const { vault, before } = this.plan;
    const copied = vault.get(name) === undefined;
    return copied || (vault.isAt(name, before.equals[former]) && vault.isAt(former, before.versions[former]));
  }

  /** Tags, comment and metadata as the taxonomy wants them; what a person added beside them stays. */
  private async correct(
    there: InfisicalSecret,
    entry: SecretEntry,
    value: string | undefined,
  ): Promise<void> {
    const { plan } = this;
    const name = there.secretKey;
    // One that says nothing of us was made by a person, be it in the place of a copy of ours.
    const origin: Origin = originOf(there.secretMetadata) === "custody" ? "custody" : "found";
    const ours = metadataOf(entry, origin);
    const theirs = there.secretMetadata.filter((pair) => !ours.some(({ key }) => key === pair.key));
    const change = {
      secretKey: name,
      secretComment: entry.comment,
      secretMetadata: [...ours, ...theirs],
      tagIds: [...plan.tagIds(entry), ...there.tags.filter(isPersons).map(({ id }) => id)],
    };
    const wrong = value !== undefined && (await plan.vault.value(name)) !== value;
    if (!wrong && saysAsSent(there, change)) return;
    if (wrong) plan.wrongValue.add(name);
    const known = [plan.originals[name], plan.before.versions[name]].some((one) => one?.id === there.id);
    if (origin === "found" && !known) plan.originals[name] = originalOf(there);
    plan.change.push(wrong ? { ...change, secretValue: value } : change);
  }

  /** Former names go where their values stand under the new ones, or are older ones that nobody wrote to since. */
  private async retirement(parts: readonly Part[]): Promise<Retirement> {
    const { vault, before } = this.plan;
    const gone: InfisicalSecret[] = [];
    const changed: string[] = [];
    for (const { name, entry, value } of parts) {
      for (const former of this.standing(entry, "old-deleted")) {
        const old = vault.get(former);
        if (old === undefined) continue;
        const untouched = vault.isAt(former, before.versions[former]);
        const kept = untouched || (await vault.value(former)) === (value ?? (await vault.value(name)));
        if (kept) gone.push(old);
        else changed.push(former);
      }
    }
    return { gone, changed };
  }

  /** Former names that we deleted, and that a phase wants again. */
  private returning({ formerNames = {} }: SecretEntry): string[] {
    return Object.keys(formerNames).filter(
      (former) =>
        formerNames[former]?.phase !== "old-deleted" &&
        this.plan.vault.get(former) === undefined &&
        this.plan.deleted[former] !== undefined,
    );
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

/** Whether the comment is still ours: what a person wrote since is not to be undone. */
function saysWhatWeWrote(there: InfisicalSecret, { comment }: SecretEntry): boolean {
  return there.secretComment === comment && originOf(there.secretMetadata) === "found";
}
