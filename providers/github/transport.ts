import { retry } from "@octokit/plugin-retry";
import { Octokit } from "@octokit/rest";

const userAgent = "raxx-credential-provisioning/0.1";
const answerTimeoutMs = 15_000;
const maxRetries = 2;
const maxWaitSeconds = 10;
const maxRedirects = 3;

const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };
/** 4xx are not worth another try; 429 has a rule of its own, {@link waitAsAsked}. */
const doNotRetry = Array.from({ length: 100 }, (_one, index) => 400 + index);

export interface TransportOptions {
  url: string;
  token: string;
  /** How long the shortest wait between two tries is. @default 500 */
  retryBaseMs?: number;
}

/** GitHub's own client: quiet, patient within bounds, and never at another host than the one that was named. */
export function octokitFor({ url, token, retryBaseMs = 500 }: TransportOptions): Octokit {
  // In this order: the retry plugin reads what the other one left.
  const RetryingOctokit = Octokit.plugin(waitAsAsked(retryBaseMs), retry);
  return new RetryingOctokit({
    baseUrl: restUrl(url),
    auth: token,
    userAgent,
    log: silent,
    request: { fetch: answerOf, log: silent },
    retry: { retries: maxRetries, retryAfterBaseValue: retryBaseMs, doNotRetry },
  });
}

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

function ignore(): void {
  // Octokit would print every call that fails.
}
