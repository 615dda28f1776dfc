import { isDeepStrictEqual } from "node:util";

import { dynamic, type CustomResourceOptions, type Input, type Output } from "@pulumi/pulumi";

import { type Implementation, isUnknown, refuse } from "../boundary";
import { UserError } from "../errors";
import { shell } from "../shell";
import { type FoundRepository, type GitHubClient } from "./client";
import { GitHubError } from "./explain";
import { nameFaults, otherRepository, repositoryFaults, variableFaults } from "./faults";

/** A variable of the environment that this stack writes. */
export interface EnvironmentVariable {
  /** No secret: anybody who may read the repository may read it. */
  value: string;
  /** What identifies it to the bridged provider; the value in `raxx:adopt`. */
  importId: string;
  /** Its key in `raxx:adopt`. */
  adoptKey: string;
  /** Whether `raxx:adopt` names it: it was there before us, and is taken over. */
  adopted: boolean;
}

export interface GitHubRepositoryInputs {
  owner: string;
  /** Its name, without the owner. */
  repository: string;
  /** Name of the deployment environment. */
  environment: string;
  /** Names of the repository's secrets that this stack writes, sorted. */
  repositorySecrets: string[];
  /** Names of the environment's secrets that this stack writes, sorted. */
  environmentSecrets: string[];
  /** Name → variable of the environment. */
  environmentVariables: Record<string, EnvironmentVariable>;
  /** Set by `check`, so that every run compares it with what is recorded. */
  repositoryId?: number;
  /** Set by `check`: variables that this stack made, or was about to. They are asked about no more. */
  made?: string[];
}

export interface GitHubRepositoryOutputs extends GitHubRepositoryInputs {
  /** GitHub's id of the repository: it outlives a rename, and tells another one of the same name apart. */
  repositoryId: number;
}

export interface GitHubRepositoryArgs {
  /** A user or an organisation. A change is verified, in place: it has to be the same repository. */
  owner: Input<string>;
  /** Its name, without the owner. A change is verified, in place: it has to be the same repository. */
  repository: Input<string>;
  /** Name of the deployment environment. A change is verified, in place. */
  environment: Input<string>;
  /** Names of the repository's secrets that this stack writes, sorted. */
  repositorySecrets: Input<Input<string>[]>;
  /** Names of the environment's secrets that this stack writes, sorted. */
  environmentSecrets: Input<Input<string>[]>;
  /** Name → variable of the environment. */
  environmentVariables: Input<Record<string, Input<EnvironmentVariable>>>;
}

/**
 * Verifies the identifiers of the configuration and the credential of this run against GitHub, in previews too, before
 * anything is written anywhere. Secrets and variables, which the bridged provider writes, depend on it.
 */
export class GitHubRepository extends dynamic.Resource {
  declare readonly repositoryId: Output<number>;

  constructor(name: string, args: GitHubRepositoryArgs, opts?: CustomResourceOptions) {
    super(
      shell("githubRepository"),
      name,
      { ...args, repositoryId: undefined },
      opts,
      "github",
      "Repository",
    );
  }
}

