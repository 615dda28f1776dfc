import { token } from "../token";

/** Section 4, "DreamHost / Oracle Dyn (legacy)": whether it is still needed is to be evaluated. */
export const dreamhostTokens = [
  token({
    name: "DH_DNS_MGMT",
    purpose: "DreamHost hosting and DNS management",
    formerNames: [{ name: "DREAMHOST_API_KEY", phase: "added" }],
    tags: { function: "dns-edit", sensitivity: "medium", consumer: "operator", rotation: "90d" },
    vendorScopes: ["hosting and DNS management"],
    environments: ["prod"],
    issuer: { kind: "custody" },
    destinations: [{ kind: "vault", folder: "/MooseQuest/dreamhost" }],
    sop: "dreamhost-api-key.md",
    exceptions: [
      {
        rule: "sensitivity-function",
        reason: "Section 4 has it medium: legacy, whose need is to be evaluated",
      },
    ],
  }),
];
