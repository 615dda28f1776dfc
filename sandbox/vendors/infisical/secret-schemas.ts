import { z, ZodError } from "zod";

import { notFound } from "./errors";
import { type InfisicalState } from "./records";

/** The two addresses of the same secrets. */
export interface SecretApi {
  path: string;
  batchPath: string;
  /** What the project's id is called in queries and bodies. */
  projectField: "projectId" | "workspaceId";
  /** 400 where a list names no project or no environment. */
  missingPlace: string;
}

export const v4: SecretApi = {
  path: "/api/v4/secrets",
  batchPath: "/api/v4/secrets/batch",
  projectField: "projectId",
  missingPlace: "Missing project id or environment",
};

/** Deprecated and still served; what `@infisical/sdk` calls. */
export const v3raw: SecretApi = {
  path: "/api/v3/secrets/raw",
  batchPath: "/api/v3/secrets/batch/raw",
  projectField: "workspaceId",
  missingPlace: "Missing workspace id or environment",
};

/** Parses a query or body, whose project may be named the old way, or by its slug in v3. */
export function parseIn<Schema extends z.ZodType>(
  api: SecretApi,
  state: InfisicalState,
  schema: Schema,
  input: unknown,
): z.output<Schema> {
  const fields = { ...(input as Record<string, unknown> | undefined) };
  if (api.projectField === "workspaceId") {
    fields.projectId =
      fields.workspaceId ?? projectIdOfSlug(state, fields.projectSlug ?? fields.workspaceSlug);
  }
  const parsed = schema.safeParse(fields);
  if (parsed.success) return parsed.data;
  throw new ZodError(
    parsed.error.issues.map((issue) =>
      issue.path[0] === "projectId" ? { ...issue, path: [api.projectField] } : issue,
    ),
  );
}

function projectIdOfSlug(state: InfisicalState, slug: unknown): string | undefined {
  if (typeof slug !== "string") return undefined;
  const project = state.projects.find((entry) => entry.slug === slug);
  if (project === undefined) throw notFound(`Project with slug '${slug}' not found`);
  return project.id;
}

/** Query flags are the words "true" and "false"; anything else is 422. */
function flag(byDefault: "true" | "false") {
  return z
    .enum(["true", "false"])
    .default(byDefault)
    .transform((word) => word === "true");
}

/** A path without its closing slash. */
function withoutClosingSlash(path: string): string {
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}

const pathSchema = z.string().trim().default("/").transform(withoutClosingSlash);

export const looseSecretName = z.string().trim().min(1);

/** Colon and slash are refused where a name is given to a secret, not where one is looked up. */
export const secretName = looseSecretName.refine(
  (name) => !name.includes(":") && !name.includes("/"),
  "Secret name cannot contain colon or forward slash.",
);

/** Values lose the white space around them, but for one line feed at the end. */
const secretValue = z
  .string()
  .transform((value) => (value.endsWith("\n") ? `${value.trim()}\n` : value.trim()));

const secretMetadata = z.array(
  z.object({
    key: z.string().trim().min(1),
    value: z.string().trim().default(""),
    isEncrypted: z.boolean().default(false),
  }),
);

const secretType = z.enum(["shared", "personal"]).default("shared");
const tagIds = z.array(z.string());

const place = {
  projectId: z.string().trim(),
  environment: z.string().trim(),
  secretPath: pathSchema,
};

const reminder = {
  secretReminderNote: z
    .string()
    .max(1024, "Secret reminder note cannot exceed 1024 characters")
    .nullable()
    .optional(),
  secretReminderRepeatDays: z.number().nullable().optional(),
};

const created = {
  secretValue,
  secretComment: z.string().trim().default(""),
  secretMetadata: secretMetadata.optional(),
  tagIds: tagIds.optional(),
  skipMultilineEncoding: z.boolean().nullish(),
};

const updated = {
  secretValue: secretValue.optional(),
  secretComment: z.string().trim().optional(),
  secretMetadata: secretMetadata.optional(),
  tagIds: tagIds.optional(),
  skipMultilineEncoding: z.boolean().optional(),
  newSecretName: secretName.optional(),
  ...reminder,
};

export const listQuery = z.object({
  projectId: z.string().trim().optional(),
  environment: z.string().trim().optional(),
  secretPath: pathSchema,
  recursive: flag("false"),
  include_imports: flag("false"),
  expandSecretReferences: flag("false"),
  viewSecretValue: flag("true"),
  tagSlugs: z
    .string()
    .optional()
    .transform((slugs) => (slugs ? slugs.split(",").map((slug) => slug.trim()) : [])),
  metadataFilter: z
    .string()
    .optional()
    .transform((filter) => parseMetadataFilter(filter ?? ""))
    .refine((pairs) => pairs.length <= 10, "You can only filter by up to 10 metadata fields"),
});

export const getQuery = z.object({
  projectId: z.string().trim(),
  environment: z.string().trim().optional(),
  secretPath: pathSchema,
  version: z.coerce.number().optional(),
  type: secretType,
  viewSecretValue: flag("true"),
  expandSecretReferences: flag("false"),
  include_imports: flag("false"),
});

export const createBody = z.object({ ...place, ...created, ...reminder, type: secretType });
export const updateBody = z.object({ ...place, ...updated, type: secretType });
export const deleteBody = z.object({ ...place, type: secretType });

export const batchCreateBody = z.object({
  ...place,
  secrets: z.array(z.object({ secretKey: secretName, ...created })).min(1),
});

/** `upsert` creates what is missing, `ignore` passes over it. */
export const batchUpdateBody = z.object({
  ...place,
  mode: z.enum(["failOnNotFound", "upsert", "ignore"]).default("failOnNotFound"),
  secrets: z
    .array(
      z.object({
        secretKey: secretName,
        secretPath: z.string().trim().transform(withoutClosingSlash).optional(),
        ...updated,
      }),
    )
    .min(1),
});

export const batchDeleteBody = z.object({
  ...place,
  secrets: z.array(z.object({ secretKey: z.string(), type: secretType })).min(1),
});

export type CreateFields = Omit<z.output<typeof createBody>, keyof typeof place | "type">;
export type UpdateFields = Omit<z.output<typeof updateBody>, keyof typeof place | "type">;

/** `key=k,value=v|key=…`; a pair that lacks either half is passed over. */
function parseMetadataFilter(filter: string): { key: string; value: string }[] {
  return filter.split("|").flatMap((pair) => {
    const parts = pair.split(/[,=]/).map((part) => part.trim());
    const at = (word: string): string | undefined => {
      const index = parts.findIndex((part, position) => position % 2 === 0 && part.toLowerCase() === word);
      return index < 0 ? undefined : parts[index + 1];
    };
    const key = at("key");
    const value = at("value");
    return key && value ? [{ key, value }] : [];
  });
}
