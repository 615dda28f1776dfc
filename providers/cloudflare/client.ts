import type { Cloudflare } from "cloudflare";
import { z } from "zod";

import { cloudflareEnvironment } from "../environment";
import { UserError } from "../errors";
import { CloudflareError, explain, type Refusal, type Trouble, troubleOf } from "./explain";
import { cloudflareSdk, isSdkError, type TransportOptions } from "./transport";

const verifiedSchema = z.object({
  id: z.string(),
  status: z.string(),
  expires_on: z.string().nullish(),
});

const zoneSchema = z.object({ id: z.string(), name: z.string(), account: z.object({ id: z.string() }) });

const permissionGroupSchema = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  /** Whether this user may give it to a token. */
  is_selectable: z.boolean().nullish(),
});

const apiTokenSchema = z.object({
  id: z.string(),
  name: z.string(),
  issued_on: z.string().nullish(),
  last_used_on: z.string().nullish(),
  policies: z
    .array(
      z.object({
        effect: z.enum(["allow", "deny"]),
        permission_groups: z.array(z.object({ id: z.string() })),
        /** What it is about → `*`, or what of it. */
        resources: z.record(z.string(), z.unknown()),
      }),
    )
    .nullish(),
});

const serviceTokenSchema = z.object({
  id: z.string(),
  name: z.string(),
  created_at: z.string().nullish(),
  updated_at: z.string().nullish(),
  last_seen_at: z.string().nullish(),
});

const dnsRecordSchema = z.object({
  id: z.string(),
  type: z.string(),
  /** The full one. */
  name: z.string(),
  /** Of a text as somebody wrote it: with or without quotation marks, in one piece or several. */
  content: z.string().default(""),
  priority: z.number().nullish(),
});

export interface VerifiedToken {
  /** Whose it is: API tokens of a user are minted by a user's token only. */
  owner: "user" | "account";
  id: string;
  /** `active`, `disabled` or `expired`: a verify that succeeds proves nothing by itself. */
  status: string;
  /** ISO 8601, UTC. Absent where it never expires. */
  expiresOn?: string;
}

export type Zone = z.output<typeof zoneSchema>;
export type KnownPermissionGroup = z.output<typeof permissionGroupSchema>;
export type DnsRecord = z.output<typeof dnsRecordSchema>;
export type ApiToken = z.output<typeof apiTokenSchema>;
export type ServiceToken = z.output<typeof serviceTokenSchema>;

/** Cloudflare gives no more zones and tokens at once. */
const perPage = 50;

/**
 * The few calls of Cloudflare's API that this project makes beside the bridged provider, which mints: they read, and
 * revoke what a run minted whose answer was lost. None of them creates anything, so that each may be asked twice.
 * Source: https://developers.cloudflare.com/api/
 */
export class CloudflareClient {
  private readonly sdk: Cloudflare;

  constructor(options: TransportOptions) {
    if (!isSendable(options.token)) {
      throw new UserError(
        "CLOUDFLARE_API_TOKEN has a character in it that no token has, as a space or a line break: export it again",
      );
    }
    this.sdk = cloudflareSdk(options);
  }

  /** A client with the credential of this run. */
  static fromEnvironment(): CloudflareClient {
    return new CloudflareClient(cloudflareEnvironment());
  }

  /**
   * What Cloudflare says of the client's own token, as one of a user, else as one of the account; undefined where it
   * is neither. A token of either kind is unknown to the other's route:
   * https://developers.cloudflare.com/fundamentals/api/get-started/account-owned-tokens/
   */
  async verify(accountId: string): Promise<VerifiedToken | undefined> {
    return (
      (await this.verifyAs("user", "/user/tokens/verify")) ??
      (await this.verifyAs("account", `/accounts/${encodeURIComponent(accountId)}/tokens/verify`))
    );
  }

  /** Every zone that the token may read, whichever account it is in. */
  async zones(): Promise<Zone[]> {
    return await this.list("list the zones", "/zones", {}, zoneSchema, lacking("Zone > Zone > Read"));
  }

  /** Every record of the zone, whoever made it. */
  async dnsRecords(zoneId: string): Promise<DnsRecord[]> {
    return await this.list(
      "list the DNS records",
      `/zones/${encodeURIComponent(zoneId)}/dns_records`,
      {},
      dnsRecordSchema,
      lacking("Zone > DNS > Edit"),
    );
  }

  /** All that there are, in one answer. */
  async permissionGroups(): Promise<KnownPermissionGroup[]> {
    const { result } = await this.call(
      "list the permission groups",
      { method: "get", path: "/user/tokens/permission_groups" },
      z.array(permissionGroupSchema),
      lacking(mayMint),
    );
    return result;
  }

  /** The API tokens of the token's user, without expired ones. */
  async apiTokens(): Promise<ApiToken[]> {
    return await this.list("list the API tokens", "/user/tokens", {}, apiTokenSchema, lacking(mayMint));
  }

  /** Revokes. False where there was nothing to revoke. */
  async deleteApiToken(id: string): Promise<boolean> {
    return await this.delete(`revoke the API token ${id}`, `/user/tokens/${encodeURIComponent(id)}`, mayMint);
  }

