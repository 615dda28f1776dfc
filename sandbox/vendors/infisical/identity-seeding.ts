import { randomBytes, randomUUID } from "node:crypto";

import { signAccessToken } from "./access-token";
import {
  hash,
  normalPath,
  type AccessToken,
  type AdditionalPrivilege,
  type Identity,
  type InfisicalState,
  type Membership,
  type OrgRole,
  type Permission,
  type Role,
  type TokenAuth,
} from "./records";

/* Identities and their credentials, as a world or a route puts them into the vault. None of these saves the store. */

const month = 30 * 24 * 3600;

export interface IdentityArgs {
  name: string;
  /** @default "no-access" */
  orgRole?: OrgRole;
  metadata?: { key: string; value: string }[];
  memberships?: MembershipArgs[];
}

/** A machine identity that has no way to log in yet. */
export function createIdentity(state: InfisicalState, args: IdentityArgs, now = new Date()): Identity {
  const time = now.toISOString();
  const identity: Identity = {
    id: randomUUID(),
    name: args.name,
    orgRole: args.orgRole ?? "no-access",
    metadata: (args.metadata ?? []).map((pair) => ({ id: randomUUID(), ...pair })),
    universalAuth: null,
    tokenAuth: null,
    createdAt: time,
    updatedAt: time,
  };
  state.identities.push(identity);
  for (const membership of args.memberships ?? []) addMembership(state, identity.id, membership);
  return identity;
}

/** A machine identity. The client secret is returned here and never again. */
export function createUniversalAuthIdentity(
  state: InfisicalState,
  args: IdentityArgs & {
    /** @default 2592000 */
    accessTokenTtlSeconds?: number;
    /** @default 2592000 */
    accessTokenMaxTtlSeconds?: number;
    /** @default 0, no limit */
    accessTokenNumUsesLimit?: number;
  },
): { identityId: string; clientId: string; clientSecret: string } {
  const clientSecret = randomBytes(32).toString("hex");
  const identity = createIdentity(state, args);
  const clientId = randomUUID();
  identity.universalAuth = {
    id: randomUUID(),
    clientId,
    accessTokenTtlSeconds: args.accessTokenTtlSeconds ?? month,
    accessTokenMaxTtlSeconds: args.accessTokenMaxTtlSeconds ?? month,
    accessTokenNumUsesLimit: args.accessTokenNumUsesLimit ?? 0,
    lockout: { threshold: 3, resetSeconds: 30, durationSeconds: 300 },
    failures: [],
    lockedUntil: null,
    clientSecrets: [
      {
        id: randomUUID(),
        description: "",
        prefix: clientSecret.slice(0, 4),
        hash: hash(clientSecret),
        revoked: false,
        ttlSeconds: 0,
        numUses: 0,
        numUsesLimit: 0,
        createdAt: new Date().toISOString(),
      },
    ],
  };
  return { identityId: identity.id, clientId, clientSecret };
}

/** Lets tokens be minted for the identity. */
export function attachTokenAuth(
  identity: Identity,
  args: Partial<Omit<TokenAuth, "id" | "createdAt" | "updatedAt">> = {},
  now = new Date(),
): TokenAuth {
  const time = now.toISOString();
  const tokenAuth: TokenAuth = {
    id: randomUUID(),
    accessTokenTtlSeconds: month,
    accessTokenMaxTtlSeconds: month,
    accessTokenNumUsesLimit: 0,
    trustedIps: ["0.0.0.0/0", "::/0"],
    createdAt: time,
    updatedAt: time,
    ...args,
  };
  identity.tokenAuth = tokenAuth;
  return tokenAuth;
}

/** A token of an identity that has Token Auth. The bearer is returned here and never again. */
export function createTokenAuthToken(
  state: InfisicalState,
  identity: Identity,
  name: string | null,
  now = new Date(),
): { token: AccessToken; bearer: string } {
  const { tokenAuth } = identity;
  if (tokenAuth === null) throw new Error(`identity ${identity.id} has no Token Auth`);
  const time = now.toISOString();
  const token: AccessToken = {
    id: randomUUID(),
    identityId: identity.id,
    authMethod: "token-auth",
    clientSecretId: null,
    name,
    ttlSeconds: tokenAuth.accessTokenTtlSeconds,
    maxTtlSeconds: tokenAuth.accessTokenMaxTtlSeconds,
    numUses: 0,
    numUsesLimit: tokenAuth.accessTokenNumUsesLimit,
    lastUsedAt: null,
    createdAt: time,
    updatedAt: time,
    lastRenewedAt: null,
    revoked: false,
  };
  state.accessTokens.push(token);
  return { token, bearer: signAccessToken(token, state.signingKey, now) };
}

export interface MembershipArgs {
  projectId: string;
  role: Role;
  /** @default everything */
  pathPrefixes?: string[];
  /** Slugs. @default all */
  environments?: string[];
  /** @default true */
  readValue?: boolean;
}

/** Gives an identity its role in a project, in place of the role it had there. */
export function addMembership(
  state: InfisicalState,
  identityId: string,
  args: MembershipArgs,
  now = new Date(),
): Membership {
  state.memberships = state.memberships.filter(
    (entry) => entry.identityId !== identityId || entry.projectId !== args.projectId,
  );
  const time = now.toISOString();
  const membership: Membership = {
    id: randomUUID(),
    projectId: args.projectId,
    identityId,
    role: args.role,
    pathPrefixes: (args.pathPrefixes ?? ["/"]).map(normalPath),
    environments: args.environments ?? null,
    readValue: args.readValue ?? true,
    privileges: [],
    createdAt: time,
    updatedAt: time,
  };
  state.memberships.push(membership);
  return membership;
}

/** Rights on top of a membership's role. */
export function addPrivilege(
  membership: Membership,
  args: { slug: string; permissions: Permission[] },
  now = new Date(),
): AdditionalPrivilege {
  const time = now.toISOString();
  const privilege = { id: randomUUID(), ...args, createdAt: time, updatedAt: time };
  membership.privileges.push(privilege);
  return privilege;
}
