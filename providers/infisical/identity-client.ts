import { z } from "zod";

import { isStatus, UserError } from "../errors";
import { type Call } from "../http";
import { type InfisicalClient } from "./client";

const pairSchema = z.object({ key: z.string(), value: z.string() });
const identitySchema = z.object({
  role: z.string(),
  metadata: z
    .array(pairSchema)
    .nullish()
    .transform((pairs) => pairs ?? []),
  identity: z.object({ id: z.string(), name: z.string(), authMethods: z.array(z.string()) }),
});
const listSchema = z.object({
  identities: z.array(z.object({ identity: z.object({ id: z.string(), name: z.string() }) })),
});
const tokenAuthSchema = z.object({
  accessTokenTTL: z.coerce.number(),
  accessTokenMaxTTL: z.coerce.number(),
  accessTokenNumUsesLimit: z.coerce.number(),
});
const ruleSchema = z.object({
  subject: z.union([z.string(), z.array(z.string())]),
  action: z.union([z.string(), z.array(z.string())]),
  conditions: z.unknown().optional(),
  inverted: z.boolean().optional(),
});
const privilegeSchema = z.object({
  id: z.string(),
  slug: z.string(),
  isTemporary: z.boolean().optional(),
  permissions: z.array(ruleSchema),
});
const tokenSchema = z.object({
  id: z.string(),
  name: z.string().nullish(),
  accessTokenTTL: z.coerce.number(),
  accessTokenNumUses: z.coerce.number(),
  accessTokenLastUsedAt: z.string().nullish(),
  accessTokenLastRenewedAt: z.string().nullish(),
  isAccessTokenRevoked: z.boolean(),
  createdAt: z.string(),
});
const mintedSchema = z.object({ accessToken: z.string(), tokenData: tokenSchema });

/** A machine identity as one read shows it. */
export type IdentityRecord = z.output<typeof identitySchema>;
export type TokenAuthConfig = z.output<typeof tokenAuthSchema>;
export type PrivilegeRecord = z.output<typeof privilegeSchema>;
/** All that the vault tells of a token after it was minted. */
export type TokenRecord = z.output<typeof tokenSchema>;

/** A rule of a privilege, as it is sent. */
export interface Rule {
  subject: string;
  action: string[];
  conditions: object;
}

/** A list of tokens goes no further: two pages of a hundred. */
const pages = [0, 100];
const pageSize = 100;

/**
 * What the vault says of machine identities, their rights and their tokens. That something is gone (404) is believed
 * only of a vault that shows us the project: ask for its {@link organization} first.
 * Source: https://infisical.com/docs/api-reference/endpoints/token-auth/create-token
 */
export class IdentityClient {
  constructor(private readonly vault: () => InfisicalClient) {}

  /** The organization that the project, and so every identity of ours, belongs to. */
  async organization(projectId: string): Promise<string> {
    const shape = z.object({ project: z.object({ orgId: z.string() }) });
    return (await this.get("read the project", `/v1/projects/${segment(projectId)}`, shape)).project.orgId;
  }

  /** Names are not unique, and a search takes no name with a colon: so all are listed. */
  async identitiesNamed(orgId: string, name: string): Promise<IdentityRecord[]> {
    const { identities } = await this.get("list the identities", "/v1/identities", listSchema, { orgId });
    const found: IdentityRecord[] = [];
    for (const { identity } of identities.filter((one) => one.identity.name === name)) {
      const record = await this.identity(identity.id);
      if (record !== undefined) found.push(record);
    }
    return found;
  }

  async identity(id: string): Promise<IdentityRecord | undefined> {
    const shape = z.object({ identity: identitySchema });
    const found = await orGone(this.get(`read the identity ${id}`, `/v1/identities/${segment(id)}`, shape));
    return found?.identity;
  }

  /** Never asked twice: a second call would make a second identity. */
  async createIdentity(args: {
    name: string;
    organizationId: string;
    metadata: { key: string; value: string }[];
  }): Promise<string> {
    const shape = z.object({ identity: z.object({ id: z.string() }) });
    const body = { ...args, role: "no-access" };
    return (await this.write(`create the identity ${args.name}`, "POST", "/v1/identities", shape, body))
      .identity.id;
  }

  async setOrganizationRole(id: string, role: "no-access"): Promise<void> {
    await this.write(`limit the identity ${id}`, "PATCH", `/v1/identities/${segment(id)}`, z.unknown(), {
      role,
    });
  }

  /** With its rights and its tokens. One that is gone already is as good as deleted. */
  async deleteIdentity(id: string): Promise<void> {
    const path = `/v1/identities/${segment(id)}`;
    await orGone(this.write(`delete the identity ${id}`, "DELETE", path, z.unknown()));
  }

  async tokenAuth(id: string): Promise<TokenAuthConfig> {
    const shape = z.object({ identityTokenAuth: tokenAuthSchema });
    return (await this.get(`read the Token Auth of ${id}`, tokenAuthPath(id), shape)).identityTokenAuth;
  }

  /** Attaches Token Auth with POST, changes it with PATCH. What was minted before keeps its lifetime. */
  async setTokenAuth(method: "POST" | "PATCH", id: string, config: TokenAuthConfig): Promise<void> {
    await this.write(`set the Token Auth of ${id}`, method, tokenAuthPath(id), z.unknown(), config);
  }

