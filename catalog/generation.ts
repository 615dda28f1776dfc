import { DateTime } from "luxon";

/** How long a credential outlives the day on which its rotation is due. */
const graceDays = 14;
const secondsPerDay = 24 * 3600;

/** One issuance of a token, named by the UTC day of its mint: `2026-05-06`, or `2026-05-06.2` for another on that day. */
export interface Generation {
  /** As written. */
  name: string;
  /** Start of the day, UTC. */
  day: DateTime<true>;
  /** 1 where no number is written. */
  number: number;
}

/** What Pulumi makes of a date that stands without quotes in a stack file. */
const midnight = / 00:00:00 \+0000 UTC$/;

/** Undefined where the text names no generation. */
export function parseGeneration(text: string): Generation | undefined {
  const name = text.replace(midnight, "");
  const match = /^(\d{4}-\d{2}-\d{2})(?:\.([2-9]|[1-9]\d+))?$/.exec(name);
  const [, date = "", number = "1"] = match ?? [];
  const day = DateTime.fromISO(date, { zone: "utc" });
  return match !== null && day.isValid ? { name, day, number: Number(number) } : undefined;
}

/** ISO 8601, UTC: due plus fourteen days, which is when the vendor expires what we mint. */
export function vendorExpiry(generation: Generation, cadenceDays: number): string {
  return generation.day.plus({ days: cadenceDays + graceDays }).toISO({ suppressMilliseconds: true });
}

/** The same where the vendor counts from the mint: seconds, as if it were minted on the day of its generation. */
export function vendorLifetimeSeconds(cadenceDays: number): number {
  return (cadenceDays + graceDays) * secondsPerDay;
}

/**
 * The `__EXPIRES_AT` of what is in custody: ISO 8601, UTC, the days after its generation that the vendor gives it, or
 * `non-expiring` where the vendor gives it any time.
 */
export function custodyExpiry({ day }: Generation, lifetimeDays?: number): string {
  if (lifetimeDays === undefined) return "non-expiring";
  return day.plus({ days: lifetimeDays }).toISO({ suppressMilliseconds: true });
}
