import { setTimeout as sleep } from "node:timers/promises";

import { isGone } from "./client";

const LOOKUPS = 20;
const LOOKUP_MS = 100;

/** What a call finds, or undefined where GitHub says that there is nothing. */
export async function ifThere<Found>(find: () => Promise<Found>): Promise<Found | undefined> {
  try {
    return await find();
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/**
 * Looks for what was written just now, which GitHub may know only a moment later. Undefined when it cannot be had: the
 * write has happened, and the next refresh sees what is missing.
 */
export async function onceFound<Found>(find: () => Promise<Found>): Promise<Found | undefined> {
  for (let lookup = 1; lookup <= LOOKUPS; lookup++) {
    try {
      const found = await ifThere(find);
      if (found !== undefined) return found;
    } catch {
      return undefined;
    }
    await sleep(LOOKUP_MS);
  }
  return undefined;
}
