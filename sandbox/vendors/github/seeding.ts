import { randomInt } from "node:crypto";

import { nextId, ownerOf, timestamp } from "./entities";
import {
  type GitHubEnvironment,
  type GitHubJobDefinition,
  type GitHubOrganization,
  type GitHubPermissions,
  type GitHubRepository,
  type GitHubRole,
  type GitHubSecret,
  type GitHubState,
  type GitHubToken,
  type GitHubUser,
  type GitHubVariable,
  type GitHubWorkflow,
  type GitHubWorkflowInput,
} from "./records";
import { newKeyPair, openSecret, sealNow } from "./sealed-box";

/** Adds a user. It has no credential until {@link createToken} makes one. */
export function createUser(
  state: GitHubState,
  args: {
    login: string;
    /** @default null */
    name?: string;
    /** @default null */
    email?: string;
    /** @default now */
    now?: Date;
  },
): GitHubUser {
  const user: GitHubUser = {
    id: nextId(state),
    login: args.login,
    name: args.name ?? null,
    email: args.email ?? null,
    created_at: timestamp(args.now),
    usage: { hour_started_at: 0, used: 0, writes: [] },
  };
  state.users.push(user);
  return user;
}

export function createOrganization(
  state: GitHubState,
  args: {
    login: string;
    /** Owners of the organization are its `admin`s. @default none */
    members?: { user: GitHubUser; role: "admin" | "member" }[];
    /** @default "read" */
    defaultRepositoryPermission?: GitHubRole | "none";
    /** @default now */
    now?: Date;
  },
): GitHubOrganization {
  const organization: GitHubOrganization = {
    id: nextId(state),
    login: args.login,
    members: (args.members ?? []).map(({ user, role }) => ({ user_id: user.id, role })),
    default_repository_permission: args.defaultRepositoryPermission ?? "read",
    created_at: timestamp(args.now),
  };
  state.organizations.push(organization);
  return organization;
}

export function createRepository(
  state: GitHubState,
  args: {
    owner: GitHubUser | GitHubOrganization;
    name: string;
    /** @default true */
    private?: boolean;
    /** @default "main" */
    defaultBranch?: string;
    /** Beside the default one. @default none */
    branches?: string[];
    /** @default none */
    tags?: string[];
    /** @default none */
    collaborators?: { user: GitHubUser; role: GitHubRole }[];
    /** @default now */
    now?: Date;
  },
): GitHubRepository {
  const time = timestamp(args.now);
  const defaultBranch = args.defaultBranch ?? "main";
  const repository: GitHubRepository = {
    id: nextId(state),
    name: args.name,
    owner_id: args.owner.id,
    private: args.private ?? true,
    default_branch: defaultBranch,
    branches: [...new Set([defaultBranch, ...(args.branches ?? [])])],
    tags: [...(args.tags ?? [])],
    collaborators: (args.collaborators ?? []).map(({ user, role }) => ({ user_id: user.id, role })),
    former_names: [],
    created_at: time,
    updated_at: time,
    actions: { key_pair: newKeyPair(), secrets: [], variables: [] },
    environments: [],
    workflows: [],
  };
  state.repositories.push(repository);
  return repository;
}

/** Gives a repository another name: its old one then redirects. */
export function renameRepository(state: GitHubState, repository: GitHubRepository, name: string): void {
  repository.former_names.push(`${ownerOf(state, repository).login}/${repository.name}`);
  repository.name = name;
}

export function createEnvironment(
  state: GitHubState,
  args: {
    repository: GitHubRepository;
    name: string;
    /** @default none */
    reviewers?: GitHubUser[];
    /** Minutes. @default 0 */
    waitTimer?: number;
    /** @default false */
    preventSelfReview?: boolean;
    /** @default now */
    now?: Date;
  },
): GitHubEnvironment {
  const time = timestamp(args.now);
  const environment: GitHubEnvironment = {
    id: nextId(state),
    name: args.name,
    created_at: time,
    updated_at: time,
    wait_timer: args.waitTimer ?? 0,
    prevent_self_review: args.preventSelfReview ?? false,
    can_admins_bypass: true,
    reviewer_ids: (args.reviewers ?? []).map((user) => user.id),
    deployment_branch_policy: null,
    actions: { key_pair: newKeyPair(), secrets: [], variables: [] },
  };
  args.repository.environments.push(environment);
  return environment;
}

