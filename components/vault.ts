import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  log,
  type Resource,
} from "@pulumi/pulumi";
import {
  InfisicalFolder,
  InfisicalSecrets,
  InfisicalTags,
  type FormerName,
  type HandOff,
  type SecretEntry,
} from "@raxx/providers";

import {
  approvalHandOff,
  handOffText,
  renameMeaning,
  tagSlugs,
  vaultDestinations,
  vaultKeys,
  type Token,
  type VaultDestination,
  type VaultEnvironment,
} from "../catalog";
import { sourceOf, type Credential, type Provisioned } from "./credential";

export interface VaultArgs {
  /** The vault project's id. A change replaces. */
  projectId: string;
  /** Slug of the stack's own environment of the vault. A change replaces. */
  environment: VaultEnvironment;
  /** What stands in it: what was issued, and what is in custody. */
  tokens: Provisioned[];
  /** What stands in the vault's `dev`: its values are in custody. @default nothing */
  dev?: Provisioned[];
  /** Whether this stack creates the project's missing tags, or expects to find them. */
  createTags: boolean;
  /** What has to be there before anything is written. @default nothing */
  after?: Resource[];
}

/**
 * The vault as a destination: the tags that are in use, the folders (parents first), and per folder one batch
 * write of every token in it with its companions. A folder waits for everything that it holds. What only a person
 * can do is said in every run, until it is done.
 *
 * ```ts
 * new Vault("vault", { projectId, environment: "prod", createTags: true, tokens: [platform, models] });
 * ```
 */
export class Vault extends ComponentResource {
  constructor(name: string, args: VaultArgs, opts?: ComponentResourceOptions) {
    super("raxx:vault:Vault", name, { environment: args.environment }, opts);
    const tags = this.tags(name, args);
    this.environment(name, args, tags, args.environment, args.tokens);
    this.environment(`${name}-dev`, args, tags, "dev", args.dev ?? []);
    this.registerOutputs({});
  }

  private tags(name: string, { projectId, createTags, tokens, dev = [], after }: VaultArgs): InfisicalTags {
    const slugs = [...tokens, ...dev]
      .filter(({ token }) => vaultDestinations(token).length > 0)
      .flatMap(({ token }) => tagSlugs(token.tags));
    return new InfisicalTags(
      `${name}-tags`,
      { projectId, slugs: [...new Set(slugs)].sort(), create: createTags },
      { parent: this, dependsOn: after ?? [] },
    );
  }

  private environment(
    name: string,
    { projectId }: VaultArgs,
    tags: InfisicalTags,
    environment: VaultEnvironment,
    tokens: Provisioned[],
  ): void {
    const made = new Map<string, InfisicalFolder>();
    for (const [path, held] of byFolder(tokens)) {
      const folder = this.folder(name, { projectId, environment, path }, tags, made);
      const secrets = new InfisicalSecrets(
        `${name}${path}-secrets`,
        {
          projectId,
          environment,
          path,
          entries: Object.fromEntries(held.flatMap(entriesOf)),
          values: Object.fromEntries(held.flatMap(valuesOf)),
          tagIds: tags.ids,
        },
        { parent: this, dependsOn: [folder] },
      );
      secrets.handOffs.apply((handOffs: HandOff[] | undefined) => {
        const known = held.map(({ provisioned }) => provisioned.token);
        for (const one of handOffs ?? []) void log.warn(textOf(one, known, environment, path));
      });
    }
  }

  /** A resource per level, each after the one above it: on the way down they go in the opposite order. */
  private folder(
    name: string,
    { projectId, environment, path }: { projectId: string; environment: VaultEnvironment; path: string },
    tags: InfisicalTags,
    made: Map<string, InfisicalFolder>,
  ): InfisicalFolder {
    const known = made.get(path);
    if (known !== undefined) return known;
    const parent = path.slice(0, path.lastIndexOf("/"));
    const above =
      parent === "" ? tags : this.folder(name, { projectId, environment, path: parent }, tags, made);
    const folder = new InfisicalFolder(
      `${name}${path}`,
      { projectId, environment, path },
      { parent: this, dependsOn: [above] },
    );
    made.set(path, folder);
    return folder;
  }
}

/** A token in one of its folders. */
interface Held {
  place: VaultDestination;
  provisioned: Provisioned | Credential;
}

function byFolder(tokens: Provisioned[]): Map<string, Held[]> {
  const folders = new Map<string, Held[]>();
  for (const provisioned of tokens) {
    for (const place of vaultDestinations(provisioned.token)) {
      folders.set(place.folder, [...(folders.get(place.folder) ?? []), { place, provisioned }]);
    }
  }
  return folders;
}

function entriesOf({ place, provisioned }: Held): [string, SecretEntry][] {
  const { token } = provisioned;
  const custody = !("value" in provisioned);
  const said = saidOf(provisioned, custody);
  return [
    ...vaultKeys(token, place).map((key, part): [string, SecretEntry] => {
      const formerNames = formerNamesOf(token, token.parts[part], custody);
      return [
        key,
        {
          ...said,
          ...(custody ? { custody: true } : {}),
          ...(Object.keys(formerNames).length > 0 ? { formerNames } : {}),
        },
      ];
    }),
    ...companionsOf(place, provisioned).map(([key]): [string, SecretEntry] => [
      key,
      { ...said, companion: true },
    ]),
  ];
}

function valuesOf({ place, provisioned }: Held): [string, Input<string>][] {
  const own = "value" in provisioned ? provisioned.value : undefined;
  const [key, ...more] = vaultKeys(provisioned.token, place);
  if (own !== undefined && more.length > 0)
    throw new Error(`${provisioned.token.name} has one value, but several parts`);
  return [
    ...(own === undefined || key === undefined ? [] : [[key, own] satisfies [string, Input<string>]]),
    ...companionsOf(place, provisioned),
  ];
}

function companionsOf(
  { key }: VaultDestination,
  { token, companions }: Provisioned,
): [string, Input<string>][] {
  return Object.entries(companions).map(([suffix, value]) => [`${key ?? token.name}__${suffix}`, value]);
}

/** A secret and its companions carry the same tags: every secret of the vault has one of each dimension. */
function saidOf(provisioned: Provisioned, custody: boolean): SecretEntry {
  const { tags } = provisioned.token;
  return {
    tags: tagSlugs(tags),
    // A tag's slug takes no colon, so the pair stands here as the taxonomy writes it.
    metadata: { ...tags, generation: provisioned.generation },
    comment: custody
      ? "in custody: a person rotates the value; all else is provisioned by Pulumi from the catalog"
      : "provisioned by Pulumi: do not edit, change the catalog",
    source: sourceOf(provisioned),
  };
}

/** The old names of a token, or of one of its parts. */
function formerNamesOf(
  { formerNames }: Token,
  part: string | undefined,
  custody: boolean,
): Record<string, FormerName> {
  return Object.fromEntries(
    formerNames
      .filter((former) => former.part === part)
      .map(({ name, phase }) => [
        name,
        { phase, meaning: renameMeaning(phase, custody ? "custody" : "issued") },
      ]),
  );
}

function textOf(
  { kind, source, names, request }: HandOff,
  tokens: Token[],
  environment: VaultEnvironment,
  folder: string,
): string {
  const place = { environment, folder, names };
  if (kind === "approval") return approvalHandOff({ ...place, request: request ?? "" });
  const token = tokens.find(({ name }) => source.startsWith(`${name}@`));
  if (token === undefined) throw new Error(`a hand-off of the vault is about no token: ${source}`);
  return handOffText(token, { ...place, kind });
}
