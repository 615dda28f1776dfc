import { isDeepStrictEqual } from "node:util";

import { UserError } from "../errors";
import { type IdentityClient, type PrivilegeRecord, type Rule, tokenAuthMethod } from "./identity-client";

/** What an identity of ours may do, and how long its tokens live. All else it may not. */
export interface DeclaredRights {
  projectId: string;
  environment: string;
  /** Absolute; each folder alone, without those below it. */
  folders: string[];
  ttlSeconds: number;
}

/** One difference between what is declared and what the vault has, with the write that ends it. */
export interface Repair {
  what: string;
  write: () => Promise<void>;
}

const privilegeSlug = "raxx-read";
const noAccess = "no-access";

/** Everything that differs, in the order in which it has to be written: rights are taken before any are given. */
export async function repairsOf(
  client: IdentityClient,
  id: string,
  declared: DeclaredRights,
): Promise<Repair[]> {
  const identity = await client.identity(id);
  if (identity === undefined) {
    throw new UserError(`the identity ${id} is gone from the vault: run pulumi refresh, then run again`);
  }
  const repairs: Repair[] = [];
  if (identity.role !== noAccess) {
    repairs.push({ what: "organization role", write: () => client.setOrganizationRole(id, noAccess) });
  }
  const attached = identity.identity.authMethods.includes(tokenAuthMethod);
  return [
    ...repairs,
    ...(await projectRepairs(client, id, declared)),
    ...(await tokenAuthRepairs(client, id, attached, declared.ttlSeconds)),
  ];
}

/**
 * The ceiling is a month unless it is said, and no TTL may be above it; a renewal may not outlive the TTL either.
 * Source: https://infisical.com/docs/documentation/platform/identities/token-auth
 */
export async function tokenAuthRepairs(
  client: IdentityClient,
  id: string,
  attached: boolean,
  ttlSeconds: number,
): Promise<Repair[]> {
  const wanted = { accessTokenTTL: ttlSeconds, accessTokenMaxTTL: ttlSeconds, accessTokenNumUsesLimit: 0 };
  if (attached && isDeepStrictEqual(await client.tokenAuth(id), wanted)) return [];
  const write = (): Promise<void> => client.setTokenAuth(attached ? "PATCH" : "POST", id, wanted);
  return [{ what: "token auth", write }];
}

/**
 * A role of ours would need the vendor's licence; a privilege on top of a role without access does not.
 * Source: https://infisical.com/docs/documentation/platform/access-controls/additional-privileges
 */
async function projectRepairs(
  client: IdentityClient,
  id: string,
  declared: DeclaredRights,
): Promise<Repair[]> {
  const { projectId } = declared;
  const rules = rulesOf(declared);
  const grant: Repair = {
    what: "privilege",
    write: () => client.createPrivilege(projectId, id, privilegeSlug, rules),
  };
  const roles = await client.roles(projectId, id);
  if (roles === undefined) {
    const join = (): Promise<void> => client.setRole("POST", projectId, id, noAccess);
    return [{ what: "membership", write: join }, grant];
  }
  const repairs: Repair[] = [];
  if (!isDeepStrictEqual(roles, [noAccess])) {
    const write = (): Promise<void> => client.setRole("PATCH", projectId, id, noAccess);
    repairs.push({ what: "project role", write });
  }
  const privileges = await client.privileges(projectId, id);
  for (const other of privileges.filter(({ slug }) => slug !== privilegeSlug)) {
    repairs.push({ what: `privilege ${other.slug}`, write: () => client.deletePrivilege(other) });
  }
  const ours = privileges.find(({ slug }) => slug === privilegeSlug);
  if (ours === undefined) repairs.push(grant);
  else if (!isAsDeclared(ours, rules)) {
    repairs.push({ what: "privilege", write: () => client.updatePrivilege(ours, rules) });
  }
  return repairs;
}

function rulesOf({ environment, folders }: DeclaredRights): Rule[] {
  const conditions = { environment: { $eq: environment }, secretPath: { $in: sorted(folders) } };
  return [{ subject: "secrets", action: ["describeSecret", "readValue"], conditions }];
}

function isAsDeclared({ permissions, isTemporary }: PrivilegeRecord, rules: Rule[]): boolean {
  const found = permissions.map(({ subject, action, conditions, inverted }) => ({
    subject: [subject].flat().join(" "),
    action: sorted([action].flat()),
    conditions,
    inverted: inverted === true,
  }));
  const wanted = rules.map((rule) => ({ ...rule, inverted: false }));
  return isTemporary !== true && isDeepStrictEqual(found, wanted);
}

/** Each once. */
export function sorted(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}
