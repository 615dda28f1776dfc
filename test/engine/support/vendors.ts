import { configVarsOf, releasesOf, type HerokuState } from "../../../sandbox/vendors/heroku/entities";
import { pathOfFolder, type InfisicalState, type Secret } from "../../../sandbox/vendors/infisical/entities";

const ours = /^HK_PLATFORM_FULL/;

export const appsOf = {
  prod: ["raxx-console-prod", "raxx-api-prod"],
  staging: ["raxx-console-staging", "raxx-api-staging"],
} as const;

/** The config vars of an app as Heroku holds them. */
export function configVars(state: HerokuState, name: string): Record<string, string> {
  return configVarsOf(state, appNamed(state, name));
}

export function releaseCount(state: HerokuState, name: string): number {
  return releasesOf(state, appNamed(state, name)).length;
}

/** The tokens of every authorization with this marker. */
export function tokensMarked(state: HerokuState, marker: string): string[] {
  return state.authorizations
    .filter(({ description }) => description === marker)
    .map(({ access_token }) => access_token.token);
}

/** Secrets of a folder by name. */
export function secretsIn(state: InfisicalState, environment: string, path: string): Map<string, Secret> {
  const found = state.secrets.filter((secret) => {
    const folder = state.folders.find(({ id }) => id === secret.folderId);
    return (
      folder !== undefined &&
      environmentSlug(state, folder.environmentId) === environment &&
      pathOfFolder(state, folder) === path
    );
  });
  return new Map(found.map((secret) => [secret.name, secret]));
}

/**
 * Everything at the vendors that is not this program's, byte for byte: what was there before, whatever a run
 * did. Releases count only up to how many there are, since each of our writes makes one.
 */
export function foreign(heroku: HerokuState, infisical: InfisicalState): string {
  const apps = heroku.apps.map((app) => {
    const vars = Object.entries(configVarsOf(heroku, app)).filter(([key]) => key !== "HEROKU_API_KEY");
    return { id: app.id, name: app.name, owner: app.owner_id, vars };
  });
  const authorizations = heroku.authorizations.filter(({ description }) => !description.startsWith("raxx:"));
  const folders = infisical.folders.filter(
    (folder) => pathOfFolder(infisical, folder) !== "/MooseQuest/heroku",
  );
  return JSON.stringify({
    accounts: heroku.accounts.map(({ id, email }) => ({ id, email })),
    apps,
    authorizations,
    folders,
    secrets: infisical.secrets.filter(({ name }) => !ours.test(name)),
    tags: infisical.tags.filter(({ slug }) => ["function-platform-api", "legacy"].includes(slug)),
  });
}

/** Every value that must never be seen: tokens, config vars, secrets, and this run's own credentials. */
export function liveValues(
  heroku: HerokuState,
  infisical: InfisicalState,
  credentials: Record<string, string>,
): string[] {
  const values = [
    ...heroku.authorizations.map(({ access_token }) => access_token.token),
    ...heroku.releases.flatMap(({ config_vars }) => Object.values(config_vars)),
    ...infisical.secrets.filter(({ name }) => !name.includes("__")).map(({ value }) => value),
    ...Object.entries(credentials)
      .filter(([name]) => name !== "INFISICAL_PROJECT_ID")
      .map(([, value]) => value),
  ];
  // Shorter ones are no credentials, and would be found anywhere by chance.
  return [...new Set(values)].filter((value) => value.length >= 16);
}

function environmentSlug(state: InfisicalState, id: string): string | undefined {
  return state.projects.flatMap(({ environments }) => environments).find((one) => one.id === id)?.slug;
}

function appNamed(state: HerokuState, name: string): HerokuState["apps"][number] {
  const app = state.apps.find((one) => one.name === name);
  if (app === undefined) throw new Error(`no app ${name}`);
  return app;
}
