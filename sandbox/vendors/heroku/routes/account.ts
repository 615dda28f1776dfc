import { type FastifyInstance } from "fastify";

import { type VendorContext } from "../../kit/vendor";
import { guarded } from "../authenticate";
import { type HerokuState } from "../entities";

export function accountRoutes(app: FastifyInstance, context: VendorContext<HerokuState>): void {
  app.get(
    "/account",
    guarded(context, "account", ({ account }) => ({
      id: account.id,
      email: account.email,
      name: account.name,
      allow_tracking: false,
      beta: false,
      country_of_residence: null,
      created_at: account.created_at,
      default_organization: null,
      default_team: null,
      delinquent_at: null,
      federated: false,
      identity_provider: null,
      last_login: account.last_login,
      sms_number: null,
      suspended_at: null,
      two_factor_authentication: account.two_factor_authentication,
      updated_at: account.created_at,
      verified: true,
    })),
  );

  app.get(
    "/account/rate-limits",
    guarded(context, "anything", ({ account }) => ({
      remaining: Math.floor(account.bucket?.tokens ?? context.store.state.rate_limit.capacity),
    })),
  );
}
