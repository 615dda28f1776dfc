import { type DateTime } from "luxon";

import { tagSlugs } from "../catalog";
import { type Environment } from "../catalog/taxonomy";
import { type Finding, type FindingKind } from "./vault-audit-findings";
import { type StandingSecret, type VaultListing } from "./vault-audit-listing";
import { currentName, namesIn, type TokenPlace } from "./vault-audit-places";

/** What is wrong with one token in one folder of one environment, where it is issued. */
export function findingsAt(place: TokenPlace, listing: VaultListing, now: DateTime<true>): Finding[] {
  return new PlaceAudit(place, listing, now).findings();
}

/** The run that writes what the program answers for, whoever changed or deleted it. */
export function repairedBy(stack: Environment): string {
  return `pulumi up --refresh --stack ${stack}`;
}

const soonDays = 14;

class PlaceAudit {
  private readonly secrets: ReadonlyMap<string, StandingSecret>;

  constructor(
    private readonly place: TokenPlace,
    { secrets }: VaultListing,
    private readonly now: DateTime<true>,
  ) {
    this.secrets = new Map(
      secrets.filter(({ folder }) => folder === place.folder).map((secret) => [secret.name, secret]),
    );
  }

  findings(): Finding[] {
    const stands = this.place.keys.some((key) => this.secrets.has(key));
    return [
      ...this.missing(),
      ...(stands ? [...this.companions(), ...this.expiry()] : []),
      ...this.tags(),
      ...this.formerNames(),
    ];
  }

  private missing(): Finding[] {
    return this.place.keys.flatMap((key): Finding[] => {
      const secret = this.secrets.get(key);
      if (secret?.empty === false) return [];
      const todo = secret === undefined ? this.todoForMissing(key) : this.todoForEmpty();
      return [this.finding("missing-secret", key, todo)];
    });
  }

  private todoForMissing(key: string): string {
    const { token, environment, stack, custody } = this.place;
    const isNotThere = `${token.name} has a generation, but this does not stand in ${environment}`;
    if (!custody) return `${isNotThere}: ${repairedBy(stack)}`;
    const former = this.readableFormerNames(key);
    if (former.length === 0) return `${isNotThere}: ${this.putThere()}`;
    const names = former.map(({ name }) => name).join(" and ");
    if (new Set(former.map(({ fingerprint }) => fingerprint)).size > 1) {
      return `${isNotThere}, and ${names} hold different values: make them equal in the vault, then pulumi up --stack ${stack}`;
    }
    return `its value stands under ${names} only, and is copied from there by: pulumi up --stack ${stack}`;
  }

  private todoForEmpty(): string {
    const { custody, stack } = this.place;
    return `it stands empty: ${custody ? this.putThere() : repairedBy(stack)}`;
  }

  private putThere(): string {
    return `it is in custody, so put its value there in the vault, as docs/rotation/${this.place.token.sop} says`;
  }

  private companions(): Finding[] {
    const { token, companions, stack } = this.place;
    return companions.flatMap((name): Finding[] => {
      const secret = this.secrets.get(name);
      if (secret === undefined) {
        const todo = `${token.name} stands without it: ${repairedBy(stack)}`;
        return [this.finding("missing-companion", name, todo)];
      }
      const fault = companionFault(secret);
      if (fault === undefined) return [];
      return [this.finding("malformed-companion", name, `${fault}: ${repairedBy(stack)}`)];
    });
  }

  private expiry(): Finding[] {
    const name = `${this.place.base}__EXPIRES_AT`;
    const expiry = this.secrets.get(name)?.expiry;
    if (expiry === undefined || expiry === "non-expiring") return [];
    const days = wholeDays(expiry.diff(this.now).as("days"));
    if (expiry <= this.now) {
      return [this.finding("expired", name, `it expired ${days} ago: ${this.todoForRotation()}`)];
    }
    if (expiry > this.now.plus({ days: soonDays })) return [];
    return [this.finding("expires-soon", name, `it expires in ${days}: ${this.todoForRotation()}`)];
  }

