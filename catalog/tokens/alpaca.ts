import { token } from "../token";

const folder = "/MooseQuest/alpaca";
const parts = ["KEY_ID", "SECRET_KEY"];

/** Section 4, "Alpaca". */
export const alpacaTokens = [
  token({
    name: "ALP_PAPER_TRADING",
    purpose: "Paper trading API",
    formerNames: [
      { name: "ALPACA_PAPER_API_KEY_ID", phase: "added", part: "KEY_ID" },
      { name: "ALPACA_PAPER_API_SECRET_KEY", phase: "added", part: "SECRET_KEY" },
    ],
    tags: { function: "trading-paper", sensitivity: "medium", consumer: "raptor", rotation: "180d" },
    vendorScopes: ["Paper trading (key+secret pair)"],
    environments: ["prod", "staging"],
    issuer: { kind: "custody" },
    parts,
    destinations: [{ kind: "vault", folder }],
    sop: "alpaca-api-key.md",
  }),
  token({
    name: "ALP_LIVE_TRADING",
    purpose: "Live trading API (real money)",
    formerNames: [
      { name: "ALPACA_LIVE_API_KEY_ID", phase: "added", part: "KEY_ID" },
      { name: "ALPACA_LIVE_API_SECRET_KEY", phase: "added", part: "SECRET_KEY" },
    ],
    tags: { function: "trading-live", sensitivity: "critical", consumer: "raptor", rotation: "60d" },
    vendorScopes: ["Live trading (key+secret pair)"],
    review: "docs/decisions.md, open for a person",
    environments: ["prod"],
    issuer: { kind: "custody" },
    parts,
    destinations: [{ kind: "vault", folder }],
    sop: "alpaca-api-key.md",
  }),
];
