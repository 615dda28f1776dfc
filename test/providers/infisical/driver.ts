import { PartialFailure } from "../../../providers/errors";
import { type InfisicalClient } from "../../../providers/infisical/client";
import {
  type FormerName,
  type HandOff,
  type RenamePhase,
  type SecretEntry,
  type SecretsInputs,
} from "../../../providers/infisical/secret-entry";
import { infisicalSecrets, type InfisicalSecretsOutputs } from "../../../providers/infisical/secrets";
import { createSecret, createTag, type Secret } from "../../../sandbox/vendors/infisical/entities";
import { type VaultWorld } from "./world";

const slugs = ["consumer-ci", "function-notify", "rotation-90d", "sensitivity-low"];

/** What one run wants of the folder. */
export interface Wanted {
  /** Names in custody, of one token. */
  custody?: string[];
  /** Names that we issue → value, of another token. */
  issued?: Record<string, string>;
  /** Name → its former names, each with its phase. */
  formerNames?: Record<string, Record<string, RenamePhase>>;
  /** Companions of the token in custody. @default one */
  companions?: Record<string, string>;
}

/** What one run wants of one name, where {@link Wanted} is too little. */
export interface WantedEntry {
  /** @default "TOKEN" */
  token?: string;
  /** @default in custody */
  value?: string;
  companion?: true;
  formerNames?: Record<string, RenamePhase>;
  /** @default "2026-05-06" */
  generation?: string;
  tags?: string[];
}

/** Our secrets of one folder from run to run, as the engine drives them: state in, state out, as JSON. */
export class DrivenFolder {
  state: InfisicalSecretsOutputs | undefined;
  private failed = false;
  private readonly tagIds: Record<string, string>;

  constructor(readonly world: VaultWorld) {
    this.tagIds = Object.fromEntries(slugs.map((slug) => [slug, this.tag(slug)]));
  }

  /** What it did; throws what the run failed with. */
  up(wanted: Wanted): Promise<"created" | "updated" | "same"> {
    return this.run(this.inputs(wanted));
  }

  /** The same, name by name. */
  upOf(entries: Record<string, WantedEntry>): Promise<"created" | "updated" | "same"> {
    return this.run(this.inputsOf(entries));
  }

  private async run(news: SecretsInputs): Promise<"created" | "updated" | "same"> {
    const resource = infisicalSecrets(this.client);
    const { failures } = await resource.check(this.state ?? {}, news);
    if (failures !== undefined) throw new Error(failures[0]?.reason);
    try {
      if (this.state === undefined) {
        this.keep((await resource.create(news)).outs);
        return "created";
      }
      const { changes } = await resource.diff(this.id, this.state, news);
      if (changes !== true && !this.failed) return "same";
      this.keep((await resource.update(this.id, this.state, news)).outs);
      return "updated";
    } catch (error) {
      if (!(error instanceof PartialFailure)) throw error;
      this.keep(error.properties as InfisicalSecretsOutputs);
      this.failed = true;
      throw error.cause;
    }
  }

  async refresh(): Promise<void> {
    const { props } = await infisicalSecrets(this.client).read(this.id, this.current);
    if (props === undefined) this.state = undefined;
    else this.keep(props);
  }

  async destroy(): Promise<void> {
    await infisicalSecrets(this.client).delete(this.id, this.current);
    this.state = undefined;
  }

  get handOffs(): Pick<HandOff, "kind" | "names">[] {
    return (this.current.handOffs ?? []).map(({ kind, names }) => ({ kind, names }));
  }

  /** A secret that a person made. */
  person(name: string, value: string, other: { tagSlugs?: string[]; comment?: string } = {}): Secret {
    return createSecret(this.world.state, { ...this.world.place, name, value, ...other });
  }

  /** A person writes another value. */
  rotate(name: string, value: string): void {
    const secret = this.world.present(name);
    secret.value = value;
    secret.version += 1;
  }

  remove(name: string): void {
    const gone = this.world.present(name);
    this.world.state.secrets = this.world.state.secrets.filter((secret) => secret !== gone);
  }

