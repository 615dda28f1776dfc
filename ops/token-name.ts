import { UserError } from "@raxx/providers/errors";
import { distance } from "fastest-levenshtein";

import { type Token } from "../catalog";

/** What may be quoted as a token's name: anything else could be a credential in the wrong place. */
const likeTokenName = /^[A-Z][A-Z0-9]*(_{1,2}[A-Z0-9]+)+$/;

/** The token of this name, or a refusal that says what it may be called. */
export function tokenCalled(name: string, tokens: readonly Token[]): Token {
  const found = tokens.find((token) => token.name === name);
  if (found !== undefined) return found;
  const said = likeTokenName.test(name) ? `there is no token ${name}` : "that is no name of a token";
  throw new UserError(`${said}: ${directions(name, tokens)}`);
}

function directions(name: string, tokens: readonly Token[]): string {
  const renamed = tokens.filter(({ formerNames }) => formerNames.some((former) => former.name === name));
  const copies = tokens.filter(({ destinations }) => destinations.some((place) => goesBy(place, name)));
  // One name may be both: an old one in the vault, and another token's at its consumer.
  const copied = copies.filter((token) => !renamed.includes(token));
  const known = [
    ...(renamed.length > 0 ? [`it is called ${namesOf(renamed)} now`] : []),
    ...(copied.length > 0 ? [`a copy of ${namesOf(copied)} goes by that name`] : []),
  ];
  if (known.length > 0) return known.join(", and ");
  const whole = tokens.find((token) => name.startsWith(`${token.name}__`));
  if (whole !== undefined) return `it is a companion of ${whole.name}`;
  const wanted = name.toUpperCase().replaceAll("-", "_");
  const near = tokens
    // The beginning of a name is nearer than any slip of the pen.
    .map((token) => ({ token, away: token.name.startsWith(wanted) ? 0 : distance(wanted, token.name) }))
    .sort((one, other) => one.away - other.away)
    .slice(0, 3);
  return `the nearest names are ${near.map(({ token }) => token.name).join(", ")}; ./raxx token list has all`;
}

function goesBy(place: Token["destinations"][number], name: string): boolean {
  return ("name" in place && place.name === name) || ("key" in place && place.key === name);
}

function namesOf(tokens: readonly Token[]): string {
  return tokens.map(({ name }) => name).join(" and ");
}
