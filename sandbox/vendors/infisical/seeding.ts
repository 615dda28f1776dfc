import { randomBytes, randomUUID } from "node:crypto";

import {
  environmentOf,
  folderAt,
  hash,
  newFolder,
  normalPath,
  type ApprovalPolicy,
  type Folder,
  type InfisicalState,
  type Project,
  type Secret,
  type SecretContent,
  type SecretMetadata,
  type Tag,
} from "./records";

/*
 * What a world puts into the vault before it starts. None of these saves the store, and none is what a caller of
 * the API can do: `createFolder` makes missing parents, for one.
 */

/** An environment is its slug, or a name with a slug. */
export function createProject(
  state: InfisicalState,
  args: {
    name: string;
    environments: (string | { name: string; slug: string })[];
    id?: string;
    /** @default false */
    enforceCapitalization?: boolean;
  },
): Project {
  const now = new Date();
  const project: Project = {
    id: args.id ?? randomUUID(),
    name: args.name,
    slug: `${args.name.toLowerCase().replace(/[^a-z0-9]+/g, "-")}-${randomBytes(2).toString("hex")}`,
    orgId: state.orgId,
    environments: args.environments.map((env) => {
      const { name, slug } = typeof env === "string" ? { name: env, slug: env } : env;
      return { id: randomUUID(), name, slug };
    }),
    enforceCapitalization: args.enforceCapitalization ?? false,
    createdAt: now.toISOString(),
    updatedAt: now.toISOString(),
  };
  state.projects.push(project);
  for (const env of project.environments) {
    const root = { projectId: project.id, environmentId: env.id, parentId: null };
    state.folders.push(newFolder(root, "root", null, now));
  }
  return project;
}

/** A folder with its missing parents. Returns the one that is there already. */
export function createFolder(
  state: InfisicalState,
  args: { projectId: string; environment: string; path: string; description?: string },
): Folder {
  const environmentId = environmentOf(state, args.projectId, args.environment)?.id;
  const path = normalPath(args.path);
  let folder = folderAt(state, args.projectId, args.environment, "/");
  if (environmentId === undefined || folder === undefined) {
    throw new Error(`no environment ${args.environment} in project ${args.projectId}`);
  }
  const parts = path.split("/").filter(Boolean);
  for (const [depth, name] of parts.entries()) {
    const here = folderAt(state, args.projectId, args.environment, parts.slice(0, depth + 1).join("/"));
    if (here !== undefined) {
      folder = here;
      continue;
    }
    const at = { projectId: args.projectId, environmentId, parentId: folder.id };
    const description = depth === parts.length - 1 ? (args.description ?? null) : null;
    folder = newFolder(at, name, description, new Date());
    state.folders.push(folder);
  }
  return folder;
}

/** A secret in a folder that exists; `previousValues`, oldest first, are its older versions. */
export function createSecret(
  state: InfisicalState,
  args: {
    projectId: string;
    environment: string;
    /** @default "/" */
    path?: string;
    name: string;
    value: string;
    comment?: string;
    /** Tags of the project, which have to exist. */
    tagSlugs?: string[];
    metadata?: SecretMetadata[];
    previousValues?: string[];
    /** Identity that wrote it. @default null, a person */
    actorId?: string;
    /** @default now */
    at?: Date;
  },
): Secret {
  const folder = folderAt(state, args.projectId, args.environment, args.path ?? "/");
  if (folder === undefined) throw new Error(`no folder ${args.path ?? "/"} in ${args.environment}`);
  if (state.secrets.some((secret) => secret.folderId === folder.id && secret.name === args.name)) {
    throw new Error(`secret ${args.name} is already in ${args.path ?? "/"} of ${args.environment}`);
  }
  const tagIds = (args.tagSlugs ?? []).map((slug) => {
    const tag = state.tags.find((entry) => entry.projectId === args.projectId && entry.slug === slug);
    if (tag === undefined) throw new Error(`no tag ${slug} in project ${args.projectId}`);
    return tag.id;
  });
  const time = (args.at ?? new Date()).toISOString();
  const content = (version: number, value: string): SecretContent => ({
    version,
    name: args.name,
    value,
    comment: args.comment ?? "",
    metadata: args.metadata ?? [],
    tagIds,
    skipMultilineEncoding: null,
    reminderNote: null,
    reminderRepeatDays: null,
    actorId: args.actorId ?? null,
    updatedAt: time,
  });
  const previous = args.previousValues ?? [];
  const secret: Secret = {
    id: randomUUID(),
    folderId: folder.id,
    createdAt: time,
    ...content(previous.length + 1, args.value),
    history: previous.map((value, index) => content(index + 1, value)),
  };
  state.secrets.push(secret);
  return secret;
}

export function createTag(
  state: InfisicalState,
  args: { projectId: string; slug: string; color?: string },
): Tag {
  const time = new Date().toISOString();
  const tag: Tag = {
    id: randomUUID(),
    projectId: args.projectId,
    slug: args.slug,
    color: args.color ?? "",
    createdBy: null,
    createdAt: time,
    updatedAt: time,
  };
  state.tags.push(tag);
  return tag;
}

/** From now on, writes to this path of this environment (by slug) become change requests. */
export function createApprovalPolicy(
  state: InfisicalState,
  args: { projectId: string; environment: string; secretPath: string; name?: string },
): ApprovalPolicy {
  const { projectId, environment, secretPath } = args;
  const name = args.name ?? `${environment} ${secretPath}`;
  const policy: ApprovalPolicy = { id: randomUUID(), name, projectId, environment, secretPath };
  state.approvalPolicies.push(policy);
  return policy;
}

/**
 * A Cloudflare Access service token that the vault's Access application lets through. The secret is returned here
 * and never again. Both formats are Cloudflare's of 2026: `<32 hex>.access` [M] and `cfast_` + 40 + checksum of 8.
 */
export function createAccessServiceToken(
  state: InfisicalState,
  args: { name?: string; expiresAt?: Date } = {},
): { id: string; clientId: string; clientSecret: string } {
  const clientSecret = `cfast_${randomBytes(20).toString("hex")}${randomBytes(4).toString("hex")}`;
  const token = {
    id: randomUUID(),
    name: args.name ?? "sandbox",
    clientId: `${randomBytes(16).toString("hex")}.access`,
    clientSecretHash: hash(clientSecret),
    enabled: true,
    expiresAt: args.expiresAt?.toISOString() ?? null,
  };
  state.accessServiceTokens.push(token);
  return { id: token.id, clientId: token.clientId, clientSecret };
}
