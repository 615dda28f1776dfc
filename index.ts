import * as pulumi from "@pulumi/pulumi";
import {
  environmentFaults,
  GitHubRepository,
  HerokuAccount,
  type EnvironmentVariable,
} from "@raxx/providers";

import {
  catalogFaults,
  destinationsIn,
  githubVariablePlace,
  herokuSettingPlace,
  readStackConfiguration,
  tokens,
  type Destination,
  type Setting,
  type StackConfiguration,
  type Token,
  type TokenGenerations,
} from "./catalog";
import { type Credential } from "./components/credential";
import { CustodyToken } from "./components/custody-token";
import { GitHubEnvironment } from "./components/github-environment";
import { GitHubSecret } from "./components/github-secret";
import { HerokuApp } from "./components/heroku-app";
import { HerokuAuthorizationToken } from "./components/heroku-authorization-token";
import { RandomToken } from "./components/random-token";
import { Vault } from "./components/vault";

withholdDebugLog();
const configuration = readConfiguration();
const { environment, herokuApps, github, adopt } = configuration;
const provisioned = tokens.filter(({ name }) => configuration.generations.has(name));
const issued = provisioned.filter(({ issuer }) => issuer.kind !== "custody");

const repository = verifiedRepository();
const heroku = verifiedHeroku();
const credentials = issue();
const inCustody = takeIntoCustody();
writeHerokuApps();
writeGitHub();
writeVault();

/**
 * Pulumi's SDK writes what it registers, secrets in plain text, into its debug log, which `--event-log` keeps and
 * `--debug` prints. This program holds nothing else than credentials, so it has no debug log.
 */
function withholdDebugLog(): void {
  const log: { debug: typeof pulumi.log.debug } = pulumi.log;
  log.debug = () => Promise.resolve();
}

/** Stops with everything that is wrong, before any resource is declared. */
function readConfiguration(): StackConfiguration {
  const raxx = new pulumi.Config("raxx");
  const object = (key: string): unknown => {
    try {
      return raxx.getObject(key);
    } catch {
      // Not an object: the schema says so, with what to do. Pulumi's own error takes long and quotes the value.
      return raxx.get(key);
    }
  };
  const read = readStackConfiguration(
    {
      stack: pulumi.getStack(),
      environment: raxx.get("environment"),
      generations: object("generations"),
      herokuApps: object("herokuApps"),
      infisicalProject: raxx.get("infisicalProject"),
      githubOwner: new pulumi.Config("github").get("owner"),
      githubRepository: raxx.get("githubRepository"),
      githubEnvironment: raxx.get("githubEnvironment"),
      adopt: object("adopt"),
    },
    tokens,
  );
  const faults = environmentFaults(process.env);
  if ("faults" in read) faults.unshift(...read.faults);
  else if (![undefined, "", read.infisicalProject].includes(process.env["INFISICAL_PROJECT_ID"])) {
    faults.push(
      "INFISICAL_PROJECT_ID is not the project in raxx:infisicalProject: export the credentials of that project, or correct the stack configuration",
    );
  }
  faults.push(...otherGitHub("faults" in read ? undefined : read.github.owner));
  faults.unshift(...catalogFaults(tokens));
  if (faults.length > 0 || "faults" in read) throw new pulumi.RunError(faults.join("\n"));
  return read;
}

/** Settings that would send the GitHub provider to another place, or with another token, than what is verified. */
function otherGitHub(owner: string | undefined): string[] {
  const inEnvironment = ["GITHUB_ORGANIZATION", "GITHUB_OWNER"].filter(
    (name) => ![undefined, "", owner].includes(process.env[name]),
  );
  const config = new pulumi.Config("github");
  const inConfiguration = ["appAuth", "baseUrl", "organization", "token"].filter(
    (key) => config.get(key) !== undefined,
  );
  return [
    ...inEnvironment.map(
      (name) => `${name} is set, and the GitHub provider follows it before github:owner: unset ${name}`,
    ),
    ...inConfiguration.map(
      (key) =>
        `github:${key} is set, but the address and the token come from GITHUB_BASE_URL and GITHUB_TOKEN: pulumi config rm github:${key} --stack ${pulumi.getStack()}`,
    ),
  ];
}

/** The repository that CI runs in, verified together with everything that will be written to it. */
function verifiedRepository(): GitHubRepository {
  const names = (kind: "github-secret" | "github-environment-secret"): string[] =>
    issued
      .flatMap((token) => destinationsIn(environment, token))
      .flatMap((place) => (place.kind === kind ? [place.name] : []))
      .sort();
  return new GitHubRepository("github", {
    ...github,
    repositorySecrets: names("github-secret"),
    environmentSecrets: names("github-environment-secret"),
    environmentVariables: Object.fromEntries(githubVariables()),
  });
}

