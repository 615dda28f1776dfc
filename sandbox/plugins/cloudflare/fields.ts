import { z } from "zod";

import { type Properties } from "../kit/properties";

/** The shape of RFC 3339; what it says need not exist. */
export const time = z.iso.datetime({ offset: true, error: "must be a time such as 2030-01-31T00:00:00Z" });

/** A time as Go writes it into a request: without fractions of a second. */
export function sentTime(given: string | undefined): string | undefined {
  return given?.replace(/\.\d+/, "");
}

/** What was read, or what is recorded where it is the same moment in UTC: another text of it is no change. */
export function readTime(recorded: string | undefined, read: unknown): string | undefined {
  const found = textOf(read);
  if (recorded === undefined || found === undefined) return found;
  const isUtc = [recorded, found].every((text) => /(Z|[+-]00:00)$/.test(text));
  return isUtc && Date.parse(recorded) === Date.parse(found) ? recorded : found;
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Takes an id of an import apart. */
export function segmentsOf(id: string, form: string): string[] {
  const segments = id.split("/");
  if (segments.length !== form.split("/").length || segments.includes(""))
    throw new Error(`invalid ID: expected urlencoded segments "${form}", got "${id}"`);
  try {
    return segments.map(decodeURIComponent);
  } catch {
    throw new Error(`invalid urlencoded segment in "${id}"`);
  }
}

/** Without what is undefined, and without Cloudflare's nulls. */
export function defined(values: Properties): Properties {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value != null));
}
