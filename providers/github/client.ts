import { type Octokit } from "@octokit/rest";
import sodium from "libsodium-wrappers";
import { z } from "zod";

import { githubEnvironment } from "../environment";
import { UserError } from "../errors";
import { explain, GitHubError, type Refusal, troubleOf } from "./explain";
import { octokitFor, type TransportOptions } from "./transport";

const repositorySchema = z.object({
  id: z.number().int(),
  full_name: z.string().regex(/^[\w.-]+\/[\w.-]+$/),
  archived: z.boolean(),
});

const publicKeySchema = z.object({ key_id: z.string(), key: z.string() });

const secretSchema = z.object({ updated_at: z.string() });

const environmentSchema = z.object({ name: z.string() });

const variablesSchema = z.object({
  total_count: z.number().int(),
  variables: z.array(z.object({ name: z.string(), value: z.string() })),
});

export interface GitHubRepositoryRef {
  owner: string;
  /** Its name, without the owner. */
  repository: string;
}

export interface GitHubSecretRef extends GitHubRepositoryRef {
  /** @default the secret is the repository's own */
  environment?: string;
  secretName: string;
}

export interface FoundRepository {
  id: number;
  /** `owner/repository`, as it is called now. */
  fullName: string;
  archived: boolean;
}

/** GitHub gives no more of them at once. */
const variablesPerPage = 30;

/**
 * The few calls of GitHub's REST API that this project makes beside the bridged provider, which writes: they read, and
 * write a secret again whose last write is not the one that is recorded.
 * Source: https://docs.github.com/en/rest/actions/secrets
 */
export class GitHubClient {
  private readonly octokit: Octokit;

  constructor(options: TransportOptions) {
    if (!/^[\x21-\x7e]+$/.test(options.token)) {
      throw new UserError(
        "GITHUB_TOKEN has a character in it that no token has, as a space or a line break: export it again",
      );
    }
    this.octokit = octokitFor(options);
  }

  /** A client with the credential of this run. */
  static fromEnvironment(): GitHubClient {
    return new GitHubClient(githubEnvironment());
  }

  /** Finds a renamed one too, under the name that it has now. */
  async repository(ref: GitHubRepositoryRef): Promise<FoundRepository> {
    const name = nameOf(ref);
    const { id, full_name, archived } = await this.get(
      `read the repository ${name}`,
      "GET /repos/{owner}/{repo}",
      paramsOf(ref),
      repositorySchema,
      `${name} does not exist, or GITHUB_TOKEN may not see it; correct github:owner or raxx:githubRepository (pulumi config set github:owner OWNER, pulumi config set raxx:githubRepository NAME), or give the token GH_SECRETS_WRITE access to the repository, and run again`,
    );
    return { id, fullName: full_name, archived };
  }

  /** Proves that the token may deal with the secrets of the repository. */
  async confirmSecrets(ref: GitHubRepositoryRef): Promise<void> {
    await this.get(
      `read the public key for secrets of ${nameOf(ref)}`,
      "GET /repos/{owner}/{repo}/actions/secrets/public-key",
      paramsOf(ref),
      publicKeySchema,
      lacking("Secrets: read and write", ref),
    );
  }

  async confirmEnvironment(ref: GitHubRepositoryRef, environment: string): Promise<void> {
    await this.get(
      `read the environment ${environment} of ${nameOf(ref)}`,
      "GET /repos/{owner}/{repo}/environments/{environment_name}",
      paramsOf(ref, environment),
      environmentSchema,
      `there is no environment ${environment}, or GITHUB_TOKEN may not see it; create it in the settings of ${nameOf(ref)} (this program never creates or changes one, because who reviews deployments is a person's decision), correct raxx:githubEnvironment (pulumi config set raxx:githubEnvironment NAME), or give the token GH_SECRETS_WRITE the permissions "Actions: read" and "Environments: read and write", and run again`,
    );
  }

  /** Proves that the token may deal with the secrets of the environment. */
  async confirmEnvironmentSecrets(ref: GitHubRepositoryRef, environment: string): Promise<void> {
    await this.get(
      `read the public key for secrets of the environment ${environment} of ${nameOf(ref)}`,
      "GET /repos/{owner}/{repo}/environments/{environment_name}/secrets/public-key",
      paramsOf(ref, environment),
      publicKeySchema,
      lacking("Environments: read and write", ref),
    );
  }

