import { z } from "zod";

import { parseGeneration, type Generation } from "./generation";
import { environments, type Environment } from "./taxonomy";
import { herokuAppRoles, type HerokuAppRole, type Token } from "./token";

/** The generations of one token, as `raxx:generations` has them. */
export interface TokenGenerations {
  current: Generation;
  /** Kept alive until it is dropped from the configuration. */
  previous?: Generation;
  /** Vendor ids of credentials that were there before us. */
  previousAdopt: readonly string[];
}

export interface StackConfiguration {
  environment: Environment;
  /** Token name → its generations. A token that is not named is not issued yet. */
  generations: ReadonlyMap<string, TokenGenerations>;
  /** App role → app name. */
  herokuApps: Readonly<Record<HerokuAppRole, string>>;
  infisicalProject: string;
}

/** The configuration of a stack as Pulumi has it: one property per key of the `raxx` namespace. */
export interface RawStackConfiguration {
  stack: string;
  /** Whose file this is: what was passed as `--config-file` need not be the stack's own. */
  environment: unknown;
  generations: unknown;
  herokuApps: unknown;
  infisicalProject: unknown;
}

const mapSchema = z.record(z.string(), z.unknown());
const tokenGenerationsSchema = z.strictObject({
  current: z.string(),
  previous: z.string().optional(),
  previousAdopt: z.array(z.string()).optional(),
});
type RawTokenGenerations = z.infer<typeof tokenGenerationsSchema>;
const herokuAppsSchema = z.strictObject({ console: z.string().min(1), api: z.string().min(1) });

const authorizationId = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
/** What may be quoted as a token's name: anything else could be a credential in the wrong place. */
const likeTokenName = /^[A-Z][A-Z0-9_]{1,63}$/;
const seeReadme = 'see the README, "Stack configuration"';

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
  if (faults.length > 0 || apps === undefined || !project.success) return { faults };
  return { environment, generations, herokuApps: apps, infisicalProject: project.data };
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

function readGenerations(
  raw: unknown,
  tokens: readonly Token[],
  environment: Environment,
  faults: string[],
): Map<string, TokenGenerations> {
  const found = new Map<string, TokenGenerations>();
  const map = mapSchema.safeParse(raw === undefined || raw === null || raw === "" ? {} : raw);
  if (!map.success) {
    faults.push(
      `raxx:generations is not of the form {TOKEN_NAME: {current: "2026-05-06"}, ...}: ${seeReadme}`,
    );
    return found;
  }
  if (Object.keys(map.data).length === 0) {
    // Without this, a lost key would be a wish to revoke everything at once.
    const example = tokens.find((token) => token.environments.includes(environment))?.name ?? "TOKEN_NAME";
    faults.push(
      `raxx:generations is empty: give the tokens of this environment a generation, pulumi config set --path raxx:generations.${example}.current DATE --stack ${environment}; to take a stack's credentials away use pulumi destroy`,
    );
  }
  const misshapen: string[] = [];
  for (const [name, entry] of Object.entries(map.data)) {
    const refused = refusalOf(name, tokens, environment);
    if (refused !== undefined) {
      faults.push(refused);
      continue;
    }
    const parsed = tokenGenerationsSchema.safeParse(entry);
    if (!parsed.success) {
      misshapen.push(
        ...parsed.error.issues.map(({ path }) => ["raxx:generations", name, ...path.map(String)].join(".")),
      );
      continue;
    }
    const read = readTokenGenerations(name, parsed.data, faults);
    if (read !== undefined) found.set(name, read);
  }
  if (misshapen.length > 0) {
    faults.push(
      `${[...new Set(misshapen)].join(", ")} is not of the form {current, previous?, previousAdopt?: [id, ...]}: ${seeReadme}`,
    );
  }
  return found;
}

/** Why a token of this name has no generations here, if so. */
function refusalOf(name: string, tokens: readonly Token[], environment: Environment): string | undefined {
  const token = tokens.find((one) => one.name === name);
  if (token === undefined) {
    const said = likeTokenName.test(name)
      ? `names ${name}, which the catalog does not know`
      : "has a key that is no token name";
    return `raxx:generations ${said}: ${nearest(name, tokens)}`;
  }
  if (token.environments.includes(environment)) return undefined;
  return `${name} has no value in ${environment}: remove it from raxx:generations of that stack`;
}

function readTokenGenerations(
  name: string,
  entry: RawTokenGenerations,
  faults: string[],
): TokenGenerations | undefined {
  const current = readGeneration(name, "current", entry.current, faults);
  const previous =
    entry.previous === undefined ? undefined : readGeneration(name, "previous", entry.previous, faults);
  const adopt = entry.previousAdopt ?? [];
  adopt.forEach((id, index) => {
    if (authorizationId.test(id)) return;
    // Never quoted: this is where a token is pasted instead of its id.
    faults.push(
      `raxx:generations.${name}.previousAdopt.${index} is no id of an authorization (a UUID of 36 characters): copy it from \`heroku authorizations\``,
    );
  });
  if (current === undefined) return undefined;
  if (previous?.name === current.name) {
    faults.push(`${name} has the same generation ${current.name} as current and as previous: drop previous`);
  }
  return {
    current,
    ...(previous === undefined ? {} : { previous }),
    previousAdopt: [...new Set(adopt.map((id) => id.toLowerCase()))],
  };
}

function readGeneration(
  token: string,
  which: "current" | "previous",
  text: string,
  faults: string[],
): Generation | undefined {
  const generation = parseGeneration(text);
  if (generation === undefined) {
    // Only what could be a date is quoted: a credential pasted into the wrong place must not be printed.
    const said = /^[\d .:/-]{1,20}$/.test(text) ? ` is "${text}", which` : "";
    faults.push(
      `raxx:generations.${token}.${which}${said} names no generation: write the UTC day of the mint, as 2026-05-06, or 2026-05-06.2 for the second of a day`,
    );
  }
  return generation;
}

function nearest(name: string, tokens: readonly Token[]): string {
  const renamed = tokens.find(({ formerNames }) => formerNames.includes(name));
  if (renamed !== undefined) return `it is called ${renamed.name} now`;
  return `use one of ${tokens.map((token) => token.name).join(", ")}`;
}
