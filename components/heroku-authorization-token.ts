import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Output,
  type Resource,
  type ResourceHookBinding,
} from "@pulumi/pulumi";
import { HerokuAdoptedAuthorization, HerokuAuthorization } from "@raxx/providers";

import {
  markerOf,
  type Generation,
  type HerokuAuthorizationIssuer,
  type Token,
  type TokenGenerations,
} from "../catalog";
import { expiryOf, type Credential } from "./credential";

export interface HerokuAuthorizationTokenArgs {
  token: Token & { issuer: HerokuAuthorizationIssuer };
  generations: TokenGenerations;
  /** The stack's name: part of the marker that every authorization carries at Heroku. */
  stack: string;
  /** The Heroku account to mint in. */
  accountId: Input<string>;
  /** What revokes an authorization from before us. @default nothing */
  adoptedHooks?: ResourceHookBinding;
  /** What has to be there before anything is minted. @default nothing */
  after?: Resource[];
}

/**
 * A token that Heroku issues: one OAuth authorization per generation, so that the previous one stays usable
 * for as long as the configuration names it, and going back mints nothing.
 *
 * ```ts
 * const platform = new HerokuAuthorizationToken("HK_PLATFORM_FULL", { token, generations, stack: "prod", accountId });
 * platform.value; // secret Output of the current generation
 * ```
 */
export class HerokuAuthorizationToken extends ComponentResource implements Credential {
  readonly token: Token;
  readonly generation: string;
  declare readonly value: Output<string>;
  declare readonly companions: Credential["companions"];

  constructor(name: string, args: HerokuAuthorizationTokenArgs, opts?: ComponentResourceOptions) {
    super(type, name, { token: args.token.name, generation: args.generations.current.name }, opts);
    this.token = args.token;
    this.generation = args.generations.current.name;

    const { current, previous, previousAdopt } = args.generations;
    const authorization = this.authorization(name, args, current, true);
    if (previous !== undefined) this.authorization(name, args, previous, false);
    for (const id of previousAdopt) this.adopted(name, args, id);

    this.value = authorization.token;
    this.companions = {
      AUTH_ID: authorization.id,
      EXPIRES_AT: authorization.expiresAt,
      // A destroy runs the program too, and what it finds gone already has no outputs.
      SCOPES: authorization.scope.apply((scope: string[] | undefined) => scope?.join(" ") ?? ""),
    };
    this.registerOutputs({ generation: this.generation });
  }

  private authorization(
    name: string,
    { token, stack, accountId, after }: HerokuAuthorizationTokenArgs,
    generation: Generation,
    mayMint: boolean,
  ): HerokuAuthorization {
    return new HerokuAuthorization(
      `${name}-${generation.name}`,
      {
        marker: markerOf(stack, token.name, generation.name),
        scope: [...token.issuer.scope],
        expiresAt: expiryOf(token, generation),
        accountId,
        mayMint,
      },
      { parent: this, dependsOn: after ?? [] },
    );
  }

  /** Deleting it only forgets it: what revokes it is the hook, once it is dropped from the configuration. */
  private adopted(
    name: string,
    { accountId, adoptedHooks = {} }: HerokuAuthorizationTokenArgs,
    authorizationId: string,
  ): void {
    new HerokuAdoptedAuthorization(
      `${name}-adopted-${authorizationId}`,
      { authorizationId, accountId },
      { parent: this, hooks: adoptedHooks },
    );
  }
}

const type = "raxx:heroku:AuthorizationToken";
