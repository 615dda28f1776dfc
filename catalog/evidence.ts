import { DateTime } from "luxon";

/** That somebody did what only a person can do. */
export interface Evidence {
  /** UTC. */
  day: DateTime<true>;
  who: string;
}

/** It is written into messages and commands: no digit, as a credential has, and nothing that a shell reads. */
const likeName = /^\p{L}[\p{L}\p{M} .'’-]{0,63}$/u;

/** Reads `2026-05-06 Ada Lovelace`: the UTC day and the name. Undefined for all else. */
export function parseEvidence(text: unknown): Evidence | undefined {
  if (typeof text !== "string") return undefined;
  const [date = "", ...words] = text.split(" ");
  const day = DateTime.fromFormat(date, "yyyy-MM-dd", { zone: "utc" });
  const who = words.join(" ");
  return day.isValid && likeName.test(who) && /\p{L}.*\p{L}/u.test(who) ? { day, who } : undefined;
}
