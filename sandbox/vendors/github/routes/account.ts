import { type FastifyInstance } from "fastify";

import { type VendorContext } from "../../kit/vendor";
import { guarded, requireCaller } from "../authenticate";
import { notFound } from "../errors";
import { apiBase } from "../pages";
import { coreLimit, limitHeaders } from "../rate-limit";
import { type GitHubOrganization, type GitHubState, type GitHubUser } from "../records";
import { accountView, nodeId } from "../views";

export function accountRoutes(app: FastifyInstance, context: VendorContext<GitHubState>): void {
  const { store, now } = context;

  app.get(
    "/user",
    guarded(context, (caller, request, reply) => {
      void reply.header("x-accepted-github-permissions", "allows_permissionless_access=true");
      return publicProfile(requireCaller(caller).user, apiBase(request));
    }),
  );

  app.get(
    "/users/:login",
    guarded(context, (_caller, request) => {
      const accounts = [...store.state.users, ...store.state.organizations];
      return publicProfile(find(accounts, request.params), apiBase(request));
    }),
  );

  app.get(
    "/orgs/:login",
    guarded(context, (_caller, request) =>
      organizationView(find(store.state.organizations, request.params), apiBase(request)),
    ),
  );

  // Not counted: https://docs.github.com/rest/rate-limit/rate-limit
  app.get(
    "/rate_limit",
    guarded(
      context,
      (caller, _request, reply) => {
        const core = coreLimit(store.state, caller?.user, now());
        limitHeaders(reply, core);
        // Searches have a limit of their own, which nothing here uses.
        const search = { ...core, limit: 30, remaining: 30, used: 0 };
        return { resources: { core, search }, rate: core };
      },
      { counted: false },
    ),
  );
}

/** Logins are not case-sensitive. */
function find<Account extends { login: string }>(accounts: Account[], params: unknown): Account {
  const { login } = params as { login: string };
  const account = accounts.find((one) => one.login.toLowerCase() === login.toLowerCase());
  if (account === undefined) throw notFound();
  return account;
}

function publicProfile(account: GitHubUser | GitHubOrganization, base: string): object {
  return {
    ...accountView(account, base),
    name: "name" in account ? account.name : null,
    company: null,
    blog: "",
    location: null,
    // The public one; the primary one would need the `user` scope.
    email: "email" in account ? account.email : null,
    hireable: null,
    bio: null,
    twitter_username: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: account.created_at,
    updated_at: account.created_at,
  };
}

function organizationView({ id, login, created_at }: GitHubOrganization, base: string): object {
  const url = `${base}/orgs/${login}`;
  return {
    login,
    id,
    node_id: nodeId("O", id),
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: `https://avatars.githubusercontent.com/u/${id}?v=4`,
    description: null,
    name: login,
    has_organization_projects: true,
    has_repository_projects: true,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    html_url: `https://github.com/${login}`,
    type: "Organization",
    created_at,
    updated_at: created_at,
    archived_at: null,
  };
}
