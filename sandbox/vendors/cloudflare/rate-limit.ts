import { type FastifyReply } from "fastify";

import { CloudflareError } from "./errors";
import { type CloudflareState, type Usage } from "./records";

const fiveMinutesMs = 300_000;
const secondMs = 1000;

export interface Limit {
  key: string;
  quota: number;
  windowMs: number;
}

/** All calls from one address, with whatever credentials. */
export function addressLimit(state: CloudflareState, address: string): Limit {
  return {
    key: `address:${address}`,
    quota: state.rate_limit.per_second_and_address,
    windowMs: secondMs,
  };
}

/** `user:<id>`, which all tokens of the user share, or `token:<id>` of an account token. */
export function callerLimit(state: CloudflareState, key: string): Limit {
  return { key, quota: state.rate_limit.per_five_minutes, windowMs: fiveMinutesMs };
}

/**
 * Counts a call and sets the headers, or throws 429: https://developers.cloudflare.com/fundamentals/api/reference/limits/
 * Whoever goes over the limit of five minutes is blocked for the next five. Not saved by itself: a read is no
 * change of the database.
 */
export function countCall(state: CloudflareState, limit: Limit, now: Date, reply: FastifyReply): void {
  const time = now.getTime();
  const usage = (state.usage[limit.key] ??= { window_started_at: time, used: 0, blocked_until: 0 });
  if (time >= usage.window_started_at + limit.windowMs) {
    usage.window_started_at = time;
    usage.used = 0;
  }
  if (time >= usage.blocked_until) {
    usage.used += 1;
    if (usage.used > limit.quota) usage.blocked_until = time + limit.windowMs;
  }
  limitHeaders(reply, limit, usage, time);
  if (time >= usage.blocked_until) return;
  const seconds = String(Math.ceil((usage.blocked_until - time) / 1000));
  throw new CloudflareError(
    429,
    // 971 is in many reports; older ones have 10100 and 10429.
    [{ code: 971, message: "Please wait and consider throttling your request speed" }],
    { "retry-after": seconds },
  );
}

function limitHeaders(reply: FastifyReply, limit: Limit, usage: Usage, time: number): void {
  const reset = Math.max(usage.window_started_at + limit.windowMs, usage.blocked_until) - time;
  const remaining = Math.max(0, limit.quota - usage.used);
  void reply.header("ratelimit", `"default";r=${remaining};t=${Math.ceil(reset / 1000)}`);
  void reply.header("ratelimit-policy", `"burst";q=${limit.quota};w=${limit.windowMs / 1000}`);
}
