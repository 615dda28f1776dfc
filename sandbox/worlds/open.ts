import { generateKeyPairSync, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import {
  createEnvironment,
  createOrganization,
  createRepository,
  createSecret as createRepositorySecret,
  createToken,
  createUser,
  createVariable,
  createWorkflow,
  createWorkflowFromFile,
  emptyGitHub,
  type GitHubState,
} from "../vendors/github";
import { createAccount, createApp, createAuthorization, emptyHeroku } from "../vendors/heroku/entities";
import {
  createAccessServiceToken,
  createProject,
  createUniversalAuthIdentity,
  emptyInfisical,
} from "../vendors/infisical/entities";
import { seedAws } from "./aws";
import { seedCloudflare } from "./cloudflare";
import { seedVault } from "./vault";
import { type SeededWorld } from "./world";

/**
 * The default world: every vendor can be reached, the apps have config vars of their own and run on an
 * authorization from before us, the vault is as the taxonomy found it, and so
 * is the repository, whose deploy workflow uses both credentials that CI gets.
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
  seedVault(infisical, project.id, deploy.access_token.token);
  const provisioner = createUniversalAuthIdentity(infisical, {
    name: "INF_PROVISIONER",
    // What is less may not mint tokens for identities, in organizations of today.
    orgRole: "admin",
    memberships: [{ projectId: project.id, role: "admin" }],
  });
  const access = createAccessServiceToken(infisical, { name: "CF_ACCESS_SVC_VAULT" });

  const { github, token } = seedGitHub(deploy.access_token.token);
  const { cloudflare, mintToken, accountId, zoneIds, mailRecordIds } = seedCloudflare();
  const { aws, credentials } = seedAws();

  return {
    databases: { heroku, infisical, github, cloudflare, aws },
    credentials: {
      HEROKU_API_KEY: login.access_token.token,
      GITHUB_TOKEN: token,
      CLOUDFLARE_API_TOKEN: mintToken,
      ...credentials,
      INFISICAL_CLIENT_ID: provisioner.clientId,
      INFISICAL_CLIENT_SECRET: provisioner.clientSecret,
      INFISICAL_PROJECT_ID: project.id,
      CF_ACCESS_CLIENT_ID: access.clientId,
      CF_ACCESS_CLIENT_SECRET: access.clientSecret,
    },
    infisicalProject: project.id,
    cloudflareAccount: accountId,
    cloudflareZones: zoneIds,
    supplied: { prod: { freescoutSshKey: sshKey() } },
    previousAdopt: { prod: { HK_PLATFORM_FULL: [deploy.id] } },
    adopt: { prod: mailRecordIds },
  };
}

/** The repository as the batch found it: its own secrets, and a production environment that a person guards. */
function seedGitHub(deployToken: string): { github: GitHubState; token: string } {
  const github = emptyGitHub();
  const operator = createUser(github, { login: "MooseQuest", email: "operator@moosequest.net" });
  const owner = createOrganization(github, {
    login: "raxx-app",
    members: [{ user: operator, role: "admin" }],
  });
  const repository = createRepository(github, { owner, name: "TradeMasterAPI" });
  const production = createEnvironment(github, { repository, name: "production", reviewers: [operator] });
  createEnvironment(github, { repository, name: "staging" });
  createRepositorySecret(github, { repository, name: "HEROKU_API_KEY", value: deployToken });
  createRepositorySecret(github, { repository, name: "SENTRY_AUTH_TOKEN", value: randomValue() });
  createRepositorySecret(github, {
    repository,
    environment: production,
    name: "DATABASE_URL",
    value: `postgres://${randomValue()}@db.example/production`,
  });
  createVariable(github, { repository, environment: production, name: "LOG_LEVEL", value: "info" });
  createWorkflow(github, {
    repository,
    file: "deploy.yml",
    name: "Deploy",
    inputs: { environment: { required: true, type: "choice", options: ["production", "staging"] } },
    job: {
      environment: "${{ inputs.environment }}",
      steps: [
        {
          name: "Log in to Heroku",
          request: {
            method: "GET",
            url: "https://api.heroku.com/account",
            headers: {
              accept: "application/vnd.heroku+json; version=3",
              authorization: "Bearer ${{ secrets.HEROKU_API_KEY }}",
            },
          },
          expect_status: 200,
        },
        {
          name: "Tell the console",
          request: {
            method: "POST",
            url: "${{ vars.CONSOLE_INTERNAL_URL }}/internal/deploy-audit",
            headers: { authorization: "Bearer ${{ secrets.CONSOLE_AUDIT_INGEST_TOKEN }}" },
          },
          expect_status: 202,
        },
      ],
    },
  });
  // As it is in the checkout: what runs here is what gets committed there.
  const file = "verify-aws-backup.yml";
  const text = readFileSync(join(__dirname, "..", "..", "catalog", "workflows", file), "utf8");
  createWorkflowFromFile(github, { repository, file, text });
  // What the operator's own gh is logged in with: a person approves deployments with it, no run has it.
  createToken(github, { user: operator, scopes: ["admin:public_key", "repo", "read:org"] });
  // GITHUB_API_READONLY_TOKEN: what the console reads build states with.
  createToken(github, {
    user: operator,
    repositories: [repository],
    permissions: { metadata: "read", actions: "read", contents: "read" },
  });
  // GH_SECRETS_WRITE, with just what the taxonomy gives it.
  const token = createToken(github, {
    user: operator,
    repositories: [repository],
    permissions: {
      metadata: "read",
      secrets: "write",
      variables: "write",
      environments: "write",
      actions: "write",
    },
  });
  return { github, token };
}

/** As Lightsail gives it to its owner. */
function sshKey(): string {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return privateKey.export({ type: "pkcs1", format: "pem" }).toString();
}

function randomValue(): string {
  return randomBytes(24).toString("base64url");
}
