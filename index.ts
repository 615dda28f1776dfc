import * as pulumi from "@pulumi/pulumi";

import {
  destinationsIn,
  herokuSettingPlace,
  isSupplied,
  parameters,
  provisionedParameters,
  type Destination,
  type Parameter,
  type Token,
} from "./catalog";
import { AwsAccessKey } from "./components/aws-access-key";
import { awsHooks, type AwsHooks } from "./components/aws-hooks";
import { AwsKeyProof } from "./components/aws-key-proof";
import { CloudflareApiToken } from "./components/cloudflare-api-token";
import { apiTokenHooks, serviceTokenHooks } from "./components/cloudflare-hooks";
import { CloudflareServiceToken } from "./components/cloudflare-service-token";
import { partOf, type Credential } from "./components/credential";
import { CustodyParameter } from "./components/custody-parameter";
import { CustodyToken } from "./components/custody-token";
import { GitHubEnvironment } from "./components/github-environment";
import { GitHubSecret } from "./components/github-secret";
import { HerokuApp } from "./components/heroku-app";
import { HerokuAuthorizationToken } from "./components/heroku-authorization-token";
import { InfisicalIdentityToken } from "./components/infisical-identity-token";
import { MailDomain } from "./components/mail-domain";
import { RandomToken } from "./components/random-token";
import { SsmParameter } from "./components/ssm-parameter";
import { SuppliedParameter } from "./components/supplied-parameter";
import { Vault } from "./components/vault";
import { goesOnAfterErrors, verifyVendors } from "./program/preflight";
import { readConfiguration } from "./program/configuration";
import { Stack } from "./program/stack";

withholdDebugLog();
const configuration = readConfiguration();
const stack = new Stack(configuration);
const { environment } = stack;
const { herokuApps, github, cloudflare, aws, adopt } = configuration;

const verified = verifyVendors(stack, { goesOn: goesOnAfterErrors(process.env) });
const ofCloudflare = cloudflareHooks();
const atAws = awsPlace();
const credentials = issue();
/** A service token that no policy of Access names would put the login page in the place of what works. */
const distributed = credentials.filter(({ token }) => stack.isDistributed(token));
const inCustody = takeIntoCustody();
writeHerokuApps();
const inCi = writeGitHub();
const inSsm = writeSsm();
const beside = writeParameters();
proveAwsKeys();
writeVault();
writeMailDomains();

/**
 * Pulumi's SDK writes what it registers, secrets in plain text, into its debug log, which `--event-log` keeps and
 * `--debug` prints. This program holds nothing else than credentials, so it has no debug log.
 */
function withholdDebugLog(): void {
  const log: { debug: typeof pulumi.log.debug } = pulumi.log;
  log.debug = () => Promise.resolve();
}

/** Where AWS issues and keeps, and what is done around each creation there. */
interface AwsPlace {
  accountId: string;
  region: string;
  hooks: AwsHooks;
}

/** None where nothing is issued by AWS or written to it. */
function awsPlace(): AwsPlace | undefined {
  if (aws === undefined || verified.aws === undefined) return undefined;
  const place = { accountId: aws.account, region: aws.region };
  const { users, keysBefore } = verified.aws;
  return { ...place, hooks: awsHooks({ ...place, users, keysBefore }) };
}

/** What is done beside each token that Cloudflare issues; nothing where it issues none. */
function cloudflareHooks(): Record<"apiTokens" | "serviceTokens", pulumi.ResourceHookBinding> {
  if (cloudflare === undefined) return { apiTokens: {}, serviceTokens: {} };
  return { apiTokens: apiTokenHooks(), serviceTokens: serviceTokenHooks(stack.distributed) };
}

