import { validationFailed } from "./errors";

/** Of secrets and of variables: https://docs.github.com/actions/reference/security/secrets#limits-for-secrets */
export const maxValueBytes = 48 * 1024;

/**
 * The name as it is stored: upper-case. The rules are documented for secrets and for variables alike
 * (https://docs.github.com/actions/reference/security/secrets#naming-your-secrets); the texts are probable.
 */
export function storedName(name: string, kind: "Secret" | "Variable"): string {
  const upper = name.toUpperCase();
  if (!/^[A-Z_][A-Z0-9_]*$/.test(upper)) {
    throw validationFailed(
      `${kind} names may have letters, digits and underscores only and must not begin with a digit`,
      kind,
      "name",
    );
  }
  if (upper.startsWith("GITHUB_")) {
    throw validationFailed(`${kind} names must not begin with GITHUB_`, kind, "name");
  }
  return upper;
}
