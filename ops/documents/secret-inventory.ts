import { type Environment, type VaultEnvironment } from "../../catalog/taxonomy";
import { destinationsIn, type Destination, type Token } from "../../catalog/token";
import { byVendor, partSuffix, phaseOf, unknownYet, type GenerationsByEnvironment } from "./facts";
import { code, heading, list, page, table } from "./markdown";

type VaultPlace = Extract<Destination, { kind: "vault" }>;

/** Where a value is to be found: the kind of place, and its name there. */
interface Place {
  where: string;
  name: string;
}

/** Every place where a value stands, by token and environment; never a value. */
export function secretInventory(tokens: readonly Token[], generations: GenerationsByEnvironment): string {
  return page([
    ...heading(
      "Secret inventory",
      "Every place where the catalog has a value stand, never a value. The generation is the one that the stack file of that environment asks for, and `./raxx status` says which one a place holds. TBD: the program has not put it there; what stands there, if anything, a person did.",
    ),
    ...byVendor(tokens).flatMap(([vendor, own]) => [
      `## ${vendor}`,
      table(
        ["token", "environment", "generation", "place", "name there"],
        own.flatMap((token) => rowsOf(token, generations)),
      ),
    ]),
  ]);
}

function rowsOf(token: Token, generations: GenerationsByEnvironment): string[][] {
  const row = (environment: VaultEnvironment, generation: string, { where, name }: Place): string[] => [
    code(token.name),
    environment,
    generation,
    where,
    name,
  ];
  const own = token.environments.flatMap((environment) => {
    const generation = generations[environment].get(token.name)?.current.name ?? unknownYet;
    return placesIn(environment, token).map((place) => row(environment, generation, place));
  });
  // The test mode's value has no generation: it is in custody, whoever issues the others.
  const dev = token.dev
    ? vaultPlaces(token).map((place) => row("dev", unknownYet, vaultPlace(token, place)))
    : [];
  return [...own, ...dev];
}

function placesIn(environment: Environment, token: Token): Place[] {
  const declared = destinationsIn(environment, token).map((place) => placeOf(token, place));
  // The old names are known of prod alone, and of staging where there is nothing else.
  return environment === token.environments[0] ? [...declared, ...formerPlaces(token)] : declared;
}

function placeOf(token: Token, place: Destination): Place {
  switch (place.kind) {
    case "vault":
      return vaultPlace(token, place);
    case "ssm-parameter":
      return { where: "SSM parameter", name: `${code(place.name)}${partSuffix(place.part)}` };
    case "heroku-config-var":
      return { where: `Heroku config var, ${place.app} app`, name: code(place.key) };
    case "github-secret":
      return { where: "GitHub repository secret", name: `${code(place.name)}${partSuffix(place.part)}` };
    case "github-environment-secret":
      return { where: "GitHub environment secret", name: code(place.name) };
  }
}

function vaultPlace(token: Token, { folder, key = token.name, bare }: VaultPlace): Place {
  const suffixes = companionsOf(token).map((suffix) => code(`${key}__${suffix}`));
  const where = `vault ${code(folder)}`;
  if (bare === true) return { where, name: list([...token.parts.map(code), ...suffixes]) };
  if (token.parts.length === 0) return { where, name: list([code(key), ...suffixes]) };
  return { where, name: list([...token.parts.map((part) => code(`${key}__${part}`)), ...suffixes]) };
}

/** What stands beside the value in the vault: Section 1 of the taxonomy, and what the issuer knows it by. */
function companionsOf({ issuer, parts }: Token): string[] {
  const always = ["EXPIRES_AT", "SCOPES"];
  const own = { "heroku-authorization": "AUTH_ID", "cloudflare-access-service-token": "CLIENT_ID" };
  const suffix = issuer.kind in own ? own[issuer.kind as keyof typeof own] : undefined;
  return suffix === undefined || parts.includes(suffix) ? always : [suffix, ...always];
}

/** The old names that still stand in the vault, where they are no destinations anyway. */
function formerPlaces(token: Token): Place[] {
  const declared = vaultPlaces(token).map(({ key }) => key);
  return token.formerNames
    .filter(({ name, phase }) => phase !== "old-deleted" && !declared.includes(name))
    .map((old) => ({
      where: `vault ${list([...new Set(vaultPlaces(token).map(({ folder }) => code(folder)))])}`,
      name: `${code(old.name)}${partSuffix(old.part)}: ${phaseOf(old)}`,
    }));
}

function vaultPlaces({ destinations }: Token): VaultPlace[] {
  return destinations.filter((place) => place.kind === "vault");
}
