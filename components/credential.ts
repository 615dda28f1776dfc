import { RunError, secret, type Input, type Output } from "@pulumi/pulumi";
import { type DateTime } from "luxon";

import { cadenceDays, vendorExpiry, vendorLifetimeSeconds, type Generation, type Token } from "../catalog";

/** What the program answers for: which generation of a token stands somewhere, and what is said beside it. */
export interface Provisioned {
  token: Token;
  /** Name of the generation that the value belongs to. */
  generation: string;
  /** Suffix → value: `EXPIRES_AT` becomes `<TOKEN>__EXPIRES_AT`. */
  companions: Record<string, Input<string>>;
}

/** What a component that issues hands to the destinations: the current generation, ready to distribute. */
export interface Credential extends Provisioned {
  /** Secret. Of a credential with parts, the part that is secret. */
  value: Output<string>;
  /** Part → value, of a credential that has parts. @default none */
  parts?: Readonly<Record<string, Output<string>>>;
}

/** One part of a credential, or the id beside it, as a destination with room for one value gets it. */
export function partOf(credential: Credential, part: string | undefined): Credential {
  if (part === undefined) return credential;
  const { token, generation, companions, parts } = credential;
  const value = parts?.[part] ?? companions[part];
  if (value === undefined)
    throw new RunError(`${token.name} has no part ${part}: it is none of its parts in the catalog`);
  return { token, generation, value: secret(value), companions: {} };
}

/** `TOKEN@generation`: how a destination records what it got. */
export function sourceOf({ token, generation }: Provisioned): string {
  return `${token.name}@${generation}`;
}

/** When the vendor expires what we mint, some days after the next rotation is due: ISO 8601, UTC. */
export function expiryOf(token: Token, generation: Generation): string {
  return vendorExpiry(generation, cadenceOf(token));
}

/** How long the vendor lets it live, where it counts from the mint. */
export function lifetimeSecondsOf(token: Token): number {
  return vendorLifetimeSeconds(cadenceOf(token));
}

/** When the next rotation is due. */
export function dueOf(token: Token, { day }: Generation): DateTime<true> {
  return day.plus({ days: cadenceOf(token) });
}

function cadenceOf({ name, tags }: Token): number {
  if (tags.rotation !== "non-rotating") return cadenceDays[tags.rotation];
  throw new RunError(`${name} is minted, so it has to rotate: give it another rotation tag in the catalog`);
}
