import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Output,
  type Resource,
} from "@pulumi/pulumi";
import { InfisicalIdentity, InfisicalIdentityToken as Issuance } from "@raxx/providers";

import {
  markerOf,
  type Generation,
  type InfisicalIdentityTokenIssuer,
  type Token,
  type TokenGenerations,
} from "../catalog";
import { lifetimeSecondsOf, type Credential } from "./credential";

export interface InfisicalIdentityTokenArgs {
  token: Token & { issuer: InfisicalIdentityTokenIssuer };
  generations: TokenGenerations;
  /** The stack's name: part of every marker, and the environment of the vault that is read. */
  stack: string;
  /** The vault's project. */
  projectId: Input<string>;
  /** What has to be there before anything is made or minted. @default nothing */
  after?: Resource[];
}

/**
 * A token that the vault issues for a machine identity of ours, with which a consumer reads the named folders of the
 * stack's environment and nothing else. There is one identity, and of it one token per generation: so the previous one
 * stays usable for as long as the configuration names it, and going back mints nothing.
 *
 * ```ts
 * const reader = new InfisicalIdentityToken("INF_APP_READER", { token, generations, stack: "prod", projectId });
 * reader.value; // secret Output of the current generation
 * ```
 */
export class InfisicalIdentityToken extends ComponentResource implements Credential {
  readonly token: Token;
  readonly generation: string;
  declare readonly value: Output<string>;
  declare readonly companions: Credential["companions"];

  constructor(name: string, args: InfisicalIdentityTokenArgs, opts?: ComponentResourceOptions) {
    const { token, generations } = args;
    const { current, previous } = generations;
    super(type, name, { token: token.name, generation: current.name }, opts);
    this.token = token;
    this.generation = current.name;

    const identity = this.identity(name, args);
    const minted = this.mint(name, args, identity, current, true);
    if (previous !== undefined) this.mint(name, args, identity, previous, false);
    this.value = minted.token;
    // The vault counts from the mint, so it alone knows the end.
    this.companions = { EXPIRES_AT: minted.expiresAt, SCOPES: token.vendorScopes.join(" ") };
    this.registerOutputs({ generation: this.generation });
  }

  private identity(
    name: string,
    { token, stack, projectId, after }: InfisicalIdentityTokenArgs,
  ): InfisicalIdentity {
    return new InfisicalIdentity(
      `${name}-identity`,
      {
        projectId,
        marker: markerOf(stack, token.name),
        environment: stack,
        folders: [...token.issuer.folders],
        ttlSeconds: lifetimeSecondsOf(token),
      },
      { parent: this, dependsOn: after ?? [] },
    );
  }

  private mint(
    name: string,
    { token, stack, projectId, after }: InfisicalIdentityTokenArgs,
    identity: InfisicalIdentity,
    generation: Generation,
    mayMint: boolean,
  ): Issuance {
    return new Issuance(
      `${name}-${generation.name}`,
      {
        projectId,
        identityId: identity.id,
        marker: markerOf(stack, token.name, generation.name),
        ttlSeconds: lifetimeSecondsOf(token),
        mayMint,
      },
      { parent: this, dependsOn: after ?? [] },
    );
  }
}

const type = "raxx:infisical:IdentityToken";
