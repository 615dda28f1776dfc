import { z } from "zod";

import { adoptableSettings } from "./adoption";
import { mapSchema, readGenerations, seeReadme, type TokenGenerations } from "./configured-generations";
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
  /** Logical names of what was there before us and is taken over. */
  adopt: ReadonlySet<string>;
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
  adopt: unknown;
}

const herokuAppsSchema = z.strictObject({ console: z.string().min(1), api: z.string().min(1) });

/** Reads the configuration of a stack, or lists all that is wrong with it, each fault with what to do. */
export function readStackConfiguration(
  raw: RawStackConfiguration,
  tokens: readonly Token[],
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
  const generations = readGenerations(raw.generations, tokens, environment, faults);
  const apps = readHerokuApps(raw.herokuApps, environment, faults);
  const project = z.string().min(1).safeParse(raw.infisicalProject);
  if (!project.success) {
    faults.push(
      `raxx:infisicalProject is not set: pulumi config set raxx:infisicalProject PROJECT_ID --stack ${environment}`,
    );
  }
  const github = readGitHub(raw, environment, faults);
  if (apps === undefined || github === undefined || !project.success) return { faults };
  const names = { environment, herokuApps: apps, github };
  const adopt = readAdopt(raw.adopt, names, tokens, faults);
  if (faults.length > 0) return { faults };
  return { ...names, generations, infisicalProject: project.data, adopt };
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

function readAdopt(
  raw: unknown,
  names: Pick<StackConfiguration, "environment" | "github" | "herokuApps">,
  tokens: readonly Token[],
  faults: string[],
): Set<string> {
  const map = mapSchema.safeParse(raw === undefined || raw === null || raw === "" ? {} : raw);
  if (!map.success) {
    faults.push(`raxx:adopt is not of the form {LOGICAL_NAME: IMPORT_ID, ...}: ${seeReadme}`);
    return new Set();
  }
  const places = adoptableSettings(names, tokens);
  for (const [name, id] of Object.entries(map.data)) {
    const place = places.find((one) => one.name === name);
    const path = `'raxx:adopt["${place?.name ?? "NAME"}"]' --stack ${names.environment}`;
    if (place === undefined) {
      const known = places.map((one) => one.name).join(", ");
      faults.push(
        `raxx:adopt has a name that nothing goes by here (there are: ${known === "" ? "none" : known}): remove it with pulumi config rm --path ${path}`,
      );
    } else if (id !== place.importId) {
      faults.push(
        `raxx:adopt has another id for ${name} than the one of that place: pulumi config set --path ${path.replace(" --stack", ` '${place.importId}' --stack`)}`,
      );
    }
  }
  return new Set(Object.keys(map.data));
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
