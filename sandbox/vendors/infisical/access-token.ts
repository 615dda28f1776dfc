import { createHmac } from "node:crypto";

import { tokenError } from "./errors";
import { type AccessToken } from "./records";

const header = encode({ alg: "HS256", typ: "JWT" });
const tokenType = "identityAccessToken";

/** The token as the caller holds it: a JWT that names a record here. Without a TTL it has no `exp`. */
export function signAccessToken(token: AccessToken, key: string, now: Date): string {
  const issuedAt = Math.floor(now.getTime() / 1000);
  const claims = {
    identityId: token.identityId,
    ...(token.clientSecretId === null ? {} : { clientSecretId: token.clientSecretId }),
    identityAccessTokenId: token.id,
    authTokenType: tokenType,
    iat: issuedAt,
    ...(token.ttlSeconds === 0 ? {} : { exp: issuedAt + token.ttlSeconds }),
  };
  const body = `${header}.${encode(claims)}`;
  return `${body}.${signature(body, key)}`;
}

/** The id of the record, once signature and expiry are good. What does not verify is 403 `TokenError`. */
export function verifyAccessToken(jwt: string, key: string, now: Date): string {
  const [head, payload, signed, ...rest] = jwt.split(".");
  const claims = payload === undefined ? undefined : decode(payload);
  if (head !== header || payload === undefined || claims === undefined || rest.length > 0) {
    throw tokenError(
      "The provided access token is malformed. Please use a valid token or generate a new one and try again.",
    );
  }
  if (signed !== signature(`${head}.${payload}`, key)) throw tokenError("invalid signature");
  if (claims.exp !== undefined && claims.exp <= now.getTime() / 1000) {
    throw tokenError("Your token has expired. Please re-authenticate.");
  }
  return claims.identityAccessTokenId;
}

interface Claims {
  identityAccessTokenId: string;
  exp?: number;
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}

function decode(part: string): Claims | undefined {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString("utf8")) as Claims;
  } catch {
    return undefined;
  }
}

function signature(body: string, key: string): string {
  return createHmac("sha256", key).update(body).digest("base64url");
}
