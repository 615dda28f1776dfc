import { ComponentResource, type ComponentResourceOptions } from "@pulumi/pulumi";

import { custodyExpiry, type CustodyIssuer, type Token, type TokenGenerations } from "../catalog";
import { type Provisioned } from "./credential";

export interface CustodyTokenArgs {
  token: Token & { issuer: CustodyIssuer };
  /** The current one is the last known rotation, which a person did. */
  generations: Pick<TokenGenerations, "current">;
}

/**
 * A token in custody: its value stands in the vault already, and stays there. The program answers for what is said
 * beside it (tags, comment, companions) and never gets to see it: so there is no `value`, and nothing is issued.
 *
 * ```ts
 * const models = new CustodyToken("ANT_CLAUDE_SDK", { token, generations });
 * models.companions; // { EXPIRES_AT: "non-expiring", SCOPES: "Account-level API key" }
 * ```
 */
export class CustodyToken extends ComponentResource implements Provisioned {
  readonly token: Token;
  readonly generation: string;
  readonly companions: { EXPIRES_AT: string; SCOPES: string };

  constructor(name: string, args: CustodyTokenArgs, opts?: ComponentResourceOptions) {
    const { token, generations } = args;
    const { current } = generations;
    super(type, name, { token: token.name, generation: current.name }, opts);
    this.token = token;
    this.generation = current.name;
    this.companions = {
      EXPIRES_AT: custodyExpiry(current, token.issuer.lifetimeDays),
      SCOPES: token.vendorScopes.join(" "),
    };
    this.registerOutputs({ generation: this.generation });
  }
}

const type = "raxx:custody:Token";
