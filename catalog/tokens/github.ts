import { token, type Token } from "../token";

const folder = "/MooseQuest/github";

/** Section 4, "GitHub" and "GitHub Apps", and what docs/decisions.md adds. */
export const githubTokens = [
  token({
    name: "GH_READONLY",
    purpose: "Read-only repository and organization metadata",
    formerNames: [{ name: "GITHUB_API_READONLY_TOKEN", phase: "added" }],
    tags: { function: "repo-read", sensitivity: "low", consumer: "agent", rotation: "90d" },
    vendorScopes: ["Contents:read", "Metadata:read"],
    environments: ["prod"],
    issuer: { kind: "custody", lifetimeDays: 90 },
    destinations: [{ kind: "vault", folder }],
    sop: "github-pat.md",
  }),
  token({
    name: "GH_SECRETS_WRITE",
    purpose: "Write Actions secrets and variables, dispatch and read runs: this program's own",
    formerNames: [{ name: "GITHUB_API_SECRETS_TOKEN", phase: "added" }],
    tags: { function: "secrets-write", sensitivity: "critical", consumer: "operator", rotation: "90d" },
    vendorScopes: [
      "Actions:write",
      "Environments:write",
      "Metadata:read",
      "Secrets:write",
      "Variables:write",
    ],
    review: "docs/decisions.md, open for a person",
    environments: ["prod"],
    issuer: { kind: "operator" },
    destinations: [{ kind: "vault", folder }],
    sop: "github-pat.md",
  }),
  token({
    name: "GH_ACTIONS_DISPATCH",
    purpose: "Dispatch workflows and read their runs from the console",
    formerNames: [{ name: "GITHUB_API_DISPATCH_TOKEN", phase: "added" }],
    tags: { function: "ci-deploy", sensitivity: "medium", consumer: "console", rotation: "90d" },
    alsoUsedBy: ["ci"],
    vendorScopes: ["Actions:write", "Metadata:read"],
    environments: ["prod"],
    issuer: { kind: "operator" },
    destinations: [
      { kind: "vault", folder },
      { kind: "heroku-config-var", app: "console", key: "GITHUB_API_DISPATCH_TOKEN" },
      // Not under the old name: GitHub keeps GITHUB_* for itself.
      { kind: "github-secret", name: "GH_ACTIONS_DISPATCH" },
    ],
    sop: "github-pat.md",
  }),
  bot("GH_APP_DEV_BOT", "raxx-dev-bot"),
  bot("GH_APP_OPS_BOT", "raxx-ops-bot"),
  bot("GH_APP_PM_BOT", "raxx-pm-bot"),
];

/** A GitHub App that agents act as. `mint_github_token.py` has the three paths fixed in its code. */
function bot(name: `GH_APP_${string}_BOT`, app: string): Token {
  return token({
    name,
    purpose: `Source of installation tokens for ${app}[bot]`,
    tags: { function: "agent-identity", sensitivity: "high", consumer: "agent", rotation: "annual" },
    vendorScopes: [`installation of ${app}`],
    environments: ["prod"],
    issuer: { kind: "custody" },
    parts: ["APP_ID", "INSTALLATION_ID", "PRIVATE_KEY_PEM"],
    destinations: [{ kind: "vault", folder: `/MooseQuest/${app}`, bare: true }],
    sop: "github-app-key.md",
    exceptions: [
      {
        rule: "vault-folder-vendor",
        reason: "mint_github_token.py has the paths of the bots fixed in its code",
      },
    ],
  });
}
