import { distance } from "fastest-levenshtein";

import { quoted } from "../adoption";
import { type ApiToken, type KnownPermissionGroup, type VerifiedToken, type Zone } from "./client";

/** What an API token may be given: a group is known by all three, since a name alone may stand for two. */
export interface PermissionGroup {
  /** 32 hexadecimal digits; the same in every account. */
  id: string;
  /** What the API calls it: `DNS Write`. */
  name: string;
  scope: "account" | "zone";
}

/** What is to be minted, and where. */
export interface Wanted {
  accountId: string;
  /** Names of API tokens. */
  markers: readonly string[];
  /** Access service tokens. */
  serviceTokens: readonly unknown[];
}

const scopes: Record<PermissionGroup["scope"], string> = {
  account: "com.cloudflare.api.account",
  zone: "com.cloudflare.api.account.zone",
};

/** https://developers.cloudflare.com/fundamentals/api/reference/permissions/ has the names of the two groups. */
const apiTokensWrite = "686d18d5ac6c441c867cbf6771e58a0a";
const serviceTokensWrite = "a1c0fec57cf94af79479a6d827fa518c";

/** https://developers.cloudflare.com/fundamentals/api/reference/limits/ */
const apiTokensOfUser = 50;

const tokensPage = "https://dash.cloudflare.com/profile/api-tokens";

/** What is wrong with the zones of the configuration. */
export function zoneFaults(
  zones: Readonly<Record<string, string>>,
  accountId: string,
  seen: readonly Zone[],
): string[] {
  return Object.entries(zones).flatMap(([name, id]) => {
    const correct = (right: string): string =>
      `pulumi config set --path ${quoted(`raxx:cloudflareZones["${name}"]`)} ${right}`;
    const found = seen.find((zone) => zone.id === id);
    const namesake = seen.find((zone) => zone.name === name);
    if (found?.name === name) {
      return found.account.id === accountId
        ? []
        : `the zone ${name} is in the Cloudflare account ${found.account.id}, and not in ${accountId}: correct it with pulumi config set raxx:cloudflareAccount ${found.account.id}, or export a CLOUDFLARE_API_TOKEN of the other account`;
    }
    if (namesake !== undefined) {
      return `the zone ${name} has the id ${namesake.id} at Cloudflare, and not ${id}: ${correct(namesake.id)}`;
    }
    if (found !== undefined) {
      return `the zone ${id} is called ${found.name} at Cloudflare, and not ${name}: ${correct("ZONE_ID")}`;
    }
    return `CLOUDFLARE_API_TOKEN sees no zone ${name}: give the token CF_TOKENS_MINT "Zone > Zone > Read" on it at ${tokensPage}, or correct its name in raxx:cloudflareZones`;
  });
}

/** What is wrong with the permission groups that tokens are to be given. */
export function groupFaults(
  groups: readonly PermissionGroup[],
  known: readonly KnownPermissionGroup[],
): string[] {
  return groups.flatMap((group) => {
    const { id, name, scope } = group;
    const ofScope = known.filter(({ scopes: its }) => its.includes(scopes[scope]));
    const namesakes = ofScope.filter((one) => one.name === name);
    const exact = namesakes.find((one) => one.id === id);
    if (exact?.is_selectable === false) {
      return `the user of CLOUDFLARE_API_TOKEN may not give a token the permission group "${name}" (${scope}): have an administrator of the account widen the user's role, or export the CF_TOKENS_MINT of a user who may`;
    }
    if (exact !== undefined) return [];
    const [namesake] = namesakes;
    return namesake === undefined
      ? `Cloudflare has no permission group "${name}" for ${scope === "zone" ? "a zone" : "an account"}; ${nearest(group, ofScope, known)}: correct it in catalog/cloudflare.ts`
      : `the permission group "${name}" (${scope}) has the id ${namesake.id} at Cloudflare, and not ${id}: correct it in catalog/cloudflare.ts`;
  });
}

