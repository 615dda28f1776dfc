/** Cloudflare's database. Field names are the API's own where the API has them. Secrets are hashes: none can be shown again. */
export interface CloudflareState {
  users: CloudflareUser[];
  accounts: CloudflareAccount[];
  zones: CloudflareZone[];
  /** Of users and of accounts, oldest first. */
  tokens: ApiToken[];
  service_tokens: AccessServiceToken[];
  permission_groups: PermissionGroup[];
  rate_limit: {
    /** Calls of one user with all its tokens, or of one account token, in a window of five minutes. */
    per_five_minutes: number;
    per_second_and_address: number;
  };
  /** By `user:<id>`, `token:<id>` (account tokens) and `address:<ip>`. */
  usage: Record<string, Usage>;
  quotas: {
    /** Of one user. */
    user_tokens: number;
    /** Of one account. */
    account_tokens: number;
    /** Of one account. */
    service_tokens: number;
    /** What a full quota is answered with: no documentation says it. */
    refusal: { status: number; code: number; message: string };
  };
  variants: Variants;
  /** How the name servers of the zones behave; set by `PUT /_sandbox/name-server`. */
  name_server: { mode: "answering" | "servfail" | "silent" };
}

/** What Cloudflare does not document, or has done in two ways. The defaults are the stricter or the newer. */
export interface Variants {
  /** HTTP status of 1000 `Invalid API Token`. */
  unknown_token_status: 400 | 401;
  /**
   * What a dead token gets elsewhere than on verify: 403 9109 `Invalid access token`, which looks like a missing
   * permission, or 401 10000 `Authentication error`.
   */
  unknown_token_elsewhere: 9109 | 10000;
  /** Verify with a disabled or expired token: 200 with its status, so that `success` says nothing, or 1000. */
  inactive_on_verify: "status" | "refused";
  /**
   * Whose rights are the upper limit of a new user token: those of the user, as documented and as seen in use, or
   * those of the token that makes it as well.
   */
  user_token_limit: "user" | "calling-token";
  /**
   * What an account token that makes another must hold itself: everything it grants, or, as was seen in July
   * 2026, only what it grants on single zones.
   */
  account_token_limit: "everything" | "single-zones";
  /** How long after a token was made, or its policies were changed, the edge still has the state before. */
  propagation_ms: number;
  /** For how many days a list with `include_expired` has an expired token. */
  expired_listed_days: number;
  /** The code for a record that is there already: the newer and the older one. */
  identical_record_code: 81057 | 81058;
}

export interface Usage {
  window_started_at: number;
  used: number;
  /** Epoch in milliseconds: until then every call is refused. */
  blocked_until: number;
}

export interface CloudflareUser {
  id: string;
  email: string;
  first_name: string | null;
  last_name: string | null;
  memberships: { account_id: string; role: AccountRole }[];
  created_on: string;
}

/**
 * Roles of https://developers.cloudflare.com/fundamentals/manage-members/roles/, of which a token of the user can
 * have no more than: all; all but billing; what only reads.
 */
export type AccountRole = "super-administrator" | "administrator" | "administrator-read-only";

export interface CloudflareAccount {
  id: string;
  name: string;
  type: "standard" | "enterprise";
  /** False: the Access routes answer 403, with every permission. */
  access_enabled: boolean;
  created_on: string;
}

export interface CloudflareZone {
  id: string;
  account_id: string;
  name: string;
  plan: "free" | "pro" | "business" | "enterprise";
  status: "initializing" | "pending" | "active" | "moved";
  name_servers: string[];
  records: DnsRecord[];
  created_on: string;
}

export const permissionScopes = [
  "com.cloudflare.api.account",
  "com.cloudflare.api.account.zone",
  "com.cloudflare.api.user",
  "com.cloudflare.edge.r2.bucket",
] as const;

export type PermissionScope = (typeof permissionScopes)[number];

export interface PermissionGroup {
  id: string;
  /** Not unique: two groups of one name differ in their scope. */
  name: string;
  scopes: PermissionScope[];
}

export type PolicyResources = Record<string, string | Record<string, string>>;

export interface TokenPolicy {
  id: string;
  effect: "allow" | "deny";
  /** Ids. */
  permission_groups: string[];
  resources: PolicyResources;
}

export interface TokenCondition {
  request_ip?: { in?: string[] | undefined; not_in?: string[] | undefined } | undefined;
}

export interface ApiToken {
  id: string;
  owner: { kind: "user"; user_id: string } | { kind: "account"; account_id: string; creator_email: string };
  name: string;
  value_hash: string;
  /** `expired` is what the clock says, and nothing that is kept. */
  status: "active" | "disabled" | "revoked (exposed)";
  policies: TokenPolicy[];
  /** What the edge goes by until then: the policies before a change, or null where it does not know the token yet. */
  before: { policies: TokenPolicy[] | null; until: string } | null;
  condition: TokenCondition | null;
  issued_on: string;
  modified_on: string;
  last_used_on: string | null;
  expires_on: string | null;
  not_before: string | null;
}

export interface AccessServiceToken {
  /** UUID. */
  id: string;
  account_id: string;
  name: string;
  /** `<32 hex>.access` */
  client_id: string;
  client_secret_hash: string;
  client_secret_version: number;
  previous_client_secret: { hash: string; expires_at: string } | null;
  /** Go's text for it, or `forever`. */
  duration: string;
  enabled: boolean;
  /** Null: never. */
  expires_at: string | null;
  created_at: string;
  updated_at: string;
}

export const recordTypes = ["A", "AAAA", "CNAME", "MX", "NS", "TXT"] as const;

export type DnsRecordType = (typeof recordTypes)[number];

export interface DnsRecord {
  id: string;
  name: string;
  type: DnsRecordType;
  content: string;
  proxied: boolean;
  /** Seconds; 1 is automatic. */
  ttl: number;
  /** Of MX only. */
  priority: number | null;
  comment: string | null;
  comment_modified_on: string | null;
  tags: string[];
  tags_modified_on: string | null;
  settings: Record<string, boolean>;
  created_on: string;
  modified_on: string;
}
