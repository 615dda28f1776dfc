import {
  type AccessToken,
  type AdditionalPrivilege,
  type Identity,
  type InfisicalState,
  type Membership,
  type TokenAuth,
} from "./records";

export function authMethodsOf({ universalAuth, tokenAuth }: Identity): string[] {
  return [...(universalAuth ? ["universal-auth"] : []), ...(tokenAuth ? ["token-auth"] : [])];
}

/** As creation, change and deletion answer it. */
export function identityView(state: InfisicalState, identity: Identity): Record<string, unknown> {
  const { id, name, metadata, createdAt, updatedAt } = identity;
  const shared = { hasDeleteProtection: false, projectId: null, orgId: state.orgId };
  return { id, name, ...shared, authMethods: authMethodsOf(identity), metadata, createdAt, updatedAt };
}

/** As lists and reads answer it: a membership of the organization, whose own id is not the identity's. */
export function orgMembershipView(state: InfisicalState, identity: Identity): Record<string, unknown> {
  const { id, name, orgRole, createdAt, updatedAt } = identity;
  return {
    id: `membership-of-${id}`,
    role: orgRole,
    roleId: null,
    orgId: state.orgId,
    identityId: id,
    createdAt,
    updatedAt,
    identity: { id, name, authMethods: authMethodsOf(identity) },
  };
}

export function projectMembershipView(
  state: InfisicalState,
  membership: Membership,
): Record<string, unknown> {
  const { id, identityId, projectId, createdAt, updatedAt } = membership;
  const identity = state.identities.find((entry) => entry.id === identityId);
  const project = state.projects.find((entry) => entry.id === projectId);
  return {
    id,
    identityId,
    createdAt,
    updatedAt,
    roles: [roleView(membership)],
    identity: identity && { id: identityId, name: identity.name, authMethods: authMethodsOf(identity) },
    project: project && { id: project.id, name: project.name },
  };
}

export function roleView({ id, role }: Membership): Record<string, unknown> {
  return {
    id: `role-of-${id}`,
    role,
    customRoleId: null,
    customRoleName: null,
    customRoleSlug: null,
    isTemporary: false,
  };
}

export function privilegeView(
  { identityId, projectId }: Membership,
  { id, slug, permissions, createdAt, updatedAt }: AdditionalPrivilege,
): Record<string, unknown> {
  const rules = permissions.map((rule) => ({ inverted: false, ...rule }));
  return { id, slug, identityId, projectId, isTemporary: false, permissions: rules, createdAt, updatedAt };
}

export function tokenAuthView(
  state: InfisicalState,
  identity: Identity,
  tokenAuth: TokenAuth,
): Record<string, unknown> {
  return {
    id: tokenAuth.id,
    identityId: identity.id,
    orgId: state.orgId,
    accessTokenTTL: tokenAuth.accessTokenTtlSeconds,
    accessTokenMaxTTL: tokenAuth.accessTokenMaxTtlSeconds,
    accessTokenNumUsesLimit: tokenAuth.accessTokenNumUsesLimit,
    accessTokenTrustedIps: tokenAuth.trustedIps.map((ipAddress) => ({ ipAddress })),
    createdAt: tokenAuth.createdAt,
    updatedAt: tokenAuth.updatedAt,
  };
}

/** Everything about a token but the token. */
export function tokenDataView(token: AccessToken): Record<string, unknown> {
  return {
    id: token.id,
    name: token.name,
    identityId: token.identityId,
    identityUAClientSecretId: null,
    authMethod: token.authMethod,
    accessTokenTTL: token.ttlSeconds,
    accessTokenMaxTTL: token.maxTtlSeconds,
    accessTokenNumUses: token.numUses,
    accessTokenNumUsesLimit: token.numUsesLimit,
    accessTokenLastUsedAt: token.lastUsedAt,
    accessTokenLastRenewedAt: token.lastRenewedAt,
    isAccessTokenRevoked: token.revoked,
    createdAt: token.createdAt,
    updatedAt: token.updatedAt,
  };
}
