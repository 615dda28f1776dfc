import { setTimeout as sleep } from "node:timers/promises";

import { Octokit } from "@octokit/rest";

export interface GitHubOptions {
  /** Address of the REST API, without a slash at its end. */
  baseUrl: string;
  token?: string;
  maxRetries: number;
  retryDelayMs: number;
  retryableErrors: readonly number[];
  parallelRequests: boolean;
  signal: AbortSignal;
}

/** What GitHub refused, told as the real plugin tells it: method, address, status, GitHub's message. */
export class GitHubError extends Error {
  constructor(
    message: string,
    /** Undefined where there was no answer. */
    readonly status: number | undefined,
  ) {
    super(message);
  }
}

export function isGone(error: unknown): boolean {
  return error instanceof GitHubError && error.status === 404;
}

/** How often a call waits for a limit to pass. The real plugin waits for ever. */
const MOST_WAITS = 10;

const silent = () => undefined;

/** GitHub's REST API with the retries of the real plugin, one call at a time unless told otherwise. */
export class GitHub {
  owner = "";
  private readonly octokit: Octokit;
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: GitHubOptions) {
    const { baseUrl } = options;
    this.octokit = new Octokit({
      baseUrl,
      userAgent: "terraform-provider-github",
      log: { debug: silent, info: silent, warn: silent, error: silent },
    });
    this.octokit.hook.before("request", (request) => {
      request.headers["x-github-api-version"] = "2022-11-28";
      if (options.token !== undefined) request.headers.authorization = `Bearer ${options.token}`;
    });
  }

  /**
   * The body of the answer.
   *
   * @throws GitHubError when GitHub refuses, or does not answer
   */
  async call<Data>(request: (octokit: Octokit) => Promise<{ data: Data }>): Promise<Data> {
    if (this.options.parallelRequests) return this.retried(request);
    const turn = this.last.then(() => this.retried(request));
    this.last = turn.catch(silent);
    return turn;
  }

  private async retried<Data>(request: (octokit: Octokit) => Promise<{ data: Data }>): Promise<Data> {
    const { maxRetries, retryableErrors, retryDelayMs, signal } = this.options;
    let retries = 0;
    let waits = 0;
    for (;;) {
      try {
        return (await request(this.octokit)).data;
      } catch (error) {
        const { failure, waitMs } = read(error);
        const isRetryable = failure.status === undefined || retryableErrors.includes(failure.status);
        if (waitMs !== undefined && waits++ < MOST_WAITS) await pause(waitMs, signal);
        else if (waitMs === undefined && isRetryable && retries++ < maxRetries)
          await pause(retryDelayMs, signal);
        else throw failure;
      }
    }
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    throw new GitHubError("cancelled while waiting for GitHub", undefined);
  }
}

/** The parts of Octokit's RequestError that are needed; its own message quotes more. */
interface RequestError {
  message: string;
  request?: { method?: string; url?: string };
  response?: { status: number; headers?: Record<string, string | undefined>; data?: unknown };
  cause?: { code?: string };
}

interface Refusal {
  message?: unknown;
  documentation_url?: unknown;
  errors?: unknown;
}

function read(thrown: unknown): { failure: GitHubError; waitMs?: number } {
  const { request, response, cause } = thrown as RequestError;
  const method = request?.method ?? "GET";
  const url = (request?.url ?? "").split("?", 1)[0] ?? "";
  if (response === undefined) {
    // Go's words for a call that was not answered.
    const reason = cause?.code === "ECONNREFUSED" ? "connect: connection refused" : "EOF";
    const verb = method.charAt(0) + method.slice(1).toLowerCase();
    return { failure: new GitHubError(`${verb} "${url}": ${reason}`, undefined) };
  }
  const refusal = (typeof response.data === "object" ? (response.data ?? {}) : {}) as Refusal;
  const said = typeof refusal.message === "string" ? refusal.message : "";
  const details = Array.isArray(refusal.errors) ? refusal.errors.map(detailOf).join(" ") : "";
  const failure = new GitHubError(
    `${method} ${url}: ${response.status} ${said} [${details}]`,
    response.status,
  );
  const waitMs = limitWaitMs(response, refusal);
  return waitMs === undefined ? { failure } : { failure, waitMs };
}

/** Not the value that GitHub found fault with, which some of its answers repeat. */
function detailOf(detail: unknown): string {
  if (typeof detail !== "object" || detail === null) return "";
  const { resource, field, code, message } = detail as Record<string, unknown>;
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  return `{Resource:${text(resource)} Field:${text(field)} Code:${text(code)} Message:${text(message)}}`;
}

/** How long GitHub asks to wait, where it refused because of a limit. https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api */
function limitWaitMs(
  { status, headers = {} }: NonNullable<RequestError["response"]>,
  { message, documentation_url: documentation }: Refusal,
): number | undefined {
  if (status !== 403 && status !== 429) return undefined;
  if (headers["x-ratelimit-remaining"] === "0")
    return Math.max(0, Number(headers["x-ratelimit-reset"] ?? 0) * 1000 - Date.now());
  const isSecondary =
    (typeof message === "string" && message.startsWith("You have exceeded a secondary rate limit")) ||
    (typeof documentation === "string" && documentation.endsWith("secondary-rate-limits"));
  return isSecondary ? Number(headers["retry-after"] ?? 1) * 1000 : undefined;
}
