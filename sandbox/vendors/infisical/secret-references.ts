import { badRequest, InfisicalError } from "./errors";
import { assertSecret, maySecret } from "./permissions";
import {
  environmentOf,
  folderAt,
  normalPath,
  secretAt,
  type InfisicalState,
  type Membership,
} from "./records";
import { type SecretPlace } from "./secret-view";

const referencePattern = /\$\{([a-zA-Z0-9-_.]+)\}/g;
const maxDepth = 10;

interface Reference {
  environment: string;
  path: string;
  name: string;
}

/** `${NAME}` stands beside the secret, `${env.folder.NAME}` anywhere in the project. */
function referenceOf(text: string, at: SecretPlace): Reference {
  const parts = text.split(".");
  const name = parts.at(-1) ?? "";
  if (parts.length === 1) return { environment: at.environment, path: at.path, name };
  return { environment: parts[0] ?? "", path: normalPath(parts.slice(1, -1).join("/")), name };
}

/** References are checked when a value is written: each has to be there and visible to the writer. */
export function assertReferences(
  state: InfisicalState,
  membership: Membership,
  at: SecretPlace,
  values: (string | undefined)[],
): void {
  const references = values
    .flatMap((value) => [...(value ?? "").matchAll(referencePattern)])
    .map((match) => referenceOf(match[1] ?? "", at));
  const lostEnvironments = references.filter(
    ({ environment }) => environmentOf(state, at.projectId, environment) === undefined,
  );
  if (lostEnvironments.length > 0) {
    const slugs = [...new Set(lostEnvironments.map((reference) => reference.environment))];
    throw badRequest(`Referenced environment not found. Missing ${slugs.join(",")}`);
  }
  for (const { environment, path } of references) {
    if (folderAt(state, at.projectId, environment, path) === undefined) {
      throw badRequest(`Referenced path ${path} doesn't exist`);
    }
  }
  const lost = references.filter(
    (reference) => secretAt(state, { projectId: at.projectId, ...reference }) === undefined,
  );
  if (lost.length > 0) {
    const names = [...new Set(lost.map((reference) => reference.name))];
    throw badRequest(`Referenced secret(s) not found: ${names.join(",")}`);
  }
  for (const reference of references) assertSecret(membership, "describeSecret", reference);
}

/** The value with its references filled in; one that is gone reads as nothing. */
export function expand(
  state: InfisicalState,
  membership: Membership,
  at: SecretPlace,
  value: string,
  depth = 0,
): string {
  if (depth >= maxDepth) return value;
  return value.replace(referencePattern, (_match, text: string) => {
    const reference = referenceOf(text, at);
    if (!maySecret(membership, "readValue", reference)) {
      throw new InfisicalError(403, "Forbidden", "Failed to expand one or more secret references", [
        `You do not have permission to read secret '${reference.name}' in environment '${reference.environment}'`,
      ]);
    }
    const found = secretAt(state, { projectId: at.projectId, ...reference });
    const there = { projectId: at.projectId, environment: reference.environment, path: reference.path };
    return found === undefined ? "" : expand(state, membership, there, found.value, depth + 1);
  });
}
