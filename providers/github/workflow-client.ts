import { z } from "zod";

import { UserError } from "../errors";
import { type GitHubClient, type GitHubRepositoryRef, lacking, nameOf, paramsOf } from "./client";
import { GitHubError } from "./explain";

const repositorySchema = z.object({ default_branch: z.string() });
const workflowSchema = z.object({ state: z.string() });
const workflowsSchema = z.object({ total_count: z.number().int() });
const runSchema = z
  .object({
    id: z.number().int(),
    display_title: z.string(),
    status: z.string(),
    conclusion: z.string().nullable(),
    html_url: z.string().regex(/^https:\/\/\S+$/),
  })
  .transform(({ id, display_title: title, status, conclusion, html_url: url }) => ({
    id,
    title,
    status,
    conclusion,
    url,
  }));
const runsSchema = z.object({ workflow_runs: z.array(runSchema) });
const jobsSchema = z.object({
  jobs: z.array(
    z.object({
      conclusion: z.string().nullable(),
      steps: z.array(z.object({ name: z.string(), conclusion: z.string().nullable() })).optional(),
    }),
  ),
});

export interface GitHubWorkflowRef extends GitHubRepositoryRef {
  /** Name of its file in `.github/workflows`. */
  workflow: string;
}

/** One run, as GitHub tells it. */
export interface WorkflowRun {
  id: number;
  /** What the workflow's `run-name` made of its inputs. */
  title: string;
  /** `completed`, or how far it is: `queued`, `in_progress`, `waiting`, … */
  status: string;
  /** `success`, `failure`, `cancelled`, …; null until it is completed. */
  conclusion: string | null;
  /** Its page. */
  url: string;
}

/**
 * The calls about one workflow and its runs.
 * Sources: https://docs.github.com/en/rest/actions/workflows and https://docs.github.com/en/rest/actions/workflow-runs
 */
export class GitHubWorkflowClient {
  private readonly parameters: Record<string, string>;
  private readonly denied: string;

  constructor(
    private readonly client: GitHubClient,
    private readonly ref: GitHubWorkflowRef,
  ) {
    this.parameters = { ...paramsOf(ref), workflow_id: ref.workflow };
    this.denied = lacking("Actions: read and write", ref);
  }

  async defaultBranch(): Promise<string> {
    const { default_branch } = await this.client.get(
      `read the default branch of ${nameOf(this.ref)}`,
      "GET /repos/{owner}/{repo}",
      paramsOf(this.ref),
      repositorySchema,
      `GITHUB_TOKEN may not see ${nameOf(this.ref)}; give the token GH_SECRETS_WRITE access to it and run again`,
    );
    return default_branch;
  }

  /** `active`, `disabled_manually`, …; undefined where there is no such file. */
  async state(): Promise<string | undefined> {
    try {
      const { state } = await this.client.get(
        `read the workflow ${this.ref.workflow}`,
        "GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}",
        this.parameters,
        workflowSchema,
        this.denied,
      );
      return state;
    } catch (error) {
      if (!(error instanceof GitHubError && error.trouble === "missing")) throw error;
    }
    // GitHub says the same of what is not there and of what the token may not see, but of a list only the latter.
    await this.client.get(
      `list the workflows of ${nameOf(this.ref)}`,
      "GET /repos/{owner}/{repo}/actions/workflows",
      { ...paramsOf(this.ref), per_page: 1 },
      workflowsSchema,
      this.denied,
    );
    return undefined;
  }

  /** Starts a run. Not asked again where no answer comes: it may have been started. */
  async dispatch(branch: string, source: string): Promise<void> {
    try {
      await this.client.post(
        `dispatch the workflow ${this.ref.workflow}`,
        "POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches",
        { ...this.parameters, ref: branch, inputs: { source } },
        this.denied,
      );
    } catch (error) {
      if (!(error instanceof GitHubError && error.trouble === "refused")) throw error;
      throw new UserError(
        `GitHub does not dispatch ${this.ref.workflow} of ${nameOf(this.ref)} on ${branch}: there is no such branch, or the file there takes no workflow_dispatch with the input source; ${commitIt(this.ref)}`,
      );
    }
  }

  /** The newest hundred runs of this branch that were dispatched since then, newest first. */
  async runs(branch: string, since: string): Promise<WorkflowRun[]> {
    const { workflow_runs } = await this.client.get(
      `list the runs of the workflow ${this.ref.workflow}`,
      "GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs",
      { ...this.parameters, event: "workflow_dispatch", branch, created: `>=${since}`, per_page: 100 },
      runsSchema,
      this.denied,
    );
    return workflow_runs;
  }

  async run(id: number): Promise<WorkflowRun> {
    return await this.client.get(
      `read the run ${id} of the workflow ${this.ref.workflow}`,
      "GET /repos/{owner}/{repo}/actions/runs/{run_id}",
      { ...paramsOf(this.ref), run_id: id },
      runSchema,
      "somebody deleted the run, or GITHUB_TOKEN may read Actions no more; run again",
    );
  }

  /** The name of the step that failed first, where GitHub tells. */
  async failedStep(id: number): Promise<string | undefined> {
    try {
      const { jobs } = await this.client.get(
        `read the jobs of the run ${id}`,
        "GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs",
        { ...paramsOf(this.ref), run_id: id },
        jobsSchema,
        this.denied,
      );
      return jobs.flatMap(({ steps = [] }) => steps).find(({ conclusion }) => conclusion === "failure")?.name;
    } catch (error) {
      // That the run failed is to be told in any case.
      if (error instanceof GitHubError) return undefined;
      throw error;
    }
  }
}

/** What a person does where GitHub has not the file of this checkout. */
export function commitIt(ref: GitHubWorkflowRef): string {
  return `commit catalog/workflows/${ref.workflow} of this checkout as .github/workflows/${ref.workflow} on the default branch of ${nameOf(ref)}, and run again`;
}
