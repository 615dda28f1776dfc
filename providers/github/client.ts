import { retry } from "@octokit/plugin-retry";
import { Octokit } from "@octokit/rest";
import { z } from "zod";

import { githubEnvironment } from "../environment";
import { UserError } from "../errors";
import { explain, GitHubError, type Refusal, troubleOf } from "./explain";

const repositorySchema = z.object({
  id: z.number().int(),
  full_name: z.string().regex(/^[\w.-]+\/[\w.-]+$/),
  archived: z.boolean(),
});

const publicKeySchema = z.object({ key_id: z.string() });

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

export interface FoundRepository {
  id: number;
  /** `owner/repository`, as it is called now. */
  fullName: string;
  archived: boolean;
}

export interface GitHubClientOptions {
  url: string;
  token: string;
  /** How long the shortest wait between two tries is. @default 500 */
  retryBaseMs?: number;
}

const userAgent = "raxx-credential-provisioning/0.1";
const answerTimeoutMs = 15_000;
const maxRetries = 2;
const maxWaitSeconds = 10;
const maxRedirects = 3;
/** GitHub gives no more of them at once. */
const variablesPerPage = 30;

const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };
/** 4xx are not worth another try; 429 has a rule of its own, {@link waitAsAsked}. */
const doNotRetry = Array.from({ length: 100 }, (_one, index) => 400 + index);

/**
 * The few calls of GitHub's REST API that this project makes: they all read, and what writes is the bridged provider.
 * Source: https://docs.github.com/en/rest/actions/secrets
 */
export class GitHubClient {
  private readonly octokit: Octokit;

  constructor({ url, token, retryBaseMs = 500 }: GitHubClientOptions) {
    if (!/^[\x21-\x7e]+$/.test(token)) {
      throw new UserError(
        "GITHUB_TOKEN has a character in it that no token has, as a space or a line break: export it again",
      );
    }
    // In this order: the retry plugin reads what the other one left.
    const RetryingOctokit = Octokit.plugin(waitAsAsked(retryBaseMs), retry);
    this.octokit = new RetryingOctokit({
      baseUrl: restUrl(url),
      auth: token,
      userAgent,
      log: silent,
      request: { fetch: answerOf, log: silent },
      retry: { retries: maxRetries, retryAfterBaseValue: retryBaseMs, doNotRetry },
    });
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

  /** Throws a {@link GitHubError} for everything but a 200 with JSON of this shape. */
  private async get<T>(
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
}

const headers = { accept: "application/vnd.github+json", "x-github-api-version": "2022-11-28" };

/**
 * Where the REST API is: below `/api/v3`, but for GitHub's own hosts. The bridged provider reads GITHUB_BASE_URL so.
 * https://github.com/integrations/terraform-provider-github/blob/main/github/config.go
 */
export function restUrl(baseUrl: string): string {
  const url = new URL(baseUrl);
  const root = url.origin + url.pathname.replace(/\/+$/, "");
  if (url.host === "api.github.com" || /^api\.[a-z0-9-]+\.ghe\.com$/.test(url.host)) return root;
  return root.endsWith("/api/v3") ? root : `${root}/api/v3`;
}

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

/** One try: within the time, and never at another host, which would be told what only GitHub should be asked. */
async function answerOf(url: string, init: RequestInit): Promise<Response> {
  const signal = AbortSignal.timeout(answerTimeoutMs);
  let at = new URL(url);
  for (let redirects = 0; ; redirects += 1) {
    const response = await fetch(at.href, { ...init, redirect: "manual", signal });
    const body = await response.arrayBuffer();
    const target = targetOf(response, at);
    if (target?.origin !== at.origin || redirects === maxRedirects) return whole(response, body);
    // GitHub's way to say that a repository was renamed.
    at = target;
  }
}

function targetOf({ status, headers }: Response, at: URL): URL | undefined {
  const location = headers.get("location");
  if (status < 300 || status >= 400 || location === null) return undefined;
  return URL.canParse(location, at.href) ? new URL(location, at) : undefined;
}

/** The response with its body read, so that a body that breaks off counts as no answer. */
function whole({ status, headers }: Response, body: ArrayBuffer): Response {
  return new Response(body.byteLength === 0 ? null : body, { status, headers });
}

/** Tries again after a 429 when `Retry-After` says so, unless that takes too long to wait for. */
function waitAsAsked(retryBaseMs: number) {
  return ({ hook }: Pick<Octokit, "hook">): void => {
    hook.error("request", (error) => {
      if ("status" in error && error.status === 429) {
        const seconds = Number(error.response?.headers["retry-after"] ?? 1);
        const worthIt = seconds >= 0 && seconds <= maxWaitSeconds;
        // What the retry plugin reads, in its unit.
        error.request.request = {
          ...error.request.request,
          retries: worthIt ? maxRetries : 0,
          retryAfter: Math.ceil((seconds * 1000) / retryBaseMs),
        };
      }
      throw error;
    });
  };
}

function lacking(permission: string, ref: GitHubRepositoryRef): string {
  return `GITHUB_TOKEN lacks a permission; give the token GH_SECRETS_WRITE "${permission}" on ${nameOf(ref)} and run again`;
}

function nameOf({ owner, repository }: GitHubRepositoryRef): string {
  return `${owner}/${repository}`;
}

function paramsOf({ owner, repository }: GitHubRepositoryRef, environment?: string): Record<string, string> {
  return {
    owner,
    repo: repository,
    ...(environment === undefined ? {} : { environment_name: environment }),
  };
}

function ignore(): void {
  // Octokit would print every call that fails.
}
