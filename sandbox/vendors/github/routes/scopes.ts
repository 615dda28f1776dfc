import { type Need, type RepositoryCall } from "../access";
import { type GitHubAccess, type GitHubScope } from "../records";
import { findEnvironment } from "./environments";

/** The two places that have secrets and variables, and what their routes ask for. */
export interface ScopeKind {
  path: string;
  need: (access: GitHubAccess) => Need;
  find: (call: RepositoryCall) => GitHubScope;
}

/**
 * "Collaborator access" is what the documentation asks of the user for all of them; that it means more than
 * to read the repository is probable.
 */
export function scopeKinds(noun: "secrets" | "variables"): ScopeKind[] {
  return [
    {
      path: `/actions/${noun}`,
      need: (access) => ({ permission: noun, access, role: "write" }),
      find: ({ repository }) => repository.actions,
    },
    {
      path: `/environments/:environment/${noun}`,
      need: (access) => ({ permission: "environments", access, role: "write" }),
      find: ({ repository, request }) => findEnvironment(repository, request).actions,
    },
  ];
}
