import { z } from "zod";

import { infisicalEnvironment, type InfisicalEnvironment } from "../environment";
import { isStatus, UserError } from "../errors";
import { type Call, VendorHttp } from "../http";
import { explain } from "./explain";

const loginSchema = z.object({ accessToken: z.string() });
const tagSchema = z.object({ id: z.string(), slug: z.string() });
const folderSchema = z.object({ id: z.string(), name: z.string() });
const secretSchema = z.object({
  secretKey: z.string(),
  secretValue: z.string(),
  secretComment: z.string(),
  secretMetadata: z.array(z.object({ key: z.string(), value: z.string() })).nullish(),
  tags: z.array(z.object({ id: z.string(), slug: z.string() })).nullish(),
});
const writtenSchema = z.union([
  z.object({ approval: z.object({ slug: z.string() }) }),
  z.object({ secrets: z.array(z.unknown()) }),
]);

export type InfisicalTag = z.output<typeof tagSchema>;
export type InfisicalFolderRecord = z.output<typeof folderSchema>;
export type InfisicalSecret = z.output<typeof secretSchema>;

/** What is written of one secret. Metadata has to be sent every time: a PATCH without it clears it. */
export interface SecretWrite {
  secretKey: string;
  secretValue: string;
  secretComment: string;
  secretMetadata: { key: string; value: string }[];
  tagIds: string[];
}

/** A folder of one environment, e.g. `{ environment: "prod", path: "/MooseQuest/heroku" }`. */
export interface FolderRef {
  projectId: string;
  environment: string;
  path: string;
}

/**
 * A thin client for Infisical's API v4 behind Cloudflare Access. The official SDK cannot send the Access
 * headers, takes a redirect to the login page for success, and on PATCH sends the value on to that page.
 * Source: https://infisical.com/docs/api-reference
 */
export class InfisicalClient {
  private readonly http: VendorHttp;
  private session: Promise<string> | undefined;

  constructor(private readonly environment: InfisicalEnvironment) {
    this.http = new VendorHttp({
      vendor: "the vault",
      baseUrl: `${environment.url.replace(/\/+$/, "")}/api`,
      headers: {
        "cf-access-client-id": environment.accessClientId,
        "cf-access-client-secret": environment.accessClientSecret,
      },
      explain,
    });
  }

  /** A client with the credentials of this run. */
  static fromEnvironment(): InfisicalClient {
    return new InfisicalClient(infisicalEnvironment());
  }

  async tags(projectId: string): Promise<InfisicalTag[]> {
    const call = {
      operation: "list the tags",
      method: "GET",
      path: tagsPath(projectId),
      idempotent: true,
    } as const;
    return (await this.call(call, z.object({ tags: z.array(tagSchema) }))).tags;
  }

  async createTag(projectId: string, slug: string): Promise<InfisicalTag> {
    const body = { slug, color: "" };
    const call = {
      operation: `create the tag ${slug}`,
      method: "POST",
      path: tagsPath(projectId),
      body,
      idempotent: false,
    } as const;
    return (await this.call(call, z.object({ tag: tagSchema }))).tag;
  }

  /** The folders directly in `folder`; undefined where that one is gone. */
  folders(folder: FolderRef): Promise<InfisicalFolderRecord[] | undefined> {
    const call = {
      operation: `list the folders in ${folder.path} of ${folder.environment}`,
      method: "GET",
      path: "/v2/folders",
      query: { ...folder },
      idempotent: true,
    } as const;
    return this.orGone(folder, async () => {
      return (await this.call(call, z.object({ folders: z.array(folderSchema) }))).folders;
    });
  }

  /** Creates one level: the parent has to exist. */
  async createFolder(parent: FolderRef, name: string): Promise<InfisicalFolderRecord> {
    const call = {
      operation: `create the folder ${name} in ${parent.path} of ${parent.environment}`,
      method: "POST",
      path: "/v2/folders",
      body: { ...parent, name },
      idempotent: false,
    } as const;
    return (await this.call(call, z.object({ folder: folderSchema }))).folder;
  }

