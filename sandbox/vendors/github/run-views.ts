import {
  type GitHubEnvironment,
  type GitHubJob,
  type GitHubRepository,
  type GitHubRun,
  type GitHubState,
} from "./records";
import { ownerOf } from "./entities";
import { accountView, nodeId, repositoryView } from "./views";

export function runView(
  state: GitHubState,
  repository: GitHubRepository,
  run: GitHubRun,
  base: string,
): object {
  const workflow = repository.workflows.find((one) => one.id === run.workflow_id);
  const user = state.users.find((one) => one.id === run.actor_id);
  const actor = user === undefined ? null : accountView(user, base);
  const view = repositoryView(state, repository, base);
  const url = `${String(view.url)}/actions/runs/${run.id}`;
  return {
    id: run.id,
    name: workflow?.name ?? null,
    node_id: nodeId("WFR", run.id),
    head_branch: run.head_branch,
    head_sha: run.head_sha,
    path: `.github/workflows/${workflow?.file ?? ""}`,
    display_title: run.display_title ?? workflow?.name ?? "",
    run_number: run.run_number,
    run_attempt: 1,
    event: run.event,
    status: run.status,
    conclusion: run.conclusion,
    workflow_id: run.workflow_id,
    url,
    html_url: `${String(view.html_url)}/actions/runs/${run.id}`,
    pull_requests: [],
    created_at: run.created_at,
    updated_at: run.updated_at,
    actor,
    triggering_actor: actor,
    run_started_at: run.created_at,
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${String(view.url)}/check-suites/${run.id}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: null,
    workflow_url: `${String(view.url)}/actions/workflows/${run.workflow_id}`,
    referenced_workflows: [],
    head_commit: null,
    repository: view,
    head_repository: view,
  };
}

/** Names and conclusions only: nothing of a request, nor of what it was answered. */
export function jobView(
  state: GitHubState,
  repository: GitHubRepository,
  run: GitHubRun,
  base: string,
): object {
  const { job } = run;
  const view = repositoryView(state, repository, base);
  const workflow = repository.workflows.find((one) => one.id === run.workflow_id);
  return {
    id: job.id,
    run_id: run.id,
    run_url: `${String(view.url)}/actions/runs/${run.id}`,
    run_attempt: 1,
    node_id: nodeId("CR", job.id),
    head_sha: run.head_sha,
    head_branch: run.head_branch,
    url: `${String(view.url)}/actions/jobs/${job.id}`,
    html_url: `${String(view.html_url)}/actions/runs/${run.id}/job/${job.id}`,
    status: run.status,
    conclusion: run.conclusion,
    created_at: run.created_at,
    started_at: job.started_at ?? run.created_at,
    completed_at: job.completed_at,
    name: workflow?.name ?? "",
    steps: job.steps.map(stepView),
    check_run_url: `${String(view.url)}/check-runs/${job.id}`,
    labels: ["ubuntu-latest"],
    runner_id: null,
    runner_name: null,
    runner_group_id: null,
    runner_group_name: null,
    workflow_name: workflow?.name ?? null,
  };
}

/** The deployment that a review lets go on or stops. */
export function deploymentView(
  state: GitHubState,
  run: GitHubRun,
  place: { repository: GitHubRepository; environment: GitHubEnvironment; base: string },
): object {
  const { repository, environment, base } = place;
  const repository_url = `${base}/repos/${ownerOf(state, repository).login}/${repository.name}`;
  const user = state.users.find((one) => one.id === run.actor_id);
  // One deployment per run: its job's id serves as the deployment's.
  const url = `${repository_url}/deployments/${run.job.id}`;
  return {
    url,
    id: run.job.id,
    node_id: nodeId("DE", run.job.id),
    sha: run.head_sha,
    ref: run.head_branch,
    task: "deploy",
    payload: {},
    original_environment: environment.name,
    environment: environment.name,
    description: null,
    creator: user === undefined ? null : accountView(user, base),
    created_at: run.waiting_since ?? run.created_at,
    updated_at: run.updated_at,
    statuses_url: `${url}/statuses`,
    repository_url,
  };
}

function stepView(step: GitHubJob["steps"][number]): object {
  const { name, number, status, conclusion, started_at, completed_at } = step;
  return { name, number, status, conclusion, started_at, completed_at };
}
