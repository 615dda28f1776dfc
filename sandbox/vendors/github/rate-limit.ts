import { type FastifyReply } from "fastify";

import { GitHubError } from "./errors";
import { type GitHubState, type GitHubUsage, type GitHubUser } from "./records";

const hourMs = 3_600_000;
const minuteMs = 60_000;

/** How an hour's window stands for a user, or for all callers without credentials. */
export function coreLimit(
  state: GitHubState,
  user: GitHubUser | undefined,
  now: Date,
): { limit: number; remaining: number; reset: number; used: number } {
  const usage = usageOf(state, user, now);
  const limit = user === undefined ? state.rate_limit.anonymous_per_hour : state.rate_limit.per_hour;
  return {
    limit,
    remaining: Math.max(0, limit - usage.used),
    reset: Math.ceil((usage.hour_started_at + hourMs) / 1000),
    used: usage.used,
  };
}

export function limitHeaders(reply: FastifyReply, core: ReturnType<typeof coreLimit>): void {
  for (const [name, value] of Object.entries(core)) void reply.header(`x-ratelimit-${name}`, String(value));
  void reply.header("x-ratelimit-resource", "core");
}

/**
 * Counts a call and sets the headers, or throws 403 (429 is allowed as well, and never sent here). The window
 * of an hour begins with its first call. That a refused call counts against neither limit is probable. Not
 * saved by itself: a read is no change of the database.
 */
export function countCall(
  state: GitHubState,
  user: GitHubUser | undefined,
  call: { method: string; now: Date; reply: FastifyReply },
): void {
  const before = coreLimit(state, user, call.now);
  if (before.remaining === 0) {
    limitHeaders(call.reply, before);
    const whose = user === undefined ? "this address" : `user ID ${user.id}`;
    throw new GitHubError(403, `API rate limit exceeded for ${whose}.`);
  }
  const usage = usageOf(state, user, call.now);
  const time = call.now.getTime();
  usage.writes = usage.writes.filter((at) => at > time - minuteMs);
  const write = !["GET", "HEAD"].includes(call.method);
  const [oldest] = usage.writes;
  if (write && usage.writes.length >= state.rate_limit.writes_per_minute) {
    limitHeaders(call.reply, before);
    const seconds = oldest === undefined ? 60 : Math.ceil((oldest + minuteMs - time) / 1000);
    void call.reply.header("retry-after", String(Math.max(1, seconds)));
    throw new GitHubError(403, "You have exceeded a secondary rate limit. Please wait and try again.");
  }
  usage.used += 1;
  if (write) usage.writes.push(time);
  limitHeaders(call.reply, coreLimit(state, user, call.now));
}

function usageOf(state: GitHubState, user: GitHubUser | undefined, now: Date): GitHubUsage {
  const usage = user?.usage ?? state.anonymous_usage;
  if (now.getTime() >= usage.hour_started_at + hourMs) {
    usage.hour_started_at = now.getTime();
    usage.used = 0;
  }
  return usage;
}
