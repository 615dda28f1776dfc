import { randomBytes } from "node:crypto";

import { type FastifyInstance } from "fastify";

import { type Vendor, type VendorContext } from "../kit/vendor";
import { GitHubError, gitHubErrorBody } from "./errors";
import { type GitHubState } from "./records";
import { accountRoutes } from "./routes/account";
import { deploymentRoutes } from "./routes/deployments";
import { environmentRoutes } from "./routes/environments";
import { repositoryRoutes } from "./routes/repositories";
import { runRoutes } from "./routes/runs";
import { secretRoutes } from "./routes/secrets";
import { variableRoutes } from "./routes/variables";
import { workflowRoutes } from "./routes/workflows";
import { Runner } from "./runner";
import { loadSodium, sealAll } from "./sealed-box";
import { emptyGitHub } from "./entities";

export { emptyGitHub, repositoryNamed } from "./entities";
export * from "./records";
export { loadSodium } from "./sealed-box";
export { createWorkflowFromFile } from "./workflow-file";
export {
  createEnvironment,
  createOrganization,
  createRepository,
  createSecret,
  createToken,
  createUser,
  createVariable,
  createWorkflow,
  renameRepository,
  revokeToken,
  secretValue,
} from "./seeding";

/**
 * GitHub's REST API: https://docs.github.com/rest. Every route is served at its plain path, as on
 * api.github.com, and under `/api/v3`, as on a GitHub Enterprise Server.
 */
export const github: Vendor<GitHubState> = {
  name: "github",
  empty: emptyGitHub,
  errorBody: gitHubErrorBody,
  routes(app, context) {
    const runner = new Runner(context);
    app.addHook("onReady", async () => {
      await loadSodium();
      if (sealAll(context.store.state)) context.store.save();
      runner.resume();
    });
    app.addHook("preClose", () => runner.close());
    app.addHook("onSend", (_request, reply, payload, done) => {
      void reply.header("x-github-request-id", requestId());
      void reply.header("x-github-media-type", "github.v3; format=json");
      done(null, payload);
    });
    for (const prefix of ["", "/api/v3"]) {
      void app.register(
        (scope, _options, done) => {
          serve(scope, context, runner);
          done();
        },
        { prefix },
      );
    }
  },
};

/** In a scope of its own, so that the error handler is this vendor's routes' only. */
function serve(scope: FastifyInstance, context: VendorContext<GitHubState>, runner: Runner): void {
  scope.setErrorHandler((error, request, reply) => {
    if (!(error instanceof GitHubError)) throw error;
    const path = request.url.split("?", 1)[0] ?? request.url;
    return reply.code(error.status).headers(error.headers).send(error.body(path));
  });
  accountRoutes(scope, context);
  repositoryRoutes(scope, context);
  environmentRoutes(scope, context);
  secretRoutes(scope, context);
  variableRoutes(scope, context);
  workflowRoutes(scope, context, runner);
  runRoutes(scope, context);
  deploymentRoutes(scope, context, runner);
}

/** For `x-github-request-id`, e.g. `E5C1:1F22:9A01:12FD:66F0A1B2`. */
function requestId(): string {
  return ["", "", "", ""].map(() => randomBytes(2).toString("hex").toUpperCase()).join(":");
}
