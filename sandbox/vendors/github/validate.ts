import { type z } from "zod";

import { invalidRequest } from "./errors";

/**
 * The body as the schema has it, or 422. GitHub's own texts repeat a value that does not fit; these never do,
 * so that a secret that was sent where it does not belong is in no answer.
 */
export function validate<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  // The official client sends an empty text where a PUT has no fields.
  const result = schema.safeParse(body === undefined || body === null || body === "" ? {} : body);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => `"${key}" is not a permitted key.`).join("\n");
    }
    const field = issue.path.join("/");
    if (field === "") return "The body is not an object.";
    if (at(body, issue.path) === undefined) return `"${field}" wasn't supplied.`;
    return `For 'properties/${field}', the value is not valid.`;
  });
  throw invalidRequest(problems.join("\n"));
}

function at(body: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined),
    body,
  );
}
