import { z } from "zod";

/** Any change of them makes a new random value. */
export const keepers = z.record(z.string(), z.string()).optional();

/** Bytes in base64 with the padding that Go's `StdEncoding` asks for, or undefined where the text is none. */
export function fromBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : undefined;
}

/** Bytes in base64 for URLs without padding, or undefined where the text is none. */
export function fromBase64Url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : undefined;
}
