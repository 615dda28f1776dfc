import { type GitHub } from "./client";

/** Where a secret is: in a repository, or in one of its environments. */
export interface SecretPlace {
  repository: string;
  repositoryId?: number | undefined;
  environment?: string | undefined;
  secretName: string;
}

interface PublicKey {
  key_id: string;
  key: string;
}

interface SecretView {
  created_at: string;
  updated_at: string;
}

export function publicKeyOf(github: GitHub, place: SecretPlace): Promise<PublicKey> {
  return call(github, "GET", place, "/public-key") as Promise<PublicKey>;
}

export function getSecret(github: GitHub, place: SecretPlace): Promise<SecretView> {
  return call(github, "GET", place, "/{secret_name}") as Promise<SecretView>;
}

export async function putSecret(
  github: GitHub,
  place: SecretPlace,
  sealed: { encrypted_value: string; key_id: string },
): Promise<void> {
  await call(github, "PUT", place, "/{secret_name}", sealed);
}

export async function deleteSecret(github: GitHub, place: SecretPlace): Promise<void> {
  await call(github, "DELETE", place, "/{secret_name}");
}

/**
 * The real plugin names the repository of an environment by its id, in routes that GitHub's documentation has no more
 * and its API still serves.
 */
async function call(
  github: GitHub,
  method: string,
  { repository, repositoryId, environment, secretName }: SecretPlace,
  rest: string,
  body: object = {},
): Promise<unknown> {
  const collection =
    environment === undefined
      ? "/repos/{owner}/{repo}/actions/secrets"
      : "/repositories/{repository_id}/environments/{environment_name}/secrets";
  const named = rest === "/{secret_name}" ? { secret_name: secretName } : {};
  const target =
    environment === undefined
      ? { owner: github.owner, repo: repository }
      : { repository_id: repositoryId ?? 0, environment_name: environment };
  return github.call<unknown>((octokit) =>
    octokit.request(`${method} ${collection}${rest}`, { ...target, ...named, ...body }),
  );
}
