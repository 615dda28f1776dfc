import { type FastifyInstance } from "fastify";

import { type VendorContext } from "../../kit/vendor";
import { onRepository, type RepositoryCall } from "../access";
import { GitHubError, notFound } from "../errors";
import { apiBase, page } from "../pages";
import { type GitHubRun, type GitHubState } from "../records";
import { jobView, runView } from "../run-views";
import { findRun, findWorkflow, readActions, writeActions } from "./actions";

export function runRoutes(app: FastifyInstance, context: VendorContext<GitHubState>): void {
  const { store } = context;
  const one = "/actions/runs/:run";
  const list = (call: RepositoryCall, workflowId?: number) => {
    const { repository, request, reply } = call;
    const runs = store.state.runs
      .filter((run) => run.repository_id === repository.id)
      .filter((run) => workflowId === undefined || run.workflow_id === workflowId)
      .filter(filterOf(store.state, request.query))
      // Newest first.
      .reverse();
    return {
      total_count: runs.length,
      workflow_runs: page(request, reply, runs).map((run) =>
        runView(store.state, repository, run, apiBase(request)),
      ),
    };
  };

  onRepository(app, context, { method: "GET", path: "/actions/runs", need: readActions }, (call) =>
    list(call),
  );

  onRepository(
    app,
    context,
    { method: "GET", path: "/actions/workflows/:workflow/runs", need: readActions },
    (call) => list(call, findWorkflow(call.repository, call.request).id),
  );

  onRepository(app, context, { method: "GET", path: one, need: readActions }, (call) =>
    runView(store.state, call.repository, findRun(store.state, call), apiBase(call.request)),
  );

  onRepository(app, context, { method: "DELETE", path: one, need: writeActions }, (call) => {
    const run = findRun(store.state, call);
    // That GitHub refuses this, and how, is probable.
    if (run.status !== "completed") throw new GitHubError(403, "Workflow run is not completed");
    store.state.runs = store.state.runs.filter((other) => other !== run);
    store.save();
    void call.reply.code(204);
  });

  onRepository(app, context, { method: "GET", path: `${one}/jobs`, need: readActions }, (call) => {
    const run = findRun(store.state, call);
    const jobs = [jobView(store.state, call.repository, run, apiBase(call.request))];
    return { total_count: jobs.length, jobs: page(call.request, call.reply, jobs) };
  });

  onRepository(app, context, { method: "GET", path: "/actions/jobs/:job", need: readActions }, (call) => {
    const { job } = call.request.params as { job: string };
    const run = store.state.runs.find((other) => String(other.job.id) === job);
    if (run?.repository_id !== call.repository.id) throw notFound();
    return jobView(store.state, call.repository, run, apiBase(call.request));
  });
}

/** `status` also takes a conclusion: https://docs.github.com/rest/actions/workflow-runs */
function filterOf(state: GitHubState, query: unknown): (run: GitHubRun) => boolean {
  const { actor, branch, event, status, head_sha, created } = query as Record<string, string | undefined>;
  const actorId = state.users.find((user) => user.login === actor)?.id;
  return (run) =>
    (actor === undefined || run.actor_id === actorId) &&
    (branch === undefined || run.head_branch === branch) &&
    (event === undefined || run.event === event) &&
    (head_sha === undefined || run.head_sha === head_sha) &&
    (status === undefined || status === run.status || status === run.conclusion) &&
    (created === undefined || isWithin(run.created_at, created));
}

/**
 * A time against a range of the search syntax: `>=A`, `>A`, `<=B`, `<B`, `A..B`, `*..B`, `A`. A date without
 * a time is its whole day.
 */
function isWithin(time: string, range: string): boolean {
  const at = new Date(time).getTime();
  const first = (text: string) => new Date(text).getTime();
  const last = (text: string) => first(text) + (text.includes("T") ? 0 : 86_399_999);
  const [, operator = "", bound = ""] = /^(>=|>|<=|<)(.*)$/.exec(range) ?? [];
  if (operator === ">=") return at >= first(bound);
  if (operator === ">") return at > last(bound);
  if (operator === "<=") return at <= last(bound);
  if (operator === "<") return at < first(bound);
  const [from = "", to = from] = range.split("..");
  return (from === "*" || at >= first(from)) && (to === "*" || at <= last(to));
}
