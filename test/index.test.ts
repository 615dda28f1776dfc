import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import { catalogFaults, tokens, type Token } from "../catalog";
import { tokenNamed } from "./components/fixtures";
import { Program, secretOf, secretsOf } from "./components/program";
import { configurationOf, credentials, named, refusalOf, runProgram, type RunOptions } from "./run-program";

let exported: Record<string, string>;
beforeEach(() => {
  exported = credentials();
});

/** Runs the program with what is exported. */
function run(
  stack: string,
  configuration = configurationOf(stack),
  environment: Record<string, string> = {},
  catalog?: readonly Token[],
  validate?: typeof catalogFaults,
): Promise<Program> {
  return runProgram(stack, optionsOf(configuration, environment, catalog, validate));
}

/** What the program says when it refuses to run so. */
function refusal(
  stack: string,
  configuration = configurationOf(stack),
  environment: Record<string, string> = {},
  catalog?: readonly Token[],
  validate?: typeof catalogFaults,
): Promise<string> {
  return refusalOf(stack, optionsOf(configuration, environment, catalog, validate));
}

function optionsOf(
  configuration: Record<string, string>,
  environment: Record<string, string>,
  catalog?: readonly Token[],
  validate?: typeof catalogFaults,
): RunOptions {
  return {
    configuration,
    environment: { ...exported, ...environment },
    ...(catalog === undefined ? {} : { catalog }),
    ...(validate === undefined ? {} : { validate }),
  };
}

function without(name: string): void {
  exported = Object.fromEntries(Object.entries(exported).filter(([key]) => key !== name));
}

