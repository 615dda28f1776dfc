import { adoptPath, quoted } from "../adoption";
import { isUnknown } from "../boundary";
import { type FoundRepository, type GitHubRepositoryRef } from "./client";
import { type EnvironmentVariable, type GitHubRepositoryInputs } from "./repository";
import { type GitHubWorkflowProbeInputs } from "./workflow-probe";

/**
 * Names that GitHub would refuse, or that would make an address of something else.
 * https://docs.github.com/en/actions/reference/security/secrets#naming-your-secrets
 */
export function nameFaults(inputs: GitHubRepositoryInputs): string[] {
  const places = [
    ["raxx:githubRepository", inputs.repository],
    ["raxx:githubEnvironment", inputs.environment],
    ["github:owner", inputs.owner],
  ] as const;
  const names = [
    ["secret", namesIn(inputs.repositorySecrets)],
    ["secret of the environment", namesIn(inputs.environmentSecrets)],
    ["variable", namesIn(inputs.environmentVariables)],
  ] as const;
  return [
    ...places
      .filter(([, value]) => ["", ".", ".."].includes(value))
      .map(([key, value]) => `${key} is "${value}", which is no name: pulumi config set ${key} NAME`),
    ...names.flatMap(([what, all]) =>
      all.flatMap((name) => {
        const reason = refusalOf(name);
        return reason === undefined
          ? []
          : [`GitHub takes no ${what} ${name}, because ${reason}: give it another name in the catalog`];
      }),
    ),
  ];
}

/** What no workflow could be found or told by. */
export function probeFaults(inputs: GitHubWorkflowProbeInputs): string[] {
  const { owner, repository, workflow, ref, source, secrets } = inputs;
  const place = /^(?!\.{1,2}$)[\w.-]+$/;
  const parts = [
    ["github:owner", owner, place, "which is no name: pulumi config set github:owner NAME"],
    [
      "raxx:githubRepository",
      repository,
      place,
      "which is no name: pulumi config set raxx:githubRepository NAME",
    ],
    [
      "the workflow",
      workflow,
      /^[\w.-]+\.ya?ml$/,
      "but has to be the name of a file, without its folder, that ends in .yml",
    ],
    // https://git-scm.com/docs/git-check-ref-format
    [
      "the ref",
      ref ?? "main",
      /^(?!refs\/|\/)(?!.*(\.\.|@\{|\/$))[^\s~^:?*[\\]+$/,
      "but has to be the name of a branch, without refs/heads/",
    ],
    ["the source", source, /^[A-Z][A-Z0-9_]*@\d{4}-\d{2}-\d{2}(\.\d+)?$/, "but has to be TOKEN@generation"],
  ] as const;
  const names = namesIn(secrets);
  return [
    ...parts
      .filter(([, value, form]) => !isUnknown(value) && !form.test(value))
      .map(([what, value, , problem]) => `${what} is "${value}", ${problem}`),
    ...(!isUnknown(secrets) && secrets.length === 0
      ? ["a workflow's run has to prove at least one secret: name it"]
      : []),
    ...names.flatMap((name) => {
      const reason = refusalOf(name);
      return reason === undefined
        ? []
        : [`there can be no secret ${name}, because ${reason}: correct its name`];
    }),
  ];
}

function refusalOf(name: string): string | undefined {
  if (/^github_/i.test(name)) return "names that start with GITHUB_ are its own";
  if (/^[a-z_][a-z0-9_]*$/i.test(name)) return undefined;
  return "a name has only letters, digits and underscores, and starts with no digit";
}

/** Unknown ones are left out. */
function namesIn(wanted: string[] | Record<string, unknown>): string[] {
  if (isUnknown(wanted)) return [];
  return (Array.isArray(wanted) ? wanted : Object.keys(wanted)).filter((name) => !isUnknown(name));
}

/** What is wrong with the repository that stands under the configured name. */
export function repositoryFaults(
  ref: GitHubRepositoryRef,
  found: FoundRepository,
  recordedId: number | undefined,
): string[] {
  const name = `${ref.owner}/${ref.repository}`;
  const faults: string[] = [];
  if (found.fullName.toLowerCase() !== name.toLowerCase()) {
    const [owner = "", repository = ""] = found.fullName.split("/");
    const commands = [
      ...(owner.toLowerCase() === ref.owner.toLowerCase() ? [] : [`pulumi config set github:owner ${owner}`]),
      ...(repository.toLowerCase() === ref.repository.toLowerCase()
        ? []
        : [`pulumi config set raxx:githubRepository ${repository}`]),
    ];
    faults.push(`${name} is called ${found.fullName} now: ${commands.join(" && ")}`);
  }
  if (found.archived) {
    faults.push(
      `${name} is archived, so nothing can be written to it: unarchive it in its settings, or correct it with pulumi config set raxx:githubRepository NAME`,
    );
  }
  if (recordedId !== undefined && recordedId !== found.id) {
    faults.push(otherRepository(ref, recordedId, found.id));
  }
  return faults;
}

export function otherRepository(ref: GitHubRepositoryRef, recorded: number, actual: number): string {
  return `${ref.owner}/${ref.repository} is repository ${actual}, but this stack was made with repository ${recorded}: name that one (pulumi config set github:owner OWNER, pulumi config set raxx:githubRepository NAME); to move to another repository, take this stack away with the old one named (pulumi destroy), then name the new one and run again`;
}

/** What stands in the way of the variables: the bridged provider writes over nothing, and imports only what is equal. */
export function variableFaults(
  inputs: GitHubRepositoryInputs,
  /** Name in upper case → value. */
  actual: ReadonlyMap<string, string>,
  /** Names of those that this stack has already. */
  ours: ReadonlySet<string>,
): string[] {
  return Object.entries(inputs.environmentVariables).flatMap(([name, variable]) => {
    // Keys are known even where their variable is not.
    if (isUnknown(variable) || isUnknown(variable.adopted)) return [];
    const fault = variableFault(inputs, name, variable, actual.get(name.toUpperCase()), ours.has(name));
    return fault === undefined ? [] : [fault];
  });
}

function variableFault(
  { owner, repository, environment }: GitHubRepositoryInputs,
  name: string,
  { value, importId, adoptKey, adopted }: EnvironmentVariable,
  actual: string | undefined,
  isOurs: boolean,
): string | undefined {
  const path = adoptPath(adoptKey);
  if (!adopted) {
    if (isOurs || actual === undefined) return undefined;
    return `the environment ${environment} has a variable ${name} that this stack did not make, and raxx:adopt does not take it over: do so with pulumi config set --path ${path} ${quoted(importId)} (it is then kept on destroy), or delete it at GitHub, and run again`;
  }
  if (actual === undefined) {
    return `raxx:adopt takes over the variable ${name} of the environment ${environment}, but there is none: pulumi config rm --path ${path}`;
  }
  if (isOurs || isUnknown(value) || actual === value) return undefined;
  const repo = quoted(`${owner}/${repository}`);
  return `raxx:adopt takes over the variable ${name} of the environment ${environment}, but it has another value than the catalog's: set it first with gh variable set ${name} --repo ${repo} --env ${quoted(environment)} --body ${quoted(value)}, or correct the catalog, and run again`;
}
