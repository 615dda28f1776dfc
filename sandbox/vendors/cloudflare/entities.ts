import { permissionGroups } from "./permission-groups";
import {
  type CloudflareAccount,
  type CloudflareState,
  type CloudflareUser,
  type CloudflareZone,
} from "./records";

export function emptyCloudflare(): CloudflareState {
  return {
    users: [],
    accounts: [],
    zones: [],
    tokens: [],
    service_tokens: [],
    permission_groups: permissionGroups.map((group) => ({ ...group, scopes: [...group.scopes] })),
    // https://developers.cloudflare.com/fundamentals/api/reference/limits/
    rate_limit: { per_five_minutes: 1200, per_second_and_address: 200 },
    usage: {},
    quotas: {
      user_tokens: 50,
      account_tokens: 500,
      // https://developers.cloudflare.com/cloudflare-one/account-limits/; probable.
      service_tokens: 50,
      refusal: { status: 400, code: 1001, message: "Maximum number of tokens reached" },
    },
    variants: {
      unknown_token_status: 401,
      unknown_token_elsewhere: 9109,
      inactive_on_verify: "status",
      user_token_limit: "user",
      account_token_limit: "everything",
      propagation_ms: 0,
      expired_listed_days: 30,
      identical_record_code: 81058,
    },
    name_server: { mode: "answering" },
  };
}

export function accountById(state: CloudflareState, id: string): CloudflareAccount | undefined {
  return state.accounts.find((account) => account.id === id);
}

export function zoneById(state: CloudflareState, id: string): CloudflareZone | undefined {
  return state.zones.find((zone) => zone.id === id);
}

export function userById(state: CloudflareState, id: string): CloudflareUser | undefined {
  return state.users.find((user) => user.id === id);
}

/** Tokens and service tokens have times with no fraction of a second. */
export function timestamp(now: Date): string {
  return now.toISOString().replace(/\.\d+Z$/, "Z");
}

/** DNS records have microseconds. */
export function preciseTimestamp(now: Date): string {
  return now.toISOString().replace(/Z$/, "000Z");
}
