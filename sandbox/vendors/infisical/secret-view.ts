import { type Place } from "./permissions";
import { type InfisicalState, type Secret, type SecretContent } from "./records";

/** Stands where a value is not shown. */
export const hiddenValue = "<hidden-by-infisical>";

export interface SecretPlace extends Place {
  projectId: string;
}

/**
 * A secret as the writing calls answer it. They carry neither tags nor metadata nor path: the vendor's response
 * schema strips what only the reads declare.
 */
export function writtenView(secret: Secret, at: SecretPlace, value: string): Record<string, unknown> {
  return contentView(secret, secret, at, value);
}

/** A secret as the reads answer it. */
export function readView(
  state: InfisicalState,
  secret: Secret,
  at: SecretPlace,
  value: string,
  hidden: boolean,
): Record<string, unknown> {
  return {
    ...contentView(secret, secret, at, hidden ? hiddenValue : value),
    secretValueHidden: hidden,
    secretPath: at.path,
    secretMetadata: secret.metadata,
    tags: secret.tagIds.flatMap((id) => {
      const tag = state.tags.find((entry) => entry.id === id);
      return tag === undefined ? [] : [{ id: tag.id, slug: tag.slug, color: tag.color, name: tag.slug }];
    }),
  };
}

/** One version. The vendor's version rows are read without tags and metadata. */
export function versionView(
  secret: Secret,
  content: SecretContent,
  at: SecretPlace,
  value: string,
  hidden: boolean,
): Record<string, unknown> {
  const view = contentView(secret, content, at, hidden ? hiddenValue : value);
  return { ...view, secretValueHidden: hidden, secretPath: at.path };
}

function contentView(
  secret: Secret,
  content: SecretContent,
  at: SecretPlace,
  value: string,
): Record<string, unknown> {
  return {
    id: secret.id,
    _id: secret.id,
    workspace: at.projectId,
    environment: at.environment,
    version: content.version,
    type: "shared",
    secretKey: content.name,
    secretValue: value,
    secretComment: content.comment,
    secretReminderNote: content.reminderNote,
    secretReminderRepeatDays: content.reminderRepeatDays,
    skipMultilineEncoding: content.skipMultilineEncoding,
    isRotatedSecret: false,
    createdAt: secret.createdAt,
    updatedAt: content.updatedAt,
  };
}
