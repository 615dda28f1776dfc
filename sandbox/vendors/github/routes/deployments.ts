import { type FastifyInstance } from "fastify";
import { z } from "zod";

import { type VendorContext } from "../../kit/vendor";
import { onRepository, signedIn } from "../access";
import { type Caller } from "../authenticate";
import { validationFailed } from "../errors";
import { apiBase } from "../pages";
import { type GitHubEnvironment, type GitHubRun, type GitHubState } from "../records";
import { deploymentView } from "../run-views";
import { type Runner } from "../runner";
import { validate } from "../validate";
import { environmentLink, reviewersView } from "../views";
import { findRun, readActions } from "./actions";

const reviewSchema = z.strictObject({
  environment_ids: z.array(z.int()).min(1),
  state: z.enum(["approved", "rejected"]),
  comment: z.string(),
});

export function deploymentRoutes(
  app: FastifyInstance,
  context: VendorContext<GitHubState>,
  runner: Runner,
): void {
  const { store } = context;
  const path = "/actions/runs/:run/pending_deployments";

  /** What a run waits for: its one environment, or nothing. */
  const pending = (run: GitHubRun): GitHubEnvironment[] => {
    const environment = run.status === "waiting" ? runner.environmentOf(run) : undefined;
    return environment === undefined ? [] : [environment];
  };

  onRepository(app, context, { method: "GET", path, need: readActions }, (call) => {
    const { caller, repository, request } = call;
    const base = apiBase(request);
    const run = findRun(store.state, call);
    return pending(run).map((environment) => ({
      environment: environmentLink(store.state, repository, environment, base),
      wait_timer: environment.wait_timer,
      wait_timer_started_at: environment.wait_timer > 0 ? run.waiting_since : null,
      current_user_can_approve: mayReview(caller, run, environment),
      reviewers: reviewersView(store.state, environment, base),
    }));
  });

  // Deployments, not Actions; of the user nothing but to be a reviewer and to read the repository.
  const need = { permission: "deployments", access: "write", role: "read" } as const;
  onRepository(app, context, { method: "POST", path, need }, (call) => {
    const { repository, request } = call;
    const { user } = signedIn(call);
    const run = findRun(store.state, call);
    const { environment_ids, state, comment } = validate(reviewSchema, request.body);
    const waiting = pending(run).filter(({ reviewer_ids }) => reviewer_ids.length > 0 && run.review === null);
    // Which status GitHub answers to these two is not documented: 422 is probable.
    if (environment_ids.some((id) => !waiting.some((environment) => environment.id === id))) {
      throw validationFailed("an environment does not wait for a review", "Deployment", "environment_ids");
    }
    if (!waiting.every((environment) => mayReview(call.caller, run, environment))) {
      throw validationFailed("the user may not review this deployment", "Deployment", "environment_ids");
    }
    runner.review(run, { state, comment, user_id: user.id });
    return waiting.map((environment) =>
      deploymentView(store.state, run, { repository, environment, base: apiBase(request) }),
    );
  });
}

function mayReview(caller: Caller, run: GitHubRun, environment: GitHubEnvironment): boolean {
  if (caller === undefined || !environment.reviewer_ids.includes(caller.user.id)) return false;
  return !environment.prevent_self_review || run.actor_id !== caller.user.id;
}
