import { functionKeywords, parseTokenName, splitFunction, type FunctionWords } from "../taxonomy";
import { vaultDestinations, vaultKeys, vendorOf, type Token } from "../token";
import { faultIf, repeated, type Rule } from "./rule";

/** Section 1: names, scope qualifiers, `_FULL`; Section 6: the names before them. */
export const nameRules: readonly Rule[] = [
  {
    id: "name-grammar",
    description: "a name is <VENDOR>_<FUNCTION>[_<SCOPE>]",
    faults: ({ name }) => {
      const parsed = parseTokenName(name);
      return "broken" in parsed ? [`${parsed.broken}: name it <VENDOR>_<FUNCTION>[_<SCOPE>]`] : [];
    },
  },
  {
    id: "name-companion",
    description: "a token is named without a companion suffix",
    faults: ({ name }) => {
      const parsed = parseTokenName(name);
      if ("broken" in parsed || parsed.companion === undefined) return [];
      return [
        `its name carries the companion suffix __${parsed.companion}: name the whole credential, and list ${parsed.companion} in its parts`,
      ];
    },
  },
  {
    id: "name-keyword",
    description: "the words after the vendor code begin with a keyword of the function",
    exceptable: true,
    faults: (token) => {
      const { function: tag } = token.tags;
      return faultIf(
        !("broken" in parseTokenName(token.name)) && wordsOf(token) === undefined,
        `its name has no keyword of function:${tag} after the vendor code: begin with ${functionKeywords[tag].join(" or ")}, or add the keyword to functionKeywords in catalog/taxonomy.ts`,
      );
    },
  },
  {
    id: "scope-qualifier",
    description:
      "a name has a scope exactly where its function words stand for several targets at the vendor",
    exceptable: true,
    faults: (token, { all }) => {
      const words = wordsOf(token);
      if (words === undefined) return [];
      const [sibling] = siblingsOf(token, all);
      const target = targetOf(token);
      const several = sibling !== undefined || target !== undefined;
      if (words.scope === undefined) {
        const because =
          target === undefined
            ? `${String(sibling)} has the same function words at the same vendor`
            : `it is for ${target} alone`;
        return faultIf(
          several,
          `its name has no scope, but ${because}: end it in _${target === undefined ? "<SCOPE>" : scopeWords(target)}`,
        );
      }
      return [
        ...faultIf(
          !several,
          `its name has the scope ${words.scope}, but no other token has the same function words at its vendor: leave the scope out`,
        ),
        ...faultIf(
          target !== undefined && !spells(words.scope, token),
          `its name has the scope ${words.scope}, but it is for ${String(target)}: end it in _${scopeWords(target ?? "")}`,
        ),
      ];
    },
  },
  {
    id: "target-form",
    description: "a zone, or the application of a service token, is a host name",
    faults: (token) => {
      const target = targetOf(token);
      return faultIf(
        target !== undefined && !hostName.test(target),
        `it is for ${JSON.stringify(target)}, which is no host name: write it as raxx.app, without scheme, port or path`,
      );
    },
  },
  {
    id: "full-suffix",
    description: "a name ends in _FULL exactly where the grant is unrestricted",
    exceptable: true,
    faults: (token) => {
      const grant = unrestrictedGrant(token);
      const full = token.name.endsWith("_FULL");
      if (grant === undefined) {
        return faultIf(full, "its name ends in _FULL, but its grant is limited: leave _FULL out");
      }
      return faultIf(
        !full,
        `its grant ${JSON.stringify(grant)} is unrestricted: end its name in _FULL, or narrow the grant`,
      );
    },
  },
  {
    id: "full-critical",
    description: "an unrestricted grant is critical, whatever it is used for",
    faults: (token) => {
      const grant = unrestrictedGrant(token);
      // The reason why the tables do not call it full is the reason why it need not be critical.
      const calledLimited = token.exceptions.some(({ rule }) => rule === "full-suffix");
      const full = token.name.endsWith("_FULL") || (grant !== undefined && !calledLimited);
      return faultIf(
        full && token.tags.sensitivity !== "critical",
        `it is unrestricted, but its sensitivity is ${token.tags.sensitivity}: make it critical, or narrow the grant`,
      );
    },
  },
  {
    id: "name-duplicate",
    description: "a name is declared once",
    faults: ({ name }, { earlier }) =>
      faultIf(
        earlier.some((other) => other.name === name),
        "its name is declared twice: make the two entries one, or rename this one",
      ),
  },
  {
    id: "former-name-form",
    description: "an old name is upper-case words joined by single underscores",
    faults: ({ formerNames }) =>
      formerNames
        .filter((former) => !/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/.test(former.name))
        .map(
          (former) =>
            `its old name ${JSON.stringify(former.name)} is not upper-case words joined by single underscores: write it as it stands in the vault`,
        ),
  },
  {
    id: "former-name-duplicate",
    description: "an old name is the old name of one token, once",
    faults: ({ name, formerNames }, { earlier }) => [
      ...repeated(formerNames.map((former) => former.name)).map(
        (former) => `it has the old name ${former} twice: keep one of them`,
      ),
      ...earlier
        .filter((other) => other.name !== name)
        .flatMap((other) =>
          formerNames
            .filter((former) => other.formerNames.some((theirs) => theirs.name === former.name))
            .map((former) => `${former.name} is the old name of ${other.name} too: keep it at one of them`),
        ),
    ],
  },
  {
    id: "former-name-present",
    description: "an old name is not the name of a token",
    faults: ({ formerNames }, { all }) =>
      formerNames
        .filter((former) => all.some((other) => other.name === former.name))
        .map((former) => `its old name ${former.name} is the name of a token: remove one of them`),
  },
  {
    id: "former-name-parts",
    description:
      "an old name says which part it held, where that is a part, and the halves of a credential move at once",
    faults: ({ formerNames, parts }) => {
      const halves = formerNames.filter(({ part }) => part !== undefined);
      const missing = parts.filter((known) => !halves.some(({ part }) => part === known));
      return [
        ...halves
          .filter(({ part = "" }) => !parts.includes(part))
          .map(({ name, part = "" }) => `its old name ${name} held ${part}, ${noPart(parts)}`),
        ...faultIf(
          halves.length > 0 && missing.length > 0,
          `its old names held some of its parts, but none held ${missing.join(", ")}: add the old name of each part`,
        ),
        ...faultIf(
          new Set(halves.map(({ phase }) => phase)).size > 1,
          "its parts are in different phases of the rename: give their old names one phase, since the halves move at once",
        ),
      ];
    },
  },
  {
    id: "former-name-part",
    description: "an old name of a credential with parts says which part it held",
    faults: ({ formerNames, parts }) =>
      formerNames
        .filter(({ part }) => parts.length > 0 && part === undefined)
        .map(
          ({ name }) =>
            `its old name ${name} does not say which part it held, so that nothing can follow it: add part, one of ${parts.join(", ")}`,
        ),
  },
  {
    id: "former-name-key",
    description: "an old name is not the name under which the token stands in a folder",
    faults: (token) =>
      vaultDestinations(token).flatMap((place) => {
        // The token's own name as an old one is told by another rule.
        const keys = [place.key ?? token.name, ...vaultKeys(token, place)].filter(
          (key) => key !== token.name,
        );
        return token.formerNames
          .filter(({ name }) => keys.includes(name))
          .map(
            ({ name }) =>
              `its old name ${name} is what it is called in ${place.folder} anyway: remove that destination, which an old name does not need, or the old name`,
          );
      }),
  },
];

