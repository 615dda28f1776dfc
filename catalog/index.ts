import { type Token } from "./token";
import { herokuTokens } from "./tokens/heroku";
import { raxxTokens } from "./tokens/raxx";

export { adoptableSettings, githubVariablePlace, herokuSettingPlace, type Place } from "./adoption";
export { type TokenGenerations } from "./configured-generations";
export { parseGeneration, vendorExpiry, type Generation } from "./generation";
export { readStackConfiguration, type StackConfiguration } from "./stack-configuration";
export { cadenceDays, parseTokenName, tagSlugs, type Environment, type Tags } from "./taxonomy";
export {
  destinationsIn,
  herokuAppRoles,
  type Destination,
  type HerokuAuthorizationIssuer,
  type HerokuAppRole,
  type RandomIssuer,
  type Setting,
  type Token,
} from "./token";

/** Every credential, declared once. */
export const tokens: readonly Token[] = [...herokuTokens, ...raxxTokens];
