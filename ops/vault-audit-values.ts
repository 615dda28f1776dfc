import { type Token } from "../catalog";
import { companions, vaultEnvironments, type VaultEnvironment } from "../catalog/taxonomy";
import { vaultPlaces } from "./token-places";
import { type StandingSecret, type VaultListing } from "./vault-audit-listing";
import { isForeign, isPrintable, pathOf, type KnownName, type KnownNames } from "./vault-audit-places";

/** A secret that others hold the same value as. */
export interface SharedValue {
  environment: VaultEnvironment;
  folder: string;
  name: string;
  /** Where the same value stands though it should differ, as it may be printed. */
  elsewhere: string[];
}

interface Holder {
  environment: VaultEnvironment;
  secret: StandingSecret;
  known: KnownName | undefined;
  /** Holders that are expected to hold the same are of one credential. */
  credential: string;
}

/** The parts of a bot that are no secret: they may be equal anywhere. */
const publicParts = ["APP_ID", "INSTALLATION_ID"];

/** The values that stand in more than one place where they should differ, each once. */
export function sharedValues(
  listings: readonly VaultListing[],
  names: KnownNames,
  tokens: readonly Token[],
): SharedValue[] {
  const parts = partNames(tokens);
  const holders = new Map<string, Holder[]>();
  for (const { environment, secrets } of listings) {
    for (const secret of secrets) {
      if (secret.fingerprint === undefined || mayBeEqual(secret.name, parts)) continue;
      const known = names.get(environment, secret.folder, secret.name);
      const credential = credentialOf(environment, secret, known);
      const same = holders.get(secret.fingerprint) ?? [];
      holders.set(secret.fingerprint, [...same, { environment, secret, known, credential }]);
    }
  }
  return [...holders.values()].filter(shouldDiffer).flatMap(shared);
}

function mayBeEqual(name: string, parts: ReadonlySet<string>): boolean {
  const suffix = /__(.*)$/.exec(name)?.[1];
  if (publicParts.includes(suffix ?? name)) return true;
  return suffix !== undefined && Object.hasOwn(companions, suffix) && !parts.has(name);
}

/** `ALP_PAPER_TRADING__KEY_ID`: what has a companion's form, but is the credential itself. */
function partNames(tokens: readonly Token[]): ReadonlySet<string> {
  return new Set(
    tokens.flatMap((token) =>
      [token.name, ...vaultPlaces(token).map(({ base }) => base)].flatMap((base) =>
        token.parts.map((part) => `${base}__${part}`),
      ),
    ),
  );
}

function credentialOf(
  environment: VaultEnvironment,
  { folder, name }: StandingSecret,
  known: KnownName | undefined,
): string {
  const part = known === undefined ? undefined : partOf(known);
  // What is unknown, or should be gone, belongs to nothing.
  if (known === undefined || part === undefined) return pathOf(environment, folder, name);
  return `${environment} ${known.place.token.name} ${part}`;
}

function partOf({ role }: KnownName): string | undefined {
  if (role.kind === "key") return role.part ?? "";
  if (role.kind === "companion" || role.former.phase === "old-deleted") return undefined;
  return role.former.part ?? "";
}

function shouldDiffer(holders: readonly Holder[]): boolean {
  // What other people do among themselves is theirs.
  if (holders.every(({ secret }) => isForeign(secret.folder))) return false;
  if (new Set(holders.map(({ environment }) => environment)).size > 1) return true;
  const credentials = new Set(holders.map(({ credential }) => credential));
  return credentials.size > 1 && holders.some(({ known }) => known !== undefined);
}

/** Told once, of the place that the catalog knows best. */
function shared(holders: readonly Holder[]): SharedValue[] {
  const [first, ...others] = [...holders].sort(
    (one, other) =>
      rank(one) - rank(other) ||
      vaultEnvironments.indexOf(one.environment) - vaultEnvironments.indexOf(other.environment),
  );
  if (first === undefined) return [];
  const { environment, secret, credential } = first;
  const elsewhere = others.filter((holder) => holder.credential !== credential).map(printablePath);
  return [
    { environment, folder: secret.folder, name: secret.name, elsewhere: [...new Set(elsewhere)].sort() },
  ];
}

function printablePath({ environment, secret: { folder, name }, known }: Holder): string {
  if (known !== undefined || isPrintable(name)) return pathOf(environment, folder, name);
  return `${environment} ${folder} (under a name that is not shown)`;
}

function rank({ known, secret }: Holder): number {
  if (known?.role.kind === "key") return 0;
  if (known !== undefined) return 1;
  return isForeign(secret.folder) ? 3 : 2;
}
