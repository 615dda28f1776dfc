import { createHash, randomBytes, randomInt } from "node:crypto";
import { crc32 } from "node:zlib";

const alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** What begins a value: https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/ */
export const valuePrefixes = { user: "cfut_", account: "cfat_", serviceToken: "cfast_" } as const;

/**
 * A value of the scannable format: prefix, 40 characters, checksum of 8 hexadecimal ones. How Cloudflare computes
 * the checksum is not public; CRC-32 is a stand-in.
 */
export function newValue(prefix: (typeof valuePrefixes)[keyof typeof valuePrefixes]): string {
  const body = prefix + randomText(40, alphanumeric);
  return body + crc32(body).toString(16).padStart(8, "0");
}

/** A value from before 2026: 40 characters with no prefix. Those still work. */
export function newLegacyValue(): string {
  return randomText(40, `${alphanumeric}-_`);
}

/** A secret of a service token from before August 2026. */
export function newLegacySecret(): string {
  return randomBytes(32).toString("hex");
}

/** What else there is in the header is malformed: 400, and not 401. */
export function isTokenShaped(value: string): boolean {
  return /^(?:[A-Za-z0-9_-]{40}|(?:cfut|cfat)_[A-Za-z0-9]{40}[0-9a-f]{8})$/.test(value);
}

/** Accounts, zones, users, tokens, policies and records have ids of this form. */
export function newId(): string {
  return randomBytes(16).toString("hex");
}

export function isId(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}

export function hash(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

function randomText(length: number, alphabet: string): string {
  return Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join("");
}
