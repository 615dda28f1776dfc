import { type Input, type Output } from "@pulumi/pulumi";

import { type Token } from "../catalog";

/** What every credential component hands to the destinations: the current generation, ready to distribute. */
export interface Credential {
  token: Token;
  /** Name of the generation that the value belongs to. */
  generation: string;
  /** Secret. */
  value: Output<string>;
  /** Suffix → value: `EXPIRES_AT` becomes `<TOKEN>__EXPIRES_AT`. */
  companions: Record<string, Input<string>>;
}

/** `TOKEN@generation`: how a destination records what it got. */
export function sourceOf({ token, generation }: Credential): string {
  return `${token.name}@${generation}`;
}
