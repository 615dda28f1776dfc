import { ApiToken } from "@pulumi/cloudflare/apiToken";
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Output,
  type Resource,
  type ResourceHookBinding,
  RunError,
} from "@pulumi/pulumi";

import {
  markerOf,
  permissionGroup,
  type CloudflareApiTokenIssuer,
  type Generation,
  type PermissionGroup,
  type Token,
  type TokenGenerations,
} from "../catalog";
import { expiryOf, type Credential } from "./credential";

export interface CloudflareApiTokenArgs {
  token: Token & { issuer: CloudflareApiTokenIssuer };
  generations: TokenGenerations;
  /** The stack's name: part of the marker that every token has as its name. */
  stack: string;
  /** The Cloudflare account, 32 hexadecimal digits. */
  accountId: string;
  /** Zone name → its id. */
  zoneIds: Readonly<Record<string, string>>;
  /** What looks for a token of ours that a lost answer left behind. @default nothing */
  hooks?: ResourceHookBinding;
  /** What has to be there before anything is minted. @default nothing */
  after?: Resource[];
}

/**
 * An API token that Cloudflare issues: one per generation, with exactly the groups and zones that the catalog
 * names, and an expiry. A token never changes by itself: the value is shown once, and a roll would kill it at once.
 *
 * ```ts
 * const dns = new CloudflareApiToken("CF_DNS_EDIT_RAXX_APP", { token, generations, stack: "prod", accountId, zoneIds });
 * dns.value; // secret Output of the current generation
 * ```
 */
export class CloudflareApiToken extends ComponentResource implements Credential {
  readonly token: Token;
  readonly generation: string;
  declare readonly value: Output<string>;
  declare readonly companions: Credential["companions"];

  constructor(name: string, args: CloudflareApiTokenArgs, opts?: ComponentResourceOptions) {
    const { token, generations } = args;
    const { current, previous } = generations;
    super(type, name, { token: token.name, generation: current.name }, opts);
    this.token = token;
    this.generation = current.name;

    const minted = this.mint(name, args, current);
    if (previous !== undefined) this.mint(name, args, previous);
    this.value = minted.value;
    this.companions = { EXPIRES_AT: expiryOf(token, current), SCOPES: token.vendorScopes.join(" ") };
    this.registerOutputs({ generation: this.generation });
  }

  private mint(
    name: string,
    { token, stack, accountId, zoneIds, hooks = {}, after = [] }: CloudflareApiTokenArgs,
    generation: Generation,
  ): ApiToken {
    return new ApiToken(
      `${name}-${generation.name}`,
      {
        name: markerOf(stack, token.name, generation.name),
        policies: policiesOf(token, accountId, zoneIds),
        expiresOn: expiryOf(token, generation),
      },
      {
        parent: this,
        dependsOn: after,
        hooks,
      },
    );
  }
}

interface Policy {
  effect: string;
  permissionGroups: { id: string }[];
  /** JSON. */
  resources: string;
}

/** One policy for the account and one for the zones. Sorted: in another order Cloudflare would show a difference. */
function policiesOf(
  { name, issuer, vendorScopes }: CloudflareApiTokenArgs["token"],
  accountId: string,
  zoneIds: Readonly<Record<string, string>>,
): Policy[] {
  const zones = issuer.zone === undefined ? (issuer.zones ?? []) : [issuer.zone];
  const zoneResources = zones.map((zone) => {
    const id = zoneIds[zone];
    if (id === undefined)
      throw new RunError(
        `${name} is for the zone ${zone}, whose id is not known: pulumi config set --path 'raxx:cloudflareZones["${zone}"]' ID`,
      );
    return `com.cloudflare.api.account.zone.${id}`;
  });
  const groups = vendorScopes.map((label): PermissionGroup => {
    const group = permissionGroup(label);
    if (group === undefined) throw new RunError(`${name} has a scope that is no permission group: ${label}`);
    return group;
  });
  return [
    policyOf(groups, "account", [`com.cloudflare.api.account.${accountId}`]),
    policyOf(groups, "zone", zoneResources.sort()),
  ].filter((policy) => policy.permissionGroups.length > 0);
}

function policyOf(
  groups: readonly PermissionGroup[],
  scope: PermissionGroup["scope"],
  resources: readonly string[],
): Policy {
  const ids = groups.filter((group) => group.scope === scope).map(({ id }) => id);
  return {
    effect: "allow",
    permissionGroups: ids.sort().map((id) => ({ id })),
    resources: JSON.stringify(Object.fromEntries(resources.map((resource) => [resource, "*"]))),
  };
}

const type = "raxx:cloudflare:ApiToken";