  /** Refused by the vault where the folder is not empty; one that is gone already is as good as deleted. */
  async deleteFolder(parent: FolderRef, id: string): Promise<void> {
    const call = {
      operation: `delete a folder in ${parent.path} of ${parent.environment}`,
      method: "DELETE",
      path: `/v2/folders/${encodeURIComponent(id)}`,
      body: { ...parent, forceDelete: false },
      idempotent: true,
    } as const;
    await this.orGone(parent, () => this.call(call, z.unknown()));
  }

  /** Every secret of one folder, other people's too: keep only what you asked for, print none. Undefined: it is gone. */
  secrets(folder: FolderRef): Promise<InfisicalSecret[] | undefined> {
    return this.orGone(folder, () => this.list(folder, true));
  }

  /** The names of every secret of one folder, none where it is gone; no value leaves the vault. */
  async secretNames(folder: FolderRef): Promise<string[]> {
    const secrets = await this.orGone(folder, () => this.list(folder, false));
    return (secrets ?? []).map(({ secretKey }) => secretKey);
  }

  /** Creates, changes or deletes several secrets of one folder in one call: all of them or none. */
  async writeSecrets(
    method: "POST" | "PATCH" | "DELETE",
    folder: FolderRef,
    secrets: SecretWrite[] | { secretKey: string }[],
  ): Promise<void> {
    const { path, ...place } = folder;
    const verb = { POST: "create", PATCH: "change", DELETE: "delete" }[method];
    const call = {
      operation: `${verb} secrets in ${path} of ${folder.environment}`,
      method,
      path: "/v4/secrets/batch",
      body: { ...place, secretPath: path, secrets },
      idempotent: method === "PATCH",
    } as const;
    const answer = await this.call(call, writtenSchema);
    if ("approval" in answer) {
      throw new UserError(
        `the vault's change policy holds this write back: nothing was written in ${path} of ${folder.environment}; approve request ${answer.approval.slug} in the vault, then run again`,
      );
    }
  }

  /**
   * Takes a 404 for "gone" only from the vault that still shows us the project: a wrong address and a project that
   * is not ours answer 404 too, and believing them would lose what is alive.
   */
  private async orGone<T>({ projectId }: FolderRef, ask: () => Promise<T>): Promise<T | undefined> {
    await this.logIn();
    try {
      return await ask();
    } catch (error) {
      if (!isStatus(error, 404)) throw error;
      await this.tags(projectId);
      return undefined;
    }
  }

  private async list(folder: FolderRef, withValues: boolean): Promise<InfisicalSecret[]> {
    const { path, ...place } = folder;
    const call = {
      operation: `list the secrets in ${path} of ${folder.environment}`,
      method: "GET",
      path: "/v4/secrets",
      query: {
        ...place,
        secretPath: path,
        viewSecretValue: String(withValues),
        expandSecretReferences: "false",
      },
      idempotent: true,
    } as const;
    return (await this.call(call, z.object({ secrets: z.array(secretSchema) }))).secrets;
  }

  private async call<T>(call: Call, shape: z.ZodType<T>): Promise<T> {
    const headers = { authorization: `Bearer ${await this.logIn()}` };
    return (await this.http.call({ ...call, headers }, shape)).body;
  }

  /** Once per process: a login that is refused is not tried again. */
  private logIn(): Promise<string> {
    this.session ??= this.login();
    return this.session;
  }

  private async login(): Promise<string> {
    const { clientId, clientSecret } = this.environment;
    const call = {
      operation: "log in",
      method: "POST",
      path: "/v1/auth/universal-auth/login",
      body: { clientId, clientSecret },
      // Asked again after a lost answer or a 5xx only: three refusals lock the identity for five minutes.
      idempotent: true,
    } as const;
    return (await this.http.call(call, loginSchema)).body.accessToken;
  }
}

function tagsPath(projectId: string): string {
  return `/v1/projects/${encodeURIComponent(projectId)}/tags`;
}
