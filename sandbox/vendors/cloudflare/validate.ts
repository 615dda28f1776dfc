import { type z } from "zod";

import { CloudflareError } from "./errors";

/**
 * The body as the schema has it, or 400 with this code and a pointer to each field. Cloudflare ignores fields that
 * it does not know; here they are refused, so that a misspelled `expires_on` makes no token that never expires.
 * The texts never repeat a value.
 */
export function validate<Schema extends z.ZodType>(
  schema: Schema,
  body: unknown,
  code: number,
): z.output<Schema> {
  const result = schema.safeParse(body ?? {});
  if (result.success) return result.data;
  throw new CloudflareError(
    400,
    result.error.issues.map((issue) => {
      const problem = issue.code === "unrecognized_keys" ? `unknown ${issue.keys.join(", ")}` : "not valid";
      const pointer = `/${issue.path.join("/")}`;
      const message = `Invalid request body: ${pointer} ${problem}`;
      return { code, message, source: { pointer } };
    }),
  );
}