describe.each(["prod", "staging"])("the program for %s", (stack) => {
  it("declares every resource of the stack, and no other", async () => {
    const program = await run(stack);
    const hub = `github/${stack === "prod" ? "production" : "staging"}`;
    const ofTheRepository = stack === "prod" ? [`github/HEROKU_API_KEY`] : [];
    expect(named(await program.resources())).toEqual([
      `github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret ${hub}/CONSOLE_AUDIT_INGEST_TOKEN-secret`,
      `github:index/actionsEnvironmentVariable:ActionsEnvironmentVariable ${hub}/CONSOLE_INTERNAL_URL`,
      ...ofTheRepository.map((name) => `github:index/actionsSecret:ActionsSecret ${name}-secret`),
      "github:Repository github",
      ...ofTheRepository.map((name) => `github:SecretReceipt ${name}-receipt`),
      `github:SecretReceipt ${hub}/CONSOLE_AUDIT_INGEST_TOKEN-receipt`,
      "heroku:Account heroku",
      "heroku:Authorization HK_PLATFORM_FULL-2026-05-06",
      `heroku:ConfigVars raxx-api-${stack}-config-vars`,
      `heroku:ConfigVars raxx-console-${stack}-config-vars`,
      "infisical:Folder vault/MooseQuest",
      "infisical:Folder vault/MooseQuest/heroku",
      "infisical:Secrets vault/MooseQuest/heroku-secrets",
      "infisical:Tags vault-tags",
      "random:index/randomPassword:RandomPassword RAXX_AUDIT_INGEST-2026-05-06",
      `raxx:github:Environment ${hub}`,
      ...ofTheRepository.map((name) => `raxx:github:Secret ${name}`),
      `raxx:github:Secret ${hub}/CONSOLE_AUDIT_INGEST_TOKEN`,
      `raxx:heroku:App raxx-api-${stack}`,
      `raxx:heroku:App raxx-console-${stack}`,
      "raxx:heroku:AuthorizationToken HK_PLATFORM_FULL",
      "raxx:random:Token RAXX_AUDIT_INGEST",
      "raxx:vault:Vault vault",
    ]);
  });

  it("verifies the account and the apps before anything is minted or written", async () => {
    const program = await run(stack);
    const account = await program.only("pulumi-nodejs:dynamic/heroku:Account");
    const setting = `raxx-console-${stack}/FLAG_CONSOLE_DEPLOY_AUDIT_INGEST`;
    expect(account.inputs).toEqual({
      apps: [`raxx-api-${stack}`, `raxx-console-${stack}`],
      settings: [
        {
          app: `raxx-console-${stack}`,
          key: "FLAG_CONSOLE_DEPLOY_AUDIT_INGEST",
          adopt: { name: setting, importId: setting.replace("/", ":") },
          adopted: false,
        },
      ],
    });
    const authorization = await program.only("pulumi-nodejs:dynamic/heroku:Authorization");
    expect(authorization.dependsOn).toEqual(expect.arrayContaining(["heroku", "github"]));
    const bytes = await program.only("random:index/randomPassword:RandomPassword");
    expect(bytes.dependsOn).toEqual(expect.arrayContaining(["heroku", "github"]));
    expect(authorization.inputs).toMatchObject({
      accountId: "the-account",
      marker: `raxx:${stack}:HK_PLATFORM_FULL:2026-05-06`,
    });
  });

  it("carries the minted value to each app of its own, as a secret", async () => {
    const program = await run(stack);
    const apps = await program.resources("pulumi-nodejs:dynamic/heroku:ConfigVars");
    const platform = `the value of raxx:${stack}:HK_PLATFORM_FULL:2026-05-06`;
    const ingest = "the random value of RAXX_AUDIT_INGEST-2026-05-06";
    for (const { inputs } of apps) expect(inputs["appId"]).toBe(`id-of-${String(inputs["app"])}`);
    expect(apps.map(({ inputs }) => [secretsOf(inputs["vars"]), inputs["settings"]])).toEqual([
      [{ HEROKU_API_KEY: platform }, {}],
      [
        { HEROKU_API_KEY: platform, CONSOLE_AUDIT_INGEST_TOKEN: ingest },
        { FLAG_CONSOLE_DEPLOY_AUDIT_INGEST: "on" },
      ],
    ]);
    expect(apps.map(({ inputs }) => inputs["app"])).toEqual([`raxx-api-${stack}`, `raxx-console-${stack}`]);
  });

  it("carries it to CI: the same value as the console's, in the environment of the stack", async () => {
    const program = await run(stack);
    const environment = stack === "prod" ? "production" : "staging";
    const { inputs } = await program.only("github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret");
    expect(inputs).toMatchObject({
      repository: "TradeMasterAPI",
      environment,
      secretName: "CONSOLE_AUDIT_INGEST_TOKEN",
    });
    expect(secretOf(inputs["value"])).toBe("the random value of RAXX_AUDIT_INGEST-2026-05-06");
    const variable = await program.only("github:index/actionsEnvironmentVariable:ActionsEnvironmentVariable");
    expect(variable.inputs["value"]).toBe(
      stack === "prod" ? "https://console.raxx.app" : "https://raxx-console-staging.herokuapp.com",
    );
    const ofTheRepository = await program.resources("github:index/actionsSecret:ActionsSecret");
    expect(ofTheRepository.map(({ inputs: { value } }) => secretOf(value))).toEqual(
      stack === "prod" ? ["the value of raxx:prod:HK_PLATFORM_FULL:2026-05-06"] : [],
    );
  });

  it("verifies all that it will write to GitHub, beforehand", async () => {
    const program = await run(stack);
    const environment = stack === "prod" ? "production" : "staging";
    expect((await program.only("pulumi-nodejs:dynamic/github:Repository")).inputs).toEqual({
      owner: "raxx-app",
      repository: "TradeMasterAPI",
      environment,
      repositorySecrets: stack === "prod" ? ["HEROKU_API_KEY"] : [],
      environmentSecrets: ["CONSOLE_AUDIT_INGEST_TOKEN"],
      environmentVariables: {
        CONSOLE_INTERNAL_URL: {
          value: stack === "prod" ? "https://console.raxx.app" : "https://raxx-console-staging.herokuapp.com",
          importId: `TradeMasterAPI:${environment}:CONSOLE_INTERNAL_URL`,
          adoptKey: `github/${environment}/CONSOLE_INTERNAL_URL`,
          adopted: false,
        },
      },
    });
    for (const { type, dependsOn } of await program.resources()) {
      if (type.startsWith("github:index/actions")) expect(dependsOn).toContain("github");
    }
  });

  it("writes to the vault environment of its own, and creates tags in prod only", async () => {
    const program = await run(stack);
    const tags = await program.only("pulumi-nodejs:dynamic/infisical:Tags");
    expect(tags.inputs["create"]).toBe(stack === "prod");
    expect(tags.dependsOn).toEqual(expect.arrayContaining(["heroku", "github"]));
    const secrets = await program.only("pulumi-nodejs:dynamic/infisical:Secrets");
    expect(secrets.inputs).toMatchObject({
      environment: stack,
      projectId: "the-project",
      path: "/MooseQuest/heroku",
    });
  });

  it("declares the same on every run", async () => {
    const first = await (await run(stack)).resources();
    expect(await (await run(stack)).resources()).toEqual(first);
  });
});

