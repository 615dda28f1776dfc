import { token } from "../token";

/** Section 4, "Stripe". */
export const stripeTokens = [
  token({
    name: "STR_BILLING_WRITE",
    purpose: "Create and manage subscriptions, customers, invoices",
    formerNames: [{ name: "STRIPE_RESTRICTED_KEY", phase: "added" }],
    tags: { function: "billing-write", sensitivity: "critical", consumer: "raptor", rotation: "90d" },
    vendorScopes: ["Customers write", "Subscriptions write", "Invoices read"],
    review: "secrets-store review of the organization (#402)",
    environments: ["prod"],
    dev: true,
    issuer: { kind: "custody" },
    destinations: [{ kind: "vault", folder: "/MooseQuest/stripe" }],
    sop: "stripe-restricted-key.md",
  }),
];
