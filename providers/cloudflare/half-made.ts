import { UserError } from "../errors";
import { CloudflareClient } from "./client";

/** What was minted under a marker, as Cloudflare lists it. */
interface Minted {
  id: string;
  /** ISO 8601; absent where nothing shows that it was ever used. */
  usedAt: string | undefined;
}

/** Where the half-made are told of, a line each. */
type Say = (line: string) => void;

/** What this program names a token: no person would, and nothing else is ever revoked. The generation may be left out. */
const ourMarker = /^raxx:[a-z0-9][a-z0-9-]*:[A-Z][A-Z0-9_]*(:\d{4}-\d\d-\d\d(\.[1-9]\d*)?)?$/;

const tokensPage = "https://dash.cloudflare.com/profile/api-tokens";
const serviceTokensPage = "https://one.dash.cloudflare.com, Access → Service auth";

/**
 * Revokes the API tokens of this name that the state does not know. A run minted them whose answer was lost: their
 * values were shown once, to nobody, so that nobody can use them. To be called before a mint under the same name,
 * since names are not unique. One that was used is somebody's after all: then nothing is revoked, and it throws.
 *
 * @param recordedIds those that the state knows
 * @returns the ids of those that were revoked
 */
export async function revokeHalfMade(
  marker: string,
  recordedIds: readonly string[],
  say: Say,
  client = CloudflareClient.fromEnvironment(),
): Promise<string[]> {
  requireMarker(marker);
  const tokens = (await client.apiTokens()).filter(({ name }) => name === marker);
  const minted = tokens.map(({ id, last_used_on }) => ({ id, usedAt: last_used_on ?? undefined }));
  const revoke = (id: string): Promise<boolean> => client.deleteApiToken(id);
  return await revokeUnused(
    { what: "API token", page: tokensPage, marker, recordedIds, say },
    minted,
    revoke,
  );
}

/**
 * The same of Access service tokens. Where Cloudflare does not say when one was seen last, a change since it was made
 * counts as a use: a secret that was rotated, or a token that was renewed, went to somebody.
 */
export async function revokeHalfMadeServiceTokens(
  accountId: string,
  name: string,
  recordedIds: readonly string[],
  say: Say,
  client = CloudflareClient.fromEnvironment(),
): Promise<string[]> {
  requireMarker(name);
  const tokens = await client.serviceTokens(accountId, name);
  const minted = tokens.map(({ id, created_at, updated_at, last_seen_at }) => {
    const changed = updated_at === created_at ? undefined : (updated_at ?? undefined);
    return { id, usedAt: last_seen_at ?? changed };
  });
  const revoke = (id: string): Promise<boolean> => client.deleteServiceToken(accountId, id);
  const about = { what: "Access service token", page: serviceTokensPage, marker: name, recordedIds, say };
  return await revokeUnused(about, minted, revoke);
}

async function revokeUnused(
  {
    what,
    page,
    marker,
    recordedIds,
    say,
  }: { what: string; page: string; marker: string; recordedIds: readonly string[]; say: Say },
  minted: readonly Minted[],
  revoke: (id: string) => Promise<boolean>,
): Promise<string[]> {
  const unknown = minted.filter(({ id }) => !recordedIds.includes(id));
  const used = unknown.filter(({ usedAt }) => usedAt !== undefined);
  if (used.length > 0) {
    const which = used.map(({ id, usedAt }) => `${id}, last used or changed at ${usedAt ?? ""}`).join("; ");
    throw new UserError(
      `the state does not know the ${what} named ${marker} (${which}), but somebody does: find out who holds it, delete it at ${page}, and run again`,
    );
  }
  for (const { id } of unknown) {
    await revoke(id);
    say(
      `revoked the ${what} ${id} named ${marker}: an earlier run minted it and never got the answer, so that nobody has its value`,
    );
  }
  return unknown.map(({ id }) => id);
}

function requireMarker(marker: string): void {
  if (ourMarker.test(marker)) return;
  throw new UserError(
    `${marker} is no name that this program gives, and nothing else is revoked: it has to be raxx:<stack>:<TOKEN>:<generation>`,
  );
}
