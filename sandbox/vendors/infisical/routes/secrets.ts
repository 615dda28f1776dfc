import { type FastifyInstance } from "fastify";
import { z } from "zod";

import { type VendorContext } from "../../kit/vendor";
import { approvalView, openApproval, policyOver } from "../approvals";
import { badRequest, notFound } from "../errors";
import { assertSecret, maySecret, membershipOf } from "../permissions";
import { type Approval, type InfisicalState } from "../records";
import {
  createBody,
  deleteBody,
  looseSecretName,
  parseIn,
  secretName,
  updateBody,
  type SecretApi,
} from "../secret-schemas";
import { hiddenValue, writtenView } from "../secret-view";
import {
  applyCreate,
  applyDelete,
  applyUpdate,
  assertShared,
  checkCreate,
  checkUpdate,
  findSecret,
  targetFolder,
  type Target,
} from "../secret-writes";

interface NameParams {
  Params: { secretName: string };
}

/** Writing one secret. */
export function registerSecretRoutes(
  app: FastifyInstance,
  { store, now }: VendorContext<InfisicalState>,
  api: SecretApi,
): void {
  const { state } = store;
  const route = `${api.path}/:secretName`;

  app.post<NameParams>(route, (request) => {
    request.keyNames = [request.params.secretName];
    const name = z.object({ secretName }).parse(request.params).secretName;
    const { projectId, environment, secretPath, type, ...fields } = parseIn(
      api,
      state,
      createBody,
      request.body,
    );
    const membership = membershipOf(state, request, projectId);
    const at = { projectId, environment, path: secretPath };
    const target = targetFolder(state, membership, at, "CreateSecret");
    assertShared(type, "create");
    checkCreate(state, target, [{ name, fields }], "one");
    const approval = approvalInstead(state, target, "create", [name], now());
    const secret = approval === undefined ? applyCreate(state, target, { name, fields }, now()) : undefined;
    store.save();
    return secret === undefined ? approval : { secret: writtenView(secret, at, secret.value) };
  });

  app.patch<NameParams>(route, (request) => {
    request.keyNames = [request.params.secretName];
    const name = z.object({ secretName: looseSecretName }).parse(request.params).secretName;
    const { projectId, environment, secretPath, type, ...fields } = parseIn(
      api,
      state,
      updateBody,
      request.body,
    );
    const membership = membershipOf(state, request, projectId);
    const at = { projectId, environment, path: secretPath };
    const target = targetFolder(state, membership, at, "UpdateSecret");
    assertShared(type, "create");
    const secret = findSecret(state, target.folder, name);
    if (secret === undefined) throw notFound(`Secret with name ${name} not found`);
    checkUpdate(state, target, [{ secret, fields }], "one");
    const approval = approvalInstead(state, target, "update", [name], now());
    if (approval === undefined) applyUpdate(state, target, secret, fields, now());
    store.save();
    if (approval !== undefined) return approval;
    // The answer repeats what was sent: a PATCH of the comment alone answers an empty value, not the stored one.
    const hidden = !maySecret(membership, "readValue", at);
    const view = writtenView(secret, at, hidden ? hiddenValue : (fields.secretValue ?? ""));
    return { secret: { ...view, secretComment: fields.secretComment ?? "", secretValueHidden: hidden } };
  });

  app.delete<NameParams>(route, (request) => {
    const name = request.params.secretName;
    request.keyNames = [name];
    const { projectId, environment, secretPath, type } = parseIn(api, state, deleteBody, request.body);
    const membership = membershipOf(state, request, projectId);
    const at = { projectId, environment, path: secretPath };
    const target = targetFolder(state, membership, at, "DeleteSecret");
    assertShared(type, "delete");
    const secret = findSecret(state, target.folder, name);
    if (secret === undefined) throw notFound("Secret not found");
    assertSecret(membership, "delete", at);
    const approval = approvalInstead(state, target, "delete", [name], now());
    if (approval === undefined) applyDelete(state, [secret]);
    store.save();
    if (approval !== undefined) return approval;
    const hidden = !maySecret(membership, "readValue", at);
    const view = writtenView(secret, at, hidden ? hiddenValue : secret.value);
    return { secret: { ...view, secretValueHidden: hidden } };
  });
}

/** Where a change policy covers the path: the answer that stands in for the write, which does not happen. */
export function approvalInstead(
  state: InfisicalState,
  target: Target,
  operation: Approval["operation"],
  names: string[],
  now: Date,
): { approval: Record<string, unknown> } | undefined {
  const policy = policyOver(state, target.at);
  if (policy === undefined) return undefined;
  const { folder, membership } = target;
  const approval = openApproval(state, {
    policy,
    folder,
    identityId: membership.identityId,
    operation,
    names,
    now,
  });
  return { approval: approvalView(approval) };
}

/** For reads, whose project and environment the schema leaves optional. */
export function required(value: string | undefined, message: string): string {
  if (value === undefined || value === "") throw badRequest(message);
  return value;
}
