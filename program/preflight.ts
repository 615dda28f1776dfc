import { all, log, type Resource, RunError } from "@pulumi/pulumi";
import {
  adoptCommand,
  type Adoptable,
  AwsAccount,
  type AwsParameter,
  type AwsUser,
  CloudflareAccount,
  GitHubRepository,
  HerokuAccount,
  type ServiceTokenRotation,
} from "@raxx/providers";

import {
  awsPolicyPlace,
  awsUserPlace,
  destinationsIn,
  herokuSettingPlace,
  isSupplied,
  markerOf,
  parameters,
  permissionGroup,
  provisionedParameters,
  ssmParameterPlace,
  type Destination,
  type Environment,
  type IssuerKind,
  type Place,
  type Token,
} from "../catalog";
import { policyDocument } from "../components/aws-access-key";
import { type Stack } from "./stack";

/** The vendors, verified together with everything that will be made and written there. */
export interface Preflight {
  repository: GitHubRepository;
  heroku: HerokuAccount;
  /** None where nothing of it is issued. */
  cloudflare: CloudflareAccount | undefined;
  /** None where nothing is issued by it or written to it. */
  aws: AwsAccount | undefined;
  /** What has to be verified before this token is minted, and written anywhere. */
  before(token: Token): Resource[];
  /** What has to be verified before the parameters beside the tokens are written. */
  beforeParameters: Resource[];
  /** What has to be verified before the vault is written: its own answers are looked at there. */
  beforeVault: Resource[];
}

/**
 * Declares what verifies each vendor, in previews too. Nothing is minted or written before all of them are verified;
 * where the run goes on after an error, nothing that the failed vendor has to do with.
 */
export function verifyVendors(stack: Stack, { goesOn }: { goesOn: boolean }): Preflight {
  const [repository, heroku] = [verifiedRepository(stack), verifiedHeroku(stack)];
  const [cloudflare, aws] = [verifiedCloudflare(stack), verifiedAws(stack)];
  const vendors = { github: repository, heroku, cloudflare, aws };
  const all = Object.values(vendors).filter((one) => one !== undefined);
  const before = (token: Token): Resource[] =>
    vendorsOf(stack.environment, token).flatMap((vendor) => vendors[vendor] ?? []);
  return {
    repository,
    heroku,
    cloudflare,
    aws,
    before: goesOn ? before : () => all,
    beforeParameters: goesOn && aws !== undefined ? [aws] : all,
    beforeVault: goesOn ? [] : all,
  };
}

/**
 * Whether Pulumi goes on with what does not depend on a failed resource:
 * https://www.pulumi.com/docs/iac/cli/environment-variables/
 */
export function goesOnAfterErrors({ PULUMI_CONTINUE_ON_ERROR: set = "" }: NodeJS.ProcessEnv): boolean {
  return ["1", "true"].includes(set.toLowerCase());
}

type VerifiedVendor = "github" | "heroku" | "cloudflare" | "aws";

const vendorOfIssuer: Readonly<Partial<Record<IssuerKind, VerifiedVendor>>> = {
  "aws-access-key": "aws",
  "cloudflare-access-service-token": "cloudflare",
  "cloudflare-api-token": "cloudflare",
  "heroku-authorization": "heroku",
};

const vendorOfDestination: Readonly<Partial<Record<Destination["kind"], VerifiedVendor>>> = {
  "github-environment-secret": "github",
  "github-secret": "github",
  "heroku-config-var": "heroku",
  "ssm-parameter": "aws",
};

/** Those that issue the token or get it. */
function vendorsOf(environment: Environment, token: Token): VerifiedVendor[] {
  const issuer = vendorOfIssuer[token.issuer.kind];
  const holders = destinationsIn(environment, token).flatMap(({ kind }) => vendorOfDestination[kind] ?? []);
  return [...new Set([...(issuer === undefined ? [] : [issuer]), ...holders])];
}

/** The repository that CI runs in, verified together with everything that will be written to it. */
function verifiedRepository(stack: Stack): GitHubRepository {
  const { environment, distributed } = stack;
  const names = (kind: "github-secret" | "github-environment-secret"): string[] =>
    distributed
      .flatMap((token) => destinationsIn(environment, token))
      .flatMap((place) => (place.kind === kind ? [place.name] : []))
      .sort();
  return new GitHubRepository("github", {
    ...stack.configuration.github,
    repositorySecrets: names("github-secret"),
    environmentSecrets: names("github-environment-secret"),
    environmentVariables: Object.fromEntries(stack.githubVariables()),
  });
}

/** The account that mints and writes, verified together with its apps and what will be set in them. */
function verifiedHeroku(stack: Stack): HerokuAccount {
  const { herokuApps, adopt } = stack.configuration;
  return new HerokuAccount("heroku", {
    apps: Object.values(herokuApps).sort(),
    settings: stack.settings("heroku-config-var").map(({ app: role, key }) => {
      const app = herokuApps[role];
      const place = herokuSettingPlace(app, key);
      return { app, key, adopt: place, adopted: adopt.has(place.name) };
    }),
  });
}

