import { randomUUID } from "node:crypto";

import { badRequest, notFound } from "./errors";
import { assertSecret } from "./permissions";
import {
  folderAt,
  type Folder,
  type InfisicalState,
  type Membership,
  type Secret,
  type SecretContent,
} from "./records";
import { assertReferences } from "./secret-references";
import { type CreateFields, type UpdateFields } from "./secret-schemas";
import { type SecretPlace } from "./secret-view";

/** The folder that is written to, and who writes. */
export interface Target {
  at: SecretPlace;
  folder: Folder;
  membership: Membership;
}

export interface Named<Fields> {
  name: string;
  fields: Fields;
}

/** Folders are never made on the way: a missing one is 404 under the operation's name. */
export function targetFolder(
  state: InfisicalState,
  membership: Membership,
  at: SecretPlace,
  operation: string,
): Target {
  const folder = folderAt(state, at.projectId, at.environment, at.path);
  if (folder === undefined) {
    throw notFound(
      `Folder with path '${at.path}' in environment with slug '${at.environment}' not found`,
      operation,
    );
  }
  return { at, folder, membership };
}

export function findSecret(state: InfisicalState, folder: Folder, name: string): Secret | undefined {
  return state.secrets.find((secret) => secret.folderId === folder.id && secret.name === name);
}

/** Everything that can refuse a creation; nothing is written yet. */
export function checkCreate(
  state: InfisicalState,
  target: Target,
  inputs: Named<CreateFields>[],
  how: "one" | "many",
): void {
  const names = inputs.map((input) => input.name);
  const taken = names.filter(
    (name, index) => findSecret(state, target.folder, name) !== undefined || names.indexOf(name) !== index,
  );
  if (taken.length > 0) {
    throw badRequest(how === "one" ? "Secret already exist" : `Secret already exist: ${taken.join(",")}`);
  }
  for (const name of names) assertCapitals(state, target, name);
  assertTags(
    state,
    target,
    inputs.flatMap((input) => input.fields.tagIds ?? []),
    how,
  );
  assertSecret(target.membership, "create", target.at);
  assertReferences(
    state,
    target.membership,
    target.at,
    inputs.map((input) => input.fields.secretValue),
  );
}

export function applyCreate(
  state: InfisicalState,
  target: Target,
  { name, fields }: Named<CreateFields>,
  now: Date,
): Secret {
  const time = now.toISOString();
  const secret: Secret = {
    id: randomUUID(),
    folderId: target.folder.id,
    version: 1,
    name,
    value: fields.secretValue,
    comment: fields.secretComment,
    metadata: fields.secretMetadata ?? [],
    tagIds: fields.tagIds ?? [],
    skipMultilineEncoding: fields.skipMultilineEncoding ?? null,
    reminderNote: fields.secretReminderNote ?? null,
    reminderRepeatDays: fields.secretReminderRepeatDays ?? null,
    actorId: target.membership.identityId,
    createdAt: time,
    updatedAt: time,
    history: [],
  };
  state.secrets.push(secret);
  return secret;
}

/** Everything that can refuse an update of secrets that were found; nothing is written yet. */
export function checkUpdate(
  state: InfisicalState,
  target: Target,
  updates: { secret: Secret; fields: UpdateFields }[],
  how: "one" | "many",
): void {
  assertSecret(target.membership, "edit", target.at);
  assertTags(
    state,
    target,
    updates.flatMap(({ fields }) => fields.tagIds ?? []),
    how,
  );
  for (const { fields } of updates) {
    if (fields.newSecretName === undefined) continue;
    assertCapitals(state, target, fields.newSecretName);
    if (findSecret(state, target.folder, fields.newSecretName) !== undefined) {
      throw badRequest("Secret with the new name already exists");
    }
  }
  assertReferences(
    state,
    target.membership,
    target.at,
    updates.map(({ fields }) => fields.secretValue),
  );
}

/** One version more; what was not sent stays, but for the metadata in releases that clear it. */
export function applyUpdate(
  state: InfisicalState,
  target: Target,
  secret: Secret,
  fields: UpdateFields,
  now: Date,
): Secret {
  const { version, name, value, comment, metadata, tagIds, skipMultilineEncoding } = secret;
  const { reminderNote, reminderRepeatDays, actorId, updatedAt } = secret;
  const before: SecretContent = {
    ...{ version, name, value, comment, metadata, tagIds, skipMultilineEncoding },
    ...{ reminderNote, reminderRepeatDays, actorId, updatedAt },
  };
  const cleared = state.variants.patchWithoutMetadata === "clears" ? [] : metadata;
  secret.history.push(before);
  secret.version = version + 1;
  secret.name = fields.newSecretName ?? name;
  secret.value = fields.secretValue ?? value;
  secret.comment = fields.secretComment ?? comment;
  secret.metadata = fields.secretMetadata ?? cleared;
  secret.tagIds = fields.tagIds ?? tagIds;
  secret.skipMultilineEncoding = fields.skipMultilineEncoding ?? skipMultilineEncoding;
  secret.reminderNote = fields.secretReminderNote ?? reminderNote;
  secret.reminderRepeatDays = fields.secretReminderRepeatDays ?? reminderRepeatDays;
  secret.actorId = target.membership.identityId;
  secret.updatedAt = now.toISOString();
  return secret;
}

export function applyDelete(state: InfisicalState, secrets: Secret[]): void {
  state.secrets = state.secrets.filter((secret) => !secrets.includes(secret));
}

/** A person's own override of a shared secret: machine identities have none. */
export function assertShared(type: "shared" | "personal", verb: "create" | "delete"): void {
  if (type === "personal") throw badRequest(`Must be user to ${verb} personal secret`);
}

/** Compared by number, as the vendor does, so a tag named twice in one secret counts as not found. */
function assertTags(state: InfisicalState, target: Target, ids: string[], how: "one" | "many"): void {
  const wanted = how === "many" ? [...new Set(ids)] : ids;
  const found = state.tags.filter((tag) => tag.projectId === target.at.projectId && wanted.includes(tag.id));
  if (found.length !== wanted.length) {
    throw notFound(`Tag not found. Found ${found.map((tag) => tag.slug).join(",")}`);
  }
}

function assertCapitals(state: InfisicalState, target: Target, name: string): void {
  const project = state.projects.find((entry) => entry.id === target.at.projectId);
  if (project?.enforceCapitalization === true && name !== name.toUpperCase()) {
    throw badRequest("Secret name must be in UPPERCASE per project settings");
  }
}
