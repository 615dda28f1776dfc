import { createHash, randomUUID } from "node:crypto";

import { type Vendor } from "../kit/vendor";
import { emptyHeroku, type HerokuState } from "./entities";
import { HerokuError, herokuErrorBody } from "./errors";
import { accountRoutes } from "./routes/account";
import { appRoutes } from "./routes/apps";
import { authorizationRoutes } from "./routes/authorizations";
import { configVarRoutes } from "./routes/config-vars";
import { dynoRoutes } from "./routes/dynos";
import { releaseRoutes } from "./routes/releases";
import { webRoutes } from "./routes/web";

export * from "./entities";
export { webPath } from "./routes/web";

/** The Heroku Platform API, version 3: https://devcenter.heroku.com/articles/platform-api-reference */
export const heroku: Vendor<HerokuState> = {
  name: "heroku",
  empty: emptyHeroku,
  errorBody: herokuErrorBody,
  routes(app, context) {
    app.addHook("onSend", (_request, reply, payload, done) => {
      void reply.header("request-id", randomUUID());
      if (typeof payload === "string") {
        void reply.header("etag", `W/"${createHash("sha256").update(payload).digest("hex").slice(0, 32)}"`);
      }
      done(null, payload);
    });
    // A scope of its own, so that the error handler is this vendor's routes' only.
    void app.register((scope, _options, done) => {
      scope.setErrorHandler((error, _request, reply) => {
        if (!(error instanceof HerokuError)) throw error;
        return reply.code(error.status).send(error.body());
      });
      for (const routes of [
        accountRoutes,
        appRoutes,
        authorizationRoutes,
        configVarRoutes,
        dynoRoutes,
        releaseRoutes,
        webRoutes,
      ]) {
        routes(scope, context);
      }
      done();
    });
  },
};
