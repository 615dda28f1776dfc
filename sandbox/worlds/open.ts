import { randomBytes } from "node:crypto";

import { createAccount, createApp, createAuthorization, emptyHeroku } from "../vendors/heroku/entities";
import {
  createAccessServiceToken,
  createFolder,
  createProject,
  createSecret,
  createTag,
  createUniversalAuthIdentity,
  emptyInfisical,
  type InfisicalState,
} from "../vendors/infisical/entities";
import { type SeededWorld } from "./world";

/**
 * The default world: every vendor can be reached, the apps have config vars of their own and run on an
 * authorization from before us, and the vault has folders, tags and secrets of other people but none of ours.
 */
export function seedOpenWorld(): SeededWorld {
  const heroku = emptyHeroku();
  const operator = createAccount(heroku, { email: "operator@moosequest.net" });
  const login = createAuthorization(heroku, {
    account: operator,
    scope: ["global"],
    description: "Heroku CLI login from operator's machine",
  });
  const deploy = createAuthorization(heroku, {
    account: operator,
    scope: ["global"],
    description: "GitHub Actions deploy (raxx-console + raxx-api)",
  });
  for (const name of ["raxx-console-prod", "raxx-console-staging", "raxx-api-prod", "raxx-api-staging"]) {
    createApp(heroku, {
      name,
      owner: operator,
      configVars: {
        DATABASE_URL: `postgres://${randomValue()}@db.example/${name}`,
        SECRET_KEY_BASE: randomValue(),
        HEROKU_API_KEY: deploy.access_token.token,
      },
      dynos: { web: 2, worker: 1 },
    });
  }
  createApp(heroku, { name: "raxx-status", owner: operator, configVars: { STATUS_TOKEN: randomValue() } });
  const stranger = createAccount(heroku, { email: "somebody@else.example" });
  createApp(heroku, { name: "raxx-lookalike", owner: stranger });

  const infisical = emptyInfisical();
  const project = createProject(infisical, { name: "raxx", environments: ["prod", "staging", "dev"] });
  seedOtherPeoplesSecrets(infisical, project.id);
  const provisioner = createUniversalAuthIdentity(infisical, {
    name: "INF_PROVISIONER",
    memberships: [{ projectId: project.id, role: "admin" }],
  });
  const access = createAccessServiceToken(infisical, { name: "CF_ACCESS_SVC_VAULT" });

  return {
    heroku,
    infisical,
    credentials: {
      HEROKU_API_KEY: login.access_token.token,
      INFISICAL_CLIENT_ID: provisioner.clientId,
      INFISICAL_CLIENT_SECRET: provisioner.clientSecret,
      INFISICAL_PROJECT_ID: project.id,
      CF_ACCESS_CLIENT_ID: access.clientId,
      CF_ACCESS_CLIENT_SECRET: access.clientSecret,
    },
    infisicalProject: project.id,
    previousAdopt: { prod: { HK_PLATFORM_FULL: [deploy.id] } },
  };
}

function seedOtherPeoplesSecrets(state: InfisicalState, projectId: string): void {
  createTag(state, { projectId, slug: "function-platform-api", color: "#aa0000" });
  createTag(state, { projectId, slug: "legacy", color: "#888888" });
  const place = { projectId, environment: "prod", path: "/MooseQuest/raxx-dev-bot" };
  createFolder(state, place);
  createSecret(state, { ...place, name: "APP_ID", value: "104729", comment: "GitHub App raxx-dev-bot" });
  createSecret(state, {
    ...place,
    name: "PRIVATE_KEY_PEM",
    value: randomValue(),
    tagSlugs: ["legacy"],
    previousValues: [randomValue()],
  });
  createSecret(state, { projectId, environment: "staging", name: "SENTRY_DSN", value: randomValue() });
}

function randomValue(): string {
  return randomBytes(24).toString("base64url");
}
