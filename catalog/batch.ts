import { type TokenName } from "./token";

/** An issue of the tracker, and when it may be closed. */
export interface BatchIssue {
  number: number;
  closes: string;
}

/** A unit of the provisioning batch of 2026-05-06, as its document numbers them. */
export interface BatchItem {
  number: number;
  title: string;
  issues: readonly BatchIssue[];
  /** In every environment that they have. */
  tokens: readonly TokenName[];
  /** Its records are part of the item. @default none */
  mailDomain?: string;
  /** Ids of what a person has to have done. */
  handOffs: readonly string[];
  /** Ids of what a person does for an issue of its own, and that is only listed. @default none */
  alsoListed?: readonly string[];
  /** Number of the item that has to be done before a person begins with this one. @default none */
  waitsFor?: number;
}

export const batch: readonly BatchItem[] = [
  {
    number: 1,
    title: "Rotate the Heroku Platform API token",
    issues: [
      {
        number: 454,
        closes: "the vault holds the new token, and the authorization from before is revoked and answers 401",
      },
    ],
    tokens: ["HK_PLATFORM_FULL"],
    handOffs: ["heroku-keychain"],
  },
  {
    number: 2,
    title: "Read-only billing credentials",
    issues: [
      { number: 759, closes: "all three stand in SSM, and Heroku's and Cloudflare's in the vault too" },
    ],
    tokens: ["HK_BILLING_FULL", "AWS_BILLING_READ", "CF_BILLING_READ"],
    handOffs: [],
  },
  {
    number: 3,
    title: "Secrets for the deploy audit log",
    issues: [],
    tokens: ["RAXX_AUDIT_INGEST"],
    handOffs: [],
  },
  {
    number: 4,
    title: "SSM and IAM for the backup of FreeScout",
    issues: [],
    tokens: ["AWS_FREESCOUT_BACKUP"],
    handOffs: [],
    alsoListed: ["freescout-restore"],
  },
  {
    number: 5,
    title: "Verify raxx.app and sign its mail with DKIM",
    issues: [
      {
        number: 1210,
        closes: "Workspace shows the domain as verified, and a message of it passes DKIM and SPF",
      },
    ],
    tokens: [],
    mailDomain: "raxx.app",
    handOffs: ["workspace-verified", "workspace-dkim", "workspace-dkim-started", "workspace-mail-tested"],
  },
  {
    number: 6,
    title: "ops@, billing@ and no-reply@ of raxx.app",
    issues: [
      { number: 1212, closes: "mail to ops@ and billing@ arrives, and no-reply@ answers that it does not" },
    ],
    tokens: [],
    handOffs: ["secondary-domain-decided", "secondary-domain", "ops-group", "billing-group", "no-reply-user"],
    waitsFor: 5,
  },
];
