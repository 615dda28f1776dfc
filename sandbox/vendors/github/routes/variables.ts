import { type FastifyInstance, type FastifyRequest } from "fastify";
import { z } from "zod";

import { type VendorContext } from "../../kit/vendor";
import { onRepository } from "../access";
import { GitHubError, notFound, validationFailed } from "../errors";
import { maxValueBytes, storedName } from "../names";
import { page } from "../pages";
import { type GitHubScope, type GitHubState, type GitHubVariable } from "../records";
import { timestamp } from "../entities";
import { validate } from "../validate";
import { scopeKinds } from "./scopes";
import { byName } from "./secrets";

/** Smaller than everywhere else: https://docs.github.com/rest/actions/variables#list-repository-variables */
const pageSizes = { standard: 10, maximum: 30 };

/** https://docs.github.com/actions/reference/workflows-and-actions/variables#limits-for-configuration-variables */
const maxVariables: Record<string, number> = { variables: 500, environments: 100 };

const postSchema = z.strictObject({ name: z.string(), value: z.string() });
const patchSchema = postSchema.partial();

export function variableRoutes(app: FastifyInstance, context: VendorContext<GitHubState>): void {
  const { store, now } = context;

  for (const { path, need, find } of scopeKinds("variables")) {
    const one = `${path}/:name`;

    onRepository(app, context, { method: "GET", path, need: need("read") }, (call) => {
      const variables = byName(find(call).variables);
      return {
        total_count: variables.length,
        variables: page(call.request, call.reply, variables, pageSizes).map(view),
      };
    });

    onRepository(app, context, { method: "GET", path: one, need: need("read") }, (call) =>
      view(findVariable(find(call), call.request)),
    );

    onRepository(app, context, { method: "POST", path, need: need("write") }, (call) => {
      const scope = find(call);
      const body = validate(postSchema, call.request.body);
      call.request.keyNames = [body.name];
      const name = storedName(body.name, "Variable");
      requireSize(body.value);
      requireFree(scope, name);
      const limit = maxVariables[need("write").permission] ?? 0;
      if (scope.variables.length >= limit) {
        throw validationFailed(`there may be at most ${limit} variables`, "Variable", "name");
      }
      const time = timestamp(now());
      scope.variables.push({ name, value: body.value, created_at: time, updated_at: time });
      store.save();
      void call.reply.code(201);
      return {};
    });

    onRepository(app, context, { method: "PATCH", path: one, need: need("write") }, (call) => {
      const scope = find(call);
      const variable = findVariable(scope, call.request);
      call.request.keyNames = [variable.name];
      const body = validate(patchSchema, call.request.body);
      const name = body.name === undefined ? variable.name : storedName(body.name, "Variable");
      requireSize(body.value ?? "");
      // That a name which another variable has gives 409 here as well is probable.
      if (name !== variable.name) requireFree(scope, name);
      Object.assign(variable, { name, value: body.value ?? variable.value, updated_at: timestamp(now()) });
      store.save();
      void call.reply.code(204);
    });

    onRepository(app, context, { method: "DELETE", path: one, need: need("write") }, (call) => {
      const scope = find(call);
      const variable = findVariable(scope, call.request);
      scope.variables = scope.variables.filter((other) => other !== variable);
      store.save();
      void call.reply.code(204);
    });
  }
}

function requireSize(value: string): void {
  if (Buffer.byteLength(value) > maxValueBytes) {
    throw validationFailed("a variable may have at most 48 KB", "Variable", "value");
  }
}

function requireFree(scope: GitHubScope, name: string): void {
  if (scope.variables.some((variable) => variable.name === name)) {
    throw new GitHubError(409, "Already exists - Variable already exists");
  }
}

function findVariable(scope: GitHubScope, request: FastifyRequest): GitHubVariable {
  const { name } = request.params as { name: string };
  const variable = scope.variables.find((one) => one.name === name.toUpperCase());
  if (variable === undefined) throw notFound();
  return variable;
}

function view({ name, value, created_at, updated_at }: GitHubVariable): object {
  return { name, value, created_at, updated_at };
}
