import { type FastifyInstance, type FastifyRequest } from "fastify";

import { type VendorContext } from "../kit/vendor";
import { verifyAccessToken } from "./access-token";
import { unauthorized } from "./errors";
import { type AccessToken, type InfisicalState } from "./records";

declare module "fastify" {
  interface FastifyRequest {
    /** Machine identity that the bearer token stands for. */
    identityId?: string;
  }
}

/** Refuses calls without a live identity access token. User tokens and `st.` service tokens do not exist here. */
export function requireIdentity(app: FastifyInstance, { store, now }: VendorContext<InfisicalState>): void {
  app.addHook("onRequest", (request, _reply, done) => {
    const authorization = request.headers.authorization ?? "";
    if (authorization === "") throw unauthorized("Token missing");
    const id = verifyAccessToken(authorization.slice("Bearer ".length), store.state.signingKey, now());
    const token = liveToken(store.state, id);
    if (token.numUsesLimit > 0 && token.numUses >= token.numUsesLimit) {
      token.revoked = true;
      store.save();
      throw unauthorized("Unable to renew because access token number of uses limit reached");
    }
    // The vendor counts the uses of every token; nobody here asks for those of a login.
    if (token.numUsesLimit > 0 || token.authMethod === "token-auth") {
      token.numUses += 1;
      token.lastUsedAt = token.updatedAt = now().toISOString();
      store.save();
    }
    request.identityId = token.identityId;
    done();
  });
}

/** A token that verifies but was revoked, or whose record or identity is gone, is 401. */
export function liveToken(state: InfisicalState, id: string): AccessToken {
  const token = state.accessTokens.find((entry) => entry.id === id && !entry.revoked);
  if (token === undefined || !state.identities.some((identity) => identity.id === token.identityId)) {
    throw unauthorized("No identity access token found");
  }
  return token;
}

export function identityOf(request: FastifyRequest): string {
  if (request.identityId === undefined) throw unauthorized("Token missing");
  return request.identityId;
}