/** The account that Cloudflare's tokens are for, verified together with what will be minted; none where nothing is. */
function verifiedCloudflare(stack: Stack): CloudflareAccount | undefined {
  const { issued, configuration } = stack;
  const { cloudflare } = configuration;
  if (cloudflare === undefined) return undefined;
  const tokensHere = issued.filter(({ issuer }) => issuer.kind === "cloudflare-api-token");
  const groups = tokensHere.flatMap(({ vendorScopes }) =>
    vendorScopes.flatMap((label) => permissionGroup(label) ?? []),
  );
  const byId = new Map(groups.map((group) => [group.id, group]));
  return new CloudflareAccount("cloudflare", {
    accountId: cloudflare.account,
    zones: { ...cloudflare.zones },
    permissionGroups: [...byId.keys()].sort().flatMap((id) => byId.get(id) ?? []),
    markers: tokensHere
      .flatMap((token) => stack.generationNames(token).map((name) => stack.markerOf(token, name)))
      .sort(),
    serviceTokens: serviceTokenRotations(stack),
  });
}

/** The account of users and parameters, verified together with what will be made; none where nothing is. */
function verifiedAws(stack: Stack): AwsAccount | undefined {
  const { issued, distributed, environment, configuration } = stack;
  const { aws, supplied } = configuration;
  if (aws === undefined) return undefined;
  const users = issued.flatMap((token) => {
    const { issuer } = token;
    if (issuer.kind !== "aws-access-key") return [];
    const { user, policy, statements } = issuer;
    const wanted = {
      marker: stack.markerOf(token),
      generations: stack.generationNames(token).sort(),
      policy,
      document: policyDocument(statements, { accountId: aws.account, region: aws.region }),
      adopt: {
        user: adoptable(stack, awsUserPlace(user)),
        policy: adoptable(stack, awsPolicyPlace(aws.account, policy)),
      },
    };
    return [[user, wanted] as const];
  });
  const places = distributed.flatMap((token) =>
    destinationsIn(environment, token).flatMap((place) =>
      place.kind === "ssm-parameter" ? [{ name: place.name, marker: stack.markerOf(token) }] : [],
    ),
  );
  const given = parameters
    .filter(({ name }) => supplied.has(name))
    .map(({ name, goesWith }) => ({
      name,
      marker: markerOf(environment, goesWith),
      adopt: adoptable(stack, ssmParameterPlace(name)),
    }));
  const account = new AwsAccount("aws", {
    accountId: aws.account,
    region: aws.region,
    users: Object.fromEntries(users),
    parameters: [...places, ...given].sort((one, other) => (one.name < other.name ? -1 : 1)),
    supplied: [...supplied].sort(),
    awaited: provisionedParameters(parameters, configuration.generations)
      .filter(isSupplied)
      .map(({ name }) => name)
      .sort(),
  });
  const wanted = placesOf(Object.fromEntries(users), given);
  all([account.users, account.parameters]).apply(([usersBefore, parametersBefore]) => {
    refuseLettingGo(environment, placesOf(usersBefore, parametersBefore), wanted);
  });
  account.keysOfOthers.apply((keys: Record<string, string[]> | undefined) => {
    for (const [user, ids] of Object.entries(keys ?? {})) void log.warn(keysLeft(user, ids));
  });
  return account;
}

function adoptable({ configuration }: Stack, place: Place): Adoptable {
  return { ...place, adopted: configuration.adopt.has(place.name) };
}

/** What `raxx:adopt` may name of them; nothing where it was recorded before it could. */
function placesOf(users: Record<string, Partial<AwsUser>>, parameters: AwsParameter[]): Adoptable[] {
  return [
    ...Object.values(users).flatMap(({ adopt }) => Object.values(adopt ?? {})),
    ...parameters.flatMap(({ adopt }) => adopt ?? []),
  ];
}

/** A destroy runs no preflight, and would delete what its own line keeps. What is recorded it shows. */
function refuseLettingGo(stack: string, recorded: Adoptable[], wanted: Adoptable[]): void {
  const taken = new Set(recorded.filter(({ adopted }) => adopted).map(({ name }) => name));
  const letGo = wanted.filter(({ name, adopted }) => taken.has(name) && !adopted);
  if (letGo.length === 0) return;
  const faults = letGo.map(
    (place) =>
      `raxx:adopt took over ${place.name}, which stood there before us, and does not name it any more: say so again with ${adoptCommand(place, stack)}`,
  );
  const message = faults.join("\n");
  // Of what fails in an `apply` the stack is printed.
  throw Object.assign(new RunError(message), { stack: message });
}

/** Nothing of ours ever revokes them, and a user has two keys at most. */
function keysLeft(user: string, ids: readonly string[]): string {
  return `the IAM user ${user} was taken over with the access key ${ids.join(" and ")}, which stays: delete it once nobody uses it (aws iam get-access-key-last-used --access-key-id ID), since a rotation needs its room`;
}

function serviceTokenRotations(stack: Stack): ServiceTokenRotation[] {
  return stack.issued
    .flatMap((token) => {
      const { current, inPlace } = stack.generationsOf(token);
      if (inPlace === undefined) return [];
      return [{ name: stack.markerOf(token), generation: current.name, ...inPlace }];
    })
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}
