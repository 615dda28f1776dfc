import { type Token } from "../token";

export const herokuTokens = [
  {
    name: "HK_PLATFORM_FULL",
    formerNames: ["HEROKU_API_KEY", "HEROKU_PLATFORM_API_TOKEN"],
    tags: { function: "platform-api", sensitivity: "critical", consumer: "ci", rotation: "90d" },
    review: "provisioning batch 2026-05-06, item 1 (#454)",
    environments: ["prod", "staging"],
    issuer: { kind: "heroku-authorization", scope: ["global"] },
    destinations: [
      { kind: "heroku-config-var", app: "console", key: "HEROKU_API_KEY" },
      { kind: "heroku-config-var", app: "api", key: "HEROKU_API_KEY" },
      { kind: "vault", folder: "/MooseQuest/heroku" },
      { kind: "github-secret", name: "HEROKU_API_KEY" },
    ],
    settings: [],
  },
] as const satisfies readonly Token[];
