/** Role in the organization, which decides over identities; one in a project decides over its secrets. */
export type OrgRole = "admin" | "member" | "no-access";

/** A machine identity of the organization. Names are not unique. */
export interface Identity {
  id: string;
  name: string;
  orgRole: OrgRole;
  metadata: { id: string; key: string; value: string }[];
  /** Null where this way to log in is not configured. */
  universalAuth: UniversalAuth | null;
  tokenAuth: TokenAuth | null;
  createdAt: string;
  updatedAt: string;
}

export interface UniversalAuth {
  id: string;
  clientId: string;
  /** Seconds; 0 never expires. */
  accessTokenTtlSeconds: number;
  /** Seconds from the login after which no renewal helps; 0 is no ceiling. */
  accessTokenMaxTtlSeconds: number;
  /** 0 is no limit. */
  accessTokenNumUsesLimit: number;
  lockout: { threshold: number; resetSeconds: number; durationSeconds: number };
  /** Times of the failures that still count, ISO 8601. */
  failures: string[];
  lockedUntil: string | null;
  clientSecrets: ClientSecret[];
}

/** Tokens are minted for the identity instead of a login; how long they live is said here, not per token. */
export interface TokenAuth {
  id: string;
  /** Seconds; 0 never expires. What is minted keeps the lifetime that it was minted with. */
  accessTokenTtlSeconds: number;
  accessTokenMaxTtlSeconds: number;
  /** 0 is no limit. */
  accessTokenNumUsesLimit: number;
  /** Kept and shown; callers are not checked against it. */
  trustedIps: string[];
  createdAt: string;
  updatedAt: string;
}

export interface ClientSecret {
  id: string;
  description: string;
  /** First four characters: all the vendor shows again. */
  prefix: string;
  hash: string;
  revoked: boolean;
  /** Seconds; 0 never expires. */
  ttlSeconds: number;
  numUses: number;
  /** 0 is no limit. */
  numUsesLimit: number;
  createdAt: string;
}

/** What a bearer token stands for, from a login or from Token Auth. The token itself is signed, not kept. */
export interface AccessToken {
  id: string;
  identityId: string;
  authMethod: "universal-auth" | "token-auth";
  /** Null for a token of Token Auth. */
  clientSecretId: string | null;
  /** Only tokens of Token Auth have one. Not unique. */
  name: string | null;
  ttlSeconds: number;
  maxTtlSeconds: number;
  /** Counted for tokens of Token Auth, and where there is a limit. */
  numUses: number;
  numUsesLimit: number;
  lastUsedAt: string | null;
  createdAt: string;
  updatedAt: string;
  lastRenewedAt: string | null;
  revoked: boolean;
}

export type Role = "admin" | "member" | "viewer" | "no-access";

/** What one identity may do in one project. */
export interface Membership {
  id: string;
  projectId: string;
  identityId: string;
  role: Role;
  /** Secrets and folders below these only, `/` being everything. */
  pathPrefixes: string[];
  /** Environments by slug; null is all. */
  environments: string[] | null;
  /** Where false, values read `<hidden-by-infisical>`. */
  readValue: boolean;
  /** On top of the role; they go with the membership. */
  privileges: AdditionalPrivilege[];
  createdAt: string;
  updatedAt: string;
}

export interface AdditionalPrivilege {
  id: string;
  slug: string;
  permissions: Permission[];
  createdAt: string;
  updatedAt: string;
}

export const permissionActions = ["describeSecret", "readValue", "create", "edit", "delete"] as const;

/** One rule: these actions on secrets, where every condition holds. */
export interface Permission {
  subject: "secrets";
  action: (typeof permissionActions)[number][];
  conditions?: { environment?: Condition | undefined; secretPath?: Condition | undefined } | undefined;
}

/** A text is the same as `$eq`. */
export type Condition =
  | string
  | {
      $eq?: string | undefined;
      $ne?: string | undefined;
      $in?: string[] | undefined;
      $glob?: string | undefined;
    };
