import { tokens, vaultDestinations, vaultKeys, type Environment, type Token } from "../../../catalog";
import { pathOfFolder, type InfisicalState } from "../../../sandbox/vendors/infisical/entities";
import { type Call } from "../../../sandbox/vendors/kit/call-log";
import { companionSuffixes, environmentSlug, isProvisioned, secretsIn } from "./vault";

const stacks = ["prod", "staging"] as const;

/** What stands in the vault, whoever issues it. */
export const inVault = tokens.filter((token) => isProvisioned(token) && vaultDestinations(token).length > 0);

interface Standing {
  environment: string;
  folder: string;
  token: Token;
  /** Of its value, or of each part. */
  keys: readonly string[];
  /** Of what stands beside it. */
  companions: readonly string[];
}

/** Every token of a stack with each of its folders, those of the vault's `dev` too. */
export function standing(stack: Environment): Standing[] {
  return inVault
    .filter(({ environments }) => environments.includes(stack))
    .flatMap((token) => {
      const environments = stack === "prod" && token.dev ? ["prod", "dev"] : [stack];
      return environments.flatMap((environment) =>
        vaultDestinations(token).map((place) => ({
          environment,
          folder: place.folder,
          token,
          keys: vaultKeys(token, place),
          companions: companionSuffixes(token).map((suffix) => `${place.key ?? token.name}__${suffix}`),
        })),
      );
    });
}

/** Its folders in the vault, as `prod /MooseQuest/heroku`. */
export function foldersOf(stack: Environment): string[] {
  return [...new Set(standing(stack).map(placeOf))];
}

function placeOf({ environment, folder }: Standing): string {
  return `${environment} ${folder}`;
}

/**
 * How often each kind of call about secrets was made, as `GET /v4/secrets`; a value that is read by itself is
 * `GET /v4/secrets/:name`. What is said of identities is counted where they are tested.
 */
export function counted(calls: Call[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { method, path } of calls.filter((one) => /login$|tags|folders|secrets/.test(one.path))) {
    const kind = `${method} ${path
      .replace("/api", "")
      .replace(/\/projects\/[^/]+/, "")
      .replace(/(v4\/secrets)\/(?!batch)[^/]+/, "$1/:name")}`;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

/** The calls about secrets that the first run of all stacks makes, the fewest that prove what was written. */
export function firstCalls(world: InfisicalState): Record<string, number> {
  const folders = stacks.flatMap(foldersOf);
  const all = stacks.flatMap(standing);
  const custody = all.filter(({ token }) => token.issuer.kind === "custody");
  const issued = all.filter(({ token }) => token.issuer.kind !== "custody");
  const copied = custody.filter(({ token }) => token.formerNames.length > 0);
  const found = new Set(custody.filter(({ token }) => token.formerNames.length === 0).map(placeOf));
  const oldNames = issued.flatMap((one) => {
    const there = secretsIn(world, one.environment, one.folder);
    return one.token.formerNames.filter(({ name }) => there.has(name)).map(() => placeOf(one));
  });
  const takenOver = new Set(oldNames);
  const ofBoth = folders.filter((one) => [issued, custody].every((some) => some.map(placeOf).includes(one)));
  const there = foldersThere(world);
  const made = new Set(folders.flatMap(withAbove).filter((one) => !there.has(one)));
  const slugs = new Set(inVault.flatMap(({ tags }) => Object.entries(tags).map((pair) => pair.join("-"))));
  return {
    "POST /v1/auth/universal-auth/login": stacks.length,
    "GET /v1/tags": stacks.length,
    // One of them was there.
    "POST /v1/tags": slugs.size - 1,
    // One per environment of the vault.
    "GET /v2/folders": 3,
    "POST /v2/folders": made.size,
    // A look before each write, but not into a folder that was just made; and one at what was written: with values what
    // we issued and what we copied, each by itself, and without what keeps its own.
    "GET /v4/secrets":
      folders.filter((one) => there.has(one)).length +
      folders.length +
      ofBoth.length +
      found.size +
      takenOver.size,
    // A copied value is read once, it is proven by the list; an old name of what we issue is compared, and proven by itself.
    "GET /v4/secrets/:name": copied.reduce((sum, { keys }) => sum + keys.length, 0) + 2 * oldNames.length,
    "POST /v4/secrets/batch": folders.length,
    "PATCH /v4/secrets/batch": found.size + takenOver.size,
  };
}

/** The vault's folders, as `prod /MooseQuest/heroku`. */
function foldersThere(state: InfisicalState): Set<string> {
  return new Set(
    state.folders.map(
      (folder) => `${environmentSlug(state, folder.environmentId)} ${pathOfFolder(state, folder)}`,
    ),
  );
}

/** A folder, and those that it is in. */
function withAbove(folder: string): string[] {
  const above = folder.slice(0, folder.lastIndexOf("/"));
  return above.endsWith(" ") ? [folder] : [...withAbove(above), folder];
}
