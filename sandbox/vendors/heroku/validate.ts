import { type z } from "zod";

import { HerokuError, invalidParams } from "./errors";

/** The body as the schema has it, or 422 `invalid_params`. A message names fields, never what stood in them. */
export function validate<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  // `{}` without a body is how the official client libraries post to action endpoints.
  const result = schema.safeParse(body ?? {});
  if (result.success) return result.data;
  if (body !== undefined && (typeof body !== "object" || Array.isArray(body))) {
    throw new HerokuError(400, "bad_request", "Request invalid, validate usage and try again.");
  }
  const fields = result.error.issues.map((issue) =>
    issue.code === "unrecognized_keys" ? `unknown ${issue.keys.join(", ")}` : issue.path.join("."),
  );
  throw invalidParams(`Invalid parameters: ${[...new Set(fields)].join("; ")}.`);
}