it("keeps a previous generation and adopts what the configuration names", async () => {
  const id = randomUUID();
  const entry = { current: "2026-11-22", previous: "2026-05-06", previousAdopt: [id] };
  const generations = JSON.stringify({ HK_PLATFORM_FULL: entry });
  const program = await run("prod", { ...configurationOf("prod"), "raxx:generations": generations });
  expect(named(await program.resources()).filter((name) => name.includes("Authorization "))).toEqual([
    `heroku:AdoptedAuthorization HK_PLATFORM_FULL-adopted-${id}`,
    "heroku:Authorization HK_PLATFORM_FULL-2026-05-06",
    "heroku:Authorization HK_PLATFORM_FULL-2026-11-22",
  ]);
});

it("brings each app and each folder what the catalog has for it, and no app where it has nothing", async () => {
  const catalog = [
    tokenNamed("HK_PLATFORM_FULL", { destinations: [{ kind: "vault", folder: "/Raxx/one" }] }),
    tokenNamed("HK_OTHER_FULL", {
      destinations: [
        { kind: "heroku-config-var", app: "api", key: "OTHER_KEY" },
        { kind: "vault", folder: "/Raxx/two" },
      ],
    }),
  ];
  const generations = {
    HK_PLATFORM_FULL: { current: "2026-05-06" },
    HK_OTHER_FULL: { current: "2026-05-06" },
  };
  const configuration = { ...configurationOf("prod"), "raxx:generations": JSON.stringify(generations) };
  const program = await run("prod", configuration, {}, catalog);
  const app = await program.only("pulumi-nodejs:dynamic/heroku:ConfigVars");
  expect([app.inputs["app"], app.inputs["sources"]]).toEqual([
    "raxx-api-prod",
    { OTHER_KEY: "HK_OTHER_FULL@2026-05-06" },
  ]);
  const secrets = await program.resources("pulumi-nodejs:dynamic/infisical:Secrets");
  expect(secrets.map(({ inputs }) => [inputs["path"], Object.keys(inputs["entries"] as object)[0]])).toEqual([
    ["/Raxx/one", "HK_PLATFORM_FULL"],
    ["/Raxx/two", "HK_OTHER_FULL"],
  ]);
});

