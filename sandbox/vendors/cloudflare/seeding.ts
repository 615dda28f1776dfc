import { newRecord, requireRoom, type WantedRecord } from "./dns-records";
import { timestamp } from "./entities";
import {
  type AccessServiceToken,
  type AccountRole,
  type ApiToken,
  type CloudflareAccount,
  type CloudflareState,
  type CloudflareUser,
  type CloudflareZone,
  type DnsRecord,
  type PermissionScope,
  type PolicyResources,
  type TokenCondition,
} from "./records";
import { newServiceToken } from "./service-tokens";
import { hash, newId, newLegacySecret, newLegacyValue, newValue, valuePrefixes } from "./values";

/*
 * What a world puts into Cloudflare before it starts. None of these saves the store, and none asks whether anybody
 * may do it. Values of tokens are returned here and are nowhere else.
 */

export function createAccount(
  state: CloudflareState,
  args: {
    name: string;
    id?: string;
    /** @default "standard" */
    type?: CloudflareAccount["type"];
    /** @default true */
    accessEnabled?: boolean;
    now?: Date;
  },
): CloudflareAccount {
  const account: CloudflareAccount = {
    id: args.id ?? newId(),
    name: args.name,
    type: args.type ?? "standard",
    access_enabled: args.accessEnabled ?? true,
    created_on: timestamp(args.now ?? new Date()),
  };
  state.accounts.push(account);
  return account;
}

export function createZone(
  state: CloudflareState,
  args: {
    account: CloudflareAccount;
    name: string;
    id?: string;
    /** @default "free" */
    plan?: CloudflareZone["plan"];
    /** @default "active" */
    status?: CloudflareZone["status"];
    now?: Date;
  },
): CloudflareZone {
  const zone: CloudflareZone = {
    id: args.id ?? newId(),
    account_id: args.account.id,
    name: args.name,
    plan: args.plan ?? "free",
    status: args.status ?? "active",
    name_servers: ["ada.ns.cloudflare.com", "bob.ns.cloudflare.com"],
    records: [],
    created_on: timestamp(args.now ?? new Date()),
  };
  state.zones.push(zone);
  return zone;
}

export function createUser(
  state: CloudflareState,
  args: {
    email: string;
    /** @default none */
    memberships?: { account: CloudflareAccount; role: AccountRole }[];
    now?: Date;
  },
): CloudflareUser {
  const user: CloudflareUser = {
    id: newId(),
    email: args.email,
    first_name: null,
    last_name: null,
    memberships: (args.memberships ?? []).map(({ account, role }) => ({ account_id: account.id, role })),
    created_on: timestamp(args.now ?? new Date()),
  };
  state.users.push(user);
  return user;
}

/** A policy with the names of its groups; the scope is that of the resources. */
export interface SeededPolicy {
  /** @default "allow" */
  effect?: "allow" | "deny";
  groups: string[];
  scope: PermissionScope;
  resources: PolicyResources;
}

interface SeededToken {
  name: string;
  policies: SeededPolicy[];
  /** Forty characters with no prefix, as before 2026. @default false */
  legacyValue?: boolean;
  /** @default "active" */
  status?: ApiToken["status"];
  /** @default never */
  expiresOn?: Date;
  /** @default at once */
  notBefore?: Date;
  condition?: TokenCondition;
  now?: Date;
}

export function createUserToken(
  state: CloudflareState,
  args: SeededToken & { user: CloudflareUser },
): { token: ApiToken; value: string } {
  return addToken(state, { kind: "user", user_id: args.user.id }, args);
}

export function createAccountToken(
  state: CloudflareState,
  args: SeededToken & { account: CloudflareAccount; creator: CloudflareUser },
): { token: ApiToken; value: string } {
  const owner = { kind: "account", account_id: args.account.id, creator_email: args.creator.email } as const;
  return addToken(state, owner, args);
}

/** An Access service token, e.g. from before this program. */
export function createServiceToken(
  state: CloudflareState,
  args: {
    account: CloudflareAccount;
    name: string;
    /** @default "8760h" */
    duration?: string;
    /** @default true */
    enabled?: boolean;
    /** Sixty-four hexadecimal characters, as before August 2026. @default false */
    legacySecret?: boolean;
    now?: Date;
  },
): { token: AccessServiceToken; clientSecret: string } {
  const { account, name, duration, enabled } = args;
  const body = { name, duration, enabled };
  const made = newServiceToken(account.id, body, args.now ?? new Date());
  state.service_tokens.push(made.token);
  if (args.legacySecret !== true) return made;
  const clientSecret = newLegacySecret();
  made.token.client_secret_hash = hash(clientSecret);
  return { token: made.token, clientSecret };
}

/** A record, by the rules that the API has for it. */
export function createDnsRecord(
  state: CloudflareState,
  zone: CloudflareZone,
  wanted: Omit<WantedRecord, "ttl"> & { ttl?: number },
  now = new Date(),
): DnsRecord {
  const record = newRecord(zone, { ttl: 1, ...wanted }, now);
  requireRoom(state, zone, record);
  zone.records.push(record);
  return record;
}

/** What Cloudflare does with a value that GitHub's secret scanning finds in a public repository. */
export function revokeExposed(token: ApiToken): void {
  token.status = "revoked (exposed)";
}

function addToken(
  state: CloudflareState,
  owner: ApiToken["owner"],
  args: SeededToken,
): { token: ApiToken; value: string } {
  const value = args.legacyValue === true ? newLegacyValue() : newValue(valuePrefixes[owner.kind]);
  const time = timestamp(args.now ?? new Date());
  const token: ApiToken = {
    id: newId(),
    owner,
    name: args.name,
    value_hash: hash(value),
    status: args.status ?? "active",
    policies: args.policies.map(({ effect, groups, scope, resources }) => ({
      id: newId(),
      effect: effect ?? "allow",
      permission_groups: groups.map((name) => groupNamed(state, name, scope)),
      resources,
    })),
    before: null,
    condition: args.condition ?? null,
    issued_on: time,
    modified_on: time,
    last_used_on: null,
    expires_on: args.expiresOn === undefined ? null : timestamp(args.expiresOn),
    not_before: args.notBefore === undefined ? null : timestamp(args.notBefore),
  };
  state.tokens.push(token);
  return { token, value };
}

function groupNamed(state: CloudflareState, name: string, scope: PermissionScope): string {
  const group = state.permission_groups.find((one) => one.name === name && one.scopes.includes(scope));
  if (group === undefined) throw new Error(`there is no permission group ${name} of ${scope}`);
  return group.id;
}
