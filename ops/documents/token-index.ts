import { type FormerName, type Issuer, type Token } from "../../catalog/token";
import { byVendor, partSuffix, phaseOf } from "./facts";
import { code, heading, list, page, prose, table } from "./markdown";

/** Which token does what, under which names, and which rules it is excepted from. */
export function tokenIndex(tokens: readonly Token[]): string {
  const groups = byVendor(tokens);
  const exceptions = groups
    .flatMap(([, own]) => own)
    .flatMap((token) =>
      token.exceptions.map(({ rule, reason }) => [code(token.name), prose(rule), prose(reason)]),
    );
  return page([
    ...heading(
      "Tokens",
      "What each token is for. The first consumer is the one that is paged when it expires. An old name is searched for here too; it is deleted from the vault when no consumer reads it.",
    ),
    ...groups.flatMap(([vendor, own]) => [`## ${vendor}`, table(head, own.map(rowOf))]),
    "## Exceptions",
    exceptions.length === 0
      ? "No token breaks a rule."
      : table(["token", "rule that it breaks", "reason"], exceptions),
  ]);
}

const head = [
  "name",
  "purpose",
  "function",
  "vendor scopes",
  "consumers",
  "sensitivity",
  "rotation",
  "environments",
  "issuer",
  "old names",
];

function rowOf(token: Token): string[] {
  const { name, purpose, tags, vendorScopes, consumers, environments, dev, issuer, formerNames } = token;
  return [
    code(name),
    prose(purpose),
    tags.function,
    list(vendorScopes.map(code)),
    list(consumers),
    tags.sensitivity,
    tags.rotation,
    list([...environments, ...(dev ? ["dev"] : [])]),
    issuerOf(issuer),
    list(formerNames.map(formerName)),
  ];
}

function formerName(old: FormerName): string {
  return `${code(old.name)}${partSuffix(old.part)}: ${phaseOf(old)}`;
}

/** In the operator's words, with what it is limited to. */
function issuerOf(issuer: Issuer): string {
  switch (issuer.kind) {
    case "heroku-authorization":
      return `Heroku authorization, ${list(issuer.scope.map(code))}`;
    case "random":
      return `our own randomness, ${issuer.bytes} bytes`;
    case "cloudflare-api-token":
      return `Cloudflare API token, ${issuer.zone === undefined ? "the account" : `zone ${code(issuer.zone)}`}`;
    case "cloudflare-access-service-token":
      return `Access service token for ${code(issuer.application)}`;
    case "aws-access-key":
      return `access key of IAM user ${code(issuer.user)}`;
    case "infisical-identity-token":
      return `Infisical identity token for ${list(issuer.folders.map(code))}`;
    case "operator":
      return "a person";
    case "custody":
      return "a person; kept in custody";
  }
}
