import { randomUUID } from "node:crypto";

import { type FastifyInstance } from "fastify";
import { z } from "zod";

import { type VendorContext } from "../../kit/vendor";
import { badRequest } from "../errors";
import { assertOrganization, assertOrgBoundary, findIdentity } from "../identity-permissions";
import { createIdentity } from "../identity-seeding";
import { identityView, orgMembershipView } from "../identity-views";
import { type Identity, type InfisicalState } from "../records";

/*
 * Identities of the organization. Where the vendor drops a field that it does not know, these refuse it: what is
 * dropped in silence is a slip of the caller. Custom roles, which need a licence, do not exist here.
 */

const name = z.string().trim();
const role = z.enum(["admin", "member", "no-access"]);
const metadata = z.array(z.strictObject({ key: z.string().trim().min(1), value: z.string().trim().min(1) }));
const createBody = z.strictObject({
  name,
  organizationId: z.string().trim(),
  role: role.default("no-access"),
  metadata: metadata.optional(),
});
const updateBody = z.strictObject({
  name: name.optional(),
  role: role.optional(),
  metadata: metadata.optional(),
});
const listQuery = z.strictObject({ orgId: z.string() });

/** What a search may look for: a name with a colon, say, can't be searched. */
const searched = z
  .string()
  .max(255)
  .regex(
    /^[A-Za-z0-9 _-]*$/,
    "Name can only contain alphanumeric characters, spaces, underscores and hyphens",
  );
const filter = z.union([
  searched,
  z.strictObject({
    $eq: searched.optional(),
    $contains: searched.optional(),
    $in: z.array(searched).optional(),
  }),
]);
const searchBody = z.strictObject({
  orderBy: z.enum(["name", "role"]).optional(),
  orderDirection: z.enum(["asc", "desc"]).default("asc"),
  limit: z.number().max(100).default(50),
  offset: z.number().default(0),
  search: z.strictObject({ name: filter.optional(), role: filter.optional() }),
});

interface IdentityParams {
  identityId: string;
}

export function registerIdentityRoutes(
  app: FastifyInstance,
  { store, now }: VendorContext<InfisicalState>,
): void {
  const { state } = store;
  const path = "/api/v1/identities";

  app.post(path, (request) => {
    const { organizationId, role: orgRole, ...rest } = createBody.parse(request.body);
    assertOrganization(state, request, "create", organizationId);
    const failure = "Failed to create identity";
    if (orgRole !== "no-access") {
      assertOrgBoundary(state, request, { role: orgRole, action: "grant-privileges", failure });
    }
    if (state.identityLimit !== null && state.identities.length >= state.identityLimit) {
      throw badRequest(`${failure} due to identity limit reached. Upgrade plan to create more identities.`);
    }
    const args = { name: rest.name, orgRole, metadata: rest.metadata ?? [] };
    const identity = createIdentity(state, args, now());
    store.save();
    return { identity: identityView(state, identity) };
  });

  app.get(path, (request) => {
    const { orgId } = listQuery.parse(request.query);
    assertOrganization(state, request, "read", orgId);
    return page(state.identities);
  });

  app.post(`${path}/search`, (request) => {
    const { search, orderDirection, offset, limit } = searchBody.parse(request.body);
    assertOrganization(state, request, "read");
    const found = state.identities
      .filter((one) => matches(search.name, one.name) && matches(search.role, one.orgRole))
      .sort((a, b) => a.name.localeCompare(b.name) * (orderDirection === "asc" ? 1 : -1));
    return page(found.slice(offset, offset + limit), found.length);
  });

  app.get<{ Params: IdentityParams }>(`${path}/:identityId`, (request) => {
    const identity = findIdentity(state, request.params.identityId);
    assertOrganization(state, request, "read");
    return { identity: { ...orgMembershipView(state, identity), metadata: identity.metadata } };
  });

  app.patch<{ Params: IdentityParams }>(`${path}/:identityId`, (request) => {
    const changes = updateBody.parse(request.body);
    const identity = findIdentity(state, request.params.identityId);
    assertOrganization(state, request, "edit");
    const failure = "Failed to update identity";
    if (changes.role !== undefined) {
      assertOrgBoundary(state, request, { role: changes.role, action: "grant-privileges", failure });
      identity.orgRole = changes.role;
    }
    identity.name = changes.name ?? identity.name;
    // What is sent replaces what was there.
    if (changes.metadata !== undefined) {
      identity.metadata = changes.metadata.map((pair) => ({ id: randomUUID(), ...pair }));
    }
    identity.updatedAt = now().toISOString();
    store.save();
    return { identity: identityView(state, identity) };
  });

  /** Its memberships, its rights and its tokens go with it. */
  app.delete<{ Params: IdentityParams }>(`${path}/:identityId`, (request) => {
    const identity = findIdentity(state, request.params.identityId);
    assertOrganization(state, request, "delete");
    state.identities = state.identities.filter((one) => one !== identity);
    state.memberships = state.memberships.filter((one) => one.identityId !== identity.id);
    state.accessTokens = state.accessTokens.filter((one) => one.identityId !== identity.id);
    store.save();
    return { identity: identityView(state, identity) };
  });

  function page(identities: Identity[], totalCount = identities.length): Record<string, unknown> {
    return { identities: identities.map((one) => orgMembershipView(state, one)), totalCount };
  }
}

function matches(wanted: z.output<typeof filter> | undefined, value: string): boolean {
  if (wanted === undefined) return true;
  if (typeof wanted === "string") return wanted === value;
  return (
    (wanted.$eq === undefined || wanted.$eq === value) &&
    (wanted.$contains === undefined || value.toLowerCase().includes(wanted.$contains.toLowerCase())) &&
    (wanted.$in === undefined || wanted.$in.includes(value))
  );
}
