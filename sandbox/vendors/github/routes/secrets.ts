import { type FastifyInstance, type FastifyRequest } from "fastify";
import { z } from "zod";

import { type VendorContext } from "../../kit/vendor";
import { onRepository } from "../access";
import { notFound, validationFailed } from "../errors";
import { maxValueBytes, storedName } from "../names";
import { page } from "../pages";
import { type GitHubScope, type GitHubSecret, type GitHubState } from "../records";
import { openBox } from "../sealed-box";
import { timestamp } from "../entities";
import { validate } from "../validate";
import { scopeKinds } from "./scopes";

const maxSecrets = 100;

const putSchema = z.strictObject({
  /** The pattern is the published schema's: standard base64, with padding. */
  encrypted_value: z
    .string()
    .regex(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/),
  key_id: z.string(),
});

export function secretRoutes(app: FastifyInstance, context: VendorContext<GitHubState>): void {
  const { store, now } = context;

  for (const { path, need, find } of scopeKinds("secrets")) {
    const one = `${path}/:name`;

    onRepository(app, context, { method: "GET", path, need: need("read") }, (call) => {
      const secrets = byName(find(call).secrets);
      return { total_count: secrets.length, secrets: page(call.request, call.reply, secrets).map(view) };
    });

    onRepository(
      app,
      context,
      // Who reads the repository may have its key.
      { method: "GET", path: `${path}/public-key`, need: { ...need("read"), role: "read" } },
      (call) => {
        const { key_id, public_key } = find(call).key_pair;
        return { key_id, key: public_key };
      },
    );

    onRepository(app, context, { method: "GET", path: one, need: need("read") }, (call) =>
      view(findSecret(find(call), call.request)),
    );

    onRepository(app, context, { method: "PUT", path: one, need: need("write") }, (call) => {
      const { request, reply } = call;
      const { name: given } = request.params as { name: string };
      request.keyNames = [given];
      const scope = find(call);
      const name = storedName(given, "Secret");
      const { encrypted_value, key_id } = validate(putSchema, request.body);
      requireOpenable(scope, key_id, encrypted_value);
      const existing = scope.secrets.find((secret) => secret.name === name);
      const time = timestamp(now());
      if (existing === undefined) {
        if (scope.secrets.length >= maxSecrets) {
          throw validationFailed(`there may be at most ${maxSecrets} secrets`, "Secret", "name");
        }
        scope.secrets.push({ name, encrypted_value, created_at: time, updated_at: time });
      } else {
        delete existing.unsealed_value;
        Object.assign(existing, { encrypted_value, updated_at: time });
      }
      store.save();
      void reply.code(existing === undefined ? 201 : 204);
      return existing === undefined ? {} : undefined;
    });

    onRepository(app, context, { method: "DELETE", path: one, need: need("write") }, (call) => {
      const scope = find(call);
      const secret = findSecret(scope, call.request);
      scope.secrets = scope.secrets.filter((other) => other !== secret);
      store.save();
      void call.reply.code(204);
    });
  }
}

/**
 * GitHub documents neither what it answers to another key's id nor to a box that does not open: 422 is
 * probable for both. A kinder answer would hide that a key of another scope was used.
 */
function requireOpenable(scope: GitHubScope, keyId: string, box: string): void {
  if (keyId !== scope.key_pair.key_id) {
    throw validationFailed("key_id is not that of the current public key", "Secret", "key_id");
  }
  const plaintext = openBox(scope.key_pair, box);
  if (plaintext === undefined) {
    throw validationFailed("encrypted_value cannot be opened", "Secret", "encrypted_value");
  }
  if (plaintext.length > maxValueBytes) {
    throw validationFailed("a secret may have at most 48 KB", "Secret", "encrypted_value");
  }
}

function findSecret(scope: GitHubScope, request: FastifyRequest): GitHubSecret {
  const { name } = request.params as { name: string };
  const secret = scope.secrets.find((one) => one.name === name.toUpperCase());
  if (secret === undefined) throw notFound();
  return secret;
}

/** That lists are in the order of names is probable. */
export function byName<Named extends { name: string }>(items: Named[]): Named[] {
  return [...items].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The value is never readable. */
function view({ name, created_at, updated_at }: GitHubSecret): object {
  return { name, created_at, updated_at };
}
