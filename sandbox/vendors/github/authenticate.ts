import { timingSafeEqual } from "node:crypto";

import { type FastifyReply, type FastifyRequest } from "fastify";

import { type VendorContext } from "../kit/vendor";
import { badCredentials, GitHubError, requiresAuthentication } from "./errors";
import { countCall } from "./rate-limit";
import { type GitHubState, type GitHubToken, type GitHubUser } from "./records";

export interface SignedIn {
  user: GitHubUser;
  token: GitHubToken;
}

/** Who calls; undefined without credentials. */
export type Caller = SignedIn | undefined;

/** Newest last. The first is what a call without the header gets. */
const apiVersions = ["2022-11-28", "2026-03-10"];

/**
 * Wraps a route: User-Agent, version, credentials, rate limit, then the route itself. The order is probable. A
 * token is looked up at each call, so a revoked one fails at once.
 */
export function guarded(
  { store, now }: VendorContext<GitHubState>,
  handle: (caller: Caller, request: FastifyRequest, reply: FastifyReply) => unknown,
  options: { counted: boolean } = { counted: true },
): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  return async (request, reply) => {
    requireUserAgent(request);
    requireVersion(request, reply);
    const caller = authenticate(store.state, request, now());
    if (caller !== undefined) tokenHeaders(reply, caller.token);
    if (options.counted) {
      countCall(store.state, caller?.user, { method: request.method, now: now(), reply });
    }
    await reply.send(handle(caller, request, reply));
  };
}

export function requireCaller(caller: Caller): SignedIn {
  if (caller === undefined) throw requiresAuthentication();
  return caller;
}

/** https://docs.github.com/rest/using-the-rest-api/getting-started-with-the-rest-api#user-agent; that the refusal is JSON is probable. */
function requireUserAgent({ headers }: FastifyRequest): void {
  if ((headers["user-agent"] ?? "").trim() === "") {
    throw new GitHubError(403, "Request forbidden by administrative rules: a User-Agent header is required.");
  }
}

/** https://docs.github.com/rest/about-the-rest-api/api-versions: an unknown version gets 400. */
function requireVersion({ headers }: FastifyRequest, reply: FastifyReply): void {
  const version = headers["x-github-api-version"] ?? apiVersions[0];
  if (typeof version !== "string" || !apiVersions.includes(version)) {
    throw new GitHubError(400, `Unsupported API version: use one of ${apiVersions.join(", ")}`);
  }
  void reply.header("x-github-api-version-selected", version);
}

function authenticate(state: GitHubState, request: FastifyRequest, now: Date): Caller {
  const { authorization } = request.headers;
  if (authorization === undefined || authorization.trim() === "") return undefined;
  const text = credentials(authorization);
  const token = state.tokens.find((candidate) => equal(candidate.token, text));
  if (token === undefined || token.revoked) throw badCredentials();
  if (token.expires_at !== null && new Date(token.expires_at) <= now) throw badCredentials();
  const user = state.users.find((candidate) => candidate.id === token.user_id);
  if (user === undefined) throw badCredentials();
  return { user, token };
}

/** `Bearer`, the older `token`, or Basic with the token as password. */
function credentials(header: string): string {
  const [scheme = "", value = ""] = header.trim().split(/ +/);
  if (/^(bearer|token)$/i.test(scheme)) return value;
  if (/^basic$/i.test(scheme)) {
    const decoded = Buffer.from(value, "base64").toString("utf8");
    return decoded.slice(decoded.indexOf(":") + 1);
  }
  throw badCredentials();
}

function tokenHeaders(reply: FastifyReply, { grant, expires_at }: GitHubToken): void {
  if (grant.kind === "classic") {
    void reply.header("x-oauth-scopes", grant.scopes.join(", "));
    void reply.header("x-accepted-oauth-scopes", "");
  }
  // `2021-09-03 02:34:04 UTC`; another form with an offset was seen as well.
  if (expires_at !== null) {
    void reply.header(
      "github-authentication-token-expiration",
      expires_at.replace("T", " ").replace("Z", " UTC"),
    );
  }
}

function equal(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
