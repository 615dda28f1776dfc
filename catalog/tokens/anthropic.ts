import { token } from "../token";

/** Section 4, "Anthropic". */
export const anthropicTokens = [
  token({
    name: "ANT_CLAUDE_SDK",
    purpose: "Call Claude API (all SDK-capable models)",
    formerNames: [{ name: "ANTHROPIC_API_KEY", phase: "added" }],
    tags: { function: "ai-sdk", sensitivity: "high", consumer: "agent", rotation: "90d" },
    alsoUsedBy: ["raptor"],
    vendorScopes: ["Account-level API key"],
    environments: ["prod"],
    issuer: { kind: "custody" },
    destinations: [{ kind: "vault", folder: "/MooseQuest/anthropic" }],
    sop: "anthropic-api-key.md",
  }),
];
