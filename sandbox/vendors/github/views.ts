import { roleOf } from "./access";
import { type Caller } from "./authenticate";
import {
  type GitHubEnvironment,
  type GitHubOrganization,
  type GitHubRepository,
  type GitHubState,
  type GitHubUser,
} from "./records";
import { ownerOf } from "./entities";

/** The part of an account that is in every answer that names one. */
export function accountView(account: GitHubUser | GitHubOrganization, base: string): Record<string, unknown> {
  const { id, login } = account;
  const url = `${base}/users/${login}`;
  return {
    login,
    id,
    node_id: nodeId("U", id),
    avatar_url: `https://avatars.githubusercontent.com/u/${id}?v=4`,
    gravatar_id: "",
    url,
    html_url: `https://github.com/${login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: "members" in account ? "Organization" : "User",
    user_view_type: "public",
    site_admin: false,
  };
}

/** The part of a repository that runs repeat; {@link fullRepositoryView} is what the repository's own route answers. */
export function repositoryView(
  state: GitHubState,
  repository: GitHubRepository,
  base: string,
): Record<string, unknown> {
  const owner = ownerOf(state, repository);
  const full_name = `${owner.login}/${repository.name}`;
  return {
    id: repository.id,
    node_id: nodeId("R", repository.id),
    name: repository.name,
    full_name,
    private: repository.private,
    owner: accountView(owner, base),
    html_url: `https://github.com/${full_name}`,
    description: null,
    fork: false,
    url: `${base}/repos/${full_name}`,
  };
}

export function fullRepositoryView(
  state: GitHubState,
  repository: GitHubRepository,
  base: string,
  caller: Caller,
): object {
  const view = repositoryView(state, repository, base);
  const role = caller && roleOf(state, caller.user, repository);
  const may = (...roles: unknown[]) => roles.includes(role);
  return {
    ...view,
    created_at: repository.created_at,
    updated_at: repository.updated_at,
    pushed_at: repository.updated_at,
    git_url: `git://github.com/${String(view.full_name)}.git`,
    ssh_url: `git@github.com:${String(view.full_name)}.git`,
    clone_url: `https://github.com/${String(view.full_name)}.git`,
    homepage: null,
    size: 0,
    stargazers_count: 0,
    watchers_count: 0,
    language: null,
    forks_count: 0,
    open_issues_count: 0,
    archived: false,
    disabled: false,
    is_template: false,
    topics: [],
    visibility: repository.private ? "private" : "public",
    default_branch: repository.default_branch,
    permissions: {
      admin: may("admin"),
      maintain: may("admin"),
      push: may("admin", "write"),
      triage: may("admin", "write"),
      pull: may("admin", "write", "read") || !repository.private,
    },
    has_issues: true,
    has_projects: true,
    has_wiki: true,
    has_pages: false,
    has_downloads: true,
    has_discussions: false,
    network_count: 0,
    subscribers_count: 0,
  };
}

export function environmentView(
  state: GitHubState,
  repository: GitHubRepository,
  environment: GitHubEnvironment,
  base: string,
): object {
  const { id, reviewer_ids, wait_timer, deployment_branch_policy } = environment;
  const rule = (type: string, fields: object, number: number) => ({
    id: id * 10 + number,
    node_id: nodeId("GA", id * 10 + number),
    ...fields,
    type,
  });
  const rules: object[] = [];
  if (wait_timer > 0) rules.push(rule("wait_timer", { wait_timer }, 1));
  if (reviewer_ids.length > 0) {
    const { prevent_self_review } = environment;
    const reviewers = reviewersView(state, environment, base);
    rules.push(rule("required_reviewers", { prevent_self_review, reviewers }, 2));
  }
  if (deployment_branch_policy !== null) rules.push(rule("branch_policy", {}, 3));
  return {
    ...environmentLink(state, repository, environment, base),
    created_at: environment.created_at,
    updated_at: environment.updated_at,
    can_admins_bypass: environment.can_admins_bypass,
    protection_rules: rules,
    deployment_branch_policy,
  };
}

export function environmentLink(
  state: GitHubState,
  repository: GitHubRepository,
  { id, name }: GitHubEnvironment,
  base: string,
): object {
  const full_name = `${ownerOf(state, repository).login}/${repository.name}`;
  const encoded = encodeURIComponent(name);
  return {
    id,
    node_id: nodeId("EN", id),
    name,
    url: `${base}/repos/${full_name}/environments/${encoded}`,
    html_url: `https://github.com/${full_name}/deployments/activity_log?environments_filter=${encoded}`,
  };
}

export function reviewersView(state: GitHubState, environment: GitHubEnvironment, base: string): object[] {
  return state.users
    .filter((user) => environment.reviewer_ids.includes(user.id))
    .map((user) => ({ type: "User", reviewer: accountView(user, base) }));
}

export function nodeId(kind: string, id: number): string {
  return `${kind}_${Buffer.from(String(id)).toString("base64url")}`;
}