  /** The Access service tokens of the account that are called exactly so. */
  async serviceTokens(accountId: string, name: string): Promise<ServiceToken[]> {
    const found = await this.list(
      `list the Access service tokens named ${name}`,
      serviceTokensOf(accountId),
      { name },
      serviceTokenSchema,
      lacking(mayMintServiceTokens),
    );
    return found.filter((token) => token.name === name);
  }

  /** Revokes. False where there was nothing to revoke. */
  async deleteServiceToken(accountId: string, id: string): Promise<boolean> {
    return await this.delete(
      `revoke the Access service token ${id}`,
      `${serviceTokensOf(accountId)}/${encodeURIComponent(id)}`,
      mayMintServiceTokens,
    );
  }

  private async verifyAs(owner: VerifiedToken["owner"], path: string): Promise<VerifiedToken | undefined> {
    try {
      const { result } = await this.call(
        `verify the token as one of the ${owner}`,
        { method: "get", path },
        verifiedSchema,
        // It needs no permission, so nothing else can stand in the way.
        "the token may not be used from this machine; look at the client IP addresses that it is limited to, at https://dash.cloudflare.com/profile/api-tokens",
      );
      const { id, status, expires_on } = result;
      return { owner, id, status, ...(expires_on == null ? {} : { expiresOn: expires_on }) };
    } catch (error) {
      if (error instanceof CloudflareError && notOf[owner].includes(error.trouble)) return undefined;
      throw error;
    }
  }

  private async list<Item>(
    operation: string,
    path: string,
    filter: Record<string, string>,
    shape: z.ZodType<Item>,
    denied: string,
  ): Promise<Item[]> {
    const found: Item[] = [];
    for (let page = 1; ; page += 1) {
      const query = { ...filter, page, per_page: perPage };
      const { result, result_info } = await this.call(
        operation,
        { method: "get", path, query },
        z.array(shape),
        denied,
      );
      found.push(...result);
      if (result.length === 0 || found.length >= (result_info?.total_count ?? Infinity)) return found;
    }
  }

  private async delete(operation: string, path: string, permission: string): Promise<boolean> {
    try {
      await this.call(operation, { method: "delete", path }, z.unknown(), lacking(permission));
      return true;
    } catch (error) {
      if (error instanceof CloudflareError && error.trouble === "missing") return false;
      throw error;
    }
  }

  /** Throws a {@link CloudflareError} for everything but a 2xx in Cloudflare's envelope with a result of this shape. */
  private async call<Result>(
    operation: string,
    request: { method: "get" | "delete"; path: string; query?: object },
    shape: z.ZodType<Result>,
    /** What it means where it is not allowed. */
    denied: string,
  ): Promise<{ result: Result; result_info?: { total_count: number } | null | undefined }> {
    let refusal: Refusal;
    try {
      const response = await this.sdk.request(request).asResponse();
      const data = parseJson(await response.text());
      const answer = envelopeOf(shape).safeParse(data);
      if (answer.success) return answer.data;
      refusal = refusalOf(response.status, response.headers, data);
    } catch (error) {
      if (!isSdkError(error)) throw error;
      // Nothing else of it is kept: its message is the whole body.
      refusal = error.status === undefined ? {} : refusalOf(error.status, error.headers, error.error);
    }
    throw faultOf(operation, refusal, denied);
  }
}

/** What says that a token is none of the user's, or none of the account's: of another account's it is the address. */
const notOf: Record<VerifiedToken["owner"], Trouble[]> = {
  user: ["unauthorized"],
  account: ["unauthorized", "forbidden", "missing", "unrouted"],
};

/** Whether it can stand in a header at all. */
export function isSendable(token: string): boolean {
  return /^[\x21-\x7e]+$/.test(token);
}

const mayMint = "User > API Tokens > Edit";
const mayMintServiceTokens = "Account > Access: Service Tokens > Edit";

function envelopeOf<Result>(result: z.ZodType<Result>) {
  return z.object({
    success: z.literal(true),
    result,
    result_info: z.object({ total_count: z.number().int() }).nullish(),
  });
}

function refusalOf(status: number, headers: Headers | undefined, data: unknown): Refusal {
  const requestId = headers?.get("cf-ray");
  return { status, data, ...(requestId == null ? {} : { requestId }) };
}

function faultOf(operation: string, refusal: Refusal, denied: string): CloudflareError {
  const trouble = troubleOf(refusal);
  const { status, requestId } = refusal;
  return new CloudflareError(
    {
      vendor: "cloudflare",
      operation,
      meaning: trouble === "forbidden" ? denied : explain(trouble),
      retryable: trouble === "limited" || trouble === "unavailable" || trouble === "silent",
      ...(status === undefined ? {} : { status }),
      ...(requestId === undefined ? {} : { requestId }),
    },
    trouble,
  );
}

function lacking(permission: string): string {
  return `CLOUDFLARE_API_TOKEN lacks a permission, or is no longer valid; give the token CF_TOKENS_MINT "${permission}" at https://dash.cloudflare.com/profile/api-tokens and run again`;
}

function serviceTokensOf(accountId: string): string {
  return `/accounts/${encodeURIComponent(accountId)}/access/service_tokens`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
