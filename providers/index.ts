import { awsAccount } from "./aws/account";
import { AwsClient } from "./aws/client";
import { awsCustodyParameter } from "./aws/custody-parameter";
import { awsKeyProbe } from "./aws/key-probe";
import { awsParameterReceipt } from "./aws/parameter-receipt";
import { withMessagesOnly } from "./boundary";
import { cloudflareAccount } from "./cloudflare/account";
import { CloudflareClient } from "./cloudflare/client";
import { cloudflareMailRecords } from "./cloudflare/mail-records";
import { cloudflareServiceTokenReceipt } from "./cloudflare/service-token-receipt";
import { dnsPublishedRecords } from "./dns/published-records";
import { GitHubClient } from "./github/client";
import { githubRepository } from "./github/repository";
import { githubSecretReceipt } from "./github/secret-receipt";
import { githubWorkflowProbe } from "./github/workflow-probe";
import { herokuAccount } from "./heroku/account";
import { herokuAdoptedAuthorization } from "./heroku/adopted-authorization";
import { herokuAuthorization } from "./heroku/authorization";
import { HerokuClient } from "./heroku/client";
import { herokuConfigVars } from "./heroku/config-vars";
import { InfisicalClient } from "./infisical/client";
import { infisicalFolder } from "./infisical/folder";
import { infisicalIdentity } from "./infisical/identity";
import { infisicalIdentityToken } from "./infisical/identity-token";
import { infisicalSecrets } from "./infisical/secrets";
import { infisicalTags } from "./infisical/tags";
import { once, oncePer } from "./once";

export { AwsAccount, type AwsParameter, type AwsUser } from "./aws/account";
export {
  clearHalfMadeParameter,
  clearHalfMadePolicy,
  clearHalfMadeUser,
  revokeHalfMadeKeys,
} from "./aws/half-made";
export { AwsCustodyParameter } from "./aws/custody-parameter";
export { AwsKeyProbe } from "./aws/key-probe";
export { AwsParameterReceipt } from "./aws/parameter-receipt";
export { CloudflareAccount } from "./cloudflare/account";
export { type PermissionGroup } from "./cloudflare/faults";
export { revokeHalfMade, revokeHalfMadeServiceTokens } from "./cloudflare/half-made";
export { CloudflareMailRecords, requireNoMailRecord } from "./cloudflare/mail-records";
export { CloudflareServiceTokenReceipt } from "./cloudflare/service-token-receipt";
export {
  requireOverlap,
  type ServiceTokenInputs,
  type ServiceTokenRotation,
} from "./cloudflare/service-token-rotation";
export { cloudflareTokenProbe, type CloudflareTokenProbe } from "./cloudflare/token-probe";
export { PublishedRecords, publishedRecords, type Published } from "./dns/published-records";
export { environmentFaults, type OptionalVendor } from "./environment";
export { UserError, VendorError } from "./errors";
export { GitHubRepository, type EnvironmentVariable } from "./github/repository";
export { GitHubSecretReceipt } from "./github/secret-receipt";
export { GitHubWorkflowProbe } from "./github/workflow-probe";
export { HerokuAccount } from "./heroku/account";
export { HerokuAdoptedAuthorization } from "./heroku/adopted-authorization";
export { HerokuAuthorization } from "./heroku/authorization";
export { HerokuConfigVars } from "./heroku/config-vars";
export { InfisicalFolder } from "./infisical/folder";
export { InfisicalIdentity } from "./infisical/identity";
export { InfisicalIdentityToken } from "./infisical/identity-token";
export { infisicalTokenProbe } from "./infisical/identity-token-probe";
export { type FormerName, type HandOff, type SecretEntry } from "./infisical/secret-entry";
export { InfisicalSecrets } from "./infisical/secrets";
export { InfisicalTags } from "./infisical/tags";

const aws = oncePer((region) => AwsClient.fromEnvironment(region));
const cloudflare = once(() => CloudflareClient.fromEnvironment());
const github = once(() => GitHubClient.fromEnvironment());
const heroku = once(() => HerokuClient.fromEnvironment());
const infisical = once(() => InfisicalClient.fromEnvironment());

/** What the shells call by name, in the engine's dynamic-provider process: one client per vendor and process. */
export const implementations = {
  awsAccount: withMessagesOnly(awsAccount(aws)),
  awsCustodyParameter: withMessagesOnly(awsCustodyParameter(aws)),
  awsParameterReceipt: withMessagesOnly(awsParameterReceipt(aws)),
  awsKeyProbe: withMessagesOnly(
    awsKeyProbe((region, credentials) => AwsClient.withCredentials(region, credentials)),
  ),
  cloudflareAccount: withMessagesOnly(cloudflareAccount(cloudflare)),
  cloudflareMailRecords: withMessagesOnly(cloudflareMailRecords(cloudflare)),
  cloudflareServiceTokenReceipt: withMessagesOnly(cloudflareServiceTokenReceipt()),
  dnsPublishedRecords: withMessagesOnly(dnsPublishedRecords()),
  githubRepository: withMessagesOnly(githubRepository(github)),
  githubSecretReceipt: withMessagesOnly(githubSecretReceipt(github)),
  githubWorkflowProbe: withMessagesOnly(githubWorkflowProbe(github)),
  herokuAccount: withMessagesOnly(herokuAccount(heroku)),
  herokuAdoptedAuthorization: withMessagesOnly(herokuAdoptedAuthorization(heroku)),
  herokuAuthorization: withMessagesOnly(herokuAuthorization(heroku)),
  herokuConfigVars: withMessagesOnly(herokuConfigVars(heroku)),
  infisicalFolder: withMessagesOnly(infisicalFolder(infisical)),
  infisicalIdentity: withMessagesOnly(infisicalIdentity(infisical)),
  infisicalIdentityToken: withMessagesOnly(infisicalIdentityToken(infisical)),
  infisicalSecrets: withMessagesOnly(infisicalSecrets(infisical)),
  infisicalTags: withMessagesOnly(infisicalTags(infisical)),
};
