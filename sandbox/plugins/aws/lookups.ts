import { setTimeout as sleep } from "node:timers/promises";

import { AwsError, isGone } from "./client";

/** Whose end ends the waiting. */
interface Waiting {
  signal: AbortSignal;
}

const LOOKUPS = 50;
const LOOKUP_MS = 100;

/** What a call finds, or undefined where AWS says that there is nothing. */
export async function ifThere<Found>(find: () => Promise<Found>): Promise<Found | undefined> {
  try {
    return await find();
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** Looks for what was made just now, which IAM may know only a moment later. The real plugin does for two minutes. */
export async function onceFound<Found>(
  { signal }: Waiting,
  find: () => Promise<Found | undefined>,
): Promise<Found> {
  for (let lookup = 1; lookup <= LOOKUPS; lookup++) {
    const found = await ifThere(find);
    if (found !== undefined) return found;
    await pause(signal);
  }
  throw new AwsError("couldn't find resource", undefined);
}

/** IAM refuses one of two changes at the same time, and takes it a moment later. */
export async function onceAlone({ signal }: Waiting, change: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await change();
      return;
    } catch (error) {
      const isBusy = error instanceof AwsError && error.code === "ConcurrentModification";
      if (!isBusy || attempt >= LOOKUPS) throw error;
      await pause(signal);
    }
  }
}

async function pause(signal: AbortSignal): Promise<void> {
  try {
    await sleep(LOOKUP_MS, undefined, { signal });
  } catch {
    throw new AwsError("cancelled while waiting for AWS", undefined);
  }
}