/** The credentials of this environment that have a generation. */
function issue(): Credential[] {
  return stack.issued.map((token) => {
    const generations = stack.generationsOf(token);
    const args = { generations, stack: environment, after: verified.before(token) };
    const { issuer } = token;
    switch (issuer.kind) {
      case "heroku-authorization":
        return new HerokuAuthorizationToken(token.name, {
          ...args,
          token: { ...token, issuer },
          accountId: verified.heroku.accountId,
        });
      case "cloudflare-api-token": {
        if (cloudflare === undefined) throw new Error("a Cloudflare token is issued without an account");
        const { account: accountId, zones: zoneIds } = cloudflare;
        return new CloudflareApiToken(token.name, {
          ...args,
          token: { ...token, issuer },
          accountId,
          zoneIds,
          hooks: ofCloudflare.apiTokens,
        });
      }
      case "cloudflare-access-service-token": {
        if (cloudflare === undefined) throw new Error("a Cloudflare token is issued without an account");
        return new CloudflareServiceToken(token.name, {
          ...args,
          token: { ...token, issuer },
          accountId: cloudflare.account,
          hooks: ofCloudflare.serviceTokens,
        });
      }
      case "aws-access-key": {
        if (atAws === undefined) throw new Error("a key of AWS is issued without an account");
        return new AwsAccessKey(token.name, { ...args, ...atAws, token: { ...token, issuer } });
      }
      case "infisical-identity-token":
        return new InfisicalIdentityToken(token.name, {
          ...args,
          token: { ...token, issuer },
          projectId: configuration.infisicalProject,
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
  return stack.provisioned.flatMap((token) => {
    const { issuer } = token;
    if (issuer.kind !== "custody") return [];
    return [
      new CustodyToken(token.name, { token: { ...token, issuer }, generations: stack.generationsOf(token) }),
    ];
  });
}

function writeHerokuApps(): void {
  for (const [role, app] of Object.entries(herokuApps)) {
    const held = places("heroku-config-var").filter(({ place }) => place.app === role);
    const plain = stack.settings("heroku-config-var").filter((setting) => setting.app === role);
    if (held.length + plain.length === 0) continue;
    new HerokuApp(app, {
      app,
      appId: verified.heroku.appId(app),
      accountId: verified.heroku.accountId,
      credentials: Object.fromEntries(held.map(({ place, credential }) => [place.key, credential])),
      settings: Object.fromEntries(plain.map(({ key, value }) => [key, value])),
      adopted: plain.map(({ key }) => key).filter((key) => adopt.has(herokuSettingPlace(app, key).name)),
    });
  }
}

/** A place that was written, and the token that it holds. */
interface Written {
  holds: Token;
  resource: pulumi.Resource;
}

/** What stands in the repository, and what in the stack's environment of it. */
function writeGitHub(): Written[] {
  writeGitHubEnvironment();
  return places("github-secret").map(({ place, credential }) => ({
    holds: credential.token,
    resource: new GitHubSecret(`github/${place.name}`, {
      owner: github.owner,
      repository: github.repository,
      secretName: place.name,
      credential: partOf(credential, place.part),
      after: [verified.repository],
    }),
  }));
}

function writeGitHubEnvironment(): void {
  const secrets = places("github-environment-secret").map(
    ({ place, credential }) => [place.name, credential] as const,
  );
  const variables = stack
    .githubVariables()
    .map(
      ([name, { value, importId, adopted }]) =>
        [name, { value, ...(adopted ? { adopt: importId } : {}) }] as const,
    );
  if (secrets.length + variables.length === 0) return;
  new GitHubEnvironment(`github/${github.environment}`, {
    ...github,
    secrets: Object.fromEntries(secrets),
    variables: Object.fromEntries(variables),
    after: [verified.repository],
  });
}

function writeSsm(): Written[] {
  if (atAws === undefined) return [];
  const { region, hooks } = atAws;
  return places("ssm-parameter").map(({ place, credential }) => ({
    holds: credential.token,
    resource: new SsmParameter(`ssm${place.name}`, {
      parameterName: place.name,
      credential: partOf(credential, place.part),
      stack: environment,
      region,
      hooks: hooks.parameter,
      after: verified.before(credential.token),
    }),
  }));
}

/** An SSM parameter that goes with a token, and whether it stands at AWS. */
interface BesideAToken {
  parameter: Parameter;
  present: pulumi.Input<boolean>;
  resource: pulumi.Resource;
}

/** What goes with a token at AWS and is no token itself. */
function writeParameters(): BesideAToken[] {
  if (atAws === undefined) return [];
  const { accountId, region, hooks } = atAws;
  const raxx = new pulumi.Config("raxx");
  return provisionedParameters(parameters, configuration.generations).map((parameter) => {
    const name = `ssm${parameter.name}`;
    const place = { region, stack: environment, after: verified.beforeParameters };
    if (!isSupplied(parameter)) {
      const resource = new CustodyParameter(name, { parameter, accountId, ...place });
      return { parameter, present: resource.present, resource };
    }
    const present = configuration.supplied.has(parameter.name);
    const value = present ? { value: raxx.requireSecret(parameter.origin.configKey) } : {};
    const resource = new SuppliedParameter(name, { parameter, ...place, hooks: hooks.parameter, ...value });
    return { parameter, present, resource };
  });
}

/** Each by itself once it stands where it is used; and what CI holds of it, which nobody can read there, by a workflow. */
function proveAwsKeys(): void {
  if (atAws === undefined) return;
  const { accountId, region } = atAws;
  for (const credential of credentials) {
    const { token } = credential;
    const { issuer } = token;
    if (issuer.kind !== "aws-access-key") continue;
    const places = [...inCi, ...inSsm].filter(({ holds }) => holds === token);
    const readable = beside.filter(({ parameter }) => parameter.goesWith === token.name);
    new AwsKeyProof(token.name, {
      token: { ...token, issuer },
      credential,
      accountId,
      region,
      github,
      parameters: readable,
      after: [...places, ...readable].map(({ resource }) => resource),
    });
  }
}

function writeVault(): void {
  new Vault("vault", {
    projectId: configuration.infisicalProject,
    environment,
    tokens: [...distributed, ...inCustody],
    // There is one `dev` for both stacks.
    dev: environment === "prod" ? inCustody.filter(({ token }) => token.dev) : [],
    createTags: environment === "prod",
    after: verified.beforeVault,
  });
}

/** Verified by themselves: nothing that is issued waits for them, and they for nothing. */
function writeMailDomains(): void {
  for (const mailDomain of configuration.mailDomains) {
    new MailDomain(mailDomain.mailDomain.domain, { mailDomain, stack: environment, adopt });
  }
}

/** This environment's places of one kind, each with the credential that it holds. */
function places<Kind extends Destination["kind"]>(
  kind: Kind,
): { place: Extract<Destination, { kind: Kind }>; credential: Credential }[] {
  return distributed.flatMap((credential) =>
    destinationsIn(environment, credential.token)
      .filter((place): place is Extract<Destination, { kind: Kind }> => place.kind === kind)
      .map((place) => ({ place, credential })),
  );
}
