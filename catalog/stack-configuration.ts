import { z } from "zod";

import { adoptablePlaces, type Place } from "./adoption";
import { mapSchema, readGenerations, seeReadme, type TokenGenerations } from "./configured-generations";
import { readSupplied, type SuppliedValue } from "./configured-parameters";
import { type Parameter } from "./parameters";
import { environments, type Environment } from "./taxonomy";
import { herokuAppRoles, type HerokuAppRole, type Token } from "./token";

export interface StackConfiguration {
  environment: Environment;
  /** Token name → its generations. A token that is not named is not issued yet. */
  generations: ReadonlyMap<string, TokenGenerations>;
  /** App role → app name. */
  herokuApps: Readonly<Record<HerokuAppRole, string>>;
  infisicalProject: string;
  github: GitHubConfiguration;
  /** Undefined where nothing of Cloudflare is issued. */
  cloudflare: CloudflareConfiguration | undefined;
  /** Undefined where nothing is issued by AWS or written to it. */
  aws: AwsConfiguration | undefined;
  /** What was there before us and is taken over: logical name → id at the vendor. */
  adopt: ReadonlyMap<string, string>;
  /** Names of the SSM parameters that a person gave the value of. */
  supplied: ReadonlySet<string>;
}

/** Where this environment's CI takes its credentials from. */
export interface GitHubConfiguration {
  /** A user or an organisation. */
  owner: string;
  /** Its name, without the owner. */
  repository: string;
  /** Name of the deployment environment. */
  environment: string;
}

/** Where the stack's Cloudflare tokens hold. Ids are 32 hexadecimal digits. */
export interface CloudflareConfiguration {
  account: string;
  /** Zone name → id. */
  zones: Readonly<Record<string, string>>;
}

/** Whose users and parameters the stack's are. */
export interface AwsConfiguration {
  /** Twelve digits. */
  account: string;
  /** As `us-east-1`. */
  region: string;
}

/** The configuration of a stack as Pulumi has it: one property per key of the `raxx` namespace. */
export interface RawStackConfiguration {
  stack: string;
  /** Whose file this is: what was passed as `--config-file` need not be the stack's own. */
  environment: unknown;
  generations: unknown;
  herokuApps: unknown;
  infisicalProject: unknown;
  /** `github:owner`: where the GitHub provider looks for it. */
  githubOwner: unknown;
  githubRepository: unknown;
  githubEnvironment: unknown;
  cloudflareAccount: unknown;
  cloudflareZones: unknown;
  awsAccount: unknown;
  /** `aws:region`: where the AWS provider looks for it. */
  awsRegion: unknown;
  adopt: unknown;
  /** What a person gave as a secret: the key without its namespace → value. @default nothing */
  supplied?: Readonly<Record<string, SuppliedValue | undefined>>;
}

const herokuAppsSchema = z.strictObject({ console: z.string().min(1), api: z.string().min(1) });

