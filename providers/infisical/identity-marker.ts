const stackAndToken = "raxx:[a-z0-9][a-z0-9-]*:[A-Z][A-Z0-9_]*";
const identityMarker = new RegExp(`^${stackAndToken}$`);
const tokenMarker = new RegExp(`^${stackAndToken}:(\\d{4}-\\d\\d-\\d\\d)(\\.([2-9]|[1-9]\\d+))?$`);

/** Ten years: what the vault takes at most. */
export const longestTtlSeconds = 315_360_000;

/** What is wrong with the marker of an identity, `raxx:<stack>:<TOKEN>`. */
export function identityMarkerFault(marker: string): string | undefined {
  return identityMarker.test(marker)
    ? undefined
    : "the marker of an identity has to be raxx:<stack>:<TOKEN>, e.g. raxx:prod:INF_APP_READER";
}

/** What is wrong with the marker of one token, `raxx:<stack>:<TOKEN>:<generation>`. */
export function tokenMarkerFault(marker: string): string | undefined {
  const day = tokenMarker.exec(marker)?.[1];
  return day !== undefined && dayOf(day) === day
    ? undefined
    : "the marker of an identity token has to be raxx:<stack>:<TOKEN>:<generation>, e.g. raxx:prod:INF_APP_READER:2026-05-06";
}

export function ttlFault(ttlSeconds: number): string | undefined {
  return Number.isInteger(ttlSeconds) && ttlSeconds >= 1 && ttlSeconds <= longestTtlSeconds
    ? undefined
    : `the lifetime of a token has to be a whole number of seconds from 1 to ${longestTtlSeconds} (ten years), and is ${ttlSeconds}: 0 would never expire`;
}

/** A marker that passed {@link tokenMarkerFault}, in its parts. */
export function partsOf(marker: string): { stack: string; token: string; generation: string; day: string } {
  const [, stack = "", token = "", generation = ""] = marker.split(":");
  return { stack, token, generation, day: generation.slice(0, 10) };
}

/** The same day, where it is one: `2026-02-30` is none. */
function dayOf(day: string): string | undefined {
  const time = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString().slice(0, 10);
}
