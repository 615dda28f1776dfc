import { type FastifyInstance } from "fastify";
import { randomBytes } from "node:crypto";
import { z } from "zod";

import { type VendorContext } from "../../kit/vendor";
import { badRequest, notFound } from "../errors";
import { assertProjectBoundary, assertProjectIdentities } from "../identity-permissions";
import { addPrivilege } from "../identity-seeding";
import { privilegeView } from "../identity-views";
import {
  permissionActions,
  type AdditionalPrivilege,
  type InfisicalState,
  type Membership,
  type Permission,
} from "../records";

const slug = z
  .string()
  .trim()
  .min(1)
  .max(60)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "Must be a valid slug");
const text = z.string().trim().min(1);

/** Texts are trimmed, one text is as good as a list of one. What is not about secrets is not emulated: 422. */
const permission = z.strictObject({
  subject: z.literal("secrets"),
  action: z
    .union([z.enum(permissionActions), z.array(z.enum(permissionActions)).min(1)])
    .transform((action) => (typeof action === "string" ? [action] : action)),
  inverted: z.literal(false).optional(),
  conditions: z
    .strictObject({ environment: condition().optional(), secretPath: condition().optional() })
    .optional(),
});
const type = z.strictObject({ isTemporary: z.literal(false) });

const createBody = z.strictObject({
  identityId: z.string().min(1),
  projectId: z.string().min(1),
  slug: slug.optional(),
  permissions: z.array(permission),
  type,
});
const updateBody = z.strictObject({ slug, permissions: z.array(permission).optional(), type });
const listQuery = z.strictObject({ identityId: z.string().min(1), projectId: z.string().min(1) });

interface PrivilegeParams {
  id: string;
}

/** Rights of one identity in one project on top of its role; unlike custom roles they need no licence. */
export function registerIdentityPrivilegeRoutes(
  app: FastifyInstance,
  { store, now }: VendorContext<InfisicalState>,
): void {
  const { state } = store;
  const path = "/api/v2/identity-project-additional-privilege";

  app.post(path, (request) => {
    const { identityId, projectId, permissions, ...rest } = createBody.parse(request.body);
    assertMayAssign(assertProjectIdentities(state, request, projectId, "edit"), "create");
    const membership = membershipIn(projectId, identityId);
    const wanted = rest.slug ?? randomBytes(4).toString("hex");
    if (membership.privileges.some((one) => one.slug === wanted)) {
      throw badRequest(`Additional privilege with name ${wanted} exists`);
    }
    const args = { slug: wanted, permissions: permissions.map(withoutInverted) };
    const privilege = addPrivilege(membership, args, now());
    store.save();
    return { privilege: privilegeView(membership, privilege) };
  });

  app.patch<{ Params: PrivilegeParams }>(`${path}/:id`, (request) => {
    const changes = updateBody.parse(request.body);
    const { membership, privilege } = find(request.params.id);
    assertMayAssign(assertProjectIdentities(state, request, membership.projectId, "edit"), "update");
    privilege.slug = changes.slug;
    privilege.permissions = changes.permissions?.map(withoutInverted) ?? privilege.permissions;
    privilege.updatedAt = now().toISOString();
    store.save();
    return { privilege: privilegeView(membership, privilege) };
  });

  app.delete<{ Params: PrivilegeParams }>(`${path}/:id`, (request) => {
    const { membership, privilege } = find(request.params.id);
    assertMayAssign(assertProjectIdentities(state, request, membership.projectId, "edit"), "delete");
    membership.privileges = membership.privileges.filter((one) => one !== privilege);
    store.save();
    return { privilege: privilegeView(membership, privilege) };
  });

  app.get<{ Params: PrivilegeParams }>(`${path}/:id`, (request) => {
    const { membership, privilege } = find(request.params.id);
    assertProjectIdentities(state, request, membership.projectId, "read");
    return { privilege: privilegeView(membership, privilege) };
  });

  /** The list leaves out what each of them permits. */
  app.get(path, (request) => {
    const { identityId, projectId } = listQuery.parse(request.query);
    assertProjectIdentities(state, request, projectId, "read");
    const membership = membershipIn(projectId, identityId);
    const privileges = membership.privileges.map((one) => ({
      ...privilegeView(membership, one),
      permissions: undefined,
    }));
    return { privileges };
  });

  function assertMayAssign(caller: Membership, verb: string): void {
    const failure = `Failed to ${verb} additional privilege`;
    assertProjectBoundary(state, caller, { action: "assign-additional-privileges", failure });
  }

  function membershipIn(projectId: string, identityId: string): Membership {
    const membership = state.memberships.find(
      (one) => one.projectId === projectId && one.identityId === identityId,
    );
    if (membership === undefined) throw badRequest("Actor doesn't have membership");
    return membership;
  }

  function find(id: string): { membership: Membership; privilege: AdditionalPrivilege } {
    for (const membership of state.memberships) {
      const privilege = membership.privileges.find((one) => one.id === id);
      if (privilege !== undefined) return { membership, privilege };
    }
    throw notFound(`Additional privilege with id ${id} doesn't exist`);
  }
}

function condition() {
  return z.union([
    text,
    z.strictObject({
      $eq: text.optional(),
      $ne: text.optional(),
      $in: z.array(text).optional(),
      $glob: text.optional(),
    }),
  ]);
}

function withoutInverted({ subject, action, conditions }: z.output<typeof permission>): Permission {
  return { subject, action, conditions };
}