it("takes into custody what stands in the vault, the test mode's value in dev by prod alone", async () => {
  const generations = JSON.stringify({
    HK_PLATFORM_FULL: { current: "2026-05-06" },
    PM_SERVER_MAIL: { current: "2026-04-30" },
    STR_BILLING_WRITE: { current: "2026-04-30" },
  });
  const program = await run("prod", { ...configurationOf("prod"), "raxx:generations": generations });
  const secrets = await program.resources("pulumi-nodejs:dynamic/infisical:Secrets");
  expect(secrets.map(({ inputs }) => [inputs["environment"], inputs["path"], valuesOf(inputs)])).toEqual([
    ["dev", "/MooseQuest/stripe", ["STR_BILLING_WRITE__EXPIRES_AT", "STR_BILLING_WRITE__SCOPES"]],
    ["prod", "/MooseQuest/heroku", expect.arrayContaining(["HK_PLATFORM_FULL"])],
    ["prod", "/MooseQuest/postmark", ["PM_SERVER_MAIL__EXPIRES_AT", "PM_SERVER_MAIL__SCOPES"]],
    ["prod", "/MooseQuest/stripe", ["STR_BILLING_WRITE__EXPIRES_AT", "STR_BILLING_WRITE__SCOPES"]],
  ]);
  const own = await program.resources("raxx:custody:Token");
  expect(own.map(({ name, inputs }) => [name, inputs])).toEqual([
    ["PM_SERVER_MAIL", { token: "PM_SERVER_MAIL", generation: "2026-04-30" }],
    ["STR_BILLING_WRITE", { token: "STR_BILLING_WRITE", generation: "2026-04-30" }],
  ]);
  const staging = { HK_PLATFORM_FULL: { current: "2026-05-06" }, PM_SERVER_MAIL: { current: "2026-04-30" } };
  const other = await run("staging", {
    ...configurationOf("staging"),
    "raxx:generations": JSON.stringify(staging),
  });
  const inStaging = await other.resources("pulumi-nodejs:dynamic/infisical:Secrets");
  expect(new Set(inStaging.map(({ inputs }) => inputs["environment"]))).toEqual(new Set(["staging"]));
});

function valuesOf(inputs: Record<string, unknown>): string[] {
  return Object.keys(inputs["values"] as object).sort();
}

it("takes over what raxx:adopt names", async () => {
  const adopt = {
    "raxx-console-prod/FLAG_CONSOLE_DEPLOY_AUDIT_INGEST":
      "raxx-console-prod:FLAG_CONSOLE_DEPLOY_AUDIT_INGEST",
    "github/production/CONSOLE_INTERNAL_URL": "TradeMasterAPI:production:CONSOLE_INTERNAL_URL",
  };
  const program = await run("prod", { ...configurationOf("prod"), "raxx:adopt": JSON.stringify(adopt) });
  const variable = await program.only("github:index/actionsEnvironmentVariable:ActionsEnvironmentVariable");
  expect(variable).toMatchObject({
    importId: adopt["github/production/CONSOLE_INTERNAL_URL"],
    retainOnDelete: true,
  });
  const apps = await program.resources("pulumi-nodejs:dynamic/heroku:ConfigVars");
  expect(apps.map(({ inputs }) => inputs["adopted"])).toEqual([[], ["FLAG_CONSOLE_DEPLOY_AUDIT_INGEST"]]);
});

it("writes to no app and no folder for a token that is not issued", async () => {
  const other = tokenNamed("HK_OTHER_FULL", { destinations: [] });
  const generations = JSON.stringify({ HK_OTHER_FULL: { current: "2026-05-06" } });
  const configuration = { ...configurationOf("prod"), "raxx:generations": generations };
  const program = await run("prod", configuration, {}, [...tokens, other]);
  expect(named(await program.resources())).toEqual([
    "github:Repository github",
    "heroku:Account heroku",
    "heroku:Authorization HK_OTHER_FULL-2026-05-06",
    "infisical:Tags vault-tags",
    "raxx:heroku:AuthorizationToken HK_OTHER_FULL",
    "raxx:vault:Vault vault",
  ]);
});

it("issues the vault's reader token once the vendors are verified, and hands it to the apps with the others", async () => {
  const generations = JSON.stringify({
    HK_PLATFORM_FULL: { current: "2026-05-06" },
    INF_APP_READER: { current: "2026-11-22", previous: "2026-05-06" },
  });
  const program = await run("staging", { ...configurationOf("staging"), "raxx:generations": generations });
  const identity = await program.only("pulumi-nodejs:dynamic/infisical:Identity");
  expect(identity.dependsOn).toEqual(expect.arrayContaining(["heroku", "github"]));
  expect(identity.inputs).toMatchObject({ projectId: "the-project", environment: "staging" });
  const issuances = await program.resources("pulumi-nodejs:dynamic/infisical:IdentityToken");
  expect(issuances.map(({ name, inputs }) => [name, inputs["mayMint"]])).toEqual([
    ["INF_APP_READER-2026-05-06", false],
    ["INF_APP_READER-2026-11-22", true],
  ]);
  for (const { dependsOn } of issuances)
    expect(dependsOn).toEqual(expect.arrayContaining(["heroku", "github"]));

  const apps = await program.resources("pulumi-nodejs:dynamic/heroku:ConfigVars");
  expect(apps.map(({ inputs }) => secretsOf(inputs["vars"]))).toEqual(
    Array(2).fill({
      HEROKU_API_KEY: "the value of raxx:staging:HK_PLATFORM_FULL:2026-05-06",
      INFISICAL_SERVICE_TOKEN: "the value of raxx:staging:INF_APP_READER:2026-11-22",
    }),
  );
  expect(await program.resources("github:index/actionsSecret:ActionsSecret")).toEqual([]);
});

