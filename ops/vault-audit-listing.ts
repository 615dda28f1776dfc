import { createHmac, randomBytes } from "node:crypto";

import { UserError } from "@raxx/providers/errors";
import { DateTime } from "luxon";

import { type VaultEnvironment } from "../catalog/taxonomy";
import { isForeign } from "./vault-audit-places";

/** A secret as the vault lists it, value included: only to be made a {@link StandingSecret} of. */
export interface ListedSecret {
  secretKey: string;
  secretValue: string;
  secretPath?: string | undefined;
  tags: readonly { slug: string }[];
}

/** What stands in the vault, as far as the audit has to know it. It holds no value. */
export interface StandingSecret {
  folder: string;
  name: string;
  /** Tag slugs. */
  tags: readonly string[];
  /** The same for equal values, in one audit only. Absent where the value is too short to be compared. */
  fingerprint?: string;
  /** Nothing stands in it. */
  empty: boolean;
  /** When, or that never, if it can be read as an `__EXPIRES_AT`. */
  expiry?: DateTime<true> | "non-expiring";
}

/** One environment of the vault. */
export interface VaultListing {
  environment: VaultEnvironment;
  folders: readonly string[];
  secrets: readonly StandingSecret[];
}

/** What makes fingerprints that can be compared with each other. */
export type Fingerprint = (value: string) => string;

/** Keyed with randomness that ends with the process: who sees a fingerprint cannot try values against it. */
export function fingerprints(): Fingerprint {
  const key = randomBytes(32);
  return (value) => createHmac("sha256", key).update(value).digest("base64");
}

/** Drops the values of an environment's secrets, and keeps what can be told of them. */
export function listingOf(
  environment: VaultEnvironment,
  { folders, secrets }: { folders: readonly string[]; secrets: readonly ListedSecret[] },
  fingerprint: Fingerprint,
): VaultListing {
  return {
    environment,
    folders: folders.map(withoutSlash),
    secrets: secrets.map((secret) => standing(secret, environment, fingerprint)),
  };
}

const shortestCompared = 8;
/** What Infisical shows whom it does not show the value. */
const hidden = "<hidden-by-infisical>";

function standing(
  { secretKey, secretValue, secretPath, tags }: ListedSecret,
  environment: VaultEnvironment,
  fingerprint: Fingerprint,
): StandingSecret {
  if (secretPath === undefined) {
    throw new UserError("the vault lists secrets without their folders: update it to a release with API v4");
  }
  const folder = withoutSlash(secretPath);
  // All that is hidden would look like one value in many places.
  if (secretValue === hidden && !isForeign(folder)) {
    throw new UserError(
      `the vault hides values of ${environment} from this identity, so that they cannot be compared: give INF_PROVISIONER the right to read values in the vault's access control`,
    );
  }
  const expiry = secretKey.endsWith("__EXPIRES_AT") ? expiryIn(secretValue) : undefined;
  return {
    folder,
    name: secretKey,
    tags: tags.map(({ slug }) => slug),
    empty: secretValue.trim() === "",
    ...(secretValue.length < shortestCompared ? {} : { fingerprint: fingerprint(secretValue) }),
    ...(expiry === undefined ? {} : { expiry }),
  };
}

function withoutSlash(path: string): string {
  return path.replace(/(?<=.)\/+$/, "");
}

/** Reads an ISO-8601 time in UTC, or `non-expiring`. */
function expiryIn(value: string): StandingSecret["expiry"] {
  if (value === "non-expiring") return value;
  if (!/T.*(Z|\+00(:?00)?)$/.test(value)) return undefined;
  const time = DateTime.fromISO(value, { zone: "utc" });
  return time.isValid ? time : undefined;
}