  private todoForRotation(): string {
    const { token, environment, stack, generations } = this.place;
    const byHand = `rotate it as docs/rotation/${token.sop} says`;
    if (environment === "dev") return byHand;
    const today = this.now.toUTC().toISODate();
    const current = generations?.current;
    const next = current?.day.toISODate() === today ? `${today}.${current.number + 1}` : today;
    return `${byHand}, with pulumi config set --path raxx:generations.${token.name}.current ${next} --stack ${stack}, then pulumi up --stack ${stack}`;
  }

  private tags(): Finding[] {
    const { token, keys, companions, stack } = this.place;
    const wanted = tagSlugs(token.tags);
    return [...keys, ...companions].flatMap((name): Finding[] => {
      const secret = this.secrets.get(name);
      if (secret === undefined) return [];
      const actual = secret.tags.filter(isOfADimension);
      const lacks = wanted.filter((slug) => !actual.includes(slug));
      const more = actual.filter((slug) => !wanted.includes(slug));
      if (lacks.length + more.length === 0) return [];
      const faults = [
        ...(lacks.length === 0 ? [] : [`lacks ${lacks.join(", ")}`]),
        ...(more.length === 0 ? [] : [`has ${more.join(", ")}`]),
      ];
      return [this.finding("wrong-tags", name, `it ${faults.join(" and ")}: ${repairedBy(stack)}`)];
    });
  }

  private formerNames(): Finding[] {
    return namesIn(this.place).flatMap(({ name, role }): Finding[] => {
      const old = this.secrets.get(name);
      if (role.kind !== "former" || old === undefined) return [];
      const { former } = role;
      const key = currentName(this.place, former);
      const current = key === undefined ? undefined : this.secrets.get(key);
      if (key === undefined || current === undefined) return [];
      if (former.phase === "consumers-moved") {
        const todo = `it and ${key} are both valid: delete it with the next deploy, by setting its phase to old-deleted in catalog/tokens`;
        return [this.finding("former-name-left", name, todo)];
      }
      if (former.phase === "old-deleted" || old.fingerprint === current.fingerprint) return [];
      return [this.finding("former-name-differs", name, this.todoForDifferent(key))];
    });
  }

  private todoForDifferent(key: string): string {
    const { token, custody, stack } = this.place;
    const differ = `it and ${key} are to hold one value in phase added, but differ`;
    if (!custody) return `${differ}: ${repairedBy(stack)}`;
    return `${differ}: find out which one is in use, as docs/rotation/${token.sop} says, and make them equal in the vault`;
  }

  /** The former names that somebody may still read the same value under. */
  private readableFormerNames(key: string): StandingSecret[] {
    return namesIn(this.place).flatMap(({ name, role }): StandingSecret[] => {
      const secret = this.secrets.get(name);
      if (role.kind !== "former" || secret === undefined || role.former.phase === "old-deleted") return [];
      return currentName(this.place, role.former) === key ? [secret] : [];
    });
  }

  private finding(kind: FindingKind, name: string, todo: string): Finding {
    const { environment, folder } = this.place;
    return { kind, environment, folder, name, todo };
  }
}

function companionFault({ name, empty, expiry }: StandingSecret): string | undefined {
  if (name.endsWith("__EXPIRES_AT") && expiry === undefined) {
    return "it is neither an ISO-8601 time in UTC nor non-expiring";
  }
  return name.endsWith("__SCOPES") && empty ? "it is empty" : undefined;
}

function isOfADimension(slug: string): boolean {
  return /^(function|sensitivity|consumer|rotation)-/.test(slug);
}

/** `-3.5` → `3 days` */
function wholeDays(days: number): string {
  const whole = Math.floor(Math.abs(days));
  if (whole === 0) return "less than a day";
  return whole === 1 ? "1 day" : `${whole} days`;
}
