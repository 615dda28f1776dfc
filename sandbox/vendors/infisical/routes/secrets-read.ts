import { type FastifyInstance } from "fastify";

import { type VendorContext } from "../../kit/vendor";
import { InfisicalError, notFound } from "../errors";
import { assertSecret, assertSecretSomewhere, maySecret, membershipOf } from "../permissions";
import {
  environmentOf,
  folderAt,
  normalPath,
  pathOfFolder,
  type Folder,
  type InfisicalState,
  type Secret,
  type SecretContent,
} from "../records";
import { expand } from "../secret-references";
import { getQuery, listQuery, parseIn, v4, type SecretApi } from "../secret-schemas";
import { readView, versionView, type SecretPlace } from "../secret-view";
import { findSecret, targetFolder } from "../secret-writes";
import { required } from "./secrets";

/** Listing and reading. Imports between folders are not emulated: `imports` is empty, `include_imports` is taken. */
export function registerSecretReadRoutes(
  app: FastifyInstance,
  { store }: VendorContext<InfisicalState>,
  api: SecretApi,
): void {
  const { state } = store;

  app.get(api.path, (request) => {
    const query = parseIn(api, state, listQuery, request.query);
    const projectId = required(query.projectId, api.missingPlace);
    const environment = required(query.environment, api.missingPlace);
    const membership = membershipOf(state, request, projectId);
    assertSecretSomewhere(membership, "describeSecret");
    const asked = { projectId, environment, path: query.secretPath };
    const secrets = foldersToList(state, asked, query.recursive).flatMap((folder) => {
      const at = { projectId, environment, path: pathOfFolder(state, folder) };
      // What the identity may not even describe is left out of the list, not refused.
      if (!maySecret(membership, "describeSecret", at)) return [];
      const readable = maySecret(membership, "readValue", at);
      const inFolder = state.secrets
        .filter((secret) => secret.folderId === folder.id && matches(state, secret, query))
        .sort((a, b) => a.name.localeCompare(b.name));
      if (query.viewSecretValue && !readable && inFolder.length > 0) {
        // A value that may not be read refuses the whole list, unless it stands in a folder further down.
        if (at.path !== normalPath(asked.path)) return [];
        assertSecret(membership, "readValue", at);
      }
      return inFolder.map((secret) => {
        const value =
          query.expandSecretReferences && query.viewSecretValue
            ? expand(state, membership, at, secret.value)
            : secret.value;
        return readView(state, secret, at, value, !query.viewSecretValue);
      });
    });
    return { secrets, imports: [] };
  });

  app.get<{ Params: { secretName: string } }>(`${api.path}/:secretName`, (request) => {
    const name = request.params.secretName.trim();
    request.keyNames = [name];
    const query = parseIn(api, state, getQuery, request.query);
    const { projectId } = query;
    const environment = required(query.environment, "Missing environment");
    const membership = membershipOf(state, request, projectId);
    const at = { projectId, environment, path: query.secretPath };
    const { folder } = targetFolder(state, membership, at, "GetSecretByName");
    const found = query.type === "personal" ? undefined : findVersion(state, folder, name, query.version);
    assertSecret(membership, "describeSecret", at);
    if (found === undefined) throw notFound(`Secret with name '${name}' not found`);
    if (query.viewSecretValue && !maySecret(membership, "readValue", at)) {
      throw new InfisicalError(
        403,
        "ForbiddenReadSecretError",
        `You do not have permission to view secret value on secret with name '${name}'`,
      );
    }
    const { secret, content } = found;
    const value =
      query.expandSecretReferences && query.viewSecretValue
        ? expand(state, membership, at, content.value)
        : content.value;
    return {
      secret:
        query.version === undefined
          ? readView(state, secret, at, value, !query.viewSecretValue)
          : versionView(secret, content, at, value, !query.viewSecretValue),
    };
  });
}

/** `GET /v4/secrets/id/{id}`. */
export function registerSecretByIdRoute(
  app: FastifyInstance,
  { store }: VendorContext<InfisicalState>,
): void {
  const { state } = store;
  app.get<{ Params: { secretId: string } }>(`${v4.path}/id/:secretId`, (request) => {
    const secret = state.secrets.find((entry) => entry.id === request.params.secretId);
    const folder = state.folders.find((entry) => entry.id === secret?.folderId);
    const project = state.projects.find((entry) => entry.id === folder?.projectId);
    const environment = project?.environments.find((entry) => entry.id === folder?.environmentId);
    if (secret === undefined || folder === undefined || project === undefined || environment === undefined) {
      throw notFound(`Secret with ID '${request.params.secretId}' not found`, "GetSecretById");
    }
    request.keyNames = [secret.name];
    const membership = membershipOf(state, request, project.id);
    const at = { projectId: project.id, environment: environment.slug, path: pathOfFolder(state, folder) };
    assertSecret(membership, "readValue", at);
    return { secret: readView(state, secret, at, secret.value, false) };
  });
}

function foldersToList(state: InfisicalState, at: SecretPlace, recursive: boolean): Folder[] {
  const top = folderAt(state, at.projectId, at.environment, at.path);
  const environment = environmentOf(state, at.projectId, at.environment);
  if (top === undefined || environment === undefined) {
    throw notFound(
      `Folder with path '${at.path}' in environment '${at.environment}' was not found. Please ensure the environment slug and secret path is correct.`,
      "SecretPathNotFound",
    );
  }
  return recursive ? withDescendants(state, top) : [top];
}

export function withDescendants(state: InfisicalState, folder: Folder): Folder[] {
  const children = state.folders.filter((entry) => entry.parentId === folder.id);
  return [folder, ...children.flatMap((child) => withDescendants(state, child))];
}

/** Any of the tags, all of the metadata pairs. */
function matches(
  state: InfisicalState,
  secret: Secret,
  query: { tagSlugs: string[]; metadataFilter: { key: string; value: string }[] },
): boolean {
  const slugs = state.tags.filter((tag) => secret.tagIds.includes(tag.id)).map((tag) => tag.slug);
  return (
    (query.tagSlugs.length === 0 || query.tagSlugs.some((slug) => slugs.includes(slug))) &&
    query.metadataFilter.every((wanted) =>
      secret.metadata.some((pair) => pair.key === wanted.key && pair.value === wanted.value),
    )
  );
}

/** A version is found under the name that it had. */
function findVersion(
  state: InfisicalState,
  folder: Folder,
  name: string,
  version: number | undefined,
): { secret: Secret; content: SecretContent } | undefined {
  const current = findSecret(state, folder, name);
  if (version === undefined) return current && { secret: current, content: current };
  for (const secret of state.secrets.filter((entry) => entry.folderId === folder.id)) {
    const versions: SecretContent[] = [...secret.history, secret];
    const content = versions.find((entry) => entry.version === version && entry.name === name);
    if (content !== undefined) return { secret, content };
  }
  return undefined;
}
