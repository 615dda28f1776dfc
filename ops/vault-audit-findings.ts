import { type DateTime } from "luxon";

import { type Token } from "../catalog";
import { vaultEnvironments, type VaultEnvironment } from "../catalog/taxonomy";
import { type GenerationsByEnvironment } from "./documents/facts";
import { type VaultListing } from "./vault-audit-listing";
import { findingsAt, repairedBy } from "./vault-audit-place";
import {
  currentName,
  isForeign,
  isPrintable,
  KnownNames,
  tokenPlaces,
  type TokenPlace,
} from "./vault-audit-places";
import { todoForUnknown } from "./vault-audit-unknown";
import { sharedValues } from "./vault-audit-values";

/** In the order in which they are told of one secret. */
export const findingKinds = [
  "foreign-folder",
  "missing-folder",
  "unknown-secret",
  "missing-secret",
  "missing-companion",
  "malformed-companion",
  "expired",
  "expires-soon",
  "wrong-tags",
  "former-name-left",
  "former-name-differs",
  "value-in-two-places",
] as const;
export type FindingKind = (typeof findingKinds)[number];

/** Something in the vault that is not as the catalog says. Never holds a value. */
export interface Finding {
  /** For programs. */
  kind: FindingKind;
  environment: VaultEnvironment;
  folder: string;
  /** The secret's; absent where the finding is about a folder, or the name could be a value in the wrong field. */
  name?: string;
  /** What is wrong, and what to do. */
  todo: string;
}

/** What the vault is held against. */
export interface AuditSources {
  tokens: readonly Token[];
  generations: GenerationsByEnvironment;
  now: DateTime<true>;
}

/** What stands in the vault against what the catalog says, by environment, folder and name. */
export function findingsOf(
  listings: readonly VaultListing[],
  { tokens, generations, now }: AuditSources,
): Finding[] {
  const places = tokenPlaces(tokens, generations);
  const names = new KnownNames(places);
  const found = listings.flatMap((listing) => {
    const issued = places.filter(
      (place) => place.environment === listing.environment && place.generations !== undefined,
    );
    return [
      ...foreignFolders(listing),
      ...missingFolders(listing, issued),
      ...unknownSecrets(listing, names, tokens),
      ...issued.flatMap((place) => findingsAt(place, listing, now)),
      ...namesLeft(listing, names),
    ];
  });
  const shared = sharedValues(listings, names, tokens).map(({ environment, folder, name, elsewhere }) => ({
    kind: "value-in-two-places" as const,
    environment,
    folder,
    ...(names.get(environment, folder, name) !== undefined || isPrintable(name) ? { name } : {}),
    todo: `the same value stands in ${elsewhere.join(" and ")}: a value belongs in one place, so rotate it where it does not belong, or delete it there in the vault`,
  }));
  return [...found, ...shared].sort(inOrder);
}

/** Other people's secrets are told, but are nobody's fault. */
export function isFault({ kind }: Finding): boolean {
  return kind !== "foreign-folder";
}

function foreignFolders({ environment, secrets }: VaultListing): Finding[] {
  const foreign = secrets.map(({ folder }) => folder).filter(isForeign);
  return [...new Set(foreign)].map((folder) => {
    const count = foreign.filter((one) => one === folder).length;
    return {
      kind: "foreign-folder",
      environment,
      folder,
      todo: `other people's: ${count} ${count === 1 ? "secret" : "secrets"} outside /MooseQuest and /Raxx, nothing to do`,
    };
  });
}

function missingFolders({ environment, folders }: VaultListing, issued: readonly TokenPlace[]): Finding[] {
  const missing = issued.filter(({ folder }) => !folders.includes(folder));
  return [...new Set(missing.map(({ folder }) => folder))].map((folder) => {
    const here = missing.filter((place) => place.folder === folder);
    const who = here.map(({ token }) => token.name).join(", ");
    const stack = here[0]?.stack ?? "prod";
    return {
      kind: "missing-folder",
      environment,
      folder,
      todo: `it is not there, but needed for ${who}: ${repairedBy(stack)}`,
    };
  });
}

function unknownSecrets(
  { environment, secrets }: VaultListing,
  names: KnownNames,
  tokens: readonly Token[],
): Finding[] {
  const unknown = secrets.filter(
    ({ folder, name }) => !isForeign(folder) && names.get(environment, folder, name) === undefined,
  );
  const printable = unknown
    .filter(({ name }) => isPrintable(name))
    .map(({ folder, name }) => ({
      kind: "unknown-secret" as const,
      environment,
      folder,
      name,
      todo: todoForUnknown(name, tokens, names.all),
    }));
  const others = unknown.filter(({ name }) => !isPrintable(name)).map(({ folder }) => folder);
  const counted = [...new Set(others)].map((folder) => {
    const count = others.filter((one) => one === folder).length;
    return {
      kind: "unknown-secret" as const,
      environment,
      folder,
      todo: `${count} under a name that is not upper-case words, and not shown since it could be a value: rename or delete what is wrong in the vault`,
    };
  });
  return [...printable, ...counted];
}

/** Former names that stand though the catalog says that nobody reads them, whether or not the token is issued. */
function namesLeft({ environment, secrets }: VaultListing, names: KnownNames): Finding[] {
  return secrets.flatMap((secret): Finding[] => {
    const { folder, name } = secret;
    const known = names.get(environment, folder, name);
    if (known?.role.kind !== "former" || known.role.former.phase !== "old-deleted") return [];
    const key = currentName(known.place, known.role.former) ?? known.place.token.name;
    const current = secrets.find((one) => one.folder === folder && one.name === key);
    const equal = secret.fingerprint !== undefined && secret.fingerprint === current?.fingerprint;
    const todo = current === undefined ? todoForOnlyLeft(key) : todoForLeft(known.place, key, equal);
    return [{ kind: "former-name-left", environment, folder, name, todo }];
  });
}

function todoForOnlyLeft(key: string): string {
  return `its phase is old-deleted, but it stands here and ${key} does not: set its phase to consumers-moved in catalog/tokens`;
}

function todoForLeft({ generations, stack }: TokenPlace, key: string, equal: boolean): string {
  const left = "its phase is old-deleted, but it still stands";
  // Of two values the program does not know which one is in use.
  if (generations !== undefined && equal) return `${left}: ${repairedBy(stack)}`;
  return `${left}: make sure that nobody reads it instead of ${key}, then delete it in the vault`;
}

function inOrder(one: Finding, other: Finding): number {
  return (
    vaultEnvironments.indexOf(one.environment) - vaultEnvironments.indexOf(other.environment) ||
    alphabetically(one.folder, other.folder) ||
    alphabetically(one.name ?? "", other.name ?? "") ||
    findingKinds.indexOf(one.kind) - findingKinds.indexOf(other.kind)
  );
}

function alphabetically(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
