import { z } from "zod";

import { hasUnknown, type Properties } from "./properties";

/**
 * A field of a provider's configuration that is no text: Pulumi sends it as JSON in a text.
 */
export function jsonText<T extends z.ZodType>(of: T) {
  return z.preprocess((value) => {
    if (typeof value !== "string") return value;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      return value;
    }
  }, of.optional());
}

/** One sentence for each property that is missing, unexpected or not what it should be; none of them quotes a value. */
export function faultsOf(schema: z.ZodObject, values: Properties): string[] {
  const toCome = Object.keys(values).filter((name) => name in schema.shape && hasUnknown(values[name]));
  const lenient = schema.extend(Object.fromEntries(toCome.map((name) => [name, z.unknown()]))).strict();
  const result = lenient.safeParse(values);
  return result.success ? [] : result.error.issues.flatMap((issue) => sentencesOf(issue, values));
}

function sentencesOf(issue: z.core.$ZodIssue, values: Properties): string[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => `unexpected property "${[...issue.path, key].join(".")}"`);
  const path = issue.path.join(".");
  if (issue.code === "invalid_type" && valueAt(values, issue.path) === undefined)
    return [`missing required property "${path}"`];
  return [`property "${path}": ${issue.message}`];
}

function valueAt(values: unknown, path: PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === "object" && at !== null ? (at as Properties)[String(key)] : undefined),
    values,
  );
}
