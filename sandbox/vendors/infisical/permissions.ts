import { type FastifyRequest } from "fastify";

import { identityOf } from "./authenticate";
import { InfisicalError, notFound, permissionDenied } from "./errors";
import { globOf } from "./glob";
import { normalPath, type Condition, type InfisicalState, type Membership, type Permission } from "./records";

export type SecretAction = "describeSecret" | "readValue" | "create" | "edit" | "delete";
export type FolderAction = "create" | "edit" | "delete";
export type TagAction = "read" | "create" | "edit" | "delete";

/** Where a secret or folder stands, as the permission rules see it. */
export interface Place {
  environment: string;
  path: string;
}

/**
 * The identity's membership in a project. That the project exists is told to members and strangers alike
 * (404 against 403); the wording of the 403 is probable [M].
 */
export function membershipOf(state: InfisicalState, request: FastifyRequest, projectId: string): Membership {
  if (!state.projects.some((project) => project.id === projectId)) {
    throw notFound(`Project with ID '${projectId}' not found`);
  }
  const identityId = identityOf(request);
  const membership = state.memberships.find(
    (entry) => entry.projectId === projectId && entry.identityId === identityId,
  );
  if (membership === undefined) {
    throw new InfisicalError(403, "Forbidden", "Identity is not a member of the specified project");
  }
  return membership;
}

export function maySecret(membership: Membership, action: SecretAction, at: Place): boolean {
  return (
    (roleHas(membership, action) && covers(membership, at)) ||
    permissionsOf(membership).some((permission) => permits(permission, action, at))
  );
}

export function assertSecret(membership: Membership, action: SecretAction, at: Place): void {
  if (!maySecret(membership, action, at)) throw permissionDenied(action, "secrets", membership);
}

/** Whether the identity has the action anywhere at all: what a list is checked for before it is filtered. */
export function assertSecretSomewhere(membership: Membership, action: SecretAction): void {
  const somewhere =
    roleHas(membership, action) || permissionsOf(membership).some((rule) => rule.action.includes(action));
  if (!somewhere) throw permissionDenied(action, "secrets", membership);
}

/** `at.path` is the parent's: a role limited to `/a` may not make `/a` itself. */
export function assertFolder(membership: Membership, action: FolderAction, at: Place): void {
  if (!isWriter(membership) || !covers(membership, at)) {
    throw permissionDenied(action, "secret-folders", membership);
  }
}

export function assertTag(membership: Membership, action: TagAction): void {
  const allowed = action === "read" ? membership.role !== "no-access" : isWriter(membership);
  if (!allowed) throw permissionDenied(action, "tags", membership);
}

function roleHas(membership: Membership, action: SecretAction): boolean {
  if (action === "readValue") return membership.role !== "no-access" && membership.readValue;
  if (action === "describeSecret") return membership.role !== "no-access";
  return isWriter(membership);
}

function permissionsOf(membership: Membership): Permission[] {
  return membership.privileges.flatMap(({ permissions }) => permissions);
}

function permits({ action: actions, conditions = {} }: Permission, action: SecretAction, at: Place): boolean {
  return (
    actions.includes(action) &&
    holds(conditions.environment, at.environment) &&
    holds(conditions.secretPath, normalPath(at.path))
  );
}

function holds(condition: Condition | undefined, value: string): boolean {
  if (condition === undefined) return true;
  if (typeof condition === "string") return condition === value;
  const { $eq, $ne, $in, $glob } = condition;
  return (
    ($eq === undefined || $eq === value) &&
    ($ne === undefined || $ne !== value) &&
    ($in === undefined || $in.includes(value)) &&
    ($glob === undefined || globOf($glob).test(value))
  );
}

function isWriter(membership: Membership): boolean {
  return membership.role === "admin" || membership.role === "member";
}

function covers(membership: Membership, at: Place): boolean {
  if (membership.environments !== null && !membership.environments.includes(at.environment)) return false;
  const path = normalPath(at.path);
  return membership.pathPrefixes.some(
    (prefix) => prefix === "/" || path === prefix || path.startsWith(`${prefix}/`),
  );
}
