import { userById } from "./entities";
import {
  type ApiToken,
  type CloudflareState,
  type CloudflareUser,
  type PermissionGroup,
  type TokenPolicy,
} from "./records";
import { covers, type Resource, resourcesOf } from "./resources";

/** What a route asks for. The group's name is without its `Read` or `Write`; write includes read. */
export interface Permission {
  group: string;
  access: "read" | "write";
}

/** Whether a token may do this with this resource: by its policies, and, for a user's token, by the user's role. */
export function can(
  state: CloudflareState,
  token: ApiToken,
  { group, access }: Permission,
  resource: Resource,
  now: Date,
): boolean {
  const names = access === "read" ? [`${group} Read`, `${group} Write`] : [`${group} Write`];
  return state.permission_groups
    .filter(({ name, scopes }) => names.includes(name) && scopes.includes(resource.scope))
    .some((one) => holds(state, token, one, resource, now));
}

/** Whether a token has a permission group on a resource. A policy that denies beats those that allow. */
export function holds(
  state: CloudflareState,
  token: ApiToken,
  group: PermissionGroup,
  resource: Resource,
  now: Date,
): boolean {
  const applicable = policiesAt(token, now).filter(
    (policy) =>
      policy.permission_groups.includes(group.id) &&
      resourcesOf(state, policy.resources).some((held) => held !== undefined && covers(held, resource)),
  );
  if (!applicable.some(({ effect }) => effect === "allow")) return false;
  if (applicable.some(({ effect }) => effect === "deny")) return false;
  if (token.owner.kind === "account") return resource.scope !== "com.cloudflare.api.user";
  const user = userById(state, token.owner.user_id);
  return user !== undefined && userMay(user, group, resource);
}

/** Whether a user's own rights include a permission group on a resource; on a star, in all of the user's accounts. */
export function userMay(user: CloudflareUser, group: PermissionGroup, resource: Resource): boolean {
  if (resource.scope === "com.cloudflare.api.user") return resource.id === user.id;
  const accountId = resource.scope === "com.cloudflare.api.account" ? resource.id : resource.account_id;
  const roles = user.memberships
    .filter(({ account_id }) => accountId === "*" || account_id === accountId)
    .map(({ role }) => role);
  return (
    roles.length > 0 &&
    roles.every((role) => {
      if (role === "super-administrator") return true;
      if (role === "administrator") return !group.name.startsWith("Billing ");
      return group.name.endsWith(" Read");
    })
  );
}

/** The policies that the edge goes by. */
function policiesAt({ before, policies }: ApiToken, now: Date): TokenPolicy[] {
  return before?.policies != null && now < new Date(before.until) ? before.policies : policies;
}
