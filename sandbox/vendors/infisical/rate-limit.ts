import { type FastifyInstance } from "fastify";

import { type VendorContext } from "../kit/vendor";
import { envelope } from "./errors";
import { type InfisicalState } from "./records";

const windowMs = 60_000;

/** Counts calls per address in windows of a minute that start at the address's first call. Off where the limit is null. */
export function registerRateLimit(app: FastifyInstance, { store, now }: VendorContext<InfisicalState>): void {
  const windows = new Map<string, { startedAt: number; calls: number }>();

  app.addHook("onRequest", async (request, reply) => {
    const limit = store.state.rateLimitPerMinute;
    if (limit === null) return;
    const time = now().getTime();
    const last = windows.get(request.ip);
    const current =
      last === undefined || time - last.startedAt >= windowMs ? { startedAt: time, calls: 0 } : last;
    current.calls += 1;
    windows.set(request.ip, current);
    const seconds = Math.ceil((current.startedAt + windowMs - time) / 1000);
    // The header names are fastify-rate-limit's [M].
    reply.header("x-ratelimit-limit", String(limit));
    reply.header("x-ratelimit-remaining", String(Math.max(0, limit - current.calls)));
    reply.header("x-ratelimit-reset", String(seconds));
    if (current.calls <= limit) return;
    const message = `Rate limit exceeded. Please try again in ${seconds} seconds`;
    return reply.code(429).header("retry-after", String(seconds)).send(envelope(429, message));
  });
}