  /** The roles that the identity has in the project; undefined where it is no member. */
  async roles(projectId: string, id: string): Promise<string[] | undefined> {
    const role = z.object({ role: z.string() });
    const shape = z.object({ identityMembership: z.object({ roles: z.array(role) }) });
    const path = membershipPath(projectId, id);
    const found = await orGone(this.get(`read the membership of ${id}`, path, shape));
    return found?.identityMembership.roles.map((one) => one.role);
  }

  /** Makes a membership with POST, changes it with PATCH. */
  async setRole(method: "POST" | "PATCH", projectId: string, id: string, role: string): Promise<void> {
    const body = { roles: [{ role }] };
    const path = membershipPath(projectId, id);
    await this.write(`set the project role of ${id}`, method, path, z.unknown(), body);
  }

  /** The list leaves out what each permits, so each is read. Refused where the identity is no member. */
  async privileges(projectId: string, identityId: string): Promise<PrivilegeRecord[]> {
    const operation = `list the privileges of ${identityId}`;
    const shape = z.object({ privileges: z.array(z.object({ id: z.string() })) });
    const { privileges } = await this.get(operation, privilegesPath, shape, { projectId, identityId });
    const one = z.object({ privilege: privilegeSchema });
    return Promise.all(
      privileges.map(
        async ({ id }) => (await this.get(operation, `${privilegesPath}/${segment(id)}`, one)).privilege,
      ),
    );
  }

  async createPrivilege(
    projectId: string,
    identityId: string,
    slug: string,
    permissions: Rule[],
  ): Promise<void> {
    const body = { projectId, identityId, slug, permissions, type: { isTemporary: false } };
    await this.write(`grant ${slug} to ${identityId}`, "POST", privilegesPath, z.unknown(), body);
  }

  async updatePrivilege({ id, slug }: PrivilegeRecord, permissions: Rule[]): Promise<void> {
    const body = { slug, permissions, type: { isTemporary: false } };
    const path = `${privilegesPath}/${segment(id)}`;
    await this.write(`change the privilege ${slug}`, "PATCH", path, z.unknown(), body);
  }

  async deletePrivilege({ id, slug }: PrivilegeRecord): Promise<void> {
    const path = `${privilegesPath}/${segment(id)}`;
    await orGone(this.write(`take the privilege ${slug}`, "DELETE", path, z.unknown()));
  }

  /** Every token of the identity, revoked and expired ones too; none where the identity is gone. */
  async tokens(id: string): Promise<TokenRecord[]> {
    const identity = await this.identity(id);
    if (identity?.identity.authMethods.includes(tokenAuthMethod) !== true) return [];
    const shape = z.object({ tokens: z.array(tokenSchema) });
    const found: TokenRecord[] = [];
    for (const offset of pages) {
      const query = { offset: String(offset), limit: String(pageSize) };
      const page = await this.get(`list the tokens of ${id}`, `${tokenAuthPath(id)}/tokens`, shape, query);
      found.push(...page.tokens);
      if (page.tokens.length < pageSize) return found;
    }
    throw new UserError(
      `the identity ${id} has ${found.length} tokens or more, and the vault lists no further: delete those that are revoked or expired (access control of the organization, the identity's Token Auth) and run again`,
    );
  }

  /** Never asked twice: a second call would mint a second token. Its value is shown in this answer only. */
  async createToken(id: string, name: string): Promise<{ accessToken: string; tokenData: TokenRecord }> {
    const path = `${tokenAuthPath(id)}/tokens`;
    return this.write(`mint the identity token ${name}`, "POST", path, mintedSchema, { name });
  }

  /** False where there was nothing to revoke. */
  async revokeToken(tokenId: string): Promise<boolean> {
    const call = {
      operation: `revoke the identity token ${tokenId}`,
      method: "POST",
      path: `/v1/auth/token-auth/tokens/${segment(tokenId)}/revoke`,
      body: {},
      idempotent: true,
    } as const;
    return (await orGone(this.vault().call(call, z.object({ message: z.string() })))) !== undefined;
  }

  private get<T>(
    operation: string,
    path: string,
    shape: z.ZodType<T>,
    query: Record<string, string> = {},
  ): Promise<T> {
    return this.vault().call({ operation, method: "GET", path, query, idempotent: true }, shape);
  }

  private write<T>(
    operation: string,
    method: "POST" | "PATCH" | "DELETE",
    path: string,
    shape: z.ZodType<T>,
    body?: object,
  ): Promise<T> {
    const call: Call = { operation, method, path, idempotent: method !== "POST", ...(body && { body }) };
    return this.vault().call(call, shape);
  }
}

export const tokenAuthMethod = "token-auth";

async function orGone<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}

const privilegesPath = "/v2/identity-project-additional-privilege";

function tokenAuthPath(id: string): string {
  return `/v1/auth/token-auth/identities/${segment(id)}`;
}

function membershipPath(projectId: string, id: string): string {
  return `/v1/projects/${segment(projectId)}/memberships/identities/${segment(id)}`;
}

function segment(text: string): string {
  return encodeURIComponent(text);
}
