import { type FastifyRequest } from "fastify";

import { identityOf } from "./authenticate";
import { boundary, InfisicalError, notAllowed, notFound } from "./errors";
import { membershipOf } from "./permissions";
import { type Identity, type InfisicalState, type Membership, type OrgRole, type Role } from "./records";

export type IdentityAction = "read" | "create" | "edit" | "delete";

/** What the boundary asks for where an organization grants such actions one by one. */
export type BoundaryAction =
  "grant-privileges" | "create-token" | "revoke-auth" | "assign-role" | "assign-additional-privileges";

export function findIdentity(state: InfisicalState, id: string): Identity {
  const identity = state.identities.find((entry) => entry.id === id);
  if (identity === undefined) throw notFound(`Failed to find identity with ID ${id}`);
  return identity;
}

/** The organization's roles `admin` and `member` may manage identities, each within its boundary. */
export function assertOrganization(
  state: InfisicalState,
  request: FastifyRequest,
  action: IdentityAction,
  orgId = state.orgId,
): void {
  // The wording is probable [M].
  if (orgId !== state.orgId)
    throw new InfisicalError(403, "Forbidden", "You are not a member of this organization");
  if (callerOf(state, request).orgRole === "no-access") throw notAllowed(action, "identity");
}

/** Refuses to act on, or to grant, rights in the organization that the caller may not hand out. */
export function assertOrgBoundary(
  state: InfisicalState,
  request: FastifyRequest,
  wanted: { role: OrgRole; action: BoundaryAction; failure: string },
): void {
  const { orgRole } = callerOf(state, request);
  const has = ranks[orgRole] >= ranks[wanted.role];
  assertWithin(state, { ...wanted, isAdmin: orgRole === "admin", has });
}

/**
 * The caller's membership of the project, once it may do this to identities there: `admin` and `member` may all,
 * `viewer` may read.
 */
export function assertProjectIdentities(
  state: InfisicalState,
  request: FastifyRequest,
  projectId: string,
  action: IdentityAction,
): Membership {
  const membership = membershipOf(state, request, projectId);
  const allowed =
    action === "read" ? membership.role !== "no-access" : ranks[membership.role] >= ranks.member;
  if (!allowed) throw notAllowed(action, "identity");
  return membership;
}

/** The same as {@link assertOrgBoundary} in a project. Without a role, it is about rights that only an admin has. */
export function assertProjectBoundary(
  state: InfisicalState,
  caller: Membership,
  wanted: { role?: Role; action: BoundaryAction; failure: string },
): void {
  const has = ranks[caller.role] >= ranks[wanted.role ?? "admin"];
  assertWithin(state, { ...wanted, isAdmin: caller.role === "admin", has });
}

function assertWithin(
  state: InfisicalState,
  asked: { isAdmin: boolean; has: boolean; action: BoundaryAction; failure: string },
): void {
  if (asked.isAdmin) return;
  const compared = state.variants.privileges === "compared";
  if (compared && asked.has) return;
  const why = compared
    ? "Actor privilege level is not high enough to perform this action"
    : `Permission denied: ${asked.action} on identity. Check that the actor's role grants this permission and that all permission conditions are met.`;
  throw boundary(`${asked.failure}. ${why}`, asked.action, "identity");
}

function callerOf(state: InfisicalState, request: FastifyRequest): Identity {
  return findIdentity(state, identityOf(request));
}

const ranks: Record<OrgRole | Role, number> = { "no-access": 0, viewer: 1, member: 2, admin: 3 };
