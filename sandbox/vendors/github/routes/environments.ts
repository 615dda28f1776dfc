import { type FastifyInstance, type FastifyRequest } from "fastify";
import { z } from "zod";

import { type VendorContext } from "../../kit/vendor";
import { type Need, onRepository, roleOf } from "../access";
import { notFound, validationFailed } from "../errors";
import { apiBase, page } from "../pages";
import { type GitHubEnvironment, type GitHubRepository, type GitHubState } from "../records";
import { timestamp } from "../entities";
import { createEnvironment } from "../seeding";
import { validate } from "../validate";
import { environmentView } from "../views";

/** To read environments is Actions, to change them is Administration; Environments is for what is in them. */
const read: Need = { permission: "actions", access: "read", role: "read", public: true };
const write: Need = { permission: "administration", access: "write", role: "admin" };

/** `can_admins_bypass` is not in the published schema; GitHub's own Go client and its Terraform provider send it. */
const putSchema = z.strictObject({
  wait_timer: z.int().nullish(),
  prevent_self_review: z.boolean().nullish(),
  can_admins_bypass: z.boolean().nullish(),
  reviewers: z.array(z.strictObject({ type: z.enum(["User", "Team"]), id: z.int() })).nullish(),
  deployment_branch_policy: z
    .strictObject({ protected_branches: z.boolean(), custom_branch_policies: z.boolean() })
    .nullish(),
});

const maxWaitMinutes = 43_200;
const maxReviewers = 6;
const maxNameLength = 255;

export function environmentRoutes(app: FastifyInstance, context: VendorContext<GitHubState>): void {
  const { store, now } = context;
  const one = "/environments/:environment";

  onRepository(app, context, { method: "GET", path: "/environments", need: read }, (call) => {
    const { environments } = call.repository;
    return {
      total_count: environments.length,
      environments: page(call.request, call.reply, environments).map((environment) =>
        environmentView(store.state, call.repository, environment, apiBase(call.request)),
      ),
    };
  });

  onRepository(app, context, { method: "GET", path: one, need: read }, ({ repository, request }) =>
    environmentView(store.state, repository, findEnvironment(repository, request), apiBase(request)),
  );

  onRepository(app, context, { method: "PUT", path: one, need: write }, ({ repository, request }) => {
    const { environment: name } = request.params as { environment: string };
    requireName(name);
    const rules = rulesOf(store.state, repository, validate(putSchema, request.body));
    const existing = repository.environments.find((environment) => sameName(environment.name, name));
    const environment = existing ?? createEnvironment(store.state, { repository, name, now: now() });
    Object.assign(environment, rules, { updated_at: timestamp(now()) });
    store.save();
    return environmentView(store.state, repository, environment, apiBase(request));
  });

  onRepository(
    app,
    context,
    { method: "DELETE", path: one, need: write },
    ({ repository, request, reply }) => {
      const environment = findEnvironment(repository, request);
      repository.environments = repository.environments.filter((other) => other !== environment);
      store.save();
      void reply.code(204);
    },
  );
}

/** The environment a path names. Names are not case-sensitive. */
export function findEnvironment(repository: GitHubRepository, request: FastifyRequest): GitHubEnvironment {
  const { environment: name } = request.params as { environment: string };
  const environment = repository.environments.find((one) => sameName(one.name, name));
  if (environment === undefined) throw notFound();
  return environment;
}

export function sameName(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

/**
 * All rules of the environment after a PUT: what the body leaves out is gone, reviewers above all. For the
 * wait timer and the other rules that is probable.
 */
function rulesOf(
  state: GitHubState,
  repository: GitHubRepository,
  body: z.output<typeof putSchema>,
): Partial<GitHubEnvironment> {
  const wait_timer = body.wait_timer ?? 0;
  if (wait_timer < 0 || wait_timer > maxWaitMinutes) {
    throw refused(`wait_timer must be between 0 and ${maxWaitMinutes} minutes`, "wait_timer");
  }
  const reviewers = body.reviewers ?? [];
  if (reviewers.length > maxReviewers) {
    throw refused(`an environment has at most ${maxReviewers} reviewers`, "reviewers");
  }
  for (const { type, id } of reviewers) {
    const user = type === "User" ? state.users.find((one) => one.id === id) : undefined;
    if (user === undefined || roleOf(state, user, repository) === undefined) {
      throw refused("reviewers must have read access to the repository", "reviewers");
    }
  }
  const policy = body.deployment_branch_policy ?? null;
  if (policy !== null && policy.protected_branches === policy.custom_branch_policies) {
    throw refused(
      "protected_branches and custom_branch_policies cannot have the same value",
      "deployment_branch_policy",
    );
  }
  return {
    wait_timer,
    prevent_self_review: body.prevent_self_review ?? false,
    can_admins_bypass: body.can_admins_bypass ?? true,
    reviewer_ids: [...new Set(reviewers.map(({ id }) => id))],
    deployment_branch_policy: policy,
  };
}

/** That control characters are refused is probable; the length is documented. */
function requireName(name: string): void {
  if (name.trim() === "" || name.length > maxNameLength || /\p{Cc}/u.test(name)) {
    throw refused("the name of the environment is not valid", "name");
  }
}

function refused(message: string, field: string): Error {
  return validationFailed(message, "Environment", field);
}