/** The variables of the stack's GitHub environment by name, each with what `raxx:adopt` calls it. */
function githubVariables(): [string, EnvironmentVariable][] {
  return settings("github-environment-variable").map(({ name, value }) => {
    const { name: adoptKey, importId } = githubVariablePlace(configuration, name);
    return [name, { value: value[environment] ?? "", importId, adoptKey, adopted: adopt.has(adoptKey) }];
  });
}

/** The account that mints and writes, verified together with its apps and what will be set in them. */
function verifiedHeroku(): HerokuAccount {
  return new HerokuAccount("heroku", {
    apps: Object.values(herokuApps).sort(),
    settings: settings("heroku-config-var").map(({ app: role, key }) => {
      const app = herokuApps[role];
      const place = herokuSettingPlace(app, key);
      return { app, key, adopt: place, adopted: adopt.has(place.name) };
    }),
  });
}

/** The credentials of this environment that have a generation. Nothing is minted before all vendors are verified. */
function issue(): Credential[] {
  return issued.map((token) => {
    const generations = generationsOf(token);
    const args = { generations, stack: environment, after: [repository, heroku] };
    const { issuer } = token;
    switch (issuer.kind) {
      case "heroku-authorization":
        return new HerokuAuthorizationToken(token.name, {
          ...args,
          token: { ...token, issuer },
          accountId: heroku.accountId,
        });
      case "random":
        return new RandomToken(token.name, { ...args, token: { ...token, issuer } });
      default:
        // The configuration gives a generation only to what has a component.
        throw new Error(`no component for ${issuer.kind}`);
    }
  });
}

/** What stands in the vault already, and whose last rotation is known. */
function takeIntoCustody(): CustodyToken[] {
  return provisioned.flatMap((token) => {
    const { issuer } = token;
    if (issuer.kind !== "custody") return [];
    return [new CustodyToken(token.name, { token: { ...token, issuer }, generations: generationsOf(token) })];
  });
}

function generationsOf({ name }: Token): TokenGenerations {
  const generations = configuration.generations.get(name);
  if (generations === undefined) throw new Error("a token is provisioned without a generation");
  return generations;
}

function writeHerokuApps(): void {
  for (const [role, app] of Object.entries(herokuApps)) {
    const held = places("heroku-config-var").filter(({ place }) => place.app === role);
    const plain = settings("heroku-config-var").filter((setting) => setting.app === role);
    if (held.length + plain.length === 0) continue;
    new HerokuApp(app, {
      app,
      appId: heroku.appId(app),
      accountId: heroku.accountId,
      credentials: Object.fromEntries(held.map(({ place, credential }) => [place.key, credential])),
      settings: Object.fromEntries(plain.map(({ key, value }) => [key, value])),
      adopted: plain.map(({ key }) => key).filter((key) => adopt.has(herokuSettingPlace(app, key).name)),
    });
  }
}

function writeGitHub(): void {
  for (const { place, credential } of places("github-secret")) {
    new GitHubSecret(`github/${place.name}`, {
      owner: github.owner,
      repository: github.repository,
      secretName: place.name,
      credential,
      after: [repository],
    });
  }
  const secrets = places("github-environment-secret").map(
    ({ place, credential }) => [place.name, credential] as const,
  );
  const variables = githubVariables().map(
    ([name, { value, importId, adopted }]) =>
      [name, { value, ...(adopted ? { adopt: importId } : {}) }] as const,
  );
  if (secrets.length + variables.length === 0) return;
  new GitHubEnvironment(`github/${github.environment}`, {
    ...github,
    secrets: Object.fromEntries(secrets),
    variables: Object.fromEntries(variables),
    after: [repository],
  });
}

function writeVault(): void {
  new Vault("vault", {
    projectId: configuration.infisicalProject,
    environment,
    tokens: [...credentials, ...inCustody],
    // There is one `dev` for both stacks.
    dev: environment === "prod" ? inCustody.filter(({ token }) => token.dev) : [],
    createTags: environment === "prod",
    after: [repository, heroku],
  });
}

/** This environment's places of one kind, each with the credential that it holds. */
function places<Kind extends Destination["kind"]>(
  kind: Kind,
): { place: Extract<Destination, { kind: Kind }>; credential: Credential }[] {
  return credentials.flatMap((credential) =>
    destinationsIn(environment, credential.token)
      .filter((place): place is Extract<Destination, { kind: Kind }> => place.kind === kind)
      .map((place) => ({ place, credential })),
  );
}

/** The settings of one kind that go with what is issued. */
function settings<Kind extends Setting["kind"]>(kind: Kind): Extract<Setting, { kind: Kind }>[] {
  return issued
    .flatMap((token) => token.settings)
    .filter((setting): setting is Extract<Setting, { kind: Kind }> => setting.kind === kind);
}
