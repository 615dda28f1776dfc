import { token } from "../token";

const folder = "/MooseQuest/infisical";

/** Section 4, "Infisical", and what docs/decisions.md adds. */
export const infisicalTokens = [
  token({
    name: "INF_SVC_DISPATCHER",
    purpose: "Machine identity client secret: the agent dispatcher reads bot key paths",
    formerNames: [{ name: "INFISICAL_SERVICE_TOKEN", phase: "added" }],
    tags: { function: "vault-read", sensitivity: "high", consumer: "agent", rotation: "90d" },
    vendorScopes: ["read:/MooseQuest/raxx-*-bot"],
    environments: ["prod"],
    issuer: { kind: "custody", lifetimeDays: 90 },
    destinations: [{ kind: "vault", folder }],
    sop: "infisical-service-token.md",
    exceptions: [{ rule: "environment-each", reason: "Section 3: the dispatcher reads only prod's secrets" }],
  }),
  token({
    name: "INF_APP_READER",
    purpose: "Read the vault from Raptor, the console and CI",
    tags: { function: "vault-read", sensitivity: "high", consumer: "raptor", rotation: "90d" },
    alsoUsedBy: ["console", "ci"],
    vendorScopes: readFolders().map((path) => `read:${path}`),
    environments: ["prod", "staging"],
    issuer: { kind: "infisical-identity-token", folders: readFolders() },
    destinations: [
      { kind: "vault", folder },
      { kind: "heroku-config-var", app: "api", key: "INFISICAL_SERVICE_TOKEN" },
      { kind: "heroku-config-var", app: "console", key: "INFISICAL_SERVICE_TOKEN" },
      { kind: "github-secret", name: "INFISICAL_SERVICE_TOKEN" },
    ],
    sop: "infisical-service-token.md",
  }),
  token({
    name: "INF_PROVISIONER",
    purpose: "Write the vault: this program's own universal-auth pair",
    tags: { function: "vault-write", sensitivity: "critical", consumer: "operator", rotation: "90d" },
    vendorScopes: ["read:/MooseQuest", "read:/Raxx", "write:/MooseQuest", "write:/Raxx"],
    review: "docs/decisions.md, open for a person",
    environments: ["prod"],
    issuer: { kind: "operator" },
    parts: ["CLIENT_ID", "CLIENT_SECRET"],
    destinations: [{ kind: "vault", folder }],
    sop: "infisical-service-token.md",
  }),
];

/** Where the tokens stand that Raptor, the console or CI take from the vault; all else they are handed. */
function readFolders(): string[] {
  return [
    "/MooseQuest/alpaca",
    "/MooseQuest/anthropic",
    "/MooseQuest/cloudflare",
    "/MooseQuest/postmark",
    "/MooseQuest/slack",
    "/MooseQuest/stripe",
    "/Raxx/Console/Billing",
  ];
}
