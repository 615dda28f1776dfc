import { distance } from "fastest-levenshtein";

import { type Token } from "../catalog";
import { vaultPlaces, type VaultPlace } from "./token-places";
import { type KnownName } from "./vault-audit-places";

const orDelete = "or delete it in the vault";

/** What to do with a secret that the catalog does not know where it stands. */
export function todoForUnknown(
  name: string,
  tokens: readonly Token[],
  everyKnownName: readonly KnownName[],
): string {
  return (
    knownElsewhere(name, everyKnownName) ??
    ofToken(name, tokens) ??
    copyOf(name, tokens) ??
    nearTo(name, everyKnownName) ??
    `the catalog does not know it: add it to catalog/tokens, ${orDelete}`
  );
}

/** It is in the wrong folder or environment. */
function knownElsewhere(name: string, everyKnownName: readonly KnownName[]): string | undefined {
  const elsewhere = everyKnownName.filter((known) => known.name === name);
  const [first] = elsewhere;
  if (first === undefined) return undefined;
  const is = first.role.kind === "former" ? "it is a former name of" : "it belongs to";
  const owners = namesOf(elsewhere.map(({ place }) => place.token));
  return `${is} ${owners}, which stands in ${foldersOf(elsewhere.map(({ place }) => place))}: move it there, ${orDelete}`;
}

/** It begins as a token does, which has nothing of that name. */
function ofToken(name: string, tokens: readonly Token[]): string | undefined {
  const [base = "", suffix] = name.split("__");
  const token = tokens.find(
    (one) => one.name === base || vaultPlaces(one).some((place) => place.base === base),
  );
  const places = token === undefined ? [] : vaultPlaces(token);
  if (token !== undefined && places.length === 0) {
    return `${token.name} has no place in the vault: delete it in the vault, or give it a vault destination in catalog/tokens`;
  }
  if (token !== undefined && suffix === undefined) {
    const keys = [...new Set(places.flatMap((place) => place.keys))].join(", ");
    return `${token.name} stands as ${keys} in ${foldersOf(places)}: move its value there, ${orDelete}`;
  }
  if (token !== undefined)
    return `${token.name} has no companion ${suffix ?? ""}: add it to the catalog, ${orDelete}`;
  const renamed = tokens.filter(({ formerNames }) => formerNames.some((former) => former.name === base));
  if (renamed.length === 0) return undefined;
  return `it goes with a former name of ${namesOf(renamed)}, whose companions stand under the new one: delete it in the vault`;
}

/** A consumer knows a token by that name: in the vault it has another. */
function copyOf(name: string, tokens: readonly Token[]): string | undefined {
  const copied = tokens.filter(({ destinations }) =>
    destinations.some(
      (place) => ("name" in place && place.name === name) || ("key" in place && place.key === name),
    ),
  );
  if (copied.length === 0) return undefined;
  return `a copy of ${namesOf(copied)} goes by that name elsewhere, but not in the vault: delete it in the vault`;
}

function nearTo(name: string, everyKnownName: readonly KnownName[]): string | undefined {
  const [nearest] = everyKnownName
    .map((known) => ({ known, away: distance(name, known.name) }))
    .filter(({ away }) => away <= name.length / 4)
    .sort((one, other) => one.away - other.away);
  if (nearest === undefined) return undefined;
  const { known } = nearest;
  return `the catalog does not know it; if ${known.name} in ${foldersOf([known.place])} is meant, move its value there, ${orDelete}`;
}

function namesOf(tokens: readonly Token[]): string {
  return [...new Set(tokens.map(({ name }) => name))].join(" and ");
}

function foldersOf(places: readonly VaultPlace[]): string {
  return [...new Set(places.map(({ environment, folder }) => `${environment} ${folder}`))].join(" and ");
}
