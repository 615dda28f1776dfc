import { token } from "../token";

/** Credentials that Raxx issues to itself. */
export const raxxTokens = [
  token({
    name: "RAXX_AUDIT_INGEST",
    purpose: "Let the deploy workflow write to the console's deploy audit log",
    tags: { function: "ci-deploy", sensitivity: "medium", consumer: "ci", rotation: "90d" },
    alsoUsedBy: ["console"],
    vendorScopes: ["deploy audit log: write"],
    review: "provisioning batch 2026-05-06, item 3 (#1267)",
    environments: ["prod", "staging"],
    issuer: { kind: "random", bytes: 32 },
    // The deploy workflow sends it, the console compares what arrives with its own copy.
    destinations: [
      { kind: "github-environment-secret", name: "CONSOLE_AUDIT_INGEST_TOKEN" },
      { kind: "heroku-config-var", app: "console", key: "CONSOLE_AUDIT_INGEST_TOKEN" },
    ],
    settings: [
      {
        kind: "github-environment-variable",
        name: "CONSOLE_INTERNAL_URL",
        value: {
          prod: "https://console.raxx.app",
          staging: "https://raxx-console-staging.herokuapp.com",
        },
      },
      { kind: "heroku-config-var", app: "console", key: "FLAG_CONSOLE_DEPLOY_AUDIT_INGEST", value: "on" },
    ],
    sop: "self-issued.md",
  }),
];
