import { type FastifyInstance, type FastifyRequest } from "fastify";
import { z } from "zod";

import { type VendorContext } from "../../kit/vendor";
import { policyOver } from "../approvals";
import { badRequest, notFound } from "../errors";
import { assertFolder, membershipOf } from "../permissions";
import {
  environmentOf,
  folderAt,
  newFolder,
  normalPath,
  pathOfFolder,
  type Environment,
  type Folder,
  type InfisicalState,
} from "../records";
import { withDescendants } from "./secrets-read";

/** v1 says `workspaceId`, knows `directory` for `path`, and deletes whatever the folder holds. */
export type FolderApi = "v1" | "v2";

const name = z
  .string()
  .trim()
  .regex(
    /^[A-Za-z0-9_-]+$/,
    "Invalid folder name. Only alphanumeric characters, dashes, and underscores are allowed.",
  );
const path = z.string().trim().transform(normalPath);
const place = { environment: z.string().trim(), path: path.optional(), directory: path.optional() };
const described = { name, description: z.string().nullish() };
/** Any text but the empty one, 0 and "false" is yes. */
const loose = z
  .union([z.boolean(), z.string().trim()])
  .transform((word) => (typeof word === "boolean" ? word : !["", "0", "false"].includes(word.toLowerCase())));

function schemas(api: FolderApi) {
  const project = api === "v1" ? { workspaceId: z.string().trim() } : { projectId: z.string().trim() };
  const at = { ...project, ...place };
  return {
    create: z.object({ ...at, ...described }),
    update: z.object({ ...at, ...described }),
    remove: z.object({ ...at, forceDelete: z.boolean().default(false) }),
    // v2 gives the path of a list no default.
    list: z.object({ ...at, ...(api === "v2" ? { path } : {}), recursive: loose.default(false) }),
  };
}

interface FolderParams {
  Params: { folder: string };
}

export function registerFolderRoutes(
  app: FastifyInstance,
  { store, now }: VendorContext<InfisicalState>,
  api: FolderApi,
): void {
  const { state } = store;
  const schema = schemas(api);
  const base = `/api/${api}/folders`;

  app.post(base, (request) => {
    request.keyNames = folderNames(request.body);
    const body = schema.create.parse(request.body);
    const at = placeOf(body);
    assertFolder(membershipOf(state, request, at.projectId), "create", at);
    const environment = environmentAt(state, at);
    const full = normalPath(`${at.path}/${body.name}`);
    if (folderAt(state, at.projectId, at.environment, full) !== undefined) {
      throw badRequest(`Folder with name '${body.name}' already exists in path '${at.path}'`);
    }
    const { projectId } = at;
    let parent = folderAt(state, projectId, at.environment, "/");
    const parts = at.path.split("/").filter(Boolean);
    for (const [depth, part] of parts.entries()) {
      const here = folderAt(state, projectId, at.environment, parts.slice(0, depth + 1).join("/"));
      if (here === undefined && state.variants.missingParents === "refused") {
        throw notFound(`Parent folder for path '${full}' not found`);
      }
      const made =
        here ??
        newFolder(
          { projectId, environmentId: environment.id, parentId: parent?.id ?? null },
          part,
          null,
          now(),
        );
      if (here === undefined) state.folders.push(made);
      parent = made;
    }
    const folder = newFolder(
      { projectId, environmentId: environment.id, parentId: parent?.id ?? null },
      body.name,
      body.description ?? null,
      now(),
    );
    state.folders.push(folder);
    store.save();
    return { folder: { ...folderView(folder), path: full } };
  });

  app.get(base, (request) => {
    const query = schema.list.parse(request.query);
    const at = placeOf(query);
    // Folders are shown to every member, whatever its role.
    membershipOf(state, request, at.projectId);
    environmentAt(state, at);
    const parent = folderAt(state, at.projectId, at.environment, at.path);
    // A path that is not there lists as empty: only a read of its secrets tells.
    if (parent === undefined) return { folders: [] };
    if (!query.recursive) {
      const children = state.folders.filter((folder) => folder.parentId === parent.id);
      return { folders: children.sort((a, b) => a.name.localeCompare(b.name)).map(folderView) };
    }
    const below = withDescendants(state, parent).filter((folder) => folder !== parent);
    return {
      folders: below.map((folder) => {
        const relativePath = pathOfFolder(state, folder);
        return { ...folderView(folder), path: relativePath, relativePath };
      }),
    };
  });

  app.get<FolderParams>(`${base}/:folder`, (request) => {
    const folder = state.folders.find((entry) => entry.id === request.params.folder);
    if (folder === undefined) throw notFound(`Folder with ID '${request.params.folder}' not found`);
    membershipOf(state, request, folder.projectId);
    const project = state.projects.find((entry) => entry.id === folder.projectId);
    const env = project?.environments.find((entry) => entry.id === folder.environmentId);
    const environment = { envId: env?.id, envName: env?.name, envSlug: env?.slug };
    const full = pathOfFolder(state, folder);
    return { folder: { ...folderView(folder), environment, path: full, projectId: folder.projectId } };
  });

  app.patch<FolderParams>(`${base}/:folder`, (request) => {
    request.keyNames = folderNames(request.body);
    const body = schema.update.parse(request.body);
    const at = placeOf(body);
    assertFolder(membershipOf(state, request, at.projectId), "edit", at);
    const { folder, siblings } = findChild(state, at, request);
    if (body.name !== folder.name && siblings.some((entry) => entry.name === body.name)) {
      throw badRequest("Folder with specified name already exists", "UpdateFolder");
    }
    folder.name = body.name;
    if (body.description !== undefined) folder.description = body.description;
    folder.version += 1;
    folder.updatedAt = now().toISOString();
    store.save();
    return { folder: { ...folderView(folder), path: pathOfFolder(state, folder) } };
  });

  app.delete<FolderParams>(`${base}/:folder`, (request) => {
    const body = schema.remove.parse(request.body);
    const at = placeOf(body);
    assertFolder(membershipOf(state, request, at.projectId), "delete", at);
    environmentAt(state, at);
    const { folder } = findChild(state, at, request);
    request.keyNames = [folder.name];
    const doomed = withDescendants(state, folder);
    const ids = doomed.map((entry) => entry.id);
    const secrets = state.secrets.filter((secret) => ids.includes(secret.folderId));
    assertNoPolicy(state, at, doomed);
    if (
      api === "v2" &&
      !body.forceDelete &&
      (secrets.some((s) => s.folderId === folder.id) || doomed.length > 1)
    ) {
      throw badRequest(
        `Cannot delete folder "${folder.name}" because it contains resources. Use forceDelete=true to delete it forcefully.`,
        "deleteFolder",
      );
    }
    state.folders = state.folders.filter((entry) => !doomed.includes(entry));
    state.secrets = state.secrets.filter((secret) => !secrets.includes(secret));
    store.save();
    return { folder: folderView(folder) };
  });
}

