import { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";

import { type VendorContext } from "../kit/vendor";
import { type Caller, guarded, requireCaller, type SignedIn } from "./authenticate";
import {
  adminRightsMissing,
  GitHubError,
  notFound,
  permissionMissing,
  requiresAuthentication,
} from "./errors";
import { apiBase } from "./pages";
import {
  type GitHubAccess,
  type GitHubPermission,
  type GitHubRepository,
  type GitHubRole,
  type GitHubState,
  type GitHubUser,
} from "./records";
import { ownerOf } from "./entities";

/**
 * What a route asks for. The permissions of fine-grained tokens are those of
 * https://docs.github.com/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens
 */
export interface Need {
  permission: GitHubPermission;
  access: GitHubAccess;
  /** What the user must be able to do with the repository. */
  role: GitHubRole;
  /** A public repository answers it to everybody. @default false */
  public?: boolean;
}

export interface RepositoryCall {
  caller: Caller;
  repository: GitHubRepository;
  request: FastifyRequest;
  reply: FastifyReply;
}

/** Serves a route of a repository by both of its addresses: owner and name, and id. */
export function onRepository(
  app: FastifyInstance,
  context: VendorContext<GitHubState>,
  route: { method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"; path: string; need: Need },
  handle: (call: RepositoryCall) => unknown,
): void {
  const { state } = context.store;
  const handler = guarded(context, (caller, request, reply) => {
    const { grant } = caller?.token ?? {};
    if (grant?.kind === "classic") void reply.header("x-accepted-oauth-scopes", "repo");
    else void reply.header("x-accepted-github-permissions", `${route.need.permission}=${route.need.access}`);
    const repository = findRepository(state, caller, request);
    requirePermission(state, caller, repository, route.need);
    return handle({ caller, repository, request, reply });
  });
  for (const prefix of ["/repos/:owner/:repo", "/repositories/:repository_id"]) {
    app.route({ method: route.method, url: prefix + route.path, handler });
  }
}

/** For routes that write: their need is never met without credentials. */
export function signedIn({ caller }: RepositoryCall): SignedIn {
  return requireCaller(caller);
}

/** The user's role in a repository, the highest of all that give one; undefined where there is none. */
export function roleOf(
  state: GitHubState,
  user: GitHubUser,
  repository: GitHubRepository,
): GitHubRole | undefined {
  if (repository.owner_id === user.id) return "admin";
  const organization = state.organizations.find((one) => one.id === repository.owner_id);
  const membership = organization?.members.find((member) => member.user_id === user.id);
  if (membership?.role === "admin") return "admin";
  const roles: (GitHubRole | "none")[] = repository.collaborators
    .filter((collaborator) => collaborator.user_id === user.id)
    .map((collaborator) => collaborator.role);
  if (organization && membership) roles.push(organization.default_repository_permission);
  return ranks.findLast((rank) => roles.includes(rank));
}

const ranks = ["read", "write", "admin"] as const;

function findRepository(state: GitHubState, caller: Caller, request: FastifyRequest): GitHubRepository {
  const { owner, repo, repository_id } = request.params as Record<string, string | undefined>;
  const byId = repository_id !== undefined;
  // Owners and repositories are not case-sensitive.
  const wanted = `${owner ?? ""}/${repo ?? ""}`.toLowerCase();
  const isWanted = (name: string) => name.toLowerCase() === wanted;
  const current = state.repositories.find((one) =>
    byId ? String(one.id) === repository_id : isWanted(`${ownerOf(state, one).login}/${one.name}`),
  );
  if (current !== undefined) return requireVisible(state, caller, current);
  const renamed = byId ? undefined : state.repositories.find((one) => one.former_names.some(isWanted));
  if (renamed === undefined) throw notFound();
  throw moved(request, requireVisible(state, caller, renamed));
}

/** 301, and 307 where the method is to be kept: https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects */
function moved(request: FastifyRequest, repository: GitHubRepository): GitHubError {
  const rest = request.url.replace(/^(\/api\/v3)?\/repos\/[^/?]+\/[^/?]+/, "");
  const url = `${apiBase(request)}/repositories/${repository.id}${rest}`;
  const [status, message] =
    request.method === "GET" ? ([301, "Moved Permanently"] as const) : ([307, "Temporary Redirect"] as const);
  return new GitHubError(status, message, { url }, { location: url });
}

/** Whoever may not know of a private repository gets what an unknown one gives. */
function requireVisible(state: GitHubState, caller: Caller, repository: GitHubRepository): GitHubRepository {
  if (!repository.private) return repository;
  if (caller === undefined || roleOf(state, caller.user, repository) === undefined) throw notFound();
  const { grant } = caller.token;
  const granted =
    grant.kind === "classic" ? grant.scopes.includes("repo") : grant.repository_ids.includes(repository.id);
  if (!granted) throw notFound();
  return repository;
}

function requirePermission(
  state: GitHubState,
  caller: Caller,
  repository: GitHubRepository,
  need: Need,
): void {
  if (!repository.private && need.public === true) return;
  if (caller === undefined) throw requiresAuthentication();
  const role = roleOf(state, caller.user, repository);
  const roleSuffices = role !== undefined && ranks.indexOf(role) >= ranks.indexOf(need.role);
  const { grant } = caller.token;
  if (grant.kind === "classic") {
    const scope =
      grant.scopes.includes("repo") || (!repository.private && grant.scopes.includes("public_repo"));
    if (!scope || !roleSuffices) throw adminRightsMissing();
    return;
  }
  const access = grant.repository_ids.includes(repository.id)
    ? grant.permissions[need.permission]
    : undefined;
  if (roleSuffices && (access === "write" || access === need.access)) return;
  throw state.missing_permission_status === 404 ? notFound() : permissionMissing();
}
