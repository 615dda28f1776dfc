import { type FastifyInstance, type FastifyRequest } from "fastify";

import { type VendorContext } from "../../kit/vendor";
import { type Need, onAccount, onUser } from "../access";
import { type Call } from "../authenticate";
import { userById } from "../entities";
import { success } from "../envelope";
import { failure } from "../errors";
import { userMay } from "../permissions";
import { type CloudflareState, type PermissionGroup, permissionScopes } from "../records";
import { accountResource, userResource, zoneResource } from "../resources";

const method = "subresources/permission_groups/methods/list";

/** Lists have no pages: all that match are in one answer. */
export function permissionGroupRoutes(app: FastifyInstance, context: VendorContext<CloudflareState>): void {
  const { state } = context.store;
  const need = (group: string, documentation: string): Need => ({ group, access: "read", documentation });

  onUser(
    app,
    context,
    {
      method: "GET",
      url: "/user/tokens/permission_groups",
      need: need("API Tokens", `user/subresources/tokens/${method}`),
    },
    ({ user, token, request }) =>
      success(
        filtered(state, request).map((group) => {
          const accountIds = user.memberships.map(({ account_id }) => account_id);
          return view(state, token, group, accountIds);
        }),
      ),
  );

  onAccount(
    app,
    context,
    {
      method: "GET",
      url: "/accounts/:account_id/tokens/permission_groups",
      need: need("Account API Tokens", `accounts/subresources/tokens/${method}`),
    },
    ({ account, token, request }) =>
      success(
        filtered(state, request)
          // An account token can have nothing of a user.
          .filter(({ scopes }) => !scopes.includes("com.cloudflare.api.user"))
          .map((group) => view(state, token, group, [account.id])),
      ),
  );
}

/** Both filters are exact: for the name that is probable. */
function filtered({ permission_groups }: CloudflareState, { query }: FastifyRequest): PermissionGroup[] {
  const { name, scope } = query as Record<string, string | undefined>;
  const known = permissionScopes.find((one) => one === scope);
  if (scope !== undefined && known === undefined) throw failure(400, 1001, "The scope is not valid");
  return permission_groups.filter(
    (group) =>
      (name === undefined || group.name === name) && (known === undefined || group.scopes.includes(known)),
  );
}

function view(
  state: CloudflareState,
  { owner }: Call["token"],
  { id, name, scopes }: PermissionGroup,
  accountIds: string[],
): object {
  const user = owner.kind === "user" ? userById(state, owner.user_id) : undefined;
  const resources = accountIds.flatMap((accountId) => [
    accountResource(accountId),
    zoneResource(state, "*", accountId),
    ...(user === undefined ? [] : [userResource(user.id)]),
  ]);
  const is_selectable = resources.some((resource) => {
    if (resource === undefined || !scopes.includes(resource.scope)) return false;
    return user === undefined || userMay(user, { id, name, scopes }, resource);
  });
  return { id, name, scopes, is_selectable };
}
