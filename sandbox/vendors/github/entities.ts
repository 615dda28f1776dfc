import { createHash } from "node:crypto";

import { type GitHubOrganization, type GitHubRepository, type GitHubState, type GitHubUser } from "./records";

export function emptyGitHub(): GitHubState {
  return {
    users: [],
    organizations: [],
    repositories: [],
    tokens: [],
    runs: [],
    // 180 writes: 900 points a minute, 5 for a write. The limit on "content" of 80 a minute is not taken to
    // apply to secrets and variables; that is probable only.
    rate_limit: { per_hour: 5000, anonymous_per_hour: 60, writes_per_minute: 180 },
    anonymous_usage: { hour_started_at: 0, used: 0, writes: [] },
    missing_permission_status: 403,
    internet: {},
    runner_delay_ms: 25,
    last_id: 1000,
  };
}

export function ownerOf(state: GitHubState, repository: GitHubRepository): GitHubUser | GitHubOrganization {
  const owner = [...state.users, ...state.organizations].find((one) => one.id === repository.owner_id);
  if (owner === undefined) throw new Error(`repository ${repository.name} has no owner`);
  return owner;
}

/** The repository with this full name, `owner/name`, as the worlds and the tests name it. */
export function repositoryNamed(state: GitHubState, fullName: string): GitHubRepository {
  const found = state.repositories.find((one) => `${ownerOf(state, one).login}/${one.name}` === fullName);
  if (found === undefined) throw new Error(`there is no repository ${fullName}`);
  return found;
}

export function nextId(state: GitHubState): number {
  state.last_id += 1;
  return state.last_id;
}

/** A commit id for a branch that has no commits: the same for the same branch. */
export function headOf(repository: GitHubRepository, ref: string): string {
  return createHash("sha1").update(`${repository.id}:${ref}`).digest("hex");
}

/** GitHub's times have no fraction of a second. */
export function timestamp(now = new Date()): string {
  return now.toISOString().replace(/\.\d+Z$/, "Z");
}
