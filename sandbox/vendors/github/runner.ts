import { request } from "undici";

import { type VendorContext } from "../kit/vendor";
import {
  type GitHubConclusion,
  type GitHubEnvironment,
  type GitHubRepository,
  type GitHubRequestStep,
  type GitHubRun,
  type GitHubState,
  type GitHubStep,
  type GitHubStepDefinition,
  type GitHubWorkflow,
} from "./records";
import { timestamp } from "./entities";
import { reach } from "./internet";
import { runScript } from "./script";
import { createEnvironment } from "./seeding";
import { render, type TemplateContext } from "./templates";

const timeoutMs = 10_000;
const defaultJobMinutes = 360;
/** The longest that node's timers can wait. */
const maxTimerMs = 2 ** 31 - 1;

/**
 * Carries runs out after their dispatch was answered: queued, perhaps waiting for the rules of the
 * environment, in progress, completed. Its steps make real HTTP calls, to loopback only, or run their scripts.
 *
 * A run that a stop of the vendor cut off is completed as `failure` at the next start, its open step as
 * `cancelled`: to make its calls again could do a thing twice. One that was queued or waiting goes on.
 */
export class Runner {
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly active = new Set<Promise<void>>();
  private readonly stop = new AbortController();

  constructor(private readonly context: VendorContext<GitHubState>) {}

  /** To call once, at the vendor's start. */
  resume(): void {
    for (const run of this.state.runs) {
      if (run.status === "in_progress") this.finish(run, "failure", "cancelled");
      else if (run.status !== "completed") this.enqueue(run);
    }
  }

  /** Ends what is under way without a trace: the database stays as a kill would leave it. */
  async close(): Promise<void> {
    this.stop.abort();
    for (const timer of this.timers) clearTimeout(timer);
    await Promise.all(this.active);
  }

  enqueue(run: GitHubRun): void {
    this.later(this.state.runner_delay_ms, run);
  }

  /** Takes the review of a run that waits for one. */
  review(run: GitHubRun, review: NonNullable<GitHubRun["review"]>): void {
    run.review = review;
    if (review.state === "rejected") this.finish(run, "failure", "skipped");
    else {
      this.touch(run, "queued");
      this.enqueue(run);
    }
  }

  /** The environment whose rules a run waits for. */
  environmentOf(run: GitHubRun): GitHubEnvironment | undefined {
    const name = run.job.environment?.toLowerCase();
    return this.repositoryOf(run)?.environments.find((one) => one.name.toLowerCase() === name);
  }

  private get state(): GitHubState {
    return this.context.store.state;
  }

  private later(delayMs: number, run: GitHubRun): void {
    const timer = setTimeout(
      () => {
        this.timers.delete(timer);
        // A database that cannot be saved must not end the process, which hosts other vendors too.
        const work = this.advance(run)
          .catch(() => {
            run.status = "completed";
            run.conclusion = "failure";
          })
          .finally(() => this.active.delete(work));
        this.active.add(work);
      },
      Math.min(delayMs, maxTimerMs),
    );
    this.timers.add(timer);
  }

  private async advance(run: GitHubRun): Promise<void> {
    const repository = this.repositoryOf(run);
    const workflow = repository?.workflows.find((one) => one.id === run.workflow_id);
    if (run.status === "completed" || !this.state.runs.includes(run)) return;
    if (repository === undefined || workflow === undefined) {
      this.finish(run, "failure", "skipped");
      return;
    }
    if (!this.prepareEnvironment(run, repository, workflow)) {
      this.finish(run, "failure", "skipped");
      return;
    }
    const waitMs = this.waitOf(run);
    if (waitMs === 0) {
      await this.execute(run, workflow, {
        repository,
        environment: this.environmentOf(run),
        inputs: run.inputs,
      });
      return;
    }
    run.waiting_since ??= timestamp(this.context.now());
    if (run.status !== "waiting") this.touch(run, "waiting");
    if (waitMs !== Infinity) this.later(waitMs, run);
  }

  /** Names the run's environment and, as GitHub does, creates one that is not there; false: no such name. */
  private prepareEnvironment(
    run: GitHubRun,
    repository: GitHubRepository,
    workflow: GitHubWorkflow,
  ): boolean {
    if (run.job.environment !== null || workflow.job.environment === undefined) return true;
    try {
      const context = { repository, environment: undefined, inputs: run.inputs };
      const name = render(workflow.job.environment, context, ["vars", "inputs"]).trim();
      if (name === "") return true;
      run.job.environment = name;
      if (this.environmentOf(run) === undefined) {
        createEnvironment(this.state, { repository, name, now: this.context.now() });
      }
      return true;
    } catch {
      return false;
    }
  }