it("hands the vault's reader token to CI from prod alone", async () => {
  const generations = JSON.stringify({ INF_APP_READER: { current: "2026-11-22" } });
  const program = await run("prod", { ...configurationOf("prod"), "raxx:generations": generations });
  const { inputs } = await program.only("github:index/actionsSecret:ActionsSecret");
  expect(inputs).toMatchObject({ repository: "TradeMasterAPI", secretName: "INFISICAL_SERVICE_TOKEN" });
  expect(secretOf(inputs["value"])).toBe("the value of raxx:prod:INF_APP_READER:2026-11-22");
});

describe("a run that cannot work is refused before any resource is declared:", () => {
  it.each(Object.keys(credentials()))("without %s, which is named with its meaning", async (name) => {
    without(name);
    expect(await refusal("prod")).toMatch(new RegExp(`^${name} is not set: export (a|the) [^\n]+$`));
  });

  it("with an endpoint that is not on loopback, in the sandbox", async () => {
    const environment = {
      RAXX_SANDBOX: "1",
      GITHUB_BASE_URL: "http://127.0.0.1:4012/",
      HEROKU_API_URL: "http://127.0.0.1:4010",
      INFISICAL_SITE_URL: "https://vault.example",
    };
    expect(await refusal("prod", undefined, environment)).toBe(
      "INFISICAL_SITE_URL names vault.example, which is not on loopback: in the sandbox only emulated vendors are called; run it through ./raxx sandbox exec",
    );
  });

  it("with no endpoint at all in the sandbox, where the default is the real vendor", async () => {
    const said = await refusal("prod", undefined, { RAXX_SANDBOX: "1" });
    expect(said.split("\n").map((line) => line.split(",", 1)[0])).toEqual([
      "GITHUB_BASE_URL names api.github.com",
      "HEROKU_API_URL names api.heroku.com",
      "INFISICAL_SITE_URL names vault.raxx.app",
    ]);
  });

  const otherProject =
    "INFISICAL_PROJECT_ID is not the project in raxx:infisicalProject: export the credentials of that project, or correct the stack configuration";

  it("with another vault project than the configuration's", async () => {
    exported["INFISICAL_PROJECT_ID"] = "another-project";
    expect(await refusal("prod")).toBe(otherProject);
  });

  it("with another vault project, also where more is wrong", async () => {
    exported["INFISICAL_PROJECT_ID"] = "another-project";
    without("HEROKU_API_KEY");
    expect(await refusal("prod")).toBe(
      `HEROKU_API_KEY is not set: export a Heroku authorization token with scope global\n${otherProject}`,
    );
  });

  it.each(["GITHUB_OWNER", "GITHUB_ORGANIZATION"])(
    "with %s naming another owner, which the GitHub provider would follow",
    async (name) => {
      expect(await refusal("prod", undefined, { [name]: "somebody-else" })).toBe(
        `${name} is set, and the GitHub provider follows it before github:owner: unset ${name}`,
      );
    },
  );

  it("not with the configured owner in GITHUB_OWNER", async () => {
    const program = await run("prod", undefined, { GITHUB_OWNER: "raxx-app", GITHUB_ORGANIZATION: "" });
    expect((await program.resources()).length).toBeGreaterThan(10);
  });

  it.each(["appAuth", "baseUrl", "organization", "token"])(
    "with github:%s in the configuration, without quoting it",
    async (key) => {
      const value = randomUUID();
      const said = await refusal("prod", { ...configurationOf("prod"), [`github:${key}`]: value });
      expect(said).toMatch(
        new RegExp(`^github:${key} is set, .*: pulumi config rm github:${key} --stack prod$`),
      );
      expect(said).not.toContain(value);
    },
  );

  it("with a catalog that breaks its own rules, each fault on a line, before all else", async () => {
    const broken = tokenNamed("HK_PLATFORM_FULL", { destinations: [], vendorScopes: [] });
    without("HEROKU_API_KEY");
    const generations = JSON.stringify({ HK_PLATFORM_FULL: { current: "2026-05-06" } });
    const configuration = { ...configurationOf("prod"), "raxx:generations": generations };
    const said = (await refusal("prod", configuration, {}, [broken], catalogFaults)).split("\n");
    expect(said.length).toBeGreaterThan(2);
    expect(said.at(-1)).toMatch(/^HEROKU_API_KEY is not set/);
    for (const line of said.slice(0, -1)) expect(line).toMatch(/^HK_PLATFORM_FULL: .+ \[[a-z-]+\]$/);
  });

  it("of a stack that is none of ours", async () => {
    expect(await refusal("dev")).toBe("there is no stack dev: use --stack prod or --stack staging");
  });

  it.each([
    ["prod", "staging"],
    ["staging", "prod"],
  ])("as stack %s with the stack file of %s", async (stack, other) => {
    expect(await refusal(stack, configurationOf(other))).toBe(
      `this is the stack file of ${other}, but the stack is ${stack}: use --stack ${other}, or the file Pulumi.${stack}.yaml`,
    );
  });

  it.each([undefined, "", "null", "{}"])("with %j for generations", async (text) => {
    const configuration = configurationOf("prod");
    if (text === undefined) delete configuration["raxx:generations"];
    else configuration["raxx:generations"] = text;
    expect(await refusal("prod", configuration)).toMatch(/^raxx:generations is empty: [^\n]+$/);
  });

  it("with a configuration that is no object, without quoting it", async () => {
    const value = randomUUID();
    const configuration = { ...configurationOf("prod"), "raxx:generations": value };
    const said = await refusal("prod", configuration);
    expect(said).toMatch(/^raxx:generations is not of the form /);
    expect(said).not.toContain(value);
  });

  it("with all that is wrong in one message, the configuration first", async () => {
    exported = {};
    const said = await refusal("prod", {}, { RAXX_SANDBOX: "1", HEROKU_API_URL: "http://127.0.0.1:1" });
    expect(said.split("\n").map((line) => line.split(" ", 1)[0])).toEqual([
      "raxx:environment",
      "raxx:generations",
      "raxx:herokuApps",
      "raxx:infisicalProject",
      "github:owner",
      "raxx:githubRepository",
      "raxx:githubEnvironment",
      ...Object.keys(credentials()),
      "GITHUB_BASE_URL",
      "INFISICAL_SITE_URL",
    ]);
  });

  it("and says no value of a credential", async () => {
    exported["INFISICAL_PROJECT_ID"] = "another-project";
    const said = await refusal("prod", undefined, { RAXX_SANDBOX: "1" });
    for (const value of Object.values(exported)) expect(said).not.toContain(value);
  });
});

