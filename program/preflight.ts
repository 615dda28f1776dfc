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
  type Place,
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
  /** All of them: nothing is minted before. */
  all: Resource[];
}

/** Declares what verifies each vendor, in previews too, before anything is written anywhere. */
export function verifyVendors(stack: Stack): Preflight {
  const [repository, heroku] = [verifiedRepository(stack), verifiedHeroku(stack)];
  const [cloudflare, aws] = [verifiedCloudflare(stack), verifiedAws(stack)];
  const all = [repository, heroku, cloudflare, aws].filter((one) => one !== undefined);
  return { repository, heroku, cloudflare, aws, all };
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

/** What `raxx:adopt` may name of them. */
function placesOf(users: Record<string, AwsUser>, parameters: AwsParameter[]): Adoptable[] {
  return [
    ...Object.values(users).flatMap(({ adopt }) => Object.values(adopt)),
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
