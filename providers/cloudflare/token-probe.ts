import { setTimeout as sleep } from "node:timers/promises";

import { cloudflareEnvironment } from "../environment";
import { CloudflareClient, isSendable, type VerifiedToken } from "./client";
import { CloudflareError } from "./explain";

/** Alive is what is active: a token that is disabled or expired is known, and works no more. */
export type CloudflareTokenProbe = { alive: boolean } & (VerifiedToken | { status: "unknown" });

export interface ProbeOptions {
  /** Address of the API with its path. @default CLOUDFLARE_BASE_URL, or Cloudflare's own */
  url?: string;
  /** For how long an unknown token is asked about again: a new one is not known everywhere at once. @default 0 */
  patienceMs?: number;
  /** Between two tries. @default 500 */
  pauseMs?: number;
}

/**
 * Asks Cloudflare whether it knows the token, as one of a user, else as one of the account; it needs no permission.
 * Throws a `VendorError` where that cannot be told, e.g. without an answer.
 */
export async function cloudflareTokenProbe(
  token: string,
  accountId: string,
  { url = cloudflareEnvironment().url, patienceMs = 0, pauseMs = 500 }: ProbeOptions = {},
): Promise<CloudflareTokenProbe> {
  if (!isSendable(token)) return { alive: false, status: "unknown" };
  const client = new CloudflareClient({ url, token });
  const end = performance.now() + patienceMs;
  for (;;) {
    const found = await knownOf(client, accountId);
    if (found !== undefined) return { alive: found.status === "active", ...found };
    if (performance.now() + pauseMs > end) return { alive: false, status: "unknown" };
    await sleep(pauseMs);
  }
}

async function knownOf(client: CloudflareClient, accountId: string): Promise<VerifiedToken | undefined> {
  try {
    return await client.verify(accountId);
  } catch (error) {
    // What has not the form of a token is none.
    if (error instanceof CloudflareError && error.trouble === "malformed") return undefined;
    throw error;
  }
}
