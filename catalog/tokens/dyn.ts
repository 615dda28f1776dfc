import { token } from "../token";

/** Section 4, "DreamHost / Oracle Dyn (legacy)": a migration off Dyn is recommended (#402). */
export const dynTokens = [
  token({
    name: "DYN_DNS_UPDATE",
    purpose: "Oracle Dyn DNS update",
    formerNames: [{ name: "DYN_PASSWORD", phase: "added" }],
    tags: { function: "dns-edit", sensitivity: "medium", consumer: "operator", rotation: "180d" },
    vendorScopes: ["DNS update"],
    environments: ["prod"],
    issuer: { kind: "custody" },
    destinations: [{ kind: "vault", folder: "/MooseQuest/dyn" }],
    sop: "dyn-password.md",
    exceptions: [
      {
        rule: "sensitivity-function",
        reason: "Section 4 has it medium: legacy, from which a migration is recommended",
      },
    ],
  }),
];