  /** How long the run still has to wait: Infinity until a reviewer has approved it. */
  private waitOf(run: GitHubRun): number {
    const environment = this.environmentOf(run);
    if (environment === undefined) return 0;
    if (environment.reviewer_ids.length > 0 && run.review === null) return Infinity;
    const now = this.context.now().getTime();
    const since = run.waiting_since === null ? now : new Date(run.waiting_since).getTime();
    return Math.max(0, since + environment.wait_timer * 60_000 - now);
  }

  private async execute(run: GitHubRun, workflow: GitHubWorkflow, context: TemplateContext): Promise<void> {
    run.job.started_at = timestamp(this.context.now());
    run.job.steps = workflow.job.steps.map(newStep);
    this.touch(run, "in_progress");
    const ends = AbortSignal.timeout((workflow.job.timeout_minutes ?? defaultJobMinutes) * 60_000);
    let failed = false;
    for (const [index, definition] of workflow.job.steps.entries()) {
      const step = run.job.steps[index];
      if (step === undefined || failed) continue;
      step.status = "in_progress";
      step.started_at = timestamp(this.context.now());
      this.context.store.save();
      const succeeded = await this.perform(definition, step, context, ends);
      if (this.stop.signal.aborted) return;
      failed = !succeeded;
      step.status = "completed";
      step.conclusion = failed ? "failure" : "success";
      step.completed_at = timestamp(this.context.now());
      this.context.store.save();
    }
    this.finish(run, failed ? "failure" : "success", "skipped");
  }

  /** Whether the step succeeds. Its record gets what is to be known of it, which is never a value. */
  private async perform(
    definition: GitHubStepDefinition,
    step: GitHubStep,
    context: TemplateContext,
    ends: AbortSignal,
  ): Promise<boolean> {
    const signal = AbortSignal.any([this.stop.signal, ends]);
    if ("request" in definition) {
      step.http_status = await this.call(definition, context, signal);
      return step.http_status === definition.expect_status;
    }
    try {
      const { exitCode, log } = await runScript(definition, context, {
        internet: this.state.internet,
        signal,
      });
      step.log = log;
      return exitCode === 0;
    } catch {
      return false;
    }
  }

  /** The HTTP status, or null where there was none: whatever an error says could have a value in it. */
  private async call(
    { request: { method, url, headers, body } }: GitHubRequestStep,
    context: TemplateContext,
    signal: AbortSignal,
  ): Promise<number | null> {
    try {
      const target = reach(this.state.internet, render(url, context));
      const entries = Object.entries(headers ?? {}).map(([name, value]) => [name, render(value, context)]);
      // No redirect is followed: undici's `request` follows none by itself.
      const response = await request(target, {
        method: method as "GET",
        headers: Object.fromEntries(entries) as Record<string, string>,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
        signal,
        ...(body !== undefined && { body: render(body, context) }),
      });
      await response.body.dump();
      return response.statusCode;
    } catch {
      return null;
    }
  }

  /** Completes a run; what its job has left open gets the other conclusion. */
  private finish(run: GitHubRun, conclusion: GitHubConclusion, open: GitHubConclusion): void {
    const time = timestamp(this.context.now());
    for (const step of run.job.steps) {
      if (step.status === "completed") continue;
      Object.assign(step, { status: "completed", conclusion: open, completed_at: time });
    }
    run.job.completed_at = time;
    run.conclusion = conclusion;
    this.touch(run, "completed");
  }

  private touch(run: GitHubRun, status: GitHubRun["status"]): void {
    run.status = status;
    run.updated_at = timestamp(this.context.now());
    this.context.store.save();
  }

  private repositoryOf(run: GitHubRun): GitHubRepository | undefined {
    return this.state.repositories.find((repository) => repository.id === run.repository_id);
  }
}

function newStep({ name }: GitHubStepDefinition, index: number): GitHubStep {
  return {
    name,
    number: index + 1,
    status: "queued",
    conclusion: null,
    http_status: null,
    started_at: null,
    completed_at: null,
  };
}