/** Reads the configuration of a stack, or lists all that is wrong with it, each fault with what to do. */
export function readStackConfiguration(
  raw: RawStackConfiguration,
  tokens: readonly Token[],
  parameters: readonly Parameter[] = [],
): StackConfiguration | { faults: string[] } {
  const faults: string[] = [];
  const environment = environments.find((name) => name === raw.stack);
  if (environment === undefined) {
    return { faults: [`there is no stack ${raw.stack}: use --stack ${environments.join(" or --stack ")}`] };
  }
  const other = environments.find((name) => name === raw.environment && name !== environment);
  if (other !== undefined) {
    return {
      faults: [
        `this is the stack file of ${other}, but the stack is ${environment}: use --stack ${other}, or the file Pulumi.${environment}.yaml`,
      ],
    };
  }
  if (raw.environment !== environment) {
    const unset = [undefined, null, ""].some((nothing) => nothing === raw.environment);
    faults.push(
      `raxx:environment is ${unset ? "not set" : `none of ${environments.join(", ")}`}: pulumi config set raxx:environment ${environment} --stack ${environment}`,
    );
  }
  const earlier = faults.length;
  const generations = readGenerations(raw.generations, tokens, environment, faults);
  const areRead = faults.length === earlier;
  const apps = readHerokuApps(raw.herokuApps, environment, faults);
  const project = z.string().min(1).safeParse(raw.infisicalProject);
  if (!project.success) {
    faults.push(
      `raxx:infisicalProject is not set: pulumi config set raxx:infisicalProject PROJECT_ID --stack ${environment}`,
    );
  }
  const github = readGitHub(raw, environment, faults);
  const issued = tokens.filter(({ name }) => generations.has(name));
  const cloudflare = readCloudflare(raw, issued, environment, faults);
  const aws = readAws(raw, issued, environment, faults);
  // What nothing needs because its token's generation is misspelt is not to be removed.
  const supplied = areRead
    ? readSupplied(raw.supplied ?? {}, parameters, generations, environment, faults)
    : new Set<string>();
  if (apps === undefined || github === undefined || !project.success) return { faults };
  const names = { environment, herokuApps: apps, github };
  const known = { ...names, awsAccount: awsAccountId.safeParse(raw.awsAccount).data };
  const adopt = readAdopt(raw.adopt, environment, adoptablePlaces(known, tokens, parameters), faults);
  if (faults.length > 0) return { faults };
  return { ...names, generations, infisicalProject: project.data, cloudflare, aws, adopt, supplied };
}

const githubKeys = {
  owner: {
    key: "github:owner",
    what: "an owner",
    example: "raxx-app",
    // https://docs.github.com/en/enterprise-cloud@latest/admin/managing-iam/iam-configuration-reference/username-considerations-for-external-authentication
    pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/,
  },
  // A name with its owner in front is the likeliest mistake.
  repository: {
    key: "raxx:githubRepository",
    what: "a repository",
    example: "TradeMasterAPI",
    pattern: /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/,
  },
  environment: {
    key: "raxx:githubEnvironment",
    what: "an environment",
    example: "production",
    pattern: /^\S(.{0,253}\S)?$/,
  },
} as const;

function readGitHub(
  raw: RawStackConfiguration,
  environment: Environment,
  faults: string[],
): GitHubConfiguration | undefined {
  const read = (part: keyof typeof githubKeys, value: unknown): string => {
    const { key, what, example, pattern } = githubKeys[part];
    if (typeof value === "string" && pattern.test(value)) return value;
    const unset = [undefined, null, ""].some((nothing) => nothing === value);
    faults.push(
      `${key} is ${unset ? "not set" : `no name of ${what} at GitHub`}: pulumi config set ${key} NAME --stack ${environment}, where NAME is as ${example}`,
    );
    return "";
  };
  const github = {
    owner: read("owner", raw.githubOwner),
    repository: read("repository", raw.githubRepository),
    environment: read("environment", raw.githubEnvironment),
  };
  return Object.values(github).includes("") ? undefined : github;
}

const cloudflareId = z.string().regex(/^[\da-f]{32}$/);

/** Needed only for what is issued. */
function readCloudflare(
  raw: RawStackConfiguration,
  issued: readonly Token[],
  environment: Environment,
  faults: string[],
): CloudflareConfiguration | undefined {
  const issuers = issued.flatMap(({ issuer }) => (issuer.kind === "cloudflare-api-token" ? [issuer] : []));
  const serviceTokens = issued.some(({ issuer }) => issuer.kind === "cloudflare-access-service-token");
  if (issuers.length === 0 && !serviceTokens) return undefined;
  const where = "32 hexadecimal digits, as the zone's overview page shows them";
  const account = cloudflareId.safeParse(raw.cloudflareAccount);
  if (!account.success) {
    faults.push(
      `raxx:cloudflareAccount is no id of a Cloudflare account (${where}): pulumi config set raxx:cloudflareAccount ID --stack ${environment}`,
    );
  }
  const given = mapSchema.safeParse(raw.cloudflareZones);
  const zones: Record<string, string> = {};
  for (const zone of new Set(issuers.flatMap((issuer) => issuer.zone ?? issuer.zones ?? []))) {
    const id = cloudflareId.safeParse(given.success ? given.data[zone] : undefined);
    if (id.success) zones[zone] = id.data;
    else {
      faults.push(
        `raxx:cloudflareZones has no id for the zone ${zone} (${where}): pulumi config set --path 'raxx:cloudflareZones["${zone}"]' ID --stack ${environment}`,
      );
    }
  }
  return account.success ? { account: account.data, zones } : undefined;
}

