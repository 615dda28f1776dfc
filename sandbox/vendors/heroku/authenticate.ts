import { timingSafeEqual } from "node:crypto";

import { type FastifyReply, type FastifyRequest } from "fastify";

import { type VendorContext } from "../kit/vendor";
import { type HerokuAccount, type HerokuAuthorization, type HerokuScope, type HerokuState } from "./entities";
import { HerokuError, rateLimited, scopeForbidden, unauthorized } from "./errors";

export interface Caller {
  account: HerokuAccount;
  authorization: HerokuAuthorization;
}

/**
 * What a route asks of the caller's token. `read` and `write` leave out config vars, their `-protected` kinds
 * have them (https://devcenter.heroku.com/articles/oauth#scopes). That a `write` kind may read as well, and
 * that only `global` reaches authorizations, is probable; so is which scopes each single route takes.
 */
const scopesFor = {
  anything: ["global", "identity", "read", "write", "read-protected", "write-protected"],
  account: ["global", "identity"],
  authorizations: ["global"],
  readApps: ["global", "read", "write", "read-protected", "write-protected"],
  writeApps: ["global", "write", "write-protected"],
  readConfig: ["global", "read-protected", "write-protected"],
  writeConfig: ["global", "write-protected"],
} as const satisfies Record<string, readonly HerokuScope[]>;

export type Permission = keyof typeof scopesFor;

/**
 * Wraps a route: Accept header, credentials, rate limit and scope, in this order (the order is probable), then
 * the route itself. A token is looked up at each call, so a revoked one fails at once.
 */
export function guarded(
  { store, now }: VendorContext<HerokuState>,
  permission: Permission,
  handle: (caller: Caller, request: FastifyRequest, reply: FastifyReply) => unknown,
): (request: FastifyRequest, reply: FastifyReply) => Promise<void> {
  return async (request, reply) => {
    requireVersion3(request);
    const caller = authenticate(store.state, request, now());
    // `GET /account/rate-limits` is free: https://devcenter.heroku.com/articles/platform-api-reference#rate-limits
    const cost = request.routeOptions.url === "/account/rate-limits" ? 0 : 1;
    const remaining = takeTokens(store.state, caller.account, cost, now());
    void reply.header("ratelimit-remaining", String(Math.max(remaining, 0)));
    if (remaining < 0) throw rateLimited();
    const allowed: readonly HerokuScope[] = scopesFor[permission];
    if (!caller.authorization.scope.some((scope) => allowed.includes(scope))) throw scopeForbidden();
    await reply.send(handle(caller, request, reply));
  };
}

/** Variants as `version=3.sdk` are taken: the CLI sends them for most of its calls. */
function requireVersion3(request: FastifyRequest): void {
  const accepted = (request.headers.accept ?? "").split(",").map((type) => type.trim());
  if (accepted.some((type) => /^application\/vnd\.heroku\+json; ?version=3(\.[\w-]+)?$/.test(type))) return;
  // Without the header the legacy API would answer; no client of ours may rely on that.
  throw new HerokuError(406, "not_acceptable", "Please specify a version with the `Accept` header.");
}

function authenticate(state: HerokuState, request: FastifyRequest, now: Date): Caller {
  const { token, user } = credentials(request.headers.authorization);
  const authorization = state.authorizations.find((candidate) => equal(candidate.access_token.token, token));
  if (authorization === undefined) throw unauthorized();
  const { expires_at } = authorization.access_token;
  if (expires_at !== null && new Date(expires_at) <= now) throw unauthorized();
  const account = state.accounts.find((candidate) => candidate.id === authorization.account_id);
  // A netrc file has the e-mail address as user: https://devcenter.heroku.com/articles/authentication
  if (account === undefined || (user !== "" && user !== account.email)) throw unauthorized();
  return { account, authorization };
}

function credentials(header = ""): { user: string; token: string } {
  const [scheme = "", value = ""] = header.split(" ");
  if (/^bearer$/i.test(scheme) && value !== "") return { user: "", token: value };
  if (/^basic$/i.test(scheme)) {
    const decoded = Buffer.from(value, "base64").toString("utf8");
    const colon = decoded.indexOf(":");
    if (colon >= 0) return { user: decoded.slice(0, colon), token: decoded.slice(colon + 1) };
  }
  throw unauthorized();
}

/**
 * Tokens left in the account's bucket after this call, or -1 where there was none. It refills steadily. Not
 * saved by itself: a read is no change of the database.
 */
function takeTokens(state: HerokuState, account: HerokuAccount, cost: number, now: Date): number {
  const { capacity, refill_per_minute } = state.rate_limit;
  const { tokens, at } = account.bucket ?? { tokens: capacity, at: now.toISOString() };
  const minutes = Math.max(0, now.getTime() - new Date(at).getTime()) / 60_000;
  const filled = Math.min(capacity, tokens + minutes * refill_per_minute);
  const left = filled < cost ? filled : filled - cost;
  account.bucket = { tokens: left, at: now.toISOString() };
  return filled < cost ? -1 : Math.floor(left);
}

function equal(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
