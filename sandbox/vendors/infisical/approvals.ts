import { randomBytes, randomUUID } from "node:crypto";

import { globOf } from "./glob";
import { normalPath, type Approval, type ApprovalPolicy, type Folder, type InfisicalState } from "./records";
import { type SecretPlace } from "./secret-view";

/**
 * The change policy over a path, or undefined. Here it binds machine identities too; in every release whose
 * source was read it binds people only, so a caller that copes here is safe either way.
 */
export function policyOver(state: InfisicalState, at: SecretPlace): ApprovalPolicy | undefined {
  return state.approvalPolicies.find(
    (policy) =>
      policy.projectId === at.projectId &&
      policy.environment === at.environment &&
      globOf(policy.secretPath).test(normalPath(at.path)),
  );
}

/** Opens a change request. The vendor keeps the new values with it; nothing merges here, so they are dropped. */
export function openApproval(
  state: InfisicalState,
  args: {
    policy: ApprovalPolicy;
    folder: Folder;
    identityId: string;
    operation: Approval["operation"];
    names: string[];
    now: Date;
  },
): Approval {
  const approval: Approval = {
    id: randomUUID(),
    slug: randomBytes(5).toString("hex"),
    policyId: args.policy.id,
    folderId: args.folder.id,
    status: "open",
    hasMerged: false,
    committerIdentityId: args.identityId,
    operation: args.operation,
    secretNames: args.names,
    createdAt: args.now.toISOString(),
  };
  state.approvals.push(approval);
  return approval;
}

/** The request as the API answers it. */
export function approvalView(approval: Approval): Record<string, unknown> {
  const { id, slug, policyId, folderId, status, hasMerged, createdAt } = approval;
  return {
    id,
    slug,
    policyId,
    folderId,
    status,
    hasMerged,
    conflicts: null,
    createdAt,
    updatedAt: createdAt,
  };
}