export function githubRepository(
  client: () => GitHubClient,
): Implementation<GitHubRepositoryInputs, GitHubRepositoryOutputs> {
  return {
    check: async (olds, news) => {
      const names = nameFaults(news);
      if (names.length > 0) return refuse(news, names.join("\n"));
      if (isUnknown(news.owner) || isUnknown(news.repository)) return { inputs: news };
      const found = await answerOrFault(client().repository(news));
      if (typeof found === "string") return refuse(news, found);
      // Under whatever name: what the secrets were written to is known by its id.
      const faults = [
        ...repositoryFaults(news, found, olds.repositoryId),
        ...(await accessFaults(news, olds)),
      ];
      if (faults.length > 0) return refuse(news, faults.join("\n"));
      return { inputs: { ...inputsOf(news), repositoryId: found.id, made: madeBy(olds, news) } };
    },

    diff: (_id, olds, news) => Promise.resolve().then(() => differenceOf(olds, news)),

    create: async (inputs) => {
      const outs = await verify(inputs);
      return { id: String(outs.repositoryId), outs };
    },

    update: async (_id, olds, news) => {
      const outs = await verify(news);
      refuseOtherRepository(olds, outs.repositoryId);
      return { outs };
    },

    // Never "gone": a token that cannot see the repository must not lose what is recorded of it.
    read: async (id, props) => {
      const found = await client().repository(props);
      refuseOtherRepository(props, found.id);
      return { id, props: { ...inputsOf(props), repositoryId: found.id } };
    },

    delete: () => Promise.resolve(),
  };

  async function verify(inputs: GitHubRepositoryInputs): Promise<GitHubRepositoryOutputs> {
    const found: FoundRepository = await client().repository(inputs);
    const faults = repositoryFaults(inputs, found, undefined);
    if (faults.length > 0) throw new UserError(faults.join("\n"));
    return { ...inputsOf(inputs), repositoryId: found.id };
  }

  /** What the token may not do, and what stands in the way of the variables. */
  async function accessFaults(
    news: GitHubRepositoryInputs,
    before: Partial<GitHubRepositoryInputs>,
  ): Promise<string[]> {
    const repository = isNeeded(news.repositorySecrets) ? [client().confirmSecrets(news)] : [];
    const found = await Promise.all([
      ...repository.map(async (call) => {
        const answer = await answerOrFault(call);
        return answer === undefined ? [] : [answer];
      }),
      environmentFaults(news, before),
    ]);
    return found.flat();
  }

  async function environmentFaults(
    news: GitHubRepositoryInputs,
    before: Partial<GitHubRepositoryInputs>,
  ): Promise<string[]> {
    const { environment } = news;
    if (isUnknown(environment)) return [];
    const there = await answerOrFault(client().confirmEnvironment(news, environment));
    if (there !== undefined) return [there];
    const [secrets, variables] = await Promise.all([
      isNeeded(news.environmentSecrets)
        ? answerOrFault(client().confirmEnvironmentSecrets(news, environment))
        : undefined,
      isNeeded(news.environmentVariables)
        ? answerOrFault(client().environmentVariables(news, environment))
        : undefined,
    ]);
    const ours =
      before.environment === environment ? [...madeBy(before, news), ...takenBy(before, news)] : [];
    return [
      ...(secrets === undefined ? [] : [secrets]),
      ...(typeof variables === "string" ? [variables] : []),
      ...(variables instanceof Map ? variableFaults(news, variables, new Set(ours)) : []),
    ];
  }
}

function differenceOf(olds: GitHubRepositoryOutputs, news: GitHubRepositoryInputs): dynamic.DiffResult {
  // What `check` of this run found; absent where the name is not known yet.
  if (news.repositoryId !== undefined) refuseOtherRepository(olds, news.repositoryId);
  return { changes: !isDeepStrictEqual(inputsOf(news), inputsOf(olds)) };
}

/** GitHub's answer, or in one line that the configuration or the token's permissions are at fault. Throws all else. */
async function answerOrFault<T>(call: Promise<T>): Promise<T | string> {
  try {
    return await call;
  } catch (error) {
    const denied = error instanceof GitHubError && ["forbidden", "missing"].includes(error.trouble);
    if (denied) return error.message;
    throw error;
  }
}

function refuseOtherRepository(
  { owner, repository, repositoryId }: GitHubRepositoryOutputs,
  actual: number,
): void {
  if (repositoryId === actual) return;
  throw new UserError(otherRepository({ owner, repository }, repositoryId, actual));
}

/** A variable that was not there when it was first wanted is ours from then on, whatever a failed run left of it. */
function madeBy(
  { made = [], environment, environmentVariables = {} }: Partial<GitHubRepositoryInputs>,
  news: GitHubRepositoryInputs,
): string[] {
  if (environment !== undefined && environment !== news.environment) return [];
  const before = Object.keys(environmentVariables).filter(
    (name) => environmentVariables[name]?.adopted === false,
  );
  return [...new Set([...made, ...before])].sort();
}

/** Those that are taken over still. Dropping the line is asked about: a destroy would remove what was there before us. */
function takenBy(
  { environmentVariables = {} }: Partial<GitHubRepositoryInputs>,
  news: GitHubRepositoryInputs,
): string[] {
  return Object.keys(environmentVariables).filter(
    (name) =>
      environmentVariables[name]?.adopted === true && news.environmentVariables[name]?.adopted === true,
  );
}

/** Whether there is anything to write there; what is unknown as a whole is asked for when it is known. */
function isNeeded(wanted: readonly string[] | Record<string, unknown>): boolean {
  return !isUnknown(wanted) && Object.keys(wanted).length > 0;
}

/** Engine-internal properties stay out of what is returned. */
function inputsOf(inputs: GitHubRepositoryInputs): Omit<GitHubRepositoryInputs, "repositoryId"> {
  const { owner, repository, environment, repositorySecrets, environmentSecrets, environmentVariables } =
    inputs;
  return { owner, repository, environment, repositorySecrets, environmentSecrets, environmentVariables };
}
