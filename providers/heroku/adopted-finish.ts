import { UserError } from "../errors";
import { InfisicalClient } from "../infisical/client";
import { isHidden } from "../infisical/records";
import { confirmAccount } from "./account";
import { proveDead } from "./authorization";
import { HerokuClient } from "./client";

/** An authorization from before us that is not needed any more, and where its value may still stand. */
export interface AdoptedFinish {
  authorizationId: string;
  accountId: string;
  /** The vault's. */
  projectId: string;
  /** Those of the vault. */
  environments: readonly string[];
}

/**
 * Revokes an authorization that was there before us, and proves it dead: once no app that this account sees, nothing in
 * the vault and not this run itself holds its value. One that is gone already is as good as revoked.
 */
export async function finishAdopted(
  { authorizationId: id, accountId, projectId, environments }: AdoptedFinish,
  heroku = HerokuClient.fromEnvironment(),
  infisical = InfisicalClient.fromEnvironment(),
): Promise<void> {
  await confirmAccount(heroku, accountId);
  const authorization = await heroku.authorization(id);
  if (authorization === undefined) return;
  const value = authorization.access_token?.token;
  if (value === undefined) {
    throw new UserError(
      `heroku keeps the token of authorization ${id} to itself, so that nobody can see where it still stands: revoke it by hand once it stands nowhere (heroku authorizations:revoke ${id}), then run again`,
    );
  }
  const holders = [
    ...(heroku.uses(value) ? ["HEROKU_API_KEY of this run"] : []),
    ...(await appsWith(heroku, value)),
    ...(await secretsWith(infisical, projectId, environments, value)),
  ];
  if (holders.length > 0) {
    throw new UserError(
      `the authorization ${id} from before us is not revoked, because its value is still in use: ${holders.join(", ")}: put the current one there (pulumi up writes what the catalog names), and run again`,
    );
  }
  await heroku.deleteAuthorization(id);
  await proveDead(heroku, id, value);
}

async function appsWith(heroku: HerokuClient, value: string): Promise<string[]> {
  const holders: string[] = [];
  for (const app of await heroku.apps()) {
    const vars = Object.entries(await heroku.configVars(app));
    holders.push(...vars.filter(([, held]) => held === value).map(([key]) => `${key} of ${app.name}`));
  }
  return holders;
}

async function secretsWith(
  infisical: InfisicalClient,
  projectId: string,
  environments: readonly string[],
  value: string,
): Promise<string[]> {
  const found = await Promise.all(
    environments.map(async (environment) => {
      const secrets = await infisical.secretsBelow(projectId, environment);
      return secrets
        .filter((secret) => secret.secretValue === value || isHidden(secret))
        .map((secret) => {
          const place = `${secret.secretKey} in ${secret.secretPath ?? "/"} of the vault's ${environment}`;
          return isHidden(secret) ? `perhaps ${place}, which the vault does not show to this run` : place;
        });
    }),
  );
  return found.flat();
}
