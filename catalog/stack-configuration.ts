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
  generations: unknown;
  herokuApps: unknown;
  infisicalProject: unknown;
}

const generationsSchema = z.record(
  z.string(),
  z.strictObject({
    current: z.string(),
    previous: z.string().optional(),
    previousAdopt: z.array(z.string().min(1)).optional(),
  }),
);
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
  const generations = readGenerations(raw.generations, tokens, environment, faults);
  const apps = herokuAppsSchema.safeParse(raw.herokuApps);
  if (!apps.success) {
    faults.push(
      `raxx:herokuApps has to name an app for each of ${herokuAppRoles.join(", ")}: pulumi config set --path raxx:herokuApps.console NAME --stack ${environment}`,
    );
  }
  const project = z.string().min(1).safeParse(raw.infisicalProject);
  if (!project.success) {
    faults.push(
      `raxx:infisicalProject is not set: pulumi config set raxx:infisicalProject PROJECT_ID --stack ${environment}`,
    );
  }
  if (faults.length > 0 || !apps.success || !project.success) return { faults };
  return { environment, generations, herokuApps: apps.data, infisicalProject: project.data };
}

function readGenerations(
  raw: unknown,
  tokens: readonly Token[],
  environment: Environment,
  faults: string[],
): Map<string, TokenGenerations> {
  const found = new Map<string, TokenGenerations>();
  const parsed = generationsSchema.safeParse(raw ?? {});
  if (!parsed.success) {
    const places = parsed.error.issues.map(({ path }) => ["raxx:generations", ...path.map(String)].join("."));
    faults.push(
      `${[...new Set(places)].join(", ")} is not of the form {current, previous?, previousAdopt?: [id, ...]}: see the README, "Stack configuration"`,
    );
    return found;
  }
  for (const [name, entry] of Object.entries(parsed.data)) {
    const token = tokens.find((one) => one.name === name);
    if (token === undefined) {
      faults.push(
        `raxx:generations names ${name}, which the catalog does not know: ${nearest(name, tokens)}`,
      );
      continue;
    }
    if (!token.environments.includes(environment)) {
      faults.push(`${name} has no value in ${environment}: remove it from raxx:generations of that stack`);
      continue;
    }
    const current = readGeneration(name, "current", entry.current, faults);
    const previous =
      entry.previous === undefined ? undefined : readGeneration(name, "previous", entry.previous, faults);
    if (current === undefined) continue;
    if (previous?.name === current.name) {
      faults.push(
        `${name} has the same generation ${current.name} as current and as previous: drop previous`,
      );
    }
    found.set(name, {
      current,
      ...(previous === undefined ? {} : { previous }),
      previousAdopt: [...new Set(entry.previousAdopt)],
    });
  }
  return found;
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
