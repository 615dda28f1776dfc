import { type ResourceValidationArgs, type ResourceValidationPolicy } from "@pulumi/policy";

import { companions, parseTokenName } from "../../catalog/taxonomy";

/**
 * The name of every credential component and of every secret in the vault is
 * `<VENDOR>_<FUNCTION>[_<SCOPE>][__<COMPANION>]`. Source: Section 1 of the taxonomy. Below /Raxx a program has a folder of
 * its own, with the names that it asks for: there the names are those of the tokens that stand under them.
 */
export const namingTokenGrammar: ResourceValidationPolicy = {
  name: "naming-token-grammar",
  description: "Names of tokens follow <VENDOR>_<FUNCTION>[_<SCOPE>], companions add __<COMPANION>.",
  enforcementLevel: "mandatory",
  validateResource: (resource, reportViolation) => {
    for (const name of tokenNames(resource)) {
      const parsed = parseTokenName(name);
      if ("broken" in parsed) {
        reportViolation(
          `${name} is no token name: ${parsed.broken}; name it <VENDOR>_<FUNCTION>[_<SCOPE>], e.g. HK_PLATFORM_FULL, in catalog/tokens/`,
        );
      }
    }
  },
};

/** The names that a resource puts into the world: never a value. */
function tokenNames({ type, props }: ResourceValidationArgs): string[] {
  if (credentialTypes.includes(type)) return [String(props["token"])];
  if (type === "pulumi-nodejs:dynamic/infisical:Secrets") {
    const entries = record(props["entries"]);
    if (String(props["path"]).startsWith("/Raxx/")) return [...new Set(Object.values(entries).map(tokenIn))];
    // The parts of a bot stand there under their own names.
    return Object.keys(entries).filter((name) => !Object.hasOwn(companions, name));
  }
  if (type === "pulumi-nodejs:dynamic/heroku:Authorization")
    return [String(props["marker"]).split(":")[2] ?? ""];
  return [];
}

/** The token of which an entry of a vault folder is. */
function tokenIn(entry: unknown): string {
  return String(record(entry)["source"]).split("@")[0] ?? "";
}

const credentialTypes = [
  "raxx:aws:AccessKey",
  "raxx:cloudflare:ApiToken",
  "raxx:cloudflare:ServiceToken",
  "raxx:custody:Token",
  "raxx:heroku:AuthorizationToken",
  "raxx:infisical:IdentityToken",
  "raxx:random:Token",
];

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
