import { type FastifyInstance } from "fastify";

import { type Vendor, type VendorContext } from "../kit/vendor";
import { requireIdentity } from "./authenticate";
import { emptyInfisical, type InfisicalState } from "./entities";
import { envelope, errorBodyOf } from "./errors";
import { registerGate } from "./gate";
import { registerLicence } from "./licence";
import { registerRateLimit } from "./rate-limit";
import { registerFolderRoutes } from "./routes/folders";
import { registerIdentityRoutes } from "./routes/identities";
import { registerIdentityMembershipRoutes } from "./routes/identity-memberships";
import { registerIdentityPrivilegeRoutes } from "./routes/identity-privileges";
import { registerProjectRoutes } from "./routes/projects";
import { registerSecretRoutes } from "./routes/secrets";
import { registerSecretBatchRoutes } from "./routes/secrets-batch";
import { registerSecretByIdRoute, registerSecretReadRoutes } from "./routes/secrets-read";
import { registerTagRoutes } from "./routes/tags";
import { registerTokenAuthRoutes } from "./routes/token-auth";
import { registerUniversalAuthRoutes } from "./routes/universal-auth";
import { v3raw, v4 } from "./secret-schemas";

/**
 * A self-hosted Infisical behind a Cloudflare Access application: what a machine identity meets, in the order in
 * which it meets it: edge, rate limit, bearer, permissions.
 */
export const infisical: Vendor<InfisicalState> = {
  name: "infisical",
  empty: emptyInfisical,
  errorBody: (status, path) => envelope(status, statusMessage(status, path)),
  routes: (app, context) => {
    registerGate(app, context);
    registerLicence(app, context);
    void app.register((api, _options, done) => {
      sendVendorErrors(api);
      registerRateLimit(api, context);
      registerUniversalAuthRoutes(api, context);
      void api.register((authenticated, _inner, ready) => {
        requireIdentity(authenticated, context);
        registerAuthenticated(authenticated, context);
        ready();
      });
      done();
    });
  },
};

function registerAuthenticated(app: FastifyInstance, context: VendorContext<InfisicalState>): void {
  registerProjectRoutes(app, context);
  registerIdentityRoutes(app, context);
  registerIdentityMembershipRoutes(app, context, "/api/v1/projects/:projectId/memberships/identities");
  registerIdentityMembershipRoutes(app, context, "/api/v2/workspace/:projectId/identity-memberships");
  registerIdentityPrivilegeRoutes(app, context);
  registerTokenAuthRoutes(app, context);
  registerTagRoutes(app, context, "/api/v1/projects");
  registerTagRoutes(app, context, "/api/v1/workspace");
  registerFolderRoutes(app, context, "v1");
  registerFolderRoutes(app, context, "v2");
  for (const api of [v4, v3raw]) {
    registerSecretReadRoutes(app, context, api);
    registerSecretRoutes(app, context, api);
    registerSecretBatchRoutes(app, context, api);
  }
  registerSecretByIdRoute(app, context);
}

function sendVendorErrors(app: FastifyInstance): void {
  app.setErrorHandler((error, _request, reply) => {
    const body = errorBodyOf(error);
    return reply.code(body.statusCode).send(body);
  });
}

function statusMessage(status: number, path: string): string {
  if (status === 404) return `Route ${path} not found`;
  if (status === 429) return "Rate limit exceeded. Please try again in 1 seconds";
  return status >= 500 ? "Something went wrong" : "Bad request";
}
