import { type Token } from "./token";
import { herokuTokens } from "./tokens/heroku";

export { parseGeneration, vendorExpiry, type Generation } from "./generation";
export {
  readStackConfiguration,
  type StackConfiguration,
  type TokenGenerations,
} from "./stack-configuration";
export { cadenceDays, parseTokenName, tagSlugs, type Environment, type Tags } from "./taxonomy";
export { herokuAppRoles, type Destination, type HerokuAppRole, type Token } from "./token";

/** Every credential, declared once. */
export const tokens: readonly Token[] = [...herokuTokens];
