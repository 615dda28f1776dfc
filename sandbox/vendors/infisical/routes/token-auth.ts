import { type FastifyInstance } from "fastify";
import { z } from "zod";

import { type VendorContext } from "../../kit/vendor";
import { badRequest, notFound } from "../errors";
import { assertOrganization, assertOrgBoundary, findIdentity } from "../identity-permissions";
import { attachTokenAuth, createTokenAuthToken } from "../identity-seeding";
import { tokenAuthView, tokenDataView } from "../identity-views";
import { type AccessToken, type Identity, type InfisicalState, type TokenAuth } from "../records";

const longestSeconds = 315_360_000;
const month = 2_592_000;
const seconds = z.number().int().min(0).max(longestSeconds);
const uses = z.number().int().min(0);
const trustedIps = z.array(z.strictObject({ ipAddress: z.string().trim() })).min(1);
const tooLong = "Access Token TTL cannot be greater than Access Token Max TTL.";

/** The ceiling has a default of its own, so that a longer TTL by itself is refused. */
const attachBody = z
  .strictObject({
    accessTokenTrustedIps: trustedIps.default([{ ipAddress: "0.0.0.0/0" }, { ipAddress: "::/0" }]),
    accessTokenTTL: seconds.default(month),
    accessTokenMaxTTL: seconds.default(month),
    accessTokenNumUsesLimit: uses.default(0),
  })
  .refine((body) => body.accessTokenTTL <= body.accessTokenMaxTTL, tooLong);
const updateBody = z
  .strictObject({
    accessTokenTrustedIps: trustedIps.optional(),
    accessTokenTTL: seconds.optional(),
    accessTokenMaxTTL: seconds.optional(),
    accessTokenNumUsesLimit: uses.optional(),
  })
  .refine(
    ({ accessTokenTTL = 0, accessTokenMaxTTL = 0 }) =>
      accessTokenTTL === 0 || accessTokenMaxTTL === 0 || accessTokenTTL <= accessTokenMaxTTL,
    tooLong,
  );
/** No lifetime: it is the identity's. */
const tokenBody = z.strictObject({ name: z.string().optional(), organizationSlug: z.string().optional() });
const renameBody = z.strictObject({ name: z.string().optional() });
const pageQuery = z.strictObject({
  offset: z.coerce.number().min(0).max(100).default(0),
  limit: z.coerce.number().min(1).max(100).default(20),
});

interface IdentityParams {
  identityId: string;
}
interface TokenParams {
  tokenId: string;
}

