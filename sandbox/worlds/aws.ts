import { randomBytes } from "node:crypto";

import { emptyAws, type AwsState } from "../vendors/aws/records";
import {
  createAccessKey,
  createAdministrator,
  createBucket,
  createParameter,
  createUser,
} from "../vendors/aws/seeding";

export interface SeededAws {
  aws: AwsState;
  /** The operator's own key: what the AWS chain of a run finds. */
  credentials: { AWS_ACCESS_KEY_ID: string; AWS_SECRET_ACCESS_KEY: string };
}

/** The account as the batch found it: an operator, users of other people, FreeScout's bucket and its database password. */
export function seedAws(): SeededAws {
  const aws = emptyAws();
  const { key } = createAdministrator(aws, { name: "operator" });
  createAccessKey(createUser(aws, { name: "claude-infisical-bootstrap" }));
  createBucket(aws, "raxx-support-attachments");
  createParameter(aws, { name: "/raxx/freescout/db_password", value: randomBytes(16).toString("hex") });
  createParameter(aws, {
    name: "/raxx/freescout/smtp_password",
    value: randomBytes(16).toString("hex"),
    tags: { owner: "support" },
  });
  return { aws, credentials: { AWS_ACCESS_KEY_ID: key.id, AWS_SECRET_ACCESS_KEY: key.secret } };
}