interface Place {
  repository: GitHubRepository;
  /** The environment or its name. @default none: the repository's own */
  environment?: GitHubEnvironment | string;
  name: string;
}

/**
 * Adds a secret, or replaces it. Synchronous, as worlds are: before libsodium has loaded, the value waits in
 * the record and the vendor's next start seals it.
 */
export function createSecret(
  _state: GitHubState,
  args: Place & {
    value: string;
    /** @default now */
    now?: Date;
  },
): GitHubSecret {
  const { key_pair, secrets } = scopeOf(args);
  const time = timestamp(args.now);
  const secret: GitHubSecret = {
    name: args.name.toUpperCase(),
    encrypted_value: null,
    unsealed_value: args.value,
    created_at: time,
    updated_at: time,
  };
  sealNow(key_pair, secret);
  const index = secrets.findIndex((one) => one.name === secret.name);
  if (index < 0) secrets.push(secret);
  else secrets[index] = secret;
  return secret;
}

/** The value of a stored secret, opened with the key of its scope. Needs a vendor that was started. */
export function secretValue(_state: GitHubState, place: Place): string | undefined {
  const { key_pair, secrets } = scopeOf(place);
  const secret = secrets.find((one) => one.name === place.name.toUpperCase());
  return secret && openSecret(key_pair, secret);
}

export function createVariable(
  _state: GitHubState,
  args: Place & {
    value: string;
    /** @default now */
    now?: Date;
  },
): GitHubVariable {
  const time = timestamp(args.now);
  const name = args.name.toUpperCase();
  const variable: GitHubVariable = { name, value: args.value, created_at: time, updated_at: time };
  scopeOf(args).variables.push(variable);
  return variable;
}

/** Adds a token and answers its text: `github_pat_…` with repositories and permissions, `ghp_…` with scopes. */
export function createToken(
  state: GitHubState,
  args: {
    user: GitHubUser;
    /** @default none: the token does not expire */
    expiresAt?: Date;
    /** @default made at run time */
    token?: string;
  } & ({ repositories: GitHubRepository[]; permissions: GitHubPermissions } | { scopes: string[] }),
): string {
  const classic = "scopes" in args;
  const token: GitHubToken = {
    token: args.token ?? (classic ? `ghp_${letters(36)}` : `github_pat_${letters(22)}_${letters(59)}`),
    user_id: args.user.id,
    expires_at: args.expiresAt === undefined ? null : timestamp(args.expiresAt),
    revoked: false,
    grant: classic
      ? { kind: "classic", scopes: [...args.scopes] }
      : {
          kind: "fine-grained",
          repository_ids: args.repositories.map((repository) => repository.id),
          // GitHub adds the reading of metadata to every token that has any repository permission.
          permissions: { metadata: "read", ...args.permissions },
        },
  };
  state.tokens.push(token);
  return token.token;
}

/** What the owner does on the settings page; no API does it. */
export function revokeToken(state: GitHubState, text: string): void {
  for (const token of state.tokens) if (token.token === text) token.revoked = true;
}

export function createWorkflow(
  state: GitHubState,
  args: {
    repository: GitHubRepository;
    file: string;
    name: string;
    job: GitHubJobDefinition;
    /** @default ["workflow_dispatch"] */
    on?: string[];
    /** @default none */
    inputs?: Record<string, GitHubWorkflowInput>;
    /** A template. @default the workflow's name */
    runName?: string;
    /** @default now */
    now?: Date;
  },
): GitHubWorkflow {
  const time = timestamp(args.now);
  const workflow: GitHubWorkflow = {
    id: nextId(state),
    file: args.file,
    name: args.name,
    state: "active",
    on: args.on ?? ["workflow_dispatch"],
    inputs: args.inputs ?? {},
    ...(args.runName !== undefined && { run_name: args.runName }),
    job: args.job,
    created_at: time,
    updated_at: time,
  };
  args.repository.workflows.push(workflow);
  return workflow;
}

function scopeOf({ repository, environment }: Place): GitHubRepository["actions"] {
  if (typeof environment !== "string") return (environment ?? repository).actions;
  const name = environment.toLowerCase();
  const found = repository.environments.find((one) => one.name.toLowerCase() === name);
  if (found === undefined) throw new Error(`repository ${repository.name} has no environment ${environment}`);
  return found.actions;
}

function letters(count: number): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  return Array.from({ length: count }, () => alphabet[randomInt(alphabet.length)]).join("");
}
