import { type FastifyInstance } from "fastify";

import { type VendorContext } from "../../kit/vendor";
import { onAccount, onUser } from "../access";
import { onRoute } from "../authenticate";
import { page, success } from "../envelope";
import { failure } from "../errors";
import { can, type Permission } from "../permissions";
import { type CloudflareAccount, type CloudflareState, type CloudflareUser } from "../records";
import { accountResource } from "../resources";

const settings: Permission = { group: "Account Settings", access: "read" };

export function accountRoutes(app: FastifyInstance, context: VendorContext<CloudflareState>): void {
  const { store, now } = context;
  const { state } = store;

  // Accounts that the token may not read are left out: a token without any gets an empty list, and no error.
  onRoute(app, context, { method: "GET", url: "/accounts" }, ({ token, request }) => {
    if (token.owner.kind === "account") {
      throw failure(400, 1001, "List accounts endpoint does not support account owned tokens.");
    }
    const { name, direction } = request.query as Record<string, string | undefined>;
    const accounts = state.accounts.filter(
      (account) =>
        (name === undefined || account.name === name) &&
        can(state, token, settings, accountResource(account.id), now()),
    );
    if (direction === "desc") accounts.reverse();
    const shown = page(accounts, request.query, { standard: 20, maximum: 50 });
    return shown.answer(shown.items.map(accountView));
  });

  onAccount(
    app,
    context,
    {
      method: "GET",
      url: "/accounts/:account_id",
      need: { ...settings, code: 9109, documentation: "accounts/methods/get" },
    },
    ({ account }) => success(accountView(account)),
  );

  onUser(
    app,
    context,
    {
      method: "GET",
      url: "/user",
      need: { group: "User Details", access: "read", documentation: "user/methods/get" },
    },
    ({ user }) => success(userView(user)),
  );
}

function accountView({ id, name, type, created_on }: CloudflareAccount): object {
  return {
    id,
    name,
    type,
    settings: { enforce_twofactor: false, abuse_contact_email: null },
    created_on,
  };
}

function userView({ id, email, first_name, last_name, created_on }: CloudflareUser): object {
  return {
    id,
    email,
    first_name,
    last_name,
    telephone: null,
    country: null,
    zipcode: null,
    two_factor_authentication_enabled: true,
    two_factor_authentication_locked: false,
    suspended: false,
    created_on,
    modified_on: created_on,
  };
}