  /** All variables of the environment, page by page: name in upper case → value. */
  async environmentVariables(ref: GitHubRepositoryRef, environment: string): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (let page = 1, seen = 0; ; page += 1) {
      const { total_count, variables } = await this.get(
        `list the variables of the environment ${environment} of ${nameOf(ref)}`,
        "GET /repos/{owner}/{repo}/environments/{environment_name}/variables",
        { ...paramsOf(ref, environment), per_page: variablesPerPage, page },
        variablesSchema,
        lacking("Environments: read and write", ref),
      );
      // GitHub keeps names in upper case, and takes them in any.
      for (const { name, value } of variables) found.set(name.toUpperCase(), value);
      seen += variables.length;
      if (variables.length === 0 || seen >= total_count) return found;
    }
  }

  /** ISO 8601, UTC, to the second; undefined where there is no such secret. */
  async secretUpdatedAt(ref: GitHubSecretRef): Promise<string | undefined> {
    try {
      const { updated_at } = await this.get(
        `read when the secret ${ref.secretName} was written`,
        `GET ${secretsOf(ref)}/{secret_name}`,
        { ...paramsOf(ref, ref.environment), secret_name: ref.secretName },
        secretSchema,
        lacking(permissionFor(ref), ref),
      );
      return updated_at;
    } catch (error) {
      if (error instanceof GitHubError && error.trouble === "missing") return undefined;
      throw error;
    }
  }

  /** Seals the value for GitHub alone, and writes it over whatever the secret holds. */
  async putSecret(ref: GitHubSecretRef, value: string): Promise<void> {
    const operation = `write the secret ${ref.secretName}`;
    const parameters = paramsOf(ref, ref.environment);
    const denied = lacking(permissionFor(ref), ref);
    const { key_id, key } = await this.get(
      operation,
      `GET ${secretsOf(ref)}/public-key`,
      parameters,
      publicKeySchema,
      denied,
    );
    await sodium.ready;
    const sealed = sodium.crypto_box_seal(value, Buffer.from(key, "base64"));
    const body = { encrypted_value: Buffer.from(sealed).toString("base64"), key_id };
    let answer: Refusal;
    try {
      answer = await this.octokit.request(`PUT ${secretsOf(ref)}/{secret_name}`, {
        ...parameters,
        secret_name: ref.secretName,
        ...body,
        headers,
      });
    } catch (error) {
      throw faultOf(operation, refusalIn(error), denied);
    }
    if (answer.status !== 201 && answer.status !== 204) throw faultOf(operation, answer, denied);
  }

  /** Throws a {@link GitHubError} for everything but a 200 with JSON of this shape. */
  async get<T>(
    operation: string,
    route: string,
    parameters: Record<string, string | number>,
    shape: z.ZodType<T>,
    /** What it means where it is not there or not allowed. */
    denied: string,
  ): Promise<T> {
    let answer: Refusal;
    try {
      answer = await this.octokit.request(route, { ...parameters, headers });
    } catch (error) {
      throw faultOf(operation, refusalIn(error), denied);
    }
    const body = shape.safeParse(answer.data);
    if (answer.status === 200 && body.success) return body.data;
    throw faultOf(operation, answer, denied);
  }

  /** Asks once, for what is not the same when it is done twice. Throws a {@link GitHubError} for everything but a 204. */
  async post(
    operation: string,
    route: string,
    parameters: Record<string, unknown>,
    denied: string,
  ): Promise<void> {
    let answer: Refusal;
    try {
      answer = await this.octokit.request(route, { ...parameters, headers, request: { retries: 0 } });
    } catch (error) {
      throw faultOf(operation, refusalIn(error), denied);
    }
    if (answer.status !== 204) throw faultOf(operation, answer, denied);
  }
}

const headers = { accept: "application/vnd.github+json", "x-github-api-version": "2022-11-28" };

function faultOf(operation: string, refusal: Refusal, denied: string): GitHubError {
  const trouble = troubleOf(refusal);
  const { status } = refusal;
  const requestId = refusal.headers["x-github-request-id"];
  return new GitHubError(
    {
      vendor: "github",
      operation,
      meaning: trouble === "forbidden" || trouble === "missing" ? denied : explain(trouble),
      retryable: trouble === "limited" || trouble === "unavailable" || trouble === "silent",
      ...(status === undefined ? {} : { status }),
      ...(typeof requestId === "string" ? { requestId } : {}),
    },
    trouble,
  );
}

/** Nothing else of Octokit's error is kept: it holds the request and the answer. */
function refusalIn(error: unknown): Refusal {
  // Where there is no response, its status 500 is made up.
  if (error instanceof Error && error.name === "HttpError") {
    return (error as Error & { response?: Refusal }).response ?? { headers: {} };
  }
  throw error;
}

function secretsOf({ environment }: GitHubSecretRef): string {
  return environment === undefined
    ? "/repos/{owner}/{repo}/actions/secrets"
    : "/repos/{owner}/{repo}/environments/{environment_name}/secrets";
}

function permissionFor({ environment }: GitHubSecretRef): string {
  return environment === undefined ? "Secrets: read and write" : "Environments: read and write";
}

/** What it means where the token may not do it. */
export function lacking(permission: string, ref: GitHubRepositoryRef): string {
  return `GITHUB_TOKEN lacks a permission; give the token GH_SECRETS_WRITE "${permission}" on ${nameOf(ref)} and run again`;
}

/** `owner/repository`. */
export function nameOf({ owner, repository }: GitHubRepositoryRef): string {
  return `${owner}/${repository}`;
}

/** As the routes name them. */
export function paramsOf(
  { owner, repository }: GitHubRepositoryRef,
  environment?: string,
): Record<string, string> {
  return {
    owner,
    repo: repository,
    ...(environment === undefined ? {} : { environment_name: environment }),
  };
}
