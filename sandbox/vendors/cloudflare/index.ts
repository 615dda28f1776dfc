import { randomBytes } from "node:crypto";

import { type Vendor } from "../kit/vendor";
import { emptyCloudflare } from "./entities";
import { CloudflareError, cloudflareErrorBody } from "./errors";
import { type CloudflareState } from "./records";
import { nameServerControl } from "./name-server";
import { accountRoutes } from "./routes/accounts";
import { dnsRecordRoutes } from "./routes/dns-records";
import { permissionGroupRoutes } from "./routes/permission-groups";
import { serviceTokenRoutes } from "./routes/service-tokens";
import { tokenRoutes } from "./routes/tokens";
import { zoneRoutes } from "./routes/zones";

export { emptyCloudflare } from "./entities";
export { type RunningNameServer, startNameServer } from "./name-server";
export { permissionGroups } from "./permission-groups";
export * from "./records";
export {
  createAccount,
  createAccountToken,
  createDnsRecord,
  createServiceToken,
  createUser,
  createUserToken,
  createZone,
  revokeExposed,
  type SeededPolicy,
} from "./seeding";
export { verifyServiceToken } from "./service-tokens";

/** Cloudflare's API, version 4, below `/client/v4`: https://developers.cloudflare.com/api/ */
export const cloudflare: Vendor<CloudflareState> = {
  name: "cloudflare",
  empty: emptyCloudflare,
  errorBody: cloudflareErrorBody,
  routes(app, context) {
    const { rate_limit: limit } = context.store.state;
    app.addHook("onSend", (_request, reply, payload, done) => {
      void reply.header("cf-ray", `${randomBytes(8).toString("hex")}-SBX`);
      // What no caller was counted for, e.g. an unknown route.
      if (!reply.hasHeader("ratelimit")) {
        void reply.header("ratelimit", `"default";r=${limit.per_second_and_address};t=1`);
        void reply.header("ratelimit-policy", `"burst";q=${limit.per_second_and_address};w=1`);
      }
      done(null, payload);
    });
    nameServerControl(app, context);
    // A scope of its own, so that the error handler is this vendor's routes' only.
    void app.register(
      (scope, _options, done) => {
        scope.setErrorHandler((error: { statusCode?: number }, request, reply) => {
          if (error instanceof CloudflareError) {
            return reply.code(error.status).headers(error.headers).send(error.body());
          }
          // Another content type, which the framework refuses with 415, is 400 at Cloudflare.
          if (error.statusCode === 415) return reply.code(400).send(cloudflareErrorBody(400, request.url));
          throw error as Error;
        });
        for (const routes of [
          accountRoutes,
          permissionGroupRoutes,
          tokenRoutes,
          zoneRoutes,
          dnsRecordRoutes,
          serviceTokenRoutes,
        ]) {
          routes(scope, context);
        }
        done();
      },
      { prefix: "/client/v4" },
    );
  },
};
