import { randomUUID } from "node:crypto";

import { DateTime } from "luxon";

import { type Token, type TokenGenerations } from "../../catalog";
import { tagSlugs, type VaultEnvironment } from "../../catalog/taxonomy";
import { idBeside } from "../../catalog/token";
import { type GenerationsByEnvironment } from "../../ops/documents/facts";
import { vaultPlaces } from "../../ops/token-places";
import { findingsOf, type Finding } from "../../ops/vault-audit-findings";
import { fingerprints, listingOf } from "../../ops/vault-audit-listing";
import { generation } from "../components/fixtures";
import { canary } from "../providers/support";

export interface PlacedSecret {
  environment: VaultEnvironment;
  folder: string;
  name: string;
  value: string;
  tags: string[];
}

export const now = DateTime.utc();

/** The generations of today, for the tokens of these names. */
export function issuedToday(names: { prod: string[]; staging: string[] }): GenerationsByEnvironment {
  const today = { current: generation(now.toISODate()), previousAdopt: [] };
  const mapOf = (some: string[]): ReadonlyMap<string, TokenGenerations> =>
    new Map(some.map((name) => [name, today]));
  return { prod: mapOf(names.prod), staging: mapOf(names.staging) };
}

/** A vault in memory, as a person or the program fills it. A path is `/folder/NAME`. */
export class AuditedVault {
  readonly secrets: PlacedSecret[] = [];
  readonly folders: { environment: VaultEnvironment; path: string }[] = [];

  constructor(
    private readonly tokens: readonly Token[],
    readonly generations: GenerationsByEnvironment,
  ) {}

  /** With everything that has a generation, exactly as the catalog says. */
  static provisioned(tokens: readonly Token[], generations: GenerationsByEnvironment): AuditedVault {
    const vault = new AuditedVault(tokens, generations);
    for (const token of tokens) vault.provision(token);
    return vault;
  }

  put(environment: VaultEnvironment, path: string, value = canary(), tags: string[] = []): this {
    const cut = path.lastIndexOf("/");
    const folder = path.slice(0, cut) || "/";
    this.secrets.push({ environment, folder, name: path.slice(cut + 1), value, tags });
    if (folder !== "/") this.folders.push({ environment, path: folder });
    return this;
  }

  at(environment: VaultEnvironment, path: string): PlacedSecret {
    const found = this.secrets.find(
      (one) => one.environment === environment && `${one.folder}/${one.name}` === path,
    );
    if (found === undefined) throw new Error(`no ${path} in ${environment}`);
    return found;
  }

  drop(environment: VaultEnvironment, ...paths: string[]): this {
    for (const path of paths) this.secrets.splice(this.secrets.indexOf(this.at(environment, path)), 1);
    return this;
  }

  set(environment: VaultEnvironment, path: string, value: string): this {
    this.at(environment, path).value = value;
    return this;
  }

  dropFolder(environment: VaultEnvironment, path: string): this {
    for (const list of [this.secrets, this.folders] as {
      environment: string;
      folder?: string;
      path?: string;
    }[][]) {
      const kept = list.filter((one) => one.environment !== environment || (one.folder ?? one.path) !== path);
      list.splice(0, list.length, ...kept);
    }
    return this;
  }

  findings(
    tokens = this.tokens,
    environments: readonly VaultEnvironment[] = ["prod", "staging", "dev"],
  ): Finding[] {
    const fingerprint = fingerprints();
    const listings = environments.map((environment) =>
      listingOf(
        environment,
        {
          folders: this.folders.filter((one) => one.environment === environment).map(({ path }) => path),
          secrets: this.secrets
            .filter((one) => one.environment === environment)
            .map(({ folder, name, value, tags }) => ({
              secretKey: name,
              secretValue: value,
              secretPath: folder,
              tags: tags.map((slug) => ({ slug })),
            })),
        },
        fingerprint,
      ),
    );
    return findingsOf(listings, { tokens, generations: this.generations, now });
  }

  private provision(token: Token): void {
    const tags = tagSlugs(token.tags);
    for (const { environment, stack, folder, keys, base } of vaultPlaces(token)) {
      if (!this.generations[stack].has(token.name)) continue;
      const id = environment === "dev" ? undefined : idBeside[token.issuer.kind];
      const companions = {
        ...(id === undefined || token.parts.includes(id) ? {} : { [id]: randomUUID() }),
        EXPIRES_AT: now.plus({ days: 90 }).startOf("day").toISO({ suppressMilliseconds: true }),
        SCOPES: token.vendorScopes.join(" "),
      };
      for (const key of keys) this.put(environment, `${folder}/${key}`, canary(), tags);
      for (const [suffix, value] of Object.entries(companions)) {
        this.put(environment, `${folder}/${base}__${suffix}`, value, tags);
      }
    }
  }
}
