import { isDistributed, type Token, type TokenGenerations } from "../catalog";
import { type VaultEnvironment } from "../catalog/taxonomy";
import { idBeside, type FormerName } from "../catalog/token";
import { type GenerationsByEnvironment } from "./documents/facts";
import { vaultPlaces, type VaultPlace } from "./token-places";

/** A token at one of its places in the vault, as catalog and stack files have it. */
export interface TokenPlace extends VaultPlace {
  token: Token;
  /** A person put the value there, whoever issues the token elsewhere. */
  custody: boolean;
  /** Absent where the token is not issued, or not distributed yet: then nothing of it is missing. */
  generations: TokenGenerations | undefined;
  /** The companions that have to stand beside the value, by their whole names. */
  companions: readonly string[];
}

/** What the catalog knows a name to be, in one folder of one environment. */
export interface KnownName {
  name: string;
  place: TokenPlace;
  role:
    /** The value, or a part of it. */
    | { kind: "key"; part: string | undefined }
    | { kind: "companion" }
    | { kind: "former"; former: FormerName };
}

/** Every place of every token, in whichever environment. */
export function tokenPlaces(tokens: readonly Token[], generations: GenerationsByEnvironment): TokenPlace[] {
  return tokens.flatMap((token) =>
    vaultPlaces(token).map((place) => {
      const generationsHere = generations[place.stack].get(token.name);
      const custody = token.issuer.kind === "custody" || place.environment === "dev";
      const id = custody ? undefined : idBeside[token.issuer.kind];
      const suffixes = [
        ...(id === undefined || token.parts.includes(id) ? [] : [id]),
        "EXPIRES_AT",
        "SCOPES",
      ];
      return {
        ...place,
        token,
        custody,
        generations:
          generationsHere !== undefined && isDistributed(generationsHere) ? generationsHere : undefined,
        companions: suffixes.map((suffix) => `${place.base}__${suffix}`),
      };
    }),
  );
}

/** The names that the catalog has stand in the place, those of the past included. */
export function namesIn(place: TokenPlace): KnownName[] {
  const { token, keys, companions } = place;
  const current: KnownName[] = [
    ...keys.map((name, index) => ({ name, place, role: { kind: "key", part: token.parts[index] } }) as const),
    ...companions.map((name) => ({ name, place, role: { kind: "companion" } }) as const),
  ];
  const taken = current.map(({ name }) => name);
  // A destination may be the old name itself.
  const former = token.formerNames.filter(({ name }) => !taken.includes(name));
  return [
    ...current,
    ...former.map((one) => ({ name: one.name, place, role: { kind: "former", former: one } }) as const),
  ];
}

/** What the value of a former name is called now; undefined where it held no single part of several. */
export function currentName({ token, keys }: TokenPlace, { part }: FormerName): string | undefined {
  if (token.parts.length === 0) return keys[0];
  return part === undefined ? undefined : keys[token.parts.indexOf(part)];
}

/** The names of the whole catalog, to be asked for what stands somewhere. */
export class KnownNames {
  readonly all: readonly KnownName[];
  private readonly at = new Map<string, KnownName>();

  constructor(places: readonly TokenPlace[]) {
    this.all = places.flatMap(namesIn);
    for (const known of this.all) {
      const { environment, folder } = known.place;
      const path = pathOf(environment, folder, known.name);
      if (!this.at.has(path)) this.at.set(path, known);
    }
  }

  get(environment: VaultEnvironment, folder: string, name: string): KnownName | undefined {
    return this.at.get(pathOf(environment, folder, name));
  }
}

/** `prod /MooseQuest/heroku/HK_PLATFORM_FULL` */
export function pathOf(environment: VaultEnvironment, folder: string, name: string): string {
  return `${environment} ${folder === "/" ? "" : folder}/${name}`;
}

/** Everything outside these is other people's. */
export function isForeign(folder: string): boolean {
  return !/^\/(MooseQuest|Raxx)(\/|$)/.test(folder);
}

/** Whether a name may be printed that the catalog does not know: anything else could be a value in the wrong field. */
export function isPrintable(name: string): boolean {
  return name.length <= 64 && /^([A-Z]{1,16}|[A-Z][A-Z0-9]*(_{1,2}[A-Z0-9]+)+)$/.test(name);
}
