import { token } from "../token";

const parts = ["ACCESS_KEY_ID", "SECRET_ACCESS_KEY"];

/** Section 4, "AWS", and what docs/decisions.md adds. */
export const awsTokens = [
  token({
    name: "AWS_INFISICAL_BOOTSTRAP",
    purpose: "Lightsail VM operation and Cloudflare bootstrap",
    formerNames: [
      { name: "AWS_ACCESS_KEY_ID", phase: "added", part: "ACCESS_KEY_ID" },
      { name: "AWS_SECRET_ACCESS_KEY", phase: "added", part: "SECRET_ACCESS_KEY" },
    ],
    tags: { function: "platform-api", sensitivity: "high", consumer: "operator", rotation: "30d" },
    vendorScopes: ["Lightsail full, limited IAM user (claude-infisical-bootstrap)"],
    environments: ["prod"],
    issuer: { kind: "custody" },
    parts,
    destinations: [{ kind: "vault", folder: "/MooseQuest/aws" }],
    sop: "aws-iam-access-key.md",
    exceptions: [
      {
        rule: "sensitivity-function",
        reason: "Section 4 has it high: its IAM user is limited to Lightsail",
      },
    ],
  }),
  token({
    name: "AWS_BILLING_READ",
    purpose: "Read costs for the console's billing collector",
    tags: { function: "billing-read", sensitivity: "medium", consumer: "console", rotation: "30d" },
    // The batch's `billing:*ReadOnly` names no action: these are the reading ones.
    vendorScopes: [
      "billing:Get*",
      "billing:List*",
      "budgets:ViewBudget",
      "ce:Describe*",
      "ce:Get*",
      "ce:List*",
      "cur:DescribeReportDefinitions",
    ],
    environments: ["prod"],
    issuer: {
      kind: "aws-access-key",
      user: "raxx-billing-readonly",
      policy: "raxx-billing-readonly-policy",
      // None of these actions can be limited to a resource.
      statements: [
        {
          actions: [
            "billing:Get*",
            "billing:List*",
            "budgets:ViewBudget",
            "ce:Describe*",
            "ce:Get*",
            "ce:List*",
            "cur:DescribeReportDefinitions",
          ],
          resources: ["*"],
        },
      ],
    },
    parts,
    destinations: [
      { kind: "ssm-parameter", name: "/raxx/billing-readonly/aws_access_key_id", part: "ACCESS_KEY_ID" },
      {
        kind: "ssm-parameter",
        name: "/raxx/billing-readonly/aws_secret_access_key",
        part: "SECRET_ACCESS_KEY",
      },
    ],
    sop: "aws-iam-access-key.md",
  }),
  token({
    name: "AWS_FREESCOUT_BACKUP",
    purpose: "Back up FreeScout: its parameters, its attachments in S3, snapshots of its instance",
    tags: { function: "backup", sensitivity: "high", consumer: "ci", rotation: "30d" },
    // Without the batch's `s3:HeadObject`, which is no action (GetObject allows it), and `s3:CreateBucket`.
    vendorScopes: [
      "kms:Decrypt",
      "kms:DescribeKey",
      "kms:GenerateDataKey",
      "lightsail:CreateInstanceSnapshot",
      "lightsail:DeleteInstanceSnapshot",
      "lightsail:GetInstanceSnapshots",
      "s3:DeleteObject",
      "s3:GetObject",
      "s3:ListBucket",
      "s3:PutObject",
      "ssm:GetParameter",
    ],
    environments: ["prod"],
    issuer: {
      kind: "aws-access-key",
      user: "raxx-freescout-backup",
      policy: "raxx-freescout-backup-policy",
      statements: [
        {
          actions: ["ssm:GetParameter"],
          resources: ["arn:aws:ssm:{region}:{account}:parameter/raxx/freescout/*"],
        },
        { actions: ["s3:ListBucket"], resources: ["arn:aws:s3:::raxx-support-attachments"] },
        {
          actions: ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
          resources: ["arn:aws:s3:::raxx-support-attachments/*"],
        },
        {
          actions: ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
          resources: ["arn:aws:kms:{region}:{account}:key/*"],
          viaService: "s3",
        },
        {
          actions: ["lightsail:CreateInstanceSnapshot", "lightsail:DeleteInstanceSnapshot"],
          resources: [
            "arn:aws:lightsail:{region}:{account}:Instance/*",
            "arn:aws:lightsail:{region}:{account}:InstanceSnapshot/*",
          ],
        },
        // It lists, which is never limited to a resource.
        { actions: ["lightsail:GetInstanceSnapshots"], resources: ["*"] },
      ],
      workflow: "verify-aws-backup.yml",
    },
    parts,
    destinations: [
      { kind: "github-secret", name: "AWS_BACKUP_ACCESS_KEY_ID", part: "ACCESS_KEY_ID" },
      { kind: "github-secret", name: "AWS_BACKUP_SECRET_ACCESS_KEY", part: "SECRET_ACCESS_KEY" },
    ],
    sop: "aws-iam-access-key.md",
  }),
];
