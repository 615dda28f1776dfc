import { type Input, type Output } from "@pulumi/pulumi";

import { type Token } from "../catalog";

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
  /** Secret. */
  value: Output<string>;
}

/** `TOKEN@generation`: how a destination records what it got. */
export function sourceOf({ token, generation }: Provisioned): string {
  return `${token.name}@${generation}`;
}
