import { token } from "../token";

const folder = "/MooseQuest/postmark";

/** Section 4, "Postmark". */
export const postmarkTokens = [
  token({
    name: "PM_SERVER_MAIL",
    purpose: "Send transactional email from raxx.app server",
    formerNames: [{ name: "POSTMARK_SERVER_API_KEY", phase: "added" }],
    tags: { function: "mail-send", sensitivity: "medium", consumer: "raptor", rotation: "180d" },
    vendorScopes: ["Server token (send only for one server)"],
    environments: ["prod", "staging"],
    issuer: { kind: "custody" },
    destinations: [{ kind: "vault", folder }],
    sop: "postmark-api-token.md",
  }),
  token({
    name: "PM_ACCOUNT_MGMT",
    purpose: "Account administration: create and configure servers",
    formerNames: [{ name: "POSTMARK_ACCOUNT_API_KEY", phase: "added" }],
    tags: { function: "mail-admin", sensitivity: "high", consumer: "operator", rotation: "180d" },
    vendorScopes: ["Account API token"],
    environments: ["prod"],
    issuer: { kind: "custody" },
    destinations: [{ kind: "vault", folder }],
    sop: "postmark-api-token.md",
    exceptions: [
      {
        rule: "cadence-sensitivity",
        reason: "Section 4 has 180d, the cadence of Section 2 for rotations that are mostly a person's work",
      },
    ],
  }),
];