interface FolderPlace {
  projectId: string;
  environment: string;
  path: string;
}

function placeOf(
  body: Record<string, unknown> & {
    environment: string;
    path?: string | undefined;
    directory?: string | undefined;
  },
): FolderPlace {
  const projectId = (body.projectId ?? body.workspaceId) as string;
  return { projectId, environment: body.environment, path: body.path ?? body.directory ?? "/" };
}

function environmentAt(state: InfisicalState, at: FolderPlace): Environment {
  const environment = environmentOf(state, at.projectId, at.environment);
  if (environment === undefined) {
    throw notFound(
      `Environment with slug '${at.environment}' in project with ID '${at.projectId}' not found`,
    );
  }
  return environment;
}

/** By id or, as older command lines do, by name. */
function findChild(
  state: InfisicalState,
  at: FolderPlace,
  request: FastifyRequest<FolderParams>,
): { folder: Folder; siblings: Folder[] } {
  const idOrName = request.params.folder;
  const parent = folderAt(state, at.projectId, at.environment, at.path);
  if (parent === undefined) {
    throw notFound(`Folder with path '${at.path}' in environment with slug '${at.environment}' not found`);
  }
  const siblings = state.folders.filter((entry) => entry.parentId === parent.id);
  const folder =
    siblings.find((entry) => entry.name === idOrName) ?? siblings.find((entry) => entry.id === idOrName);
  if (folder === undefined) throw notFound(`Folder with ID '${idOrName}' not found`);
  return { folder, siblings };
}

function assertNoPolicy(state: InfisicalState, at: FolderPlace, folders: Folder[]): void {
  for (const folder of folders) {
    if (!state.secrets.some((secret) => secret.folderId === folder.id)) continue;
    const full = pathOfFolder(state, folder);
    const policy = policyOver(state, { ...at, path: full });
    if (policy !== undefined) {
      throw badRequest(
        `You cannot delete the selected folder because it contains one or more secrets that are protected by the change policy "${policy.name}" at folder path "${full}".`,
        "DeleteFolderProtectedByPolicy",
      );
    }
  }
}

function folderView(folder: Folder): Record<string, unknown> {
  const {
    id,
    name: folderName,
    version,
    createdAt,
    updatedAt,
    environmentId,
    parentId,
    description,
  } = folder;
  return {
    id,
    name: folderName,
    version,
    createdAt,
    updatedAt,
    envId: environmentId,
    parentId,
    description,
    isReserved: false,
  };
}

/** The name in a body that may yet be refused. */
function folderNames(body: unknown): string[] {
  const folderName = (body as { name?: unknown } | undefined)?.name;
  return typeof folderName === "string" ? [folderName] : [];
}
