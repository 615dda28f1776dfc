import { token } from "../token";

/** Section 4, "Heroku", and what docs/decisions.md adds. */
export const herokuTokens = [
  token({
    name: "HK_PLATFORM_FULL",
    purpose: "Full Heroku platform administration, all apps",
    formerNames: [
      { name: "HEROKU_API_KEY", phase: "added" },
      { name: "HEROKU_PLATFORM_API_TOKEN", phase: "added" },
    ],
    tags: { function: "platform-api", sensitivity: "critical", consumer: "ci", rotation: "90d" },
    alsoUsedBy: ["console", "raptor"],
    vendorScopes: ["global"],
    review: "provisioning batch 2026-05-06, item 1 (#454)",
    environments: ["prod", "staging"],
    issuer: { kind: "heroku-authorization", scope: ["global"] },
    destinations: [
      { kind: "heroku-config-var", app: "console", key: "HEROKU_API_KEY" },
      { kind: "heroku-config-var", app: "api", key: "HEROKU_API_KEY" },
      { kind: "vault", folder: "/MooseQuest/heroku" },
      { kind: "github-secret", name: "HEROKU_API_KEY" },
    ],
    sop: "heroku-platform-token.md",
  }),
  token({
    name: "HK_BILLING_FULL",
    purpose: "Read Heroku's billing for the console's billing collector; Heroku has no narrower grant for it",
    tags: { function: "billing-read", sensitivity: "critical", consumer: "console", rotation: "90d" },
    vendorScopes: ["global"],
    review: "provisioning batch 2026-05-06, item 2 (#759)",
    environments: ["prod"],
    issuer: { kind: "heroku-authorization", scope: ["global"] },
    destinations: [
      { kind: "ssm-parameter", name: "/raxx/billing-readonly/heroku_billing_api_key" },
      // The companion that comes with every authorization.
      { kind: "ssm-parameter", name: "/raxx/billing-readonly/heroku_billing_auth_id", part: "AUTH_ID" },
      { kind: "vault", folder: "/Raxx/Console/Billing", key: "HEROKU_BILLING_API_KEY" },
    ],
    sop: "heroku-platform-token.md",
    exceptions: [
      {
        rule: "vault-folder-vendor",
        reason: "the console's billing collector reads one folder for all its vendors",
      },
    ],
  }),
];
