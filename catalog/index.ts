import { type Token } from "./token";
import { alpacaTokens } from "./tokens/alpaca";
import { anthropicTokens } from "./tokens/anthropic";
import { awsTokens } from "./tokens/aws";
import { cloudflareTokens } from "./tokens/cloudflare";
import { dreamhostTokens } from "./tokens/dreamhost";
import { dynTokens } from "./tokens/dyn";
import { githubTokens } from "./tokens/github";
import { herokuTokens } from "./tokens/heroku";
import { infisicalTokens } from "./tokens/infisical";
import { postmarkTokens } from "./tokens/postmark";
import { raxxTokens } from "./tokens/raxx";
import { slackTokens } from "./tokens/slack";
import { stripeTokens } from "./tokens/stripe";

export {
  awsPolicyPlace,
  awsUserPlace,
  githubVariablePlace,
  herokuSettingPlace,
  ssmParameterPlace,
  type Place,
} from "./adoption";
export { batch, type BatchItem } from "./batch";
export {
  batchHandOffs,
  batchHandOffText,
  copyHandOff,
  isOfGeneration,
  type BatchHandOff,
} from "./batch-hand-offs";

export { permissionGroup, type PermissionGroup } from "./cloudflare";
export { admissionHandOff, type MadeServiceToken } from "./admission-hand-off";
export { isDistributed, type TokenGenerations } from "./configured-generations";
export {
  custodyExpiry,
  parseGeneration,
  vendorExpiry,
  vendorLifetimeSeconds,
  type Generation,
} from "./generation";
export {
  approvalHandOff,
  custodyHandOff,
  handOffText,
  renameHandOff,
  type HandOffKind,
  type NamesInVault,
  type RenameHandOffKind,
} from "./hand-off";
export { mailDomains, mailRecordName, mailRecords } from "./mail-domains";
export { parameterHandOff, type ParameterPlace } from "./parameter-hand-off";
export {
  isSupplied,
  parameters,
  provisionedParameters,
  type Parameter,
  type SuppliedParameter,
} from "./parameters";
export { withLastLineEnded } from "./private-key";
export { type SuppliedValue } from "./configured-parameters";
export {
  readStackConfiguration,
  type MailDomainConfiguration,
  type StackConfiguration,
} from "./stack-configuration";
export {
  cadenceDays,
  parseTokenName,
  tagSlugs,
  vaultEnvironments,
  type Environment,
  type Tags,
  type VaultEnvironment,
} from "./taxonomy";
export {
  destinationsIn,
  herokuAppRoles,
  markerOf,
  renameMeaning,
  vaultDestinations,
  vaultKeys,
  type AwsAccessKeyIssuer,
  type CloudflareAccessServiceTokenIssuer,
  type CloudflareApiTokenIssuer,
  type CustodyIssuer,
  type Destination,
  type FormerName,
  type HerokuAuthorizationIssuer,
  type HerokuAppRole,
  type InfisicalIdentityTokenIssuer,
  type IssuerKind,
  type PolicyStatement,
  type RandomIssuer,
  type RenamePhase,
  type Setting,
  type Token,
  type VaultDestination,
} from "./token";
export { catalogFaults } from "./validation";
export { mailDomainFaults } from "./validation/mail-domains";
export { parameterFaults } from "./validation/parameters";

/** Every credential, declared once. */
export const tokens: readonly Token[] = [
  ...alpacaTokens,
  ...anthropicTokens,
  ...awsTokens,
  ...cloudflareTokens,
  ...dreamhostTokens,
  ...dynTokens,
  ...githubTokens,
  ...herokuTokens,
  ...infisicalTokens,
  ...postmarkTokens,
  ...raxxTokens,
  ...slackTokens,
  ...stripeTokens,
];