const awsAccountId = z.string().regex(/^\d{12}$/);

/** Needed only where a credential of AWS is issued, or one is written to it. */
function readAws(
  raw: RawStackConfiguration,
  issued: readonly Token[],
  environment: Environment,
  faults: string[],
): AwsConfiguration | undefined {
  const reaches = ({ issuer, destinations }: Token): boolean =>
    issuer.kind === "aws-access-key" || destinations.some(({ kind }) => kind === "ssm-parameter");
  if (!issued.some(reaches)) return undefined;
  const account = awsAccountId.safeParse(raw.awsAccount);
  const region = z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/)
    .safeParse(raw.awsRegion);
  if (!account.success) {
    faults.push(
      `raxx:awsAccount is no id of an AWS account (twelve digits, in quotes): pulumi config set raxx:awsAccount ID --stack ${environment}`,
    );
  }
  if (!region.success) {
    faults.push(
      `aws:region is no region of AWS (as us-east-1): pulumi config set aws:region REGION --stack ${environment}`,
    );
  }
  return account.success && region.success ? { account: account.data, region: region.data } : undefined;
}

function readAdopt(
  raw: unknown,
  environment: Environment,
  places: readonly Place[],
  faults: string[],
): Map<string, string> {
  const map = mapSchema.safeParse(raw === undefined || raw === null || raw === "" ? {} : raw);
  if (!map.success) {
    faults.push(`raxx:adopt is not of the form {LOGICAL_NAME: IMPORT_ID, ...}: ${seeReadme}`);
    return new Map();
  }
  const adopt = new Map<string, string>();
  for (const [name, id] of Object.entries(map.data)) {
    const place = places.find((one) => one.name === name);
    const path = `'raxx:adopt["${place?.name ?? "NAME"}"]' --stack ${environment}`;
    if (place === undefined) {
      const known = places.map((one) => one.name).join(", ");
      faults.push(
        `raxx:adopt has a name that nothing goes by here (there are: ${known === "" ? "none" : known}): remove it with pulumi config rm --path ${path}`,
      );
    } else if (id !== place.importId) {
      faults.push(
        `raxx:adopt has another id for ${name} than the one of that place: pulumi config set --path ${path.replace(" --stack", ` '${place.importId}' --stack`)}`,
      );
    } else adopt.set(name, id);
  }
  return adopt;
}

function readHerokuApps(
  raw: unknown,
  environment: Environment,
  faults: string[],
): Record<HerokuAppRole, string> | undefined {
  const apps = herokuAppsSchema.safeParse(raw);
  if (!apps.success) {
    faults.push(
      `raxx:herokuApps has to name an app for each of ${herokuAppRoles.join(", ")}: pulumi config set --path raxx:herokuApps.console NAME --stack ${environment}`,
    );
    return undefined;
  }
  herokuAppRoles.forEach((role, index) => {
    const same = herokuAppRoles.slice(0, index).find((earlier) => apps.data[earlier] === apps.data[role]);
    if (same === undefined) return;
    faults.push(
      `raxx:herokuApps has the same app for ${same} and ${role}: give each role an app of its own, pulumi config set --path raxx:herokuApps.${role} NAME --stack ${environment}`,
    );
  });
  return apps.data;
}
