import { z } from "zod";

import { adoptablePlaces, adoptableRecords } from "./adoption";
import { readAdopt } from "./configured-adoption";
import { mapSchema, readGenerations, type TokenGenerations } from "./configured-generations";
import { readEvidence } from "./configured-evidence";
import { readMailDomains, type WantedMailDomain } from "./configured-mail-domains";
import { readSupplied, type SuppliedValue } from "./configured-parameters";
import { type Evidence } from "./evidence";
import { type MailDomain } from "./mail-domains";
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
  /** Those that the stack answers for. */
  mailDomains: readonly MailDomainConfiguration[];
  /** What was there before us and is taken over: logical name → id at the vendor. */
  adopt: ReadonlyMap<string, string>;
  /** Names of the SSM parameters that a person gave the value of. */
  supplied: ReadonlySet<string>;
  /** Hand-off → that a person did it. */
  evidence: ReadonlyMap<string, Evidence>;
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

/** A mail domain, and where its zone is at Cloudflare. */
export interface MailDomainConfiguration extends WantedMailDomain {
  accountId: string;
  zoneId: string;
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
  /** @default none */
  mailDomains?: unknown;
  adopt: unknown;
  /** @default nobody did any yet */
  handOffs?: unknown;
  /** What a person gave as a secret: the key without its namespace → value. @default nothing */
  supplied?: Readonly<Record<string, SuppliedValue | undefined>>;
}

const herokuAppsSchema = z.strictObject({ console: z.string().min(1), api: z.string().min(1) });

/** Reads the configuration of a stack, or lists all that is wrong with it, each fault with what to do. */
export function readStackConfiguration(
  raw: RawStackConfiguration,
  tokens: readonly Token[],
  parameters: readonly Parameter[] = [],
  domains: readonly MailDomain[] = [],
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
  const beforeDomains = faults.length;
  const wanted = readMailDomains(raw.mailDomains, domains, environment, faults);
  const { cloudflare, mailDomains } = readCloudflare(raw, issued, wanted, environment, faults);
  const domainsAreRead = faults.length === beforeDomains;
  const aws = readAws(raw, issued, environment, faults);
  // What nothing needs because its token's generation is misspelt is not to be removed.
  const supplied = areRead
    ? readSupplied(raw.supplied ?? {}, parameters, generations, environment, faults)
    : new Set<string>();
  const evidence = readEvidence(raw.handOffs, environment, faults);
  if (apps === undefined || github === undefined || !project.success) return { faults };
  const names = { environment, herokuApps: apps, github };
  const known = { ...names, awsAccount: awsAccountId.safeParse(raw.awsAccount).data };
  const places = [
    ...adoptablePlaces(known, tokens, parameters),
    ...mailDomains.flatMap(({ mailDomain, zoneId }) => adoptableRecords(mailDomain, zoneId)),
  ];
  // What belongs to a domain that could not be read is not to be removed.
  const adopt = domainsAreRead
    ? readAdopt(raw.adopt, places, environment, faults)
    : new Map<string, string>();
  if (faults.length > 0) return { faults };
  const infisicalProject = project.data;
  const taken = { mailDomains, adopt, supplied, evidence };
  return { ...names, generations, infisicalProject, cloudflare, aws, ...taken };
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

/** Needed only for what is issued, and for mail domains. */
function readCloudflare(
  raw: RawStackConfiguration,
  issued: readonly Token[],
  wanted: readonly WantedMailDomain[],
  environment: Environment,
  faults: string[],
): { cloudflare: CloudflareConfiguration | undefined; mailDomains: MailDomainConfiguration[] } {
  const issuers = issued.flatMap(({ issuer }) => (issuer.kind === "cloudflare-api-token" ? [issuer] : []));
  const issues =
    issuers.length > 0 || issued.some(({ issuer }) => issuer.kind === "cloudflare-access-service-token");
  if (!issues && wanted.length === 0) return { cloudflare: undefined, mailDomains: [] };
  const where = "32 hexadecimal digits, as the zone's overview page shows them";
  const account = cloudflareId.safeParse(raw.cloudflareAccount);
  if (!account.success) {
    faults.push(
      `raxx:cloudflareAccount is no id of a Cloudflare account (${where}): pulumi config set raxx:cloudflareAccount ID --stack ${environment}`,
    );
  }
  const given = mapSchema.safeParse(raw.cloudflareZones);
  const ofTokens = new Set(issuers.flatMap((issuer) => issuer.zone ?? issuer.zones ?? []));
  const ids = new Map<string, string>();
  for (const zone of new Set([...ofTokens, ...wanted.map(({ mailDomain }) => mailDomain.domain)])) {
    const id = cloudflareId.safeParse(given.success ? given.data[zone] : undefined);
    if (id.success) ids.set(zone, id.data);
    else {
      faults.push(
        `raxx:cloudflareZones has no id for the zone ${zone} (${where}): pulumi config set --path 'raxx:cloudflareZones["${zone}"]' ID --stack ${environment}`,
      );
    }
  }
  if (!account.success) return { cloudflare: undefined, mailDomains: [] };
  const accountId = account.data;
  const zones = Object.fromEntries([...ids].filter(([zone]) => ofTokens.has(zone)));
  return {
    cloudflare: issues ? { account: accountId, zones } : undefined,
    mailDomains: wanted.flatMap((one) => {
      const zoneId = ids.get(one.mailDomain.domain);
      return zoneId === undefined ? [] : [{ ...one, accountId, zoneId }];
    }),
  };
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
