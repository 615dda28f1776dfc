import { isIPv6, BlockList } from "node:net";

import { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";

import { type VendorContext } from "../kit/vendor";
import { timestamp } from "./entities";
import { type CloudflareError, failure, invalidToken, malformedHeader } from "./errors";
import { addressLimit, callerLimit, countCall } from "./rate-limit";
import { type ApiToken, type CloudflareState } from "./records";
import { hash, isTokenShaped } from "./values";

export type TokenStatus = ApiToken["status"] | "expired";

export interface Call {
  token: ApiToken;
  request: FastifyRequest;
  reply: FastifyReply;
}

export interface Route {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below `/client/v4`. */
  url: string;
}

/** Serves a route to whoever has a live token. A token is looked up at each call, so a revoked one fails at once. */
export function onRoute(
  app: FastifyInstance,
  context: VendorContext<CloudflareState>,
  route: Route,
  handle: (call: Call) => unknown,
): void {
  serve(app, context, route, (found, request, reply) => {
    const { state } = context.store;
    if (found instanceof Error) throw found;
    if (found.token === undefined || found.status !== "active") throw deadToken(state);
    requireAddress(found.token, request);
    return handle({ token: found.token, request, reply });
  });
}

/**
 * Serves a verify route: the one that tells a dead token (1000) from what looks like a missing permission, and no
 * header from a bad one. `owned` says whether this route is for tokens of this owner: for others they are unknown.
 */
export function onVerify(
  app: FastifyInstance,
  context: VendorContext<CloudflareState>,
  url: string,
  owned: (token: ApiToken, request: FastifyRequest) => boolean,
  handle: (token: ApiToken, status: TokenStatus) => unknown,
): void {
  const { state } = context.store;
  serve(app, context, { method: "GET", url }, (found, request) => {
    if (request.headers.authorization === undefined) {
      throw failure(400, 1001, 'Missing "Authorization" header');
    }
    if (found instanceof Error) throw found;
    const { token, status } = found;
    const shown = status === "active" || state.variants.inactive_on_verify === "status";
    if (token === undefined || !shown || !owned(token, request)) {
      throw invalidToken(state.variants.unknown_token_status);
    }
    requireAddress(token, request);
    return handle(token, status);
  });
}

/** What the clock makes of a token. */
export function statusOf(token: ApiToken, now: Date): TokenStatus {
  return token.expires_on !== null && new Date(token.expires_on) <= now ? "expired" : token.status;
}

type Found = { token: ApiToken; status: TokenStatus } | { token: undefined; status: undefined };

function serve(
  app: FastifyInstance,
  { store, now }: VendorContext<CloudflareState>,
  route: Route,
  handle: (found: Found | CloudflareError, request: FastifyRequest, reply: FastifyReply) => unknown,
): void {
  app.route({
    ...route,
    handler: async (request, reply) => {
      const { state } = store;
      countCall(state, addressLimit(state, request.ip), now(), reply);
      const found = find(state, request, now());
      if (!(found instanceof Error) && found.token !== undefined) {
        countCall(state, callerLimit(state, limitKey(found.token)), now(), reply);
        if (markUsed(found.token, now())) store.save();
      }
      await reply.send(await handle(found, request, reply));
    },
  });
}

function find(state: CloudflareState, request: FastifyRequest, now: Date): Found | CloudflareError {
  const none = { token: undefined, status: undefined };
  const { authorization } = request.headers;
  if (authorization === undefined) return withoutToken(request);
  const [, value] = /^Bearer (\S+)$/i.exec(authorization) ?? [];
  if (value === undefined || !isTokenShaped(value)) return malformedHeader(6111, "Authorization");
  const hashed = hash(value);
  const token = state.tokens.find(({ value_hash }) => value_hash === hashed);
  if (token === undefined) return none;
  const notYet = [token.not_before, token.before?.policies === null ? token.before.until : null];
  if (notYet.some((time) => time !== null && now < new Date(time))) return none;
  return { token, status: statusOf(token, now) };
}

/** Global API keys are not emulated: none is known. */
function withoutToken({ headers }: FastifyRequest): CloudflareError {
  const key = headers["x-auth-key"];
  if (key === undefined) {
    return failure(400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers");
  }
  if (typeof key === "string" && /^(?:[0-9a-f]{37}|cfk_[A-Za-z0-9]{40}[0-9a-f]{8})$/.test(key)) {
    return failure(403, 9103, "Unknown X-Auth-Key or X-Auth-Email");
  }
  return malformedHeader(6103, "X-Auth-Key");
}

/** Unknown, deleted, rolled, disabled, expired or not valid yet: they all look the same. */
function deadToken({ variants }: CloudflareState): CloudflareError {
  return variants.unknown_token_elsewhere === 9109
    ? failure(403, 9109, "Invalid access token")
    : failure(401, 10000, "Authentication error");
}

function limitKey({ owner, id }: ApiToken): string {
  return owner.kind === "user" ? `user:${owner.user_id}` : `token:${id}`;
}

/** Whether that changed anything. That a call which is then refused counts as a use is probable. */
function markUsed(token: ApiToken, now: Date): boolean {
  const time = timestamp(now);
  const changed = token.last_used_on !== time;
  token.last_used_on = time;
  return changed;
}

/** The text is the one that users of the address filter report. */
function requireAddress({ condition }: ApiToken, { ip }: FastifyRequest): void {
  const { in: allowed, not_in: refused } = condition?.request_ip ?? {};
  if ((allowed === undefined || isIn(allowed, ip)) && !isIn(refused ?? [], ip)) return;
  throw failure(403, 9109, `Cannot use the access token from location: ${ip}`);
}

function isIn(ranges: string[], ip: string): boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = "", bits] = range.split("/");
    const family = isIPv6(address) ? "ipv6" : "ipv4";
    list.addSubnet(address, bits === undefined ? (family === "ipv6" ? 128 : 32) : Number(bits), family);
  }
  return list.check(ip, isIPv6(ip) ? "ipv6" : "ipv4");
}
