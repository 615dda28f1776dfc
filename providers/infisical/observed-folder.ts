import { type InfisicalClient } from "./client";
import { type FolderRef, type InfisicalSecret } from "./records";
import { type SecretVersion } from "./secret-entry";

/** A folder as a list without values shows it. A value is read only where it has to be compared or copied, once. */
export class ObservedFolder {
  private readonly secrets: ReadonlyMap<string, InfisicalSecret>;
  private readonly values = new Map<string, Promise<string>>();
  private tags: Promise<Set<string>> | undefined;

  constructor(
    private readonly client: InfisicalClient,
    private readonly folder: FolderRef,
    listed: readonly InfisicalSecret[],
  ) {
    this.secrets = new Map(listed.map((secret) => [secret.secretKey, secret]));
  }

  get(name: string): InfisicalSecret | undefined {
    return this.secrets.get(name);
  }

  /** What stands in a secret of the list. */
  value(name: string): Promise<string> {
    const known = this.values.get(name) ?? this.client.value(this.folder, name);
    this.values.set(name, known);
    return known;
  }

  /** Those of the ids that the project still has a tag for. */
  async existingTags(ids: readonly string[]): Promise<string[]> {
    this.tags ??= this.client.tags(this.folder.projectId).then((tags) => new Set(tags.map(({ id }) => id)));
    const existing = await this.tags;
    return ids.filter((id) => existing.has(id));
  }

  version(name: string): SecretVersion | undefined {
    const secret = this.get(name);
    return secret && { id: secret.id, version: secret.version };
  }

  /** Whether nobody has written to it since; false where it is gone, or nothing is known. */
  isAt(name: string, then: SecretVersion | undefined): boolean {
    const now = this.version(name);
    return now !== undefined && then?.id === now.id && then.version === now.version;
  }
}