/** The end of a fault about a part that does not exist. */
export function noPart(parts: readonly string[]): string {
  return parts.length === 0
    ? "but it is a single value: leave the part out, or list its parts"
    : `which is no part of it: use one of ${parts.join(", ")}`;
}

function wordsOf({ name, tags }: Token): FunctionWords | undefined {
  const parsed = parseTokenName(name);
  return "broken" in parsed ? undefined : splitFunction(parsed.rest, tags.function);
}

/** Other tokens of the same vendor with the same function words. */
function siblingsOf(token: Token, all: readonly Token[]): string[] {
  const keyword = wordsOf(token)?.keyword;
  return all
    .filter(
      (other) =>
        other.name !== token.name &&
        vendorOf(other) === vendorOf(token) &&
        wordsOf(other)?.keyword === keyword,
    )
    .map(({ name }) => name);
}

/** The one target that the vendor limits the token to. */
function targetOf({ issuer }: Token): string | undefined {
  if (issuer.kind === "cloudflare-api-token") return issuer.zone;
  return issuer.kind === "cloudflare-access-service-token" ? issuer.application : undefined;
}

/** `raxx.app` → `RAXX_APP`. */
function scopeWords(target: string): string {
  return target.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_");
}

/** Whether the scope names the target. A zone is spelt out; of an application's host the first words are enough. */
function spells(scope: string, token: Token): boolean {
  const words = scopeWords(targetOf(token) ?? "");
  return words === scope || (token.issuer.kind !== "cloudflare-api-token" && words.startsWith(`${scope}_`));
}

/** The grant that may do everything, if the token has it: Heroku's `global`, and what Section 4 calls a full account. */
function unrestrictedGrant({ issuer, vendorScopes }: Token): string | undefined {
  const scopes = issuer.kind === "heroku-authorization" ? [...issuer.scope, ...vendorScopes] : vendorScopes;
  return scopes.find((scope) => unrestricted.test(scope));
}

// `iam:*` is one service only, but in that domain it is everything.
const unrestricted = /^(global|\*|\*:\*|[a-z0-9-]+:\*)$|\bfull (account|admin)|\badministratoraccess\b/i;

const hostName = /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/;
