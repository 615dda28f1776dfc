import { withMessagesOnly } from "./boundary";
import { GitHubClient } from "./github/client";
import { githubRepository } from "./github/repository";
import { githubSecretReceipt } from "./github/secret-receipt";
import { herokuAccount } from "./heroku/account";
import { herokuAdoptedAuthorization } from "./heroku/adopted-authorization";
import { herokuAuthorization } from "./heroku/authorization";
import { HerokuClient } from "./heroku/client";
import { herokuConfigVars } from "./heroku/config-vars";
import { InfisicalClient } from "./infisical/client";
import { infisicalFolder } from "./infisical/folder";
import { infisicalSecrets } from "./infisical/secrets";
import { infisicalTags } from "./infisical/tags";
import { once } from "./once";

export { environmentFaults } from "./environment";
export { UserError, VendorError } from "./errors";
export { GitHubRepository, type EnvironmentVariable } from "./github/repository";
export { GitHubSecretReceipt } from "./github/secret-receipt";
export { HerokuAccount } from "./heroku/account";
export { HerokuAdoptedAuthorization } from "./heroku/adopted-authorization";
export { HerokuAuthorization } from "./heroku/authorization";
export { HerokuConfigVars } from "./heroku/config-vars";
export { InfisicalFolder } from "./infisical/folder";
export { type FormerName, type HandOff, type SecretEntry } from "./infisical/secret-entry";
export { InfisicalSecrets } from "./infisical/secrets";
export { InfisicalTags } from "./infisical/tags";

const github = once(() => GitHubClient.fromEnvironment());
const heroku = once(() => HerokuClient.fromEnvironment());
const infisical = once(() => InfisicalClient.fromEnvironment());

/** What the shells call by name, in the engine's dynamic-provider process: one client per vendor and process. */
export const implementations = {
  githubRepository: withMessagesOnly(githubRepository(github)),
  githubSecretReceipt: withMessagesOnly(githubSecretReceipt(github)),
  herokuAccount: withMessagesOnly(herokuAccount(heroku)),
  herokuAdoptedAuthorization: withMessagesOnly(herokuAdoptedAuthorization(heroku)),
  herokuAuthorization: withMessagesOnly(herokuAuthorization(heroku)),
  herokuConfigVars: withMessagesOnly(herokuConfigVars(heroku)),
  infisicalFolder: withMessagesOnly(infisicalFolder(infisical)),
  infisicalSecrets: withMessagesOnly(infisicalSecrets(infisical)),
  infisicalTags: withMessagesOnly(infisicalTags(infisical)),
};
