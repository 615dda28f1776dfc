import { ComponentResource, type ComponentResourceOptions, type Input, type Resource } from "@pulumi/pulumi";
import { InfisicalFolder, InfisicalSecrets, InfisicalTags, type SecretEntry } from "@raxx/providers";

import { tagSlugs } from "../catalog";
import { sourceOf, type Credential } from "./credential";

export interface VaultArgs {
  /** The vault project's id. A change replaces. */
  projectId: string;
  /** Slug of the vault's environment. A change replaces. */
  environment: string;
  /** Whether this stack creates the project's missing tags, or expects to find them. */
  createTags: boolean;
  /** Folder path, absolute, without a slash at its end → the credentials that stand in it. */
  folders: Record<string, Credential[]>;
  /** What has to be there before anything is written. @default nothing */
  after?: Resource[];
}

/**
 * The vault as a destination: the tags that are in use, the folders (parents first), and per folder one batch
 * write of every credential in it with its companions. A folder waits for every credential that it holds.
 *
 * ```ts
 * new Vault("vault", { projectId, environment: "prod", createTags: true, folders: { "/MooseQuest/heroku": [platform] } });
 * ```
 */
export class Vault extends ComponentResource {
  constructor(name: string, args: VaultArgs, opts?: ComponentResourceOptions) {
    super("raxx:vault:Vault", name, { environment: args.environment }, opts);
    const tags = this.tags(name, args);
    const folders = this.folders(name, args, tags);
    for (const [path, credentials] of Object.entries(args.folders)) {
      this.secrets(name, args, tags, folders.get(path), path, credentials);
    }
    this.registerOutputs({});
  }

  private tags(name: string, { projectId, createTags, folders, after }: VaultArgs): InfisicalTags {
    const slugs = Object.values(folders).flatMap((credentials) =>
      credentials.flatMap(({ token }) => tagSlugs(token.tags)),
    );
    return new InfisicalTags(
      `${name}-tags`,
      { projectId, slugs: [...new Set(slugs)].sort(), create: createTags },
      { parent: this, dependsOn: after ?? [] },
    );
  }

  /** A resource per level, each after the one above it: on the way down they go in the opposite order. */
  private folders(
    name: string,
    { projectId, environment, folders }: VaultArgs,
    tags: InfisicalTags,
  ): Map<string, InfisicalFolder> {
    const made = new Map<string, InfisicalFolder>();
    for (const path of Object.keys(folders).flatMap(levels)) {
      if (made.has(path)) continue;
      const above = made.get(path.slice(0, path.lastIndexOf("/")));
      const folder = new InfisicalFolder(
        `${name}${path}`,
        { projectId, environment, path },
        { parent: this, dependsOn: [above ?? tags] },
      );
      made.set(path, folder);
    }
    return made;
  }

  private secrets(
    name: string,
    { projectId, environment }: VaultArgs,
    tags: InfisicalTags,
    folder: InfisicalFolder | undefined,
    path: string,
    credentials: Credential[],
  ): void {
    const all = credentials.flatMap((credential) => [
      { key: credential.token.name, value: credential.value, credential },
      ...Object.entries(credential.companions).map(([suffix, value]) => ({
        key: `${credential.token.name}__${suffix}`,
        value,
        credential,
      })),
    ]);
    new InfisicalSecrets(
      `${name}${path}-secrets`,
      {
        projectId,
        environment,
        path,
        entries: Object.fromEntries(all.map(({ key, credential }) => [key, entryOf(credential)])),
        values: Object.fromEntries(all.map(({ key, value }): [string, Input<string>] => [key, value])),
        tagIds: tags.ids,
      },
      { parent: this, dependsOn: folder === undefined ? [] : [folder] },
    );
  }
}

/** A secret and its companions carry the same tags: every secret of the vault has one of each dimension. */
function entryOf(credential: Credential): SecretEntry {
  const { tags } = credential.token;
  return {
    tags: tagSlugs(tags),
    // A tag's slug takes no colon, so the pair stands here as the taxonomy writes it.
    metadata: { ...tags, generation: credential.generation },
    comment: "provisioned by Pulumi: do not edit, change the catalog",
    source: sourceOf(credential),
  };
}

/** `/a/b` → `/a`, `/a/b`. */
function levels(path: string): string[] {
  const names = path.split("/").slice(1);
  return names.map((_, index) => `/${names.slice(0, index + 1).join("/")}`);
}
