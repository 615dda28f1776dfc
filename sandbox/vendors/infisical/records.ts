import { createHash, randomBytes, randomUUID } from "node:crypto";

import { type GateMode } from "./gate";
import { type AccessToken, type Identity, type Membership } from "./identity-records";

export * from "./identity-records";

/** The vault's database. It holds live values, as the vendor's own does; what the vendor cannot show again is hashed. */
export interface InfisicalState {
  /** How the Cloudflare Access application in front of the vault behaves. */
  gate: GateMode;
  /** Zero Trust team, the first label of the login host. */
  team: string;
  accessServiceTokens: AccessServiceToken[];
  /** Requests per address and minute; null is no limit, as a self-hosted instance is documented. */
  rateLimitPerMinute: number | null;
  variants: Variants;
  /** Signs access tokens. */
  signingKey: string;
  /** The one organization of the instance: every project and identity belongs to it. */
  orgId: string;
  /** What the organization's licence allows; null is no limit. */
  identityLimit: number | null;
  identities: Identity[];
  accessTokens: AccessToken[];
  projects: Project[];
  memberships: Membership[];
  tags: Tag[];
  folders: Folder[];
  secrets: Secret[];
  approvalPolicies: ApprovalPolicy[];
  approvals: Approval[];
}

/** What differs between releases of Infisical, so that a client can be tried against both. */
export interface Variants {
  /**
   * A folder below one that is missing: refused with 404, or made with its parents as the newest source does.
   */
  missingParents: "refused" | "created";
  /** A PATCH without `secretMetadata`: older source stores an empty list, the newest keeps what was there. */
  patchWithoutMetadata: "clears" | "keeps";
  /**
   * Who may act on an identity's credentials and rights: newer organizations ask for the action itself, which of the
   * stock roles only `admin` has; older ones compare, and refuse where the identity has more rights than the caller.
   */
  privileges: "granted" | "compared";
}

export interface AccessServiceToken {
  id: string;
  name: string;
  clientId: string;
  clientSecretHash: string;
  enabled: boolean;
  expiresAt: string | null;
}

export interface Environment {
  id: string;
  name: string;
  slug: string;
}

export interface Project {
  id: string;
  name: string;
  slug: string;
  orgId: string;
  environments: Environment[];
  /** Where true, a secret name that is not in upper case is refused with 400. */
  enforceCapitalization: boolean;
  createdAt: string;
  updatedAt: string;
}

export interface Tag {
  id: string;
  projectId: string;
  slug: string;
  color: string;
  createdBy: string | null;
  createdAt: string;
  updatedAt: string;
}

export interface Folder {
  id: string;
  projectId: string;
  environmentId: string;
  /** Null for the root of an environment, which is named `root`. */
  parentId: string | null;
  name: string;
  description: string | null;
  version: number;
  createdAt: string;
  updatedAt: string;
}

export interface SecretMetadata {
  key: string;
  value: string;
  isEncrypted?: boolean | undefined;
}

/** What a version of a secret holds. */
export interface SecretContent {
  version: number;
  name: string;
  value: string;
  comment: string;
  metadata: SecretMetadata[];
  tagIds: string[];
  skipMultilineEncoding: boolean | null;
  reminderNote: string | null;
  reminderRepeatDays: number | null;
  /** Identity, or null for a person. */
  actorId: string | null;
  updatedAt: string;
}

export interface Secret extends SecretContent {
  id: string;
  folderId: string;
  createdAt: string;
  /** Older versions, oldest first. */
  history: SecretContent[];
}

/** Turns writes to one path of one environment into change requests. */
export interface ApprovalPolicy {
  id: string;
  name: string;
  projectId: string;
  /** Slug. */
  environment: string;
  /** A star stands for any run of characters but `/`, two for any run. */
  secretPath: string;
}

/** A change request: what was asked for, never the values. */
export interface Approval {
  id: string;
  slug: string;
  policyId: string;
  folderId: string;
  status: "open";
  hasMerged: false;
  committerIdentityId: string;
  operation: "create" | "update" | "delete";
  secretNames: string[];
  createdAt: string;
}

export function emptyInfisical(): InfisicalState {
  return {
    gate: "open-to-service-token",
    team: "sandbox",
    accessServiceTokens: [],
    rateLimitPerMinute: null,
    variants: { missingParents: "refused", patchWithoutMetadata: "clears", privileges: "granted" },
    signingKey: randomBytes(32).toString("hex"),
    orgId: randomUUID(),
    identityLimit: null,
    identities: [],
    accessTokens: [],
    projects: [],
    memberships: [],
    tags: [],
    folders: [],
    secrets: [],
    approvalPolicies: [],
    approvals: [],
  };
}

export function hash(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** `/` for the root, else `/a/b` without a closing slash. */
export function normalPath(path: string): string {
  return `/${path
    .split("/")
    .filter((part) => part !== "")
    .join("/")}`;
}

/** The folder at a path of an environment given by its slug. */
export function folderAt(
  state: InfisicalState,
  projectId: string,
  environment: string,
  path: string,
): Folder | undefined {
  const environmentId = environmentOf(state, projectId, environment)?.id;
  const inEnvironment = state.folders.filter(
    (entry) => entry.projectId === projectId && entry.environmentId === environmentId,
  );
  let folder = inEnvironment.find((entry) => entry.parentId === null);
  for (const name of normalPath(path).split("/").filter(Boolean)) {
    const parentId = folder?.id;
    folder = inEnvironment.find((entry) => entry.parentId === parentId && entry.name === name);
    if (folder === undefined) return undefined;
  }
  return folder;
}

export function pathOfFolder(state: InfisicalState, folder: Folder): string {
  const parent = state.folders.find((entry) => entry.id === folder.parentId);
  return parent === undefined ? "/" : normalPath(`${pathOfFolder(state, parent)}/${folder.name}`);
}

export function environmentOf(
  state: InfisicalState,
  projectId: string,
  slug: string,
): Environment | undefined {
  return state.projects
    .find((project) => project.id === projectId)
    ?.environments.find((env) => env.slug === slug);
}

/** The secret of this name in the folder at this path, or undefined. */
export function secretAt(
  state: InfisicalState,
  at: { projectId: string; environment: string; path: string; name: string },
): Secret | undefined {
  const folder = folderAt(state, at.projectId, at.environment, at.path);
  return state.secrets.find((secret) => secret.folderId === folder?.id && secret.name === at.name);
}

export function newFolder(
  at: { projectId: string; environmentId: string; parentId: string | null },
  name: string,
  description: string | null,
  now: Date,
): Folder {
  const time = now.toISOString();
  return { id: randomUUID(), ...at, name, description, version: 1, createdAt: time, updatedAt: time };
}
