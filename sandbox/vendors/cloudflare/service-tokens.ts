import { randomUUID } from "node:crypto";

import { z } from "zod";

import { timestamp } from "./entities";
import { failure } from "./errors";
import { type AccessServiceToken, type CloudflareState } from "./records";
import { hash, newId, newValue, valuePrefixes } from "./values";

const yearMs = 8760 * 3_600_000;
const unitMs = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

const duration = z
  .string()
  .refine((text) => text === "forever" || durationMs(text) > 0, { message: "not a duration" });

const endOfPrevious = z.iso.datetime({ offset: true }).transform((text) => timestamp(new Date(text)));

export const updateSchema = z.strictObject({
  name: z.string().trim().min(1).max(255).optional(),
  duration: duration.optional(),
  enabled: z.boolean().optional(),
  client_secret_version: z.int().min(1).optional(),
  previous_client_secret_expires_at: endOfPrevious.optional(),
});

export const createSchema = updateSchema.required({ name: true });

export const rotateSchema = z.strictObject({ previous_client_secret_expires_at: endOfPrevious.optional() });

/**
 * The enabled, unexpired token to which a client id and a secret belong, or undefined: what the edge asks before
 * an application that Access protects. Until its end the previous secret is as good as the current one.
 */
export function verifyServiceToken(
  state: CloudflareState,
  clientId: string,
  clientSecret: string,
  now: Date,
): AccessServiceToken | undefined {
  const token = state.service_tokens.find(({ client_id }) => client_id === clientId);
  if (token?.enabled !== true || isPast(token.expires_at, now)) return undefined;
  const { previous_client_secret: previous, client_secret_hash } = token;
  const hashed = hash(clientSecret);
  if (hashed === client_secret_hash) return token;
  return previous !== null && previous.hash === hashed && !isPast(previous.expires_at, now)
    ? token
    : undefined;
}

export function newServiceToken(
  accountId: string,
  body: z.output<typeof createSchema>,
  now: Date,
): { token: AccessServiceToken; clientSecret: string } {
  const clientSecret = newValue(valuePrefixes.serviceToken);
  const time = timestamp(now);
  const lifetime = body.duration ?? "8760h";
  const token: AccessServiceToken = {
    id: randomUUID(),
    account_id: accountId,
    name: body.name,
    client_id: `${newId()}.access`,
    client_secret_hash: hash(clientSecret),
    client_secret_version: body.client_secret_version ?? 1,
    previous_client_secret: null,
    duration: lifetime,
    enabled: body.enabled ?? true,
    expires_at: endOf(lifetime, now),
    created_at: time,
    updated_at: time,
  };
  return { token, clientSecret };
}

/**
 * Changes what the body names. A higher version rotates the secret, and the new one is returned: no later read
 * would show it. Without an end for the previous secret, that one dies at once. Only another duration moves the
 * expiry; a rotation does not. That a lower version is refused is probable.
 */
export function updateServiceToken(
  token: AccessServiceToken,
  body: z.output<typeof updateSchema>,
  now: Date,
): string | undefined {
  const {
    name,
    duration: lifetime,
    enabled,
    client_secret_version,
    previous_client_secret_expires_at,
  } = body;
  const version = client_secret_version ?? token.client_secret_version;
  if (version < token.client_secret_version) {
    throw invalidServiceToken("client_secret_version must not decrease");
  }
  const rotated = version > token.client_secret_version;
  token.name = name ?? token.name;
  token.enabled = enabled ?? token.enabled;
  if (lifetime !== undefined && lifetime !== token.duration) {
    token.duration = lifetime;
    token.expires_at = endOf(lifetime, now);
  }
  if (!rotated) moveEndOfPrevious(token, previous_client_secret_expires_at, now);
  token.updated_at = timestamp(now);
  return rotated ? rotateServiceToken(token, { previous_client_secret_expires_at }, now, version) : undefined;
}

/** Gives a token a new secret. Of older ones only the last lives on, until the end that is given. */
export function rotateServiceToken(
  token: AccessServiceToken,
  body: z.output<typeof rotateSchema>,
  now: Date,
  version = token.client_secret_version + 1,
): string {
  const clientSecret = newValue(valuePrefixes.serviceToken);
  const end = body.previous_client_secret_expires_at ?? timestamp(now);
  token.previous_client_secret = isPast(end, now)
    ? null
    : { hash: token.client_secret_hash, expires_at: end };
  token.client_secret_hash = hash(clientSecret);
  token.client_secret_version = version;
  token.updated_at = timestamp(now);
  return clientSecret;
}

/** One more year from now, whatever the duration: the vendor's own text for it. What never expires stays so. */
export function refreshServiceToken(token: AccessServiceToken, now: Date): void {
  if (token.expires_at !== null) token.expires_at = timestamp(new Date(now.getTime() + yearMs));
  token.updated_at = timestamp(now);
}

/** Without a secret. What never expires has no `expires_at`. */
export function serviceTokenView(token: AccessServiceToken): object {
  const { id, name, client_id, duration: lifetime, enabled, expires_at, created_at, updated_at } = token;
  return {
    id,
    name,
    client_id,
    duration: lifetime,
    enabled,
    ...(expires_at !== null && { expires_at }),
    created_at,
    updated_at,
  };
}

/** The code of Access for what it does not take. */
export function invalidServiceToken(problem: string): Error {
  return failure(400, 12130, `access.api.error.invalid_request: ${problem}`);
}

/** That a secret whose end has passed cannot be brought back is probable. */
function moveEndOfPrevious(token: AccessServiceToken, end: string | undefined, now: Date): void {
  const previous = token.previous_client_secret;
  if (previous === null || end === undefined) return;
  const gone = isPast(previous.expires_at, now) || isPast(end, now);
  token.previous_client_secret = gone ? null : { ...previous, expires_at: end };
}

function endOf(lifetime: string, now: Date): string | null {
  return lifetime === "forever" ? null : timestamp(new Date(now.getTime() + durationMs(lifetime)));
}

/** Go's text for a duration, e.g. `2h45m`; 0 for what is none. */
function durationMs(text: string): number {
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/.test(text)) return 0;
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g);
  return [...parts].reduce(
    (sum, [, count, unit]) => sum + Number(count) * unitMs[unit as keyof typeof unitMs],
    0,
  );
}

function isPast(time: string | null, now: Date): boolean {
  return time !== null && new Date(time) <= now;
}