  /** Name → value of every secret of the vault, but for companions. */
  get values(): Record<string, string> {
    const secrets = this.world.state.secrets.filter(({ name }) => !name.includes("__"));
    return Object.fromEntries(secrets.map(({ name, value }) => [name, value]));
  }

  /** A person changes what is said of it. */
  edit(name: string, change: Partial<Secret>): void {
    const secret = this.world.present(name);
    Object.assign(secret, change);
    secret.version += 1;
  }

  /** Puts something between the resource and the vault. */
  through(client: InfisicalClient): void {
    this.ownClient = client;
  }

  /** What of the vault was asked since `from`, as `GET /api/v4/secrets`. */
  calls(from = 0): string[] {
    return this.world.vendor.log
      .read()
      .slice(from)
      .filter(({ path }) => !path.endsWith("/login"))
      .map(({ method, path }) => `${method} ${path}`);
  }

  get mark(): number {
    return this.world.vendor.log.read().length;
  }

  private inputs({ custody = [], issued = {}, formerNames = {}, ...other }: Wanted): SecretsInputs {
    const companions = other.companions ?? (custody.length > 0 ? { TOKEN__EXPIRES_AT: "non-expiring" } : {});
    const entry = (token: string, name: string): SecretEntry => ({
      tags: slugs,
      metadata: { function: "notify", generation: "2026-05-06" },
      comment: "ours",
      source: `${token}@2026-05-06`,
      ...(formerNames[name] === undefined ? {} : { formerNames: withMeanings(formerNames[name]) }),
    });
    return {
      ...this.world.place,
      tagIds: this.tagIds,
      values: { ...issued, ...companions },
      entries: {
        ...Object.fromEntries(Object.keys(issued).map((name) => [name, entry("ISSUED", name)])),
        ...Object.fromEntries(
          custody.map((name) => [name, { ...entry("TOKEN", name), custody: true as const }]),
        ),
        ...Object.fromEntries(
          Object.keys(companions).map((name) => [
            name,
            { ...entry("TOKEN", name), companion: true as const },
          ]),
        ),
      },
    };
  }

  private inputsOf(entries: Record<string, WantedEntry>): SecretsInputs {
    const wanted = Object.entries(entries);
    const all = new Set(wanted.flatMap(([, { tags = slugs }]) => tags));
    return {
      ...this.world.place,
      tagIds: Object.fromEntries([...all].map((slug) => [slug, this.tag(slug)])),
      values: Object.fromEntries(
        wanted.flatMap(([name, { value }]) => (value === undefined ? [] : [[name, value] as const])),
      ),
      entries: Object.fromEntries(
        wanted.map(
          ([name, { token = "TOKEN", value, companion, formerNames, generation = "2026-05-06", tags }]) => [
            name,
            {
              tags: [...(tags ?? slugs)].sort(),
              metadata: { function: "notify", generation },
              comment: "ours",
              source: `${token}@${generation}`,
              ...(value === undefined ? { custody: true as const } : {}),
              ...(companion === undefined ? {} : { companion }),
              ...(formerNames === undefined ? {} : { formerNames: withMeanings(formerNames) }),
            },
          ],
        ),
      ),
    };
  }

  /** The id of a tag of the project, made where it is missing. */
  private tag(slug: string): string {
    const { state, project } = this.world;
    const there = state.tags.find((tag) => tag.slug === slug);
    return (there ?? createTag(state, { projectId: project.id, slug })).id;
  }

  private keep(state: InfisicalSecretsOutputs): void {
    this.state = JSON.parse(JSON.stringify(state)) as InfisicalSecretsOutputs;
    this.failed = false;
  }

  private get current(): InfisicalSecretsOutputs {
    if (this.state === undefined) throw new Error("there is no state");
    return this.state;
  }

  /** A process of its own for each operation, as the engine has it. */
  private readonly client = (): InfisicalClient => (this.ownClient ??= this.world.client());
  private ownClient: InfisicalClient | undefined;

  private readonly id = "prod:/MooseQuest";
}

function withMeanings(phases: Record<string, RenamePhase>): Record<string, FormerName> {
  return Object.fromEntries(Object.entries(phases).map(([name, phase]) => [name, { phase, meaning: phase }]));
}
