import { tokens, vaultDestinations, vaultKeys, type Token } from "../../../catalog";
import { withoutComponent } from "../../../catalog/configured-generations";
import { idBeside } from "../../../catalog/token";
import { pathOfFolder, type InfisicalState, type Secret } from "../../../sandbox/vendors/infisical/entities";

/** A secret with where it stands. */
export interface Placed {
  environment: string;
  path: string;
  secret: Secret;
}

/** What we may make: folders that the world does not have. */
const ourFolders = [
  "prod /Raxx",
  "prod /Raxx/Console",
  "prod /Raxx/Console/Billing",
  "staging /MooseQuest/cloudflare",
  "staging /MooseQuest/heroku",
  "staging /MooseQuest/infisical",
];

export function placed(state: InfisicalState): Placed[] {
  return state.secrets.flatMap((secret) => {
    const folder = state.folders.find(({ id }) => id === secret.folderId);
    if (folder === undefined) return [];
    const environment = environmentSlug(state, folder.environmentId);
    return [{ environment, path: pathOfFolder(state, folder), secret }];
  });
}

/** Secrets of a folder by name. */
export function secretsIn(state: InfisicalState, environment: string, path: string): Map<string, Secret> {
  const found = placed(state).filter((one) => one.environment === environment && one.path === path);
  return new Map(found.map(({ secret }) => [secret.name, secret]));
}

/**
 * Everything in the vault that is not this program's, byte for byte: secrets with their versions, folders, tags. Of a
 * secret in custody and of an old name in custody, the value.
 */
export function foreignInVault(state: InfisicalState): unknown {
  const all = placed(state);
  const custody = all
    .filter((one) => roleOf(one) === "custody")
    .map(({ environment, path, secret }) => [environment, path, secret.name, secret.value]);
  return {
    secrets: all.filter((one) => roleOf(one) === "foreign"),
    custody,
    folders: state.folders.filter(
      (folder) =>
        !ourFolders.includes(
          `${environmentSlug(state, folder.environmentId)} ${pathOfFolder(state, folder)}`,
        ),
    ),
    tags: state.tags.filter((tag) => tag.createdBy === null || !ourSlugs.has(tag.slug)),
  };
}

/** Slugs that the catalog uses. */
const ourSlugs = new Set(
  tokens.flatMap(({ tags }) => Object.entries(tags).map(([dimension, tag]) => `${dimension}-${tag}`)),
);

/**
 * `ours`: we write its value. `custody`: it is a person's, and ours are its tags. `foreign`: no token that is
 * provisioned names it.
 */
function roleOf({ path, secret: { name } }: Placed): "ours" | "custody" | "foreign" {
  for (const token of tokens.filter(isProvisioned)) {
    for (const place of vaultDestinations(token).filter(({ folder }) => folder === path)) {
      const keys = vaultKeys(token, place);
      const old = token.formerNames.map((former) => former.name);
      const inCustody = token.issuer.kind === "custody";
      // A new name in custody is our copy, unless the token never had another.
      if (inCustody && (old.includes(name) || (old.length === 0 && keys.includes(name)))) return "custody";
      if (keys.includes(name) || old.includes(name)) return "ours";
      if (name.startsWith(`${place.key ?? token.name}__`)) return "ours";
    }
  }
  return "foreign";
}

/** What the stack files issue or take into custody. */
export function isProvisioned(token: Token): boolean {
  return withoutComponent(token) === undefined;
}

/** Suffixes of the companions that a token has in the vault. */
export function companionSuffixes({ issuer }: Token): string[] {
  return ["EXPIRES_AT", "SCOPES", idBeside[issuer.kind]].filter((suffix) => suffix !== undefined);
}

export function environmentSlug(state: InfisicalState, id: string): string {
  const all = state.projects.flatMap(({ environments }) => environments);
  return all.find((one) => one.id === id)?.slug ?? "";
}
