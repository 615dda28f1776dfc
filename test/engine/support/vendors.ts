import {
  type GitHubEnvironment,
  type GitHubRepository,
  type GitHubState,
  secretValue,
} from "../../../sandbox/vendors/github";
import { configVarsOf, releasesOf, type HerokuState } from "../../../sandbox/vendors/heroku/entities";
import { type InfisicalState } from "../../../sandbox/vendors/infisical/entities";
import { foreignInVault } from "./vault";

/** The vendors' databases, as they stand on disk. */
export interface Vendors {
  heroku(): HerokuState;
  infisical(): InfisicalState;
  github(): GitHubState;
}

/** Names of what we write: config vars, secrets and variables. */
const ourNames = [
  "AWS_BACKUP_ACCESS_KEY_ID",
  "AWS_BACKUP_SECRET_ACCESS_KEY",
  "CF_ACCESS_CLIENT_ID",
  "CF_ACCESS_CLIENT_SECRET",
  "HEROKU_API_KEY",
  "CONSOLE_AUDIT_INGEST_TOKEN",
  "FLAG_CONSOLE_DEPLOY_AUDIT_INGEST",
  "CONSOLE_INTERNAL_URL",
  "INFISICAL_SERVICE_TOKEN",
];

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

/**
 * Everything at the vendors that is not this program's, byte for byte: what was there before, whatever a run
 * did. Releases count only up to how many there are, since each of our writes makes one.
 */
export function foreign(vendors: Vendors): string {
  const [heroku, infisical] = [vendors.heroku(), vendors.infisical()];
  const apps = heroku.apps.map((app) => {
    const vars = Object.entries(configVarsOf(heroku, app)).filter(([key]) => !ourNames.includes(key));
    return { id: app.id, name: app.name, owner: app.owner_id, vars };
  });
  const authorizations = heroku.authorizations.filter(({ description }) => !description.startsWith("raxx:"));
  return JSON.stringify({
    accounts: heroku.accounts.map(({ id, email }) => ({ id, email })),
    apps,
    authorizations,
    vault: foreignInVault(infisical),
    repositories: foreignAtGitHub(vendors),
  });
}

/** What of that is at GitHub. */
export function foreignAtGitHub(vendors: Vendors): unknown {
  return vendors.github().repositories.map(foreignOf);
}

/** A repository with its environments and their rules, and every secret and variable but ours. */
function foreignOf(repository: GitHubRepository): unknown {
  const { actions, environments, ...own } = repository;
  const others = ({ secrets, variables }: typeof actions): unknown[] =>
    [...secrets, ...variables].filter(({ name }) => !ourNames.includes(name));
  return {
    ...own,
    others: others(actions),
    environments: environments.map((environment) => ({
      ...environment,
      actions: others(environment.actions),
    })),
  };
}

/** What GitHub's store holds under a name, opened: in an environment, or (undefined) in the repository itself. */
export function githubSecret(
  state: GitHubState,
  environmentName: string | undefined,
  name: string,
): string | undefined {
  const repository = repositoryOf(state);
  const environment = repository.environments.find((one) => one.name === environmentName);
  if (environmentName !== undefined && environment === undefined) return undefined;
  return secretValue(state, { repository, name, ...(environment && { environment }) });
}

export function repositoryOf(state: GitHubState): GitHubRepository {
  const [repository, ...more] = state.repositories;
  if (repository === undefined || more.length > 0) throw new Error("there is not one repository");
  return repository;
}

/**
 * Every value that must never be seen: tokens, config vars, secrets, and this run's own credentials. Cloudflare keeps
 * no value that it showed once: those of its tokens are found where they went.
 */
export function liveValues(vendors: Vendors, credentials: Record<string, string>): string[] {
  const [heroku, infisical, github] = [vendors.heroku(), vendors.infisical(), vendors.github()];
  const repository = repositoryOf(github);
  const scopes: { repository: GitHubRepository; environment?: GitHubEnvironment }[] = [
    { repository },
    ...repository.environments.map((environment) => ({ repository, environment })),
  ];
  const secrets = scopes.flatMap((place) =>
    (place.environment ?? repository).actions.secrets
      .filter(({ name }) => !isId.test(name))
      .map(({ name }) => secretValue(github, { ...place, name }) ?? ""),
  );
  const values = [
    ...secrets,
    ...github.tokens.map(({ token }) => token),
    ...heroku.authorizations.map(({ access_token }) => access_token.token),
    ...heroku.releases.flatMap(({ config_vars }) => Object.values(config_vars)),
    ...infisical.secrets
      .filter(({ name }) => !/__(AUTH_ID|CLIENT_ID|EXPIRES_AT|SCOPES)$/.test(name))
      .flatMap(({ value, history }) => [value, ...history.map((earlier) => earlier.value)])
      .flatMap(linesOf),
    ...Object.entries(credentials)
      .filter(([name]) => name !== "INFISICAL_PROJECT_ID" && name !== "AWS_ACCESS_KEY_ID")
      .map(([, value]) => value),
  ];
  return searchable(values);
}

/** GitHub secrets that hold the half of a pair which is no secret: it is written where the credential is named. */
const isId = /^(AWS_BACKUP_ACCESS_KEY_ID|CF_ACCESS_CLIENT_ID)$/;

/** Without shorter ones, which are no credentials, and would be found anywhere by chance. */
export function searchable(values: readonly string[]): string[] {
  return [...new Set(values)].filter((value) => value.length >= 16);
}

/** Of a text of several lines each line: where it stands escaped, it is no longer the text. */
export function linesOf(value: string): string[] {
  return value.split("\n").filter((line) => !line.startsWith("-----"));
}

function appNamed(state: HerokuState, name: string): HerokuState["apps"][number] {
  const app = state.apps.find((one) => one.name === name);
  if (app === undefined) throw new Error(`no app ${name}`);
  return app;
}
