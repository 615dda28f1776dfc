import { isIP, isIPv6 } from "node:net";

import { z } from "zod";

import { statusOf } from "./authenticate";
import { timestamp } from "./entities";
import { failure, tokenRefused } from "./errors";
import { type ApiToken, type CloudflareState } from "./records";
import { grantPolicies } from "./token-policies";
import { hash, newId, newValue, valuePrefixes } from "./values";

const maxNameLength = 120;

/** RFC 3339; answers have whole seconds in UTC. */
const time = z.iso.datetime({ offset: true }).transform((text) => timestamp(new Date(text)));

const range = z.string().refine((text) => {
  const [address = "", bits, ...rest] = text.split("/");
  if (isIP(address) === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (isIPv6(address) ? 128 : 32));
});

const policy = z.strictObject({
  id: z.string().optional(),
  effect: z.enum(["allow", "deny"]),
  permission_groups: z
    .array(
      z.strictObject({
        id: z.string(),
        // What a read has beside the id may be sent back.
        name: z.string().optional(),
        meta: z.record(z.string(), z.string()).optional(),
      }),
    )
    .min(1),
  resources: z
    .record(z.string(), z.union([z.string(), z.record(z.string(), z.string())]))
    .refine((resources) => Object.keys(resources).length > 0),
});

/** That a name has at most 120 characters is probable. */
export const createSchema = z.strictObject({
  name: z.string().trim().min(1).max(maxNameLength),
  policies: z.array(policy).min(1),
  condition: z
    .strictObject({
      request_ip: z
        .strictObject({ in: z.array(range).optional(), not_in: z.array(range).optional() })
        .optional(),
    })
    .optional(),
  expires_on: time.optional(),
  not_before: time.optional(),
});

/** The client's types allow `expired` too; that a caller cannot set what the clock says is probable. */
export const replaceSchema = createSchema.extend({ status: z.enum(["active", "disabled"]).optional() });

export interface Change {
  caller: ApiToken;
  now: Date;
}

/** Makes a token; its value is returned here and never again. Names need not be unique. */
export function createToken(
  state: CloudflareState,
  owner: ApiToken["owner"],
  body: z.output<typeof createSchema>,
  { caller, now }: Change,
): { token: ApiToken; value: string } {
  requireTimes(body, now);
  const policies = grantPolicies(state, body.policies, { caller, owner, former: [], now });
  requireQuota(state, owner);
  const { propagation_ms } = state.variants;
  const value = newValue(valuePrefixes[owner.kind]);
  const token: ApiToken = {
    id: newId(),
    owner,
    name: body.name,
    value_hash: hash(value),
    status: "active",
    policies,
    before: propagation_ms === 0 ? null : { policies: null, until: later(now, propagation_ms) },
    condition: body.condition ?? null,
    issued_on: timestamp(now),
    modified_on: timestamp(now),
    last_used_on: null,
    expires_on: body.expires_on ?? null,
    not_before: body.not_before ?? null,
  };
  state.tokens.push(token);
  return { token, value };
}

/**
 * Puts all that the body says in place of all there was, but the value: what the body leaves out is gone, scopes
 * and expiry above all. That a body without a status enables a disabled token again is probable.
 */
export function replaceToken(
  state: CloudflareState,
  token: ApiToken,
  body: z.output<typeof replaceSchema>,
  { caller, now }: Change,
): void {
  requireAlive(token, now);
  requireTimes(body, now);
  const { owner, policies: former } = token;
  const policies = grantPolicies(state, body.policies, { caller, owner, former, now });
  const { propagation_ms } = state.variants;
  if (propagation_ms > 0) token.before = { policies: former, until: later(now, propagation_ms) };
  Object.assign(token, {
    name: body.name,
    policies,
    condition: body.condition ?? null,
    expires_on: body.expires_on ?? null,
    not_before: body.not_before ?? null,
    status: body.status ?? "active",
    modified_on: timestamp(now),
  });
}

/**
 * Gives a token a new value. The old one fails from the next call on, and there is no overlap:
 * https://developers.cloudflare.com/fundamentals/api/how-to/roll-token/
 */
export function rollToken(token: ApiToken, now: Date): string {
  requireAlive(token, now);
  const value = newValue(valuePrefixes[token.owner.kind]);
  token.value_hash = hash(value);
  token.modified_on = timestamp(now);
  return value;
}

export function sameOwner(left: ApiToken["owner"], right: ApiToken["owner"]): boolean {
  return left.kind === "user"
    ? right.kind === "user" && left.user_id === right.user_id
    : right.kind === "account" && left.account_id === right.account_id;
}

/** As every answer has it: without the value. Times that are not set are left out. */
export function tokenView(state: CloudflareState, token: ApiToken, now: Date): object {
  const { id, owner, name, condition, issued_on, modified_on, last_used_on, expires_on, not_before } = token;
  return {
    id,
    name,
    status: statusOf(token, now),
    issued_on,
    modified_on,
    ...(last_used_on !== null && { last_used_on }),
    ...(expires_on !== null && { expires_on }),
    ...(not_before !== null && { not_before }),
    policies: token.policies.map(({ permission_groups, ...rest }) => ({
      ...rest,
      permission_groups: permission_groups.map((group) => ({
        id: group,
        name: state.permission_groups.find((one) => one.id === group)?.name,
      })),
    })),
    ...(condition !== null && { condition }),
    ...(owner.kind === "account" && { creator_email_at_creation: owner.creator_email }),
  };
}

/** That a token which is expired, or revoked as exposed, can only be deleted is probable. */
function requireAlive(token: ApiToken, now: Date): void {
  const status = statusOf(token, now);
  if (status === "active" || status === "disabled") return;
  throw tokenRefused(`A token that is ${status} cannot be changed`);
}

/** That both are refused is probable. */
function requireTimes(
  { expires_on, not_before }: { expires_on?: string | undefined; not_before?: string | undefined },
  now: Date,
): void {
  if (expires_on === undefined) return;
  if (new Date(expires_on) <= now) throw tokenRefused("expires_on must be in the future");
  if (not_before !== undefined && not_before >= expires_on) {
    throw tokenRefused("not_before must be before expires_on");
  }
}

/** Every token that was not deleted counts; that an expired one does is probable. */
function requireQuota({ tokens, quotas }: CloudflareState, owner: ApiToken["owner"]): void {
  const count = tokens.filter((token) => sameOwner(token.owner, owner)).length;
  const quota = owner.kind === "user" ? quotas.user_tokens : quotas.account_tokens;
  if (count < quota) return;
  const { status, code, message } = quotas.refusal;
  throw failure(status, code, message);
}

function later(now: Date, ms: number): string {
  return new Date(now.getTime() + ms).toISOString();
}
