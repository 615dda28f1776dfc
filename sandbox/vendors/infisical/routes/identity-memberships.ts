import { type FastifyInstance } from "fastify";
import { z } from "zod";

import { type VendorContext } from "../../kit/vendor";
import { badRequest, notFound } from "../errors";
import { assertProjectBoundary, assertProjectIdentities } from "../identity-permissions";
import { addMembership } from "../identity-seeding";
import { projectMembershipView, roleView } from "../identity-views";
import { type InfisicalState, type Membership, type Role } from "../records";

/** One permanent stock role: temporary ones are not emulated, and a custom one is not found. */
const role = z.string().trim();
const roles = z.array(z.strictObject({ role, isTemporary: z.literal(false).default(false) })).length(1);
const createBody = z.strictObject({ role: role.default("no-access"), roles: roles.optional() });
const updateBody = z.strictObject({ roles });

interface MembershipParams {
  projectId: string;
  identityId: string;
}

/** Memberships of identities in a project, under the address of today or an older one. */
export function registerIdentityMembershipRoutes(
  app: FastifyInstance,
  { store, now }: VendorContext<InfisicalState>,
  path:
    | "/api/v1/projects/:projectId/memberships/identities"
    | "/api/v2/workspace/:projectId/identity-memberships",
): void {
  const { state } = store;

  app.get<{ Params: MembershipParams }>(path, (request) => {
    const { projectId } = request.params;
    assertProjectIdentities(state, request, projectId, "read");
    const all = state.memberships.filter((one) => one.projectId === projectId);
    const identityMemberships = all.map((one) => projectMembershipView(state, one));
    return { identityMemberships, totalCount: all.length };
  });

  app.get<{ Params: MembershipParams }>(`${path}/:identityId`, (request) => {
    assertProjectIdentities(state, request, request.params.projectId, "read");
    const membership = find(request.params);
    if (membership === undefined) {
      throw notFound(
        `Project membership for identity with ID '${request.params.identityId}' in project with ID '${request.params.projectId}' not found`,
      );
    }
    return { identityMembership: projectMembershipView(state, membership) };
  });

  app.post<{ Params: MembershipParams }>(`${path}/:identityId`, (request) => {
    const body = createBody.parse(request.body);
    const { projectId, identityId } = request.params;
    const caller = assertProjectIdentities(state, request, projectId, "create");
    if (!state.identities.some((one) => one.id === identityId)) {
      throw badRequest(`Identity ${identityId} is missing organization membership`);
    }
    const wanted = stockRole(body.roles?.[0]?.role ?? body.role);
    const failure = "Failed to create identity project membership";
    if (wanted !== "no-access") {
      assertProjectBoundary(state, caller, { role: wanted, action: "assign-role", failure });
    }
    if (find(request.params) !== undefined) {
      // The status is probable [M].
      throw badRequest(`Identity with ID ${identityId} already exists in project with ID ${projectId}`);
    }
    const membership = addMembership(state, identityId, { projectId, role: wanted }, now());
    store.save();
    return { identityMembership: projectMembershipView(state, membership) };
  });

  app.patch<{ Params: MembershipParams }>(`${path}/:identityId`, (request) => {
    const body = updateBody.parse(request.body);
    const caller = assertProjectIdentities(state, request, request.params.projectId, "edit");
    const wanted = stockRole(body.roles[0]?.role ?? "no-access");
    const failure = "Failed to update identity project membership";
    if (wanted !== "no-access") {
      assertProjectBoundary(state, caller, { role: wanted, action: "assign-role", failure });
    }
    const membership = existing(request.params);
    membership.role = wanted;
    membership.updatedAt = now().toISOString();
    store.save();
    return { roles: [{ ...roleView(membership), projectMembershipId: membership.id }] };
  });

  app.delete<{ Params: MembershipParams }>(`${path}/:identityId`, (request) => {
    const caller = assertProjectIdentities(state, request, request.params.projectId, "delete");
    const membership = existing(request.params);
    if (membership === caller) throw badRequest("You can't delete your own membership");
    state.memberships = state.memberships.filter((one) => one !== membership);
    store.save();
    return { identityMembership: projectMembershipView(state, membership) };
  });

  function find({ projectId, identityId }: MembershipParams): Membership | undefined {
    return state.memberships.find((one) => one.projectId === projectId && one.identityId === identityId);
  }

  function existing(params: MembershipParams): Membership {
    const membership = find(params);
    if (membership === undefined) throw badRequest("Identity doesn't have membership");
    return membership;
  }
}

function stockRole(slug: string): Role {
  const stock: Role[] = ["admin", "member", "viewer", "no-access"];
  const found = stock.find((one) => one === slug);
  if (found === undefined) throw notFound("One or more custom roles not found");
  return found;
}
