import { type Environment, type VaultEnvironment } from "../../catalog/taxonomy";
import {
  destinationsIn,
  idBeside,
  vaultDestinations,
  vaultKeys,
  type Destination,
  type Token,
  type VaultDestination,
} from "../../catalog/token";
import { byVendor, partSuffix, phaseOf, unknownYet, type GenerationsByEnvironment } from "./facts";
import { code, heading, list, page, table } from "./markdown";

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
    ? vaultDestinations(token).map((place) => row("dev", unknownYet, vaultPlace(token, place)))
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

function vaultPlace(token: Token, place: VaultDestination): Place {
  const suffixes = companionsOf(token).map((suffix) => `${place.key ?? token.name}__${suffix}`);
  return {
    where: `vault ${code(place.folder)}`,
    name: list([...vaultKeys(token, place), ...suffixes].map(code)),
  };
}

/** What stands beside the value in the vault: Section 1 of the taxonomy, and what the issuer knows it by. */
function companionsOf({ issuer, parts }: Token): string[] {
  const always = ["EXPIRES_AT", "SCOPES"];
  const id = idBeside[issuer.kind];
  return id === undefined || parts.includes(id) ? always : [id, ...always];
}

/** The old names that still stand in the vault, where they are no destinations anyway. */
function formerPlaces(token: Token): Place[] {
  const declared = vaultDestinations(token).map(({ key }) => key);
  return token.formerNames
    .filter(({ name, phase }) => phase !== "old-deleted" && !declared.includes(name))
    .map((old) => ({
      where: `vault ${list([...new Set(vaultDestinations(token).map(({ folder }) => code(folder)))])}`,
      name: `${code(old.name)}${partSuffix(old.part)}: ${phaseOf(old)}`,
    }));
}
