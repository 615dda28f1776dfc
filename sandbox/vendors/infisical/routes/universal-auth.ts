import { randomUUID } from "node:crypto";

import { type FastifyInstance } from "fastify";
import { z } from "zod";

import { type VendorContext } from "../../kit/vendor";
import { signAccessToken, verifyAccessToken } from "../access-token";
import { liveToken } from "../authenticate";
import { unauthorized } from "../errors";
import {
  hash,
  type AccessToken,
  type ClientSecret,
  type InfisicalState,
  type UniversalAuth,
} from "../records";

const loginBody = z.object({ clientId: z.string().trim(), clientSecret: z.string().trim() });
const tokenBody = z.object({ accessToken: z.string().trim() });

/** Login, renewal and revocation: the calls that need no bearer. */
export function registerUniversalAuthRoutes(
  app: FastifyInstance,
  { store, now }: VendorContext<InfisicalState>,
): void {
  const { state } = store;

  app.post("/api/v1/auth/universal-auth/login", (request) => {
    const { clientId, clientSecret } = loginBody.parse(request.body);
    const identity = state.identities.find((entry) => entry.universalAuth?.clientId === clientId);
    const auth = identity?.universalAuth ?? null;
    if (identity === undefined || auth === null) throw unauthorized("Invalid credentials");
    try {
      const secret = checkClientSecret(auth, clientSecret, now());
      secret.numUses += 1;
      const time = now().toISOString();
      const token: AccessToken = {
        id: randomUUID(),
        identityId: identity.id,
        authMethod: "universal-auth",
        clientSecretId: secret.id,
        name: null,
        ttlSeconds: auth.accessTokenTtlSeconds,
        maxTtlSeconds: auth.accessTokenMaxTtlSeconds,
        numUses: 0,
        numUsesLimit: auth.accessTokenNumUsesLimit,
        lastUsedAt: null,
        createdAt: time,
        updatedAt: time,
        lastRenewedAt: null,
        revoked: false,
      };
      state.accessTokens.push(token);
      return tokenView(token, signAccessToken(token, state.signingKey, now()));
    } finally {
      store.save();
    }
  });

  app.post("/api/v1/auth/token/renew", (request) => {
    const { accessToken } = tokenBody.parse(request.body);
    const token = liveToken(state, verifyAccessToken(accessToken, state.signingKey, now()));
    const end = new Date(token.createdAt).getTime() + token.maxTtlSeconds * 1000;
    if (token.maxTtlSeconds > 0 && now().getTime() + token.ttlSeconds * 1000 > end) {
      // A renewal that would outlive the ceiling kills the token. By default TTL and ceiling are both 30 days, so
      // then no renewal ever succeeds.
      token.revoked = true;
      store.save();
      throw unauthorized("Failed to renew MI access token past its Max TTL expiration");
    }
    token.lastRenewedAt = token.updatedAt = now().toISOString();
    store.save();
    return tokenView(token, signAccessToken(token, state.signingKey, now()));
  });

  app.post("/api/v1/auth/token/revoke", (request) => {
    const { accessToken } = tokenBody.parse(request.body);
    const token = liveToken(state, verifyAccessToken(accessToken, state.signingKey, now()));
    token.revoked = true;
    store.save();
    return { message: "Successfully revoked access token" };
  });
}

function tokenView(token: AccessToken, jwt: string): Record<string, unknown> {
  return {
    accessToken: jwt,
    expiresIn: token.ttlSeconds,
    accessTokenMaxTTL: token.maxTtlSeconds,
    tokenType: "Bearer",
  };
}

/** While locked, the right secret is refused as well, and attempts do not prolong the lock. */
function checkClientSecret(auth: UniversalAuth, clientSecret: string, now: Date): ClientSecret {
  if (auth.lockedUntil !== null && new Date(auth.lockedUntil) > now) {
    throw unauthorized("This identity auth method is temporarily locked, please try again later");
  }
  const secret = auth.clientSecrets.find((entry) => !entry.revoked && entry.hash === hash(clientSecret));
  if (secret === undefined) {
    countFailure(auth, now);
    throw unauthorized("Invalid credentials");
  }
  auth.failures = [];
  auth.lockedUntil = null;
  const end = new Date(secret.createdAt).getTime() + secret.ttlSeconds * 1000;
  if (secret.ttlSeconds > 0 && now.getTime() > end) {
    secret.revoked = true;
    throw unauthorized("Access denied due to expired client secret");
  }
  if (secret.numUsesLimit > 0 && secret.numUses >= secret.numUsesLimit) {
    secret.revoked = true;
    throw unauthorized("Access denied due to client secret usage limit reached");
  }
  return secret;
}

/** Every failure restarts the counter's clock: the count is gone after a quiet spell, not after a fixed window. */
function countFailure(auth: UniversalAuth, now: Date): void {
  const { threshold, resetSeconds, durationSeconds } = auth.lockout;
  const last = auth.failures.at(-1);
  const stale = last !== undefined && now.getTime() - new Date(last).getTime() >= resetSeconds * 1000;
  auth.failures = [...(stale ? [] : auth.failures), now.toISOString()];
  if (auth.failures.length < threshold) return;
  auth.failures = [];
  auth.lockedUntil = new Date(now.getTime() + durationSeconds * 1000).toISOString();
}
