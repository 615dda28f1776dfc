import { token } from "../token";

/** Section 4, "Slack". */
export const slackTokens = [
  token({
    name: "SL_BOT_NOTIFY",
    purpose: "Send Slack DM notifications to operator",
    formerNames: [{ name: "BOT_USER_SLACK_TRADING_MASTER_API", phase: "added" }],
    tags: { function: "notify", sensitivity: "medium", consumer: "raptor", rotation: "annual" },
    alsoUsedBy: ["agent"],
    vendorScopes: ["chat:write", "im:write"],
    environments: ["prod"],
    issuer: { kind: "custody" },
    destinations: [{ kind: "vault", folder: "/MooseQuest/slack" }],
    sop: "slack-bot-token.md",
    exceptions: [
      {
        rule: "cadence-sensitivity",
        reason: "Section 4 has it annual, the cadence of Section 2 for long-lived identities",
      },
    ],
  }),
];