/** Tokens minted for an identity by somebody who may edit it, instead of a login of its own. */
export function registerTokenAuthRoutes(
  app: FastifyInstance,
  { store, now }: VendorContext<InfisicalState>,
): void {
  const { state } = store;
  const path = "/api/v1/auth/token-auth";
  const ofIdentity = `${path}/identities/:identityId`;

  app.post<{ Params: IdentityParams }>(ofIdentity, (request) => {
    const body = attachBody.parse(request.body ?? {});
    const identity = findIdentity(state, request.params.identityId);
    if (identity.tokenAuth !== null) {
      throw badRequest("Failed to add Token Auth to already configured identity");
    }
    assertOrganization(state, request, "create");
    const tokenAuth = attachTokenAuth(
      identity,
      {
        accessTokenTtlSeconds: body.accessTokenTTL,
        accessTokenMaxTtlSeconds: body.accessTokenMaxTTL,
        accessTokenNumUsesLimit: body.accessTokenNumUsesLimit,
        trustedIps: body.accessTokenTrustedIps.map(({ ipAddress }) => ipAddress),
      },
      now(),
    );
    store.save();
    return { identityTokenAuth: tokenAuthView(state, identity, tokenAuth) };
  });

  app.patch<{ Params: IdentityParams }>(ofIdentity, (request) => {
    const body = updateBody.parse(request.body);
    const identity = findIdentity(state, request.params.identityId);
    const tokenAuth = tokenAuthOf(identity, () => badRequest("The identity does not have token auth"));
    const ceiling = body.accessTokenMaxTTL ?? tokenAuth.accessTokenMaxTtlSeconds;
    if (ceiling > 0 && (body.accessTokenTTL ?? 0) > ceiling) {
      throw badRequest("Access token TTL cannot be greater than max TTL");
    }
    assertOrganization(state, request, "edit");
    tokenAuth.accessTokenTtlSeconds = body.accessTokenTTL ?? tokenAuth.accessTokenTtlSeconds;
    tokenAuth.accessTokenMaxTtlSeconds = ceiling;
    tokenAuth.accessTokenNumUsesLimit = body.accessTokenNumUsesLimit ?? tokenAuth.accessTokenNumUsesLimit;
    tokenAuth.trustedIps =
      body.accessTokenTrustedIps?.map(({ ipAddress }) => ipAddress) ?? tokenAuth.trustedIps;
    tokenAuth.updatedAt = now().toISOString();
    store.save();
    return { identityTokenAuth: tokenAuthView(state, identity, tokenAuth) };
  });

  app.get<{ Params: IdentityParams }>(ofIdentity, (request) => {
    const identity = findIdentity(state, request.params.identityId);
    const tokenAuth = tokenAuthOf(identity, () =>
      notFound("Token Auth configuration not found for identity"),
    );
    assertOrganization(state, request, "read");
    return { identityTokenAuth: tokenAuthView(state, identity, tokenAuth) };
  });

  /** Every token goes with it. */
  app.delete<{ Params: IdentityParams }>(ofIdentity, (request) => {
    const identity = findIdentity(state, request.params.identityId);
    const tokenAuth = tokenAuthOf(identity);
    assertOrganization(state, request, "edit");
    const failure = "Failed to revoke token auth of identity with more privileged role";
    assertOrgBoundary(state, request, { role: identity.orgRole, action: "revoke-auth", failure });
    identity.tokenAuth = null;
    state.accessTokens = state.accessTokens.filter((token) => !isOf(token, identity));
    store.save();
    return { identityTokenAuth: tokenAuthView(state, identity, tokenAuth) };
  });

  app.post<{ Params: IdentityParams }>(`${ofIdentity}/tokens`, (request) => {
    const { name } = tokenBody.parse(request.body ?? {});
    const identity = findIdentity(state, request.params.identityId);
    const { accessTokenTtlSeconds, accessTokenMaxTtlSeconds } = tokenAuthOf(identity);
    assertOrganization(state, request, "edit");
    const failure = "Failed to create token for identity with more privileged role";
    assertOrgBoundary(state, request, { role: identity.orgRole, action: "create-token", failure });
    const { token, bearer } = createTokenAuthToken(state, identity, name ?? null, now());
    store.save();
    return {
      accessToken: bearer,
      expiresIn: accessTokenTtlSeconds,
      accessTokenMaxTTL: accessTokenMaxTtlSeconds,
      tokenType: "Bearer",
      tokenData: tokenDataView(token),
    };
  });

  /** Revoked and expired ones too, until the vendor clears them away. */
  app.get<{ Params: IdentityParams }>(`${ofIdentity}/tokens`, (request) => {
    const { offset, limit } = pageQuery.parse(request.query);
    const identity = findIdentity(state, request.params.identityId);
    tokenAuthOf(identity);
    assertOrganization(state, request, "read");
    const tokens = state.accessTokens
      .filter((token) => isOf(token, identity))
      .sort((a, b) => b.updatedAt.localeCompare(a.updatedAt));
    return { tokens: tokens.slice(offset, offset + limit).map(tokenDataView) };
  });

  app.get<{ Params: TokenParams }>(`${path}/tokens/:tokenId`, (request) => {
    const token = findToken(request.params.tokenId);
    assertOrganization(state, request, "read");
    return { token: tokenDataView(token) };
  });

  app.patch<{ Params: TokenParams }>(`${path}/tokens/:tokenId`, (request) => {
    const { name } = renameBody.parse(request.body ?? {});
    const token = findToken(request.params.tokenId);
    assertOrganization(state, request, "edit");
    const { orgRole } = findIdentity(state, token.identityId);
    const failure = "Failed to update token for identity with more privileged role";
    assertOrgBoundary(state, request, { role: orgRole, action: "create-token", failure });
    token.name = name ?? token.name;
    token.updatedAt = now().toISOString();
    store.save();
    return { token: tokenDataView(token) };
  });

  app.post<{ Params: TokenParams }>(`${path}/tokens/:tokenId/revoke`, (request) => {
    const { tokenId } = request.params;
    const token = state.accessTokens.find(
      (one) => one.id === tokenId && one.authMethod === "token-auth" && !one.revoked,
    );
    if (token === undefined) throw notFound(`Token with ID ${tokenId} not found or already revoked`);
    assertOrganization(state, request, "edit");
    token.revoked = true;
    token.updatedAt = now().toISOString();
    store.save();
    return { message: "Successfully revoked access token" };
  });

  function findToken(id: string): AccessToken {
    const token = state.accessTokens.find((one) => one.id === id && one.authMethod === "token-auth");
    if (token === undefined) throw notFound(`Token with ID ${id} not found`);
    return token;
  }
}

function tokenAuthOf(
  { tokenAuth }: Identity,
  missing = () => badRequest("The identity does not have Token Auth"),
): TokenAuth {
  if (tokenAuth === null) throw missing();
  return tokenAuth;
}

function isOf(token: AccessToken, identity: Identity): boolean {
  return token.identityId === identity.id && token.authMethod === "token-auth";
}
