import { z } from "zod";

import { herokuEnvironment } from "../environment";
import { isStatus } from "../errors";
import { type Answer, type Call, type Refusal, VendorHttp } from "../http";

/** `GET /account`: only what identifies it. */
const accountSchema = z.object({ id: z.string() });

const appSchema = z.object({ id: z.string(), name: z.string() });

const authorizationSchema = z.object({
  id: z.string(),
  description: z.string().nullish(),
  scope: z.array(z.string()),
  access_token: z.object({ token: z.string() }).nullish(),
});

const configVarsSchema = z.record(z.string(), z.string());

export type HerokuAuthorization = z.output<typeof authorizationSchema>;

/** What to mint. */
export interface AuthorizationRequest {
  description: string;
  scope: string[];
  /** Seconds until the vendor expires it; null is never. */
  expires_in: number | null;
}

/**
 * The few calls of the Heroku Platform API v3 that this project makes.
 * Source: https://devcenter.heroku.com/articles/platform-api-reference
 */
export class HerokuClient {
  private readonly http: VendorHttp;

  constructor(private readonly options: { url: string; apiKey: string }) {
    this.http = new VendorHttp({
      vendor: "heroku",
      baseUrl: options.url,
      headers: {
        accept: "application/vnd.heroku+json; version=3",
        authorization: `Bearer ${options.apiKey}`,
      },
      explain,
    });
  }

  /** A client with the credential of this run. */
  static fromEnvironment(): HerokuClient {
    return new HerokuClient(herokuEnvironment());
  }

  /** Whether this token is the one that the client itself uses. */
  uses(token: string): boolean {
    return this.options.apiKey === token;
  }

  /** The account that the credential, or the token given instead of it, belongs to. */
  async account(token?: string): Promise<{ id: string }> {
    const authorization = token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } };
    return await this.get("read the account", "/account", accountSchema, authorization);
  }

  /** Every app that the account may see, page by page. */
  async apps(): Promise<HerokuAppRef[]> {
    return await this.list("list the apps", "/apps", appSchema);
  }

  async app(name: string): Promise<{ id: string; name: string }> {
    return await this.get(`read the app ${name}`, `/apps/${encodeURIComponent(name)}`, appSchema);
  }

  /** Every authorization of the account, page by page. The token of each is among what the vendor sends. */
  async authorizations(): Promise<HerokuAuthorization[]> {
    return await this.list("list the authorizations", "/oauth/authorizations", authorizationSchema);
  }

  /** Undefined where there is none with this id. */
  async authorization(id: string): Promise<HerokuAuthorization | undefined> {
    try {
      return await this.get(
        `read the authorization ${id}`,
        `/oauth/authorizations/${encodeURIComponent(id)}`,
        authorizationSchema,
      );
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  }

  /** Never asked twice: Heroku has no idempotency keys, so a second call mints a second authorization. */
  async createAuthorization(request: AuthorizationRequest): Promise<HerokuAuthorization> {
    const answer = await this.http.call(
      {
        operation: `mint the authorization ${request.description}`,
        method: "POST",
        path: "/oauth/authorizations",
        body: request,
        idempotent: false,
      },
      authorizationSchema,
    );
    return answer.body;
  }

  /** Revokes. False where there was nothing to revoke. */
  async deleteAuthorization(id: string): Promise<boolean> {
    try {
      await this.http.call(
        {
          operation: `revoke the authorization ${id}`,
          method: "DELETE",
          path: `/oauth/authorizations/${encodeURIComponent(id)}`,
          idempotent: true,
        },
        z.unknown(),
      );
      return true;
    } catch (error) {
      if (isStatus(error, 404)) return false;
      throw error;
    }
  }

  /** All config vars of an app, other people's too: keep only what you asked for, print none. */
  async configVars(app: HerokuAppRef): Promise<Record<string, string>> {
    return await this.get(
      `read the config vars of ${app.name}`,
      `/apps/${app.id}/config-vars`,
      configVarsSchema,
    );
  }

  /** One release and one restart, however many keys; null removes a key. Answers all vars of the app. */
  async setConfigVars(
    app: HerokuAppRef,
    changes: Record<string, string | null>,
  ): Promise<Record<string, string>> {
    const answer = await this.http.call(
      {
        operation: `set config vars of ${app.name}`,
        method: "PATCH",
        path: `/apps/${app.id}/config-vars`,
        body: changes,
        idempotent: true,
      },
      configVarsSchema,
    );
    return answer.body;
  }

  private async list<T>(operation: string, path: string, shape: z.ZodType<T>): Promise<T[]> {
    const found: T[] = [];
    for (let range: string | undefined = "id ..; max=1000"; range !== undefined;) {
      const answer: Answer<T[]> = await this.http.call(
        { operation, method: "GET", path, headers: { range }, idempotent: true },
        z.array(shape),
      );
      found.push(...answer.body);
      const next = answer.headers["next-range"];
      range = typeof next === "string" ? next : undefined;
    }
    return found;
  }

  private async get<T>(
    operation: string,
    path: string,
    shape: z.ZodType<T>,
    more: Pick<Call, "headers"> = {},
  ): Promise<T> {
    const answer = await this.http.call({ operation, method: "GET", path, idempotent: true, ...more }, shape);
    return answer.body;
  }
}

/** An app is addressed by its id, so that another app of the same name is never written to. */
export interface HerokuAppRef {
  name: string;
  id: string;
}

function explain({ status, contentType }: Refusal): string {
  switch (status) {
    case undefined:
      return "check the network and HEROKU_API_URL, then run again";
    case 401:
      return "the credential is unknown, expired or revoked; export a valid HEROKU_API_KEY and run again";
    case 403:
      return "the credential may not do this; export a HEROKU_API_KEY with scope global of an account that may";
    case 404:
      return "it does not exist, or this account cannot see it; check the names in the stack configuration";
    case 422:
      return "the request was refused as invalid; nothing was changed";
    case 429:
      return "the account's rate limit is used up; wait a few minutes and run again";
    default:
      if (status >= 300 && status < 400) return "a redirect is not followed; check HEROKU_API_URL";
      if (status >= 500) return "the vendor has a problem; see https://status.heroku.com and run again";
      return `this is not a Heroku API answer (${contentType ?? "no content type"}); check HEROKU_API_URL`;
  }
}
