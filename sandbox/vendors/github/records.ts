/** GitHub's database. Field names are the REST API's own where the API has them. */
export interface GitHubState {
  users: GitHubUser[];
  organizations: GitHubOrganization[];
  repositories: GitHubRepository[];
  tokens: GitHubToken[];
  /** Of all repositories, oldest first. */
  runs: GitHubRun[];
  rate_limit: {
    /** Primary limit of one user: all calls but `GET /rate_limit`. */
    per_hour: number;
    /** Primary limit of all callers without credentials together. */
    anonymous_per_hour: number;
    /** Secondary limit of one user: POST, PUT, PATCH and DELETE within any 60 seconds. */
    writes_per_minute: number;
  };
  anonymous_usage: GitHubUsage;
  /**
   * What a fine-grained token gets where it sees a repository and has not the permission. GitHub answers 403,
   * and for private repositories often 404.
   */
  missing_permission_status: 403 | 404;
  /** Public origin, e.g. `https://console.raxx.app` → base URL on loopback: all that a workflow can reach. */
  internet: Record<string, string>;
  /** How long a run stays `queued`. */
  runner_delay_ms: number;
  /** The newest id given out: users, repositories, environments, workflows and runs share one sequence. */
  last_id: number;
}

/** Calls of the current hour, and the times of the last minute's writes (epoch, milliseconds). */
export interface GitHubUsage {
  hour_started_at: number;
  used: number;
  writes: number[];
}

export interface GitHubUser {
  id: number;
  login: string;
  name: string | null;
  email: string | null;
  created_at: string;
  usage: GitHubUsage;
}

export interface GitHubOrganization {
  id: number;
  login: string;
  members: { user_id: number; role: "admin" | "member" }[];
  /** What a member may do with every repository of the organization. */
  default_repository_permission: GitHubRole | "none";
  created_at: string;
}

export type GitHubRole = "read" | "write" | "admin";

export const tokenPermissions = [
  "metadata",
  "contents",
  "secrets",
  "variables",
  "environments",
  "actions",
  "administration",
  "deployments",
] as const;

/** Permissions of a fine-grained token, of those that the emulated routes ask for. */
export type GitHubPermission = (typeof tokenPermissions)[number];

export type GitHubAccess = "read" | "write";

export type GitHubPermissions = Partial<Record<GitHubPermission, GitHubAccess>>;

export interface GitHubToken {
  token: string;
  user_id: number;
  /** Null: never. */
  expires_at: string | null;
  revoked: boolean;
  grant:
    | { kind: "fine-grained"; repository_ids: number[]; permissions: GitHubPermissions }
    | { kind: "classic"; scopes: string[] };
}

export interface GitHubRepository {
  id: number;
  name: string;
  /** Id of a user or an organization. */
  owner_id: number;
  private: boolean;
  default_branch: string;
  branches: string[];
  tags: string[];
  collaborators: { user_id: number; role: GitHubRole }[];
  /** `owner/name` as it was before each renaming. */
  former_names: string[];
  created_at: string;
  updated_at: string;
  actions: GitHubScope;
  environments: GitHubEnvironment[];
  workflows: GitHubWorkflow[];
}

/** What a repository and each of its environments have of their own. */
export interface GitHubScope {
  /** X25519; both keys are base64 of 32 bytes. */
  key_pair: { key_id: string; public_key: string; private_key: string };
  secrets: GitHubSecret[];
  variables: GitHubVariable[];
}

export interface GitHubSecret {
  name: string;
  /** The sealed box as it was sent, base64; null until a value from a world is sealed. */
  encrypted_value: string | null;
  /** A world's value, until the vendor's next start seals it. */
  unsealed_value?: string;
  created_at: string;
  updated_at: string;
}

export interface GitHubVariable {
  name: string;
  value: string;
  created_at: string;
  updated_at: string;
}

export interface GitHubEnvironment {
  id: number;
  name: string;
  created_at: string;
  updated_at: string;
  /** Minutes. */
  wait_timer: number;
  prevent_self_review: boolean;
  can_admins_bypass: boolean;
  /** Ids of users: teams are not emulated. */
  reviewer_ids: number[];
  deployment_branch_policy: { protected_branches: boolean; custom_branch_policies: boolean } | null;
  actions: GitHubScope;
}

export interface GitHubWorkflow {
  id: number;
  /** Name of the file in `.github/workflows`. */
  file: string;
  name: string;
  state: "active" | "disabled_manually";
  on: string[];
  inputs: Record<string, GitHubWorkflowInput>;
  /** Title of its runs, a template with inputs. @default the workflow's name */
  run_name?: string;
  job: GitHubJobDefinition;
  created_at: string;
  updated_at: string;
}

export interface GitHubWorkflowInput {
  /** @default false */
  required?: boolean;
  default?: string;
  /** @default "string" */
  type?: "string" | "boolean" | "number" | "choice" | "environment";
  /** For `choice`. */
  options?: string[];
}

/** Text may have `${{ secrets.NAME }}`, `${{ vars.NAME }}` and `${{ inputs.NAME }}`. */
export interface GitHubJobDefinition {
  /** @default none */
  environment?: string;
  /** @default 360 */
  timeout_minutes?: number;
  steps: GitHubStepDefinition[];
}

export type GitHubStepDefinition = GitHubRequestStep | GitHubScriptStep;

/** A call, told without the script that would make it. */
export interface GitHubRequestStep {
  /** Shown as it is: no template. */
  name: string;
  request: { method: string; url: string; headers?: Record<string, string>; body?: string };
  /** The one HTTP status with which the step succeeds. */
  expect_status: number;
}

export interface GitHubScriptStep {
  /** Shown as it is: no template. */
  name: string;
  /** For bash: no template. */
  run: string;
  env: Record<string, string>;
}

export type GitHubRunStatus = "queued" | "in_progress" | "waiting" | "completed";

export type GitHubConclusion = "success" | "failure" | "skipped" | "cancelled";

export interface GitHubRun {
  id: number;
  repository_id: number;
  workflow_id: number;
  run_number: number;
  actor_id: number;
  event: string;
  head_branch: string;
  head_sha: string;
  inputs: Record<string, string>;
  /** @default the workflow's name */
  display_title?: string;
  status: GitHubRunStatus;
  conclusion: GitHubConclusion | null;
  created_at: string;
  updated_at: string;
  /** When the run began to wait for its environment's rules. */
  waiting_since: string | null;
  review: { state: "approved" | "rejected"; user_id: number; comment: string } | null;
  job: GitHubJob;
}

export interface GitHubJob {
  id: number;
  environment: string | null;
  started_at: string | null;
  completed_at: string | null;
  steps: GitHubStep[];
}

export interface GitHubStep {
  name: string;
  number: number;
  status: GitHubRunStatus;
  conclusion: GitHubConclusion | null;
  /** What the step's request was answered with; null where there was no answer. Never shown by the API. */
  http_status: number | null;
  /** What the step's script printed, secrets masked. Never shown by the API. */
  log?: string;
  started_at: string | null;
  completed_at: string | null;
}
