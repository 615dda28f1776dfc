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

export { adoptableSettings, githubVariablePlace, herokuSettingPlace, type Place } from "./adoption";
export { type TokenGenerations } from "./configured-generations";
export { custodyExpiry, parseGeneration, vendorExpiry, type Generation } from "./generation";
export {
  approvalHandOff,
  custodyHandOff,
  handOffText,
  renameHandOff,
  type HandOffKind,
  type NamesInVault,
  type RenameHandOffKind,
} from "./hand-off";
export { readStackConfiguration, type StackConfiguration } from "./stack-configuration";
export {
  cadenceDays,
  parseTokenName,
  tagSlugs,
  type Environment,
  type Tags,
  type VaultEnvironment,
} from "./taxonomy";
export {
  destinationsIn,
  herokuAppRoles,
  renameMeaning,
  vaultDestinations,
  vaultKeys,
  type CustodyIssuer,
  type Destination,
  type FormerName,
  type HerokuAuthorizationIssuer,
  type HerokuAppRole,
  type RandomIssuer,
  type RenamePhase,
  type Setting,
  type Token,
  type VaultDestination,
} from "./token";
export { catalogFaults } from "./validation";

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
