import { userById } from "./entities";
import { commonPermissionCheck, tokenRefused } from "./errors";
import { holds, userMay } from "./permissions";
import {
  type ApiToken,
  type CloudflareState,
  type PermissionGroup,
  type PolicyResources,
  type TokenPolicy,
} from "./records";
import { type Resource, resourcesOf } from "./resources";
import { newId } from "./values";

/** A policy as a caller sends it. */
export interface WantedPolicy {
  id?: string | undefined;
  effect: "allow" | "deny";
  permission_groups: { id: string }[];
  resources: PolicyResources;
}

/**
 * The policies of a new or changed token, if `caller` may grant them to a token of this owner. A replacement may
 * name the ids of the policies there were; a creation may name none, which is known.
 */
export function grantPolicies(
  state: CloudflareState,
  wanted: WantedPolicy[],
  grant: { caller: ApiToken; owner: ApiToken["owner"]; former: TokenPolicy[]; now: Date },
): TokenPolicy[] {
  const former = new Set(grant.former.map(({ id }) => id));
  return wanted.map((policy) => {
    if (policy.id !== undefined && !former.has(policy.id)) {
      throw tokenRefused("Reusing existing policies is not supported by token creation");
    }
    const groups = policy.permission_groups.map(({ id }) => groupById(state, id));
    const resources = resourcesOf(state, policy.resources);
    for (const group of groups) {
      for (const resource of resources) {
        if (resource === undefined || !group.scopes.includes(resource.scope)) {
          throw commonPermissionCheck(group.name);
        }
        requireGrantable(state, group, resource, grant);
      }
    }
    return {
      id: policy.id ?? newId(),
      effect: policy.effect,
      permission_groups: groups.map(({ id }) => id),
      resources: policy.resources,
    };
  });
}

/** A token can grant no more than its creator has: https://developers.cloudflare.com/fundamentals/api/troubleshooting/ */
function requireGrantable(
  state: CloudflareState,
  group: PermissionGroup,
  resource: Resource,
  { caller, owner, now }: { caller: ApiToken; owner: ApiToken["owner"]; now: Date },
): void {
  const { user_token_limit, account_token_limit } = state.variants;
  if (owner.kind === "account") requireWithin(owner.account_id, group, resource);
  const user = caller.owner.kind === "user" ? userById(state, caller.owner.user_id) : undefined;
  const byUser = caller.owner.kind === "account" || (user !== undefined && userMay(user, group, resource));
  const singleZone = resource.scope === "com.cloudflare.api.account.zone" && resource.id !== "*";
  const limited =
    caller.owner.kind === "user"
      ? user_token_limit === "calling-token"
      : account_token_limit === "everything" || singleZone;
  if (byUser && (!limited || holds(state, caller, group, resource, now))) return;
  throw commonPermissionCheck(group.name);
}

/** https://github.com/cloudflare/terraform-provider-cloudflare/issues/5233 has the text on zones. */
function requireWithin(accountId: string, group: PermissionGroup, resource: Resource): void {
  if (resource.scope === "com.cloudflare.api.account.zone") {
    if (resource.account_id === accountId) return;
    if (resource.account_id === "*") {
      throw tokenRefused(
        "Must specify a zone for account owned tokens, or nest zone under specific account resource",
      );
    }
  } else if (resource.scope === "com.cloudflare.api.account" && resource.id === accountId) {
    return;
  }
  throw commonPermissionCheck(group.name);
}

/** The text is probable. */
function groupById(state: CloudflareState, id: string): PermissionGroup {
  const group = state.permission_groups.find((one) => one.id === id);
  if (group === undefined) throw tokenRefused("A permission group of the policy does not exist");
  return group;
}
