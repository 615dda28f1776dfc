import { type Resource } from "@pulumi/pulumi";
import {
  AwsAccount,
  CloudflareAccount,
  GitHubRepository,
  HerokuAccount,
  type ServiceTokenRotation,
} from "@raxx/providers";

import {
  destinationsIn,
  herokuSettingPlace,
  isSupplied,
  markerOf,
  parameters,
  permissionGroup,
  provisionedParameters,
  type Destination,
  type Environment,
  type IssuerKind,
  type Token,
} from "../catalog";
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
    const generations = stack.generationNames(token).sort();
    return [[issuer.user, { marker: stack.markerOf(token), generations, policy: issuer.policy }] as const];
  });
  const places = distributed.flatMap((token) =>
    destinationsIn(environment, token).flatMap((place) =>
      place.kind === "ssm-parameter" ? [{ name: place.name, marker: stack.markerOf(token) }] : [],
    ),
  );
  const given = parameters
    .filter(({ name }) => supplied.has(name))
    .map((parameter) => ({ name: parameter.name, marker: markerOf(environment, parameter.goesWith) }));
  return new AwsAccount("aws", {
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
