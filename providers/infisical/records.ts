import { z } from "zod";

import { UserError } from "../errors";

/*
 * What the vault's API takes and answers, and what it answers in place of an answer. Source:
 * https://infisical.com/docs/api-reference
 */

export const loginSchema = z.object({ accessToken: z.string() });
export const tagSchema = z.object({ id: z.string(), slug: z.string() });
export const folderSchema = z.object({ id: z.string(), name: z.string(), path: z.string().optional() });
export const metadataSchema = z.object({
  key: z.string(),
  value: z.string(),
  isEncrypted: z.boolean().optional(),
});
export const secretSchema = z.object({
  id: z.string(),
  version: z.number(),
  secretKey: z.string(),
  secretComment: z.string(),
  secretMetadata: z
    .array(metadataSchema)
    .nullish()
    .transform((pairs) => pairs ?? []),
  tags: z
    .array(z.object({ id: z.string(), slug: z.string() }))
    .nullish()
    .transform((tags) => tags ?? []),
  secretPath: z.string().optional(),
  skipMultilineEncoding: z.boolean().nullish(),
});
export const valueSchema = z.object({
  secretKey: z.string(),
  secretValue: z.string(),
  secretValueHidden: z.boolean().optional(),
});
export const withValueSchema = secretSchema.extend(valueSchema.shape);
export const writtenSchema = z.union([
  z.object({ approval: z.object({ slug: z.string() }) }),
  z.object({ secrets: z.array(z.unknown()) }),
]);

export type WriteMethod = "POST" | "PATCH" | "DELETE";
export type InfisicalTag = z.output<typeof tagSchema>;
export type InfisicalFolderRecord = z.output<typeof folderSchema>;
export type SecretMetadata = z.output<typeof metadataSchema>;
/** A secret as a list shows it that asked for no values. Every write to it makes another version. */
export type InfisicalSecret = z.output<typeof secretSchema>;
/** With what stands in it. */
export type InfisicalSecretWithValue = z.output<typeof withValueSchema>;

/** Whether the vault does not show the value to who asks. */
export function isHidden({ secretValue, secretValueHidden }: z.output<typeof valueSchema>): boolean {
  return secretValueHidden === true || secretValue === "<hidden-by-infisical>";
}

/** What is written of a secret that there is: what is left out stays, but for the metadata, which a PATCH clears. */
export interface SecretChange {
  secretKey: string;
  secretValue?: string;
  secretComment?: string;
  secretMetadata: SecretMetadata[];
  tagIds?: string[];
}

/** What is written of a new one. */
export interface SecretWrite extends Required<SecretChange> {
  /** As of the secret that it is a copy of. */
  skipMultilineEncoding?: boolean;
}

/** A change policy holds a write back: it happens when a person approves it. */
export class ApprovalPending extends UserError {
  constructor(
    folder: FolderRef,
    /** The change request, as the vault shows it. */
    readonly request: string,
    /** What it asks for, and of which secrets. */
    readonly operation: WriteMethod,
    readonly names: readonly string[],
  ) {
    super(
      `the vault's change policy holds this write back: nothing was written in ${folder.path} of ${folder.environment}; approve request ${request} in the vault, then run again`,
    );
  }
}

/** The vault shows that there is a value, and not which: what it shows in its place must never be taken for it. */
export class HiddenValue extends UserError {
  constructor({ path, environment }: FolderRef, name: string) {
    super(
      `the vault hides the value of ${name} in ${path} of ${environment} from this identity: give INF_PROVISIONER the right to read values there, then run again`,
    );
  }
}

/** A folder of one environment, e.g. `{ environment: "prod", path: "/MooseQuest/heroku" }`. */
export interface FolderRef {
  projectId: string;
  environment: string;
  path: string;
}
