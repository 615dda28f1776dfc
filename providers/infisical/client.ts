import { z } from "zod";

import { infisicalEnvironment, type InfisicalEnvironment } from "../environment";
import { isStatus } from "../errors";
import { type Call, VendorHttp } from "../http";
import { explain } from "./explain";
import {
  ApprovalPending,
  folderSchema,
  HiddenValue,
  isHidden,
  loginSchema,
  secretSchema,
  tagSchema,
  valueSchema,
  withValueSchema,
  writtenSchema,
  type FolderRef,
  type InfisicalFolderRecord,
  type InfisicalSecret,
  type InfisicalSecretWithValue,
  type InfisicalTag,
  type SecretChange,
  type SecretWrite,
  type WriteMethod,
} from "./records";

/**
 * A thin client for Infisical's API v4 behind Cloudflare Access. The official SDK cannot send the Access
 * headers, takes a redirect to the login page for success, and on PATCH sends the value on to that page.
 * Source: https://infisical.com/docs/api-reference
 */
export class InfisicalClient {
  private readonly http: VendorHttp;
  private readonly justMade = new Set<string>();
  private readonly folderLists = new Map<string, Promise<Map<string, string>>>();
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

  /**
   * Every folder of an environment, however deep: path → id. Asked once per process, and kept up with what this
   * client makes and deletes: the folders of one run are many, and what they are looked for in is one list.
   */
  async folders(projectId: string, environment: string): Promise<ReadonlyMap<string, string>> {
    return this.knownFolders(projectId, environment);
  }

  /** The paths of the folders directly in this one, as they are now; none where it is gone. */
  async foldersIn(folder: FolderRef): Promise<string[]> {
    const all = await this.orGone(folder, () => this.listFolders(folder, false));
    return (all ?? []).map(({ name }) => `${folder.path}/${name}`);
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
    const { folder } = await this.call(call, z.object({ folder: folderSchema }));
    const known = await this.knownFolders(parent.projectId, parent.environment);
    const path = `${parent.path === "/" ? "" : parent.path}/${name}`;
    known.set(path, folder.id);
    this.justMade.add(placeOf({ ...parent, path }));
    return folder;
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
    const known = await this.knownFolders(parent.projectId, parent.environment);
    for (const [path, its] of known) if (its === id) known.delete(path);
  }

  /**
   * Every secret of one folder, other people's too, without a value. Undefined: the folder is gone. One that this
   * client has just made is known to be empty: somebody who was faster makes a write fail, and changes nothing.
   */
  async secrets(folder: FolderRef): Promise<InfisicalSecret[] | undefined> {
    if (this.justMade.delete(placeOf(folder))) return [];
    return this.orGone(folder, () => this.list(folder, { viewSecretValue: "false" }, secretSchema));
  }

  /** Those secrets of one folder that carry this metadata pair, with their values. None where the folder is gone. */
  async secretsWhere(
    folder: FolderRef,
    { key, value }: { key: string; value: string },
  ): Promise<InfisicalSecretWithValue[]> {
    const query = { viewSecretValue: "true", metadataFilter: `key=${key},value=${value}` };
    const secrets = await this.orGone(folder, () => this.list(folder, query, withValueSchema));
    return (secrets ?? []).map((secret) => shownValue(folder, secret));
  }

  /** What stands in one secret: for who has to compare or copy it. Keep it out of every record. */
  async value(folder: FolderRef, name: string): Promise<string> {
    const { path, ...place } = folder;
    const call = {
      operation: `read ${name} in ${path} of ${folder.environment}`,
      method: "GET",
      path: `/v4/secrets/${encodeURIComponent(name)}`,
      query: { ...place, secretPath: path, viewSecretValue: "true", expandSecretReferences: "false" },
      idempotent: true,
    } as const;
    const { secret } = await this.call(call, z.object({ secret: valueSchema }));
    return shownValue(folder, secret).secretValue;
  }

  /** Every secret of a whole environment with its value, each with its folder: for the audit, which compares them. */
  secretsBelow(projectId: string, environment: string): Promise<InfisicalSecretWithValue[]> {
    const query = { viewSecretValue: "true", recursive: "true" };
    return this.list({ projectId, environment, path: "/" }, query, withValueSchema);
  }

  /** Creates, changes or deletes several secrets of one folder in one call: all of them or none. */
  async writeSecrets(
    method: WriteMethod,
    folder: FolderRef,
    secrets: SecretWrite[] | SecretChange[] | { secretKey: string }[],
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
    if (!("approval" in answer)) return;
    const names = secrets.map(({ secretKey }) => secretKey);
    throw new ApprovalPending(folder, answer.approval.slug, method, names);
  }

  private async knownFolders(projectId: string, environment: string): Promise<Map<string, string>> {
    const key = `${projectId} ${environment}`;
    const list = async (): Promise<Map<string, string>> => {
      const top = { projectId, environment, path: "/" };
      const found = await this.orGone(top, () => this.listFolders(top, true));
      return new Map((found ?? []).map(({ path = "", id }) => [path, id]));
    };
    const known = this.folderLists.get(key) ?? list();
    this.folderLists.set(key, known);
    try {
      return await known;
    } catch (error) {
      this.folderLists.delete(key);
      throw error;
    }
  }

  private async listFolders(folder: FolderRef, recursive: boolean): Promise<InfisicalFolderRecord[]> {
    const call = {
      operation: `list the folders in ${folder.path} of ${folder.environment}`,
      method: "GET",
      path: "/v2/folders",
      query: { ...folder, ...(recursive ? { recursive: "true" } : {}) },
      idempotent: true,
    } as const;
    return (await this.call(call, z.object({ folders: z.array(folderSchema) }))).folders;
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

  private async list<T>(folder: FolderRef, query: Record<string, string>, shape: z.ZodType<T>): Promise<T[]> {
    const { path, ...place } = folder;
    const call = {
      operation: `list the secrets in ${path} of ${folder.environment}`,
      method: "GET",
      path: "/v4/secrets",
      query: { ...place, secretPath: path, expandSecretReferences: "false", ...query },
      idempotent: true,
    } as const;
    return (await this.call(call, z.object({ secrets: z.array(shape) }))).secrets;
  }

  /** One call with the session of this run. */
  async call<T>(call: Call, shape: z.ZodType<T>): Promise<T> {
    return this.callAs(await this.logIn(), call, shape);
  }

  /** One call with another bearer: a token that has to be tried. */
  async callAs<T>(bearer: string, call: Call, shape: z.ZodType<T>): Promise<T> {
    const headers = { authorization: `Bearer ${bearer}` };
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

function shownValue<T extends z.output<typeof valueSchema>>(folder: FolderRef, secret: T): T {
  if (isHidden(secret)) throw new HiddenValue(folder, secret.secretKey);
  return secret;
}

function placeOf({ projectId, environment, path }: FolderRef): string {
  return `${projectId} ${environment} ${path}`;
}

function tagsPath(projectId: string): string {
  return `/v1/projects/${encodeURIComponent(projectId)}/tags`;
}
