import {
  ComponentResource,
  type ComponentResourceOptions,
  type Output,
  type Resource,
  secret,
} from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword";

import { markerOf, type RandomIssuer, type Token, type TokenGenerations } from "../catalog";
import { type Credential } from "./credential";

export interface RandomTokenArgs {
  token: Token & { issuer: RandomIssuer };
  generations: TokenGenerations;
  /** The stack's name. */
  stack: string;
  /** What has to be there before anything is minted. @default nothing */
  after?: Resource[];
}

/**
 * A token that we issue ourselves: random bytes in hexadecimal, one resource per generation, so that the previous
 * one stays known for as long as the configuration names it.
 *
 * ```ts
 * const ingest = new RandomToken("RAXX_AUDIT_INGEST", { token, generations, stack: "prod" });
 * ingest.value; // secret Output, 64 characters for 32 bytes
 * ```
 */
export class RandomToken extends ComponentResource implements Credential {
  readonly token: Token;
  readonly generation: string;
  declare readonly value: Output<string>;
  /** Nobody but the consumers knows the value, so nobody makes it expire. */
  readonly companions: Credential["companions"] = { EXPIRES_AT: "non-expiring" };

  constructor(name: string, args: RandomTokenArgs, opts?: ComponentResourceOptions) {
    super(
      "raxx:random:Token",
      name,
      { token: args.token.name, generation: args.generations.current.name },
      opts,
    );
    this.token = args.token;
    this.generation = args.generations.current.name;

    const { current, previous } = args.generations;
    this.value = secret(this.draw(name, args, current.name).result);
    if (previous !== undefined) this.draw(name, args, previous.name);
    this.registerOutputs({ generation: this.generation });
  }

  /**
   * Sixteen digits with equal chances, two for a byte. Not `RandomBytes`: the id of one is its value in base64, and ids
   * stand in the state in plain text (https://github.com/pulumi/pulumi-random, `computeRandomBytesID`).
   */
  private draw(name: string, { token, stack, after }: RandomTokenArgs, generation: string): RandomPassword {
    return new RandomPassword(
      `${name}-${generation}`,
      {
        length: token.issuer.bytes * 2,
        numeric: true,
        special: true,
        overrideSpecial: "abcdef",
        lower: false,
        upper: false,
        keepers: { marker: markerOf(stack, token.name, generation) },
      },
      { parent: this, dependsOn: after ?? [] },
    );
  }
}
