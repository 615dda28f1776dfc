import { type FastifyInstance } from "fastify";

import { type VendorContext } from "../../kit/vendor";
import { policyOver } from "../approvals";
import { badRequest, notFound } from "../errors";
import { assertSecret, maySecret, membershipOf } from "../permissions";
import { environmentOf, type InfisicalState, type Secret } from "../records";
import {
  batchCreateBody,
  batchDeleteBody,
  batchUpdateBody,
  parseIn,
  type CreateFields,
  type SecretApi,
  type UpdateFields,
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
  type Named,
  type Target,
} from "../secret-writes";
import { approvalInstead } from "./secrets";

/** Many secrets of one environment in one call: each of these checks everything before it writes anything. */
export function registerSecretBatchRoutes(
  app: FastifyInstance,
  { store, now }: VendorContext<InfisicalState>,
  api: SecretApi,
): void {
  const { state } = store;

  app.post(api.batchPath, (request) => {
    request.keyNames = secretKeys(request.body);
    const { projectId, environment, secretPath, secrets } = parseIn(
      api,
      state,
      batchCreateBody,
      request.body,
    );
    const membership = membershipOf(state, request, projectId);
    const target = targetFolder(
      state,
      membership,
      { projectId, environment, path: secretPath },
      "CreateManySecret",
    );
    const inputs = secrets.map(({ secretKey, ...fields }) => ({ name: secretKey, fields }));
    checkCreate(state, target, inputs, "many");
    const names = inputs.map((input) => input.name);
    const approval = approvalInstead(state, target, "create", names, now());
    const written = approval === undefined ? inputs.map((one) => applyCreate(state, target, one, now())) : [];
    store.save();
    return approval ?? { secrets: written.map((secret) => batchView(target, secret)) };
  });

  app.patch(api.batchPath, (request) => {
    request.keyNames = secretKeys(request.body);
    const { projectId, environment, secretPath, mode, secrets } = parseIn(
      api,
      state,
      batchUpdateBody,
      request.body,
    );
    const membership = membershipOf(state, request, projectId);
    if (environmentOf(state, projectId, environment) === undefined) {
      throw notFound(`Environment with slug '${environment}' in project with ID '${projectId}' not found`);
    }
    const paths = [...new Set(secrets.map((secret) => secret.secretPath ?? secretPath))];
    const plans = paths.map((path) => {
      const target = targetFolder(state, membership, { projectId, environment, path }, "UpdateManySecret");
      const inputs = secrets.filter((secret) => (secret.secretPath ?? secretPath) === path);
      return planUpdate(state, target, inputs, mode);
    });
    // One covered path makes the whole batch a change request.
    const covered = plans.find(({ target }) => policyOver(state, target.at) !== undefined);
    const names = secrets.map((secret) => secret.secretKey);
    const approval = covered && approvalInstead(state, covered.target, "update", names, now());
    const views =
      approval === undefined
        ? plans.flatMap(({ target, updates, creations }) =>
            [
              ...updates.map(({ secret, fields }) => applyUpdate(state, target, secret, fields, now())),
              ...creations.map((creation) => applyCreate(state, target, creation, now())),
            ].map((secret) => batchView(target, secret)),
          )
        : [];
    store.save();
    return approval ?? { secrets: views };
  });

  app.delete(api.batchPath, (request) => {
    request.keyNames = secretKeys(request.body);
    const body = parseIn(api, state, batchDeleteBody, request.body);
    const { projectId, environment, secretPath } = body;
    const membership = membershipOf(state, request, projectId);
    const at = { projectId, environment, path: secretPath };
    const target = targetFolder(state, membership, at, "DeleteManySecret");
    for (const { type } of body.secrets) assertShared(type, "delete");
    const names = body.secrets.map((secret) => secret.secretKey);
    const found = state.secrets.filter(
      (secret) => secret.folderId === target.folder.id && names.includes(secret.name),
    );
    if (found.length !== names.length) {
      // The vendor's sentence lists the names that do exist.
      throw notFound(`One or more secrets does not exist: ${found.map((secret) => secret.name).join(", ")}`);
    }
    assertSecret(membership, "delete", at);
    const approval = approvalInstead(state, target, "delete", names, now());
    if (approval === undefined) applyDelete(state, found);
    store.save();
    return approval ?? { secrets: found.map((secret) => batchView(target, secret)) };
  });
}

interface UpdatePlan {
  target: Target;
  updates: { secret: Secret; fields: UpdateFields }[];
  creations: Named<CreateFields>[];
}

function planUpdate(
  state: InfisicalState,
  target: Target,
  inputs: (UpdateFields & { secretKey: string; secretPath?: string | undefined })[],
  mode: "failOnNotFound" | "upsert" | "ignore",
): UpdatePlan {
  const entries = inputs.map(({ secretKey, ...fields }) => ({
    name: secretKey,
    secret: findSecret(state, target.folder, secretKey),
    fields,
  }));
  const missing = entries.filter((entry) => entry.secret === undefined).map((entry) => entry.name);
  if (missing.length > 0 && mode === "failOnNotFound") {
    throw notFound(`Secret does not exist: ${missing.join(", ")} in path ${target.at.path}`);
  }
  const repeated = entries.find(
    (entry, index) => entries.findIndex((one) => one.name === entry.name) !== index,
  );
  if (repeated !== undefined) throw badRequest(`Secret named twice: ${repeated.name}`);
  const updates = entries.flatMap(({ secret, fields }) => (secret === undefined ? [] : [{ secret, fields }]));
  const creations = entries
    .filter((entry) => entry.secret === undefined && mode === "upsert")
    .map(({ name, fields }) => ({ name, fields: creationOf(fields) }));
  checkUpdate(state, target, updates, "many");
  if (creations.length > 0) checkCreate(state, target, creations, "many");
  return { target, updates, creations };
}

function creationOf(fields: UpdateFields): CreateFields {
  const { secretValue, secretComment, secretMetadata, tagIds, skipMultilineEncoding } = fields;
  return {
    secretValue: secretValue ?? "",
    secretComment: secretComment ?? "",
    secretMetadata,
    tagIds,
    skipMultilineEncoding,
  };
}

/** Unlike a single PATCH, a batch answers each value as it is stored. */
function batchView(target: Target, secret: Secret): Record<string, unknown> {
  const hidden = !maySecret(target.membership, "readValue", target.at);
  const view = writtenView(secret, target.at, hidden ? hiddenValue : secret.value);
  return { ...view, secretValueHidden: hidden };
}

/** The names in a body that may yet be refused. */
function secretKeys(body: unknown): string[] {
  const secrets = (body as { secrets?: unknown } | undefined)?.secrets;
  if (!Array.isArray(secrets)) return [];
  return secrets.flatMap((secret: { secretKey?: unknown } | null) =>
    typeof secret?.secretKey === "string" ? [secret.secretKey] : [],
  );
}