/** What the token of this run may not mint, as far as it can be read from what Cloudflare lists of it. */
export function rightFaults(wanted: Wanted, own: ApiToken | undefined): string[] {
  // Not shown in full: the mint itself will tell.
  if (own?.policies == null) return [];
  const { accountId, markers, serviceTokens } = wanted;
  const faults: string[] = [];
  if (markers.length > 0 && !holds(own, apiTokensWrite, "com.cloudflare.api.user.")) {
    faults.push(unable("API tokens", "User > API Tokens > Edit"));
  }
  const accounts = [accountId, "*"].map((id) => `${scopes.account}.${id}`);
  if (serviceTokens.length > 0 && !accounts.some((one) => holds(own, serviceTokensWrite, one))) {
    faults.push(unable("Access service tokens", "Account > Access: Service Tokens > Edit"));
  }
  return faults;
}

/** Whether there is room for every API token that is not there yet. Expired ones are not listed, nor counted. */
export function quotaFaults(markers: readonly string[], tokens: readonly ApiToken[]): string[] {
  const absent = markers.filter((marker) => tokens.every(({ name }) => name !== marker));
  const room = Math.max(0, apiTokensOfUser - tokens.length);
  if (absent.length <= room) return [];
  return [
    `the user of CLOUDFLARE_API_TOKEN has ${tokens.length} of at most ${apiTokensOfUser} API tokens, and this run would mint ${absent.length} more (${absent.join(", ")}): delete at least ${absent.length - room} that nobody uses at ${tokensPage} and run again`,
  ];
}

/** What to do about a token of ours that stands there though this state never intended one. */
export function standingFault({ id, name }: { id: string; name: string }): string {
  const [, , token = ""] = name.split(":");
  return `Cloudflare has a token named ${name} (${id}), but the state of this stack never made it: go on with the state that did (another backend, or a backup: pulumi stack import); where ${token} was only just taken out of raxx:generations, take it out again and run until it is gone; delete it at ${tokensPage} or https://one.dash.cloudflare.com only if nobody uses it, and run again`;
}

/** What is wrong with a token of this run that is not active. */
export function deadToken(token: VerifiedToken | undefined, accountId: string): string {
  const valid = "export a valid CLOUDFLARE_API_TOKEN (the token CF_TOKENS_MINT) and run again";
  if (token === undefined) {
    return `CLOUDFLARE_API_TOKEN is unknown, expired or revoked, or of another account than ${accountId}: ${valid}`;
  }
  return `the token in CLOUDFLARE_API_TOKEN (${token.id}) is ${token.status}: ${valid}`;
}

/** The user that a token acts for, which a token that mints has among its resources. */
export function userOf(token: ApiToken | undefined): string | undefined {
  const resources = (token?.policies ?? []).flatMap((policy) => Object.keys(policy.resources));
  const ids = resources.map((resource) => /^com\.cloudflare\.api\.user\.([0-9a-f]{32})$/.exec(resource)?.[1]);
  return ids.find((id) => id !== undefined);
}

/** Tokens of another user are not seen at all: taking that for "gone" would lose what is alive. */
export function otherUser(recorded: string, actual: string): string {
  return `CLOUDFLARE_API_TOKEN belongs to the user ${actual}, but the API tokens of this stack are of the user ${recorded}: export the CF_TOKENS_MINT of that user and run again`;
}

/** A resource that ends in a dot stands for whichever it is. A policy that denies beats those that allow. */
function holds({ policies }: ApiToken, groupId: string, resource: string): boolean {
  const about = (policies ?? []).filter(
    (policy) =>
      policy.permission_groups.some(({ id }) => id === groupId) &&
      Object.keys(policy.resources).some((one) =>
        resource.endsWith(".") ? one.startsWith(resource) : one === resource,
      ),
  );
  return about.length > 0 && about.every(({ effect }) => effect === "allow");
}

function unable(what: string, permission: string): string {
  return `CLOUDFLARE_API_TOKEN may not mint ${what}: give the token CF_TOKENS_MINT "${permission}" at ${tokensPage} and run again`;
}

/** The same name elsewhere is nearer than any slip of the pen. */
function nearest(
  { name, scope }: PermissionGroup,
  ofScope: readonly KnownPermissionGroup[],
  known: readonly KnownPermissionGroup[],
): string {
  if (known.some((one) => one.name === name)) {
    return `it has one for ${scope === "zone" ? "an account" : "a zone"}`;
  }
  const near = ofScope
    .map((one) => ({ name: one.name, away: distance(name, one.name) }))
    .sort((one, other) => one.away - other.away || one.name.localeCompare(other.name))
    .slice(0, 3);
  return `the nearest are ${near.map((one) => `"${one.name}"`).join(", ")}`;
}