it.each(["prod", "staging"])("has a tracked stack file of %s that says so", (stack) => {
  const file = parse(readFileSync(join(__dirname, "..", `Pulumi.${stack}.yaml`), "utf8")) as {
    config: Record<string, unknown>;
  };
  expect(file.config["raxx:environment"]).toBe(stack);
});

it("declares nothing where it refuses", async () => {
  without("HEROKU_API_KEY");
  const start = jest.spyOn(Program, "start");
  await refusal("prod");
  const program = (await start.mock.results[0]?.value) as Program;
  start.mockRestore();
  expect(await program.resources()).toEqual([]);
});

describe.each(["prod", "staging"])("Access service tokens of %s", (stack) => {
  const names = ["CF_ACCESS_SVC_CONSOLE", "CF_ACCESS_SVC_VAULT"];
  const account = "a".repeat(32);
  const admittedConsole = { current: "2026-11-22", version: 1, admitted: "2026-11-22 Ada" };
  const issue = (ofConsole: object = admittedConsole): Promise<Program> => {
    exported["CLOUDFLARE_API_TOKEN"] = randomUUID();
    const generations = {
      CF_ACCESS_SVC_CONSOLE: ofConsole,
      CF_ACCESS_SVC_VAULT: {
        current: "2026-11-29",
        version: 2,
        previousExpiresAt: "2026-12-06T00:00:00Z",
        admitted: "2026-11-23 Bo",
      },
    };
    const configuration = {
      ...configurationOf(stack),
      "raxx:cloudflareAccount": account,
      "raxx:generations": JSON.stringify(generations),
    };
    // Of Cloudflare's tokens the catalog is the real one.
    return run(stack, configuration, {}, []);
  };

  it("are verified first, each with its rotation, and no API token beside them", async () => {
    const program = await issue();
    const { inputs } = await program.only("pulumi-nodejs:dynamic/cloudflare:Account");
    expect(inputs).toMatchObject({
      accountId: account,
      markers: [],
      serviceTokens: [
        {
          name: `raxx:${stack}:CF_ACCESS_SVC_CONSOLE`,
          generation: "2026-11-22",
          version: 1,
          admitted: "2026-11-22 Ada",
        },
        {
          name: `raxx:${stack}:CF_ACCESS_SVC_VAULT`,
          generation: "2026-11-29",
          version: 2,
          previousExpiresAt: "2026-12-06T00:00:00Z",
          admitted: "2026-11-23 Bo",
        },
      ],
    });
    const issued = await program.resources(
      "cloudflare:index/zeroTrustAccessServiceToken:ZeroTrustAccessServiceToken",
    );
    expect(issued.map(({ dependsOn }) => [...dependsOn].sort())).toEqual(
      Array(2).fill(["cloudflare", "github", "heroku"]),
    );
  });

  it("stand as a pair in the vault, and the vault's in the repository, which is prod's", async () => {
    const program = await issue();
    const { inputs } = await program.only("pulumi-nodejs:dynamic/infisical:Secrets");
    expect(Object.keys(inputs["entries"] as object)).toEqual(
      expect.arrayContaining(names.flatMap((name) => [name, `${name}__CLIENT_ID`, `${name}__EXPIRES_AT`])),
    );
    const secrets = await program.resources("github:index/actionsSecret:ActionsSecret");
    expect(secrets.map((secret) => secret.inputs["secretName"])).toEqual(
      stack === "prod" ? ["CF_ACCESS_CLIENT_ID", "CF_ACCESS_CLIENT_SECRET"] : [],
    );
  });

  it("are made, and stand nowhere, where no policy names them yet: only that one is held back", async () => {
    const program = await issue({ current: "2026-11-22", version: 1 });
    const made = await program.resources(
      "cloudflare:index/zeroTrustAccessServiceToken:ZeroTrustAccessServiceToken",
    );
    expect(made.map(({ inputs }) => inputs["name"])).toEqual(names.map((name) => `raxx:${stack}:${name}`));
    const { inputs } = await program.only("pulumi-nodejs:dynamic/infisical:Secrets");
    const entries = Object.keys(inputs["entries"] as object);
    expect(entries).toContain("CF_ACCESS_SVC_VAULT");
    expect(entries.filter((name) => name.includes("CONSOLE"))).toEqual([]);
  });

  it("are not looked for at GitHub where they are not distributed", async () => {
    const program = await issue();
    const { inputs } = await program.only("pulumi-nodejs:dynamic/github:Repository");
    expect(inputs["repositorySecrets"]).toEqual(
      stack === "prod" ? ["CF_ACCESS_CLIENT_ID", "CF_ACCESS_CLIENT_SECRET"] : [],
    );
  });
});
