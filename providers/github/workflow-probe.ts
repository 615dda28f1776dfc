import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";

import { dynamic, type CustomResourceOptions, type Input, type Output } from "@pulumi/pulumi";

import { type Implementation, refuse } from "../boundary";
import { UserError } from "../errors";
import { shell } from "../shell";
import { type GitHubClient } from "./client";
import { GitHubError } from "./explain";
import { probeFaults } from "./faults";
import { commitIt, GitHubWorkflowClient, type WorkflowRun } from "./workflow-client";

export interface GitHubWorkflowProbeInputs {
  owner: string;
  /** Its name, without the owner. */
  repository: string;
  /** Name of the file in `.github/workflows`. */
  workflow: string;
  /** A branch. Absent for the default one. */
  ref?: string;
  /** `TOKEN@generation`. */
  source: string;
  /** Names of the repository's secrets that the workflow uses. `check` sorts them. */
  secrets: string[];
}

export interface GitHubWorkflowProbeOutputs extends GitHubWorkflowProbeInputs {
  /** The green run. */
  runId: number;
  /** Its page. */
  url: string;
}

export interface GitHubWorkflowProbeArgs {
  /** A user or an organisation. A change is proven again, in place, as any other. */
  owner: Input<string>;
  /** Its name, without the owner. */
  repository: Input<string>;
  /** Name of the file in `.github/workflows`; the same name in `catalog/workflows`. */
  workflow: Input<string>;
  /** A branch. @default the default branch */
  ref?: Input<string>;
  /** `TOKEN@generation`: has to be a word of the run's title, by the workflow's `run-name`. */
  source: Input<string>;
  /** Names of the repository's secrets that the workflow uses. */
  secrets: Input<Input<string>[]>;
}

/**
 * Proves secrets at GitHub, which nobody can read there, as their consumer would use them: dispatches a workflow that
 * uses them, and waits until its run is green. It has to depend on the secrets.
 *
 * ```ts
 * new GitHubWorkflowProbe("AWS_FREESCOUT_BACKUP-workflow-probe", {
 *   owner: "raxx-app",
 *   repository: "TradeMasterAPI",
 *   workflow: "verify-aws-backup.yml",
 *   source: "AWS_FREESCOUT_BACKUP@2026-05-06",
 *   secrets: ["AWS_BACKUP_ACCESS_KEY_ID", "AWS_BACKUP_SECRET_ACCESS_KEY"],
 * }, { dependsOn: secrets });
 * ```
 */
export class GitHubWorkflowProbe extends dynamic.Resource {
  declare readonly runId: Output<number>;
  declare readonly url: Output<string>;

  constructor(name: string, args: GitHubWorkflowProbeArgs, opts?: CustomResourceOptions) {
    super(
      shell("githubWorkflowProbe"),
      name,
      { ...args, runId: undefined, url: undefined },
      opts,
      "github",
      "WorkflowProbe",
    );
  }
}

export interface WorkflowProbeTiming {
  /** The first pause between two looks; each one is half as long again as the one before. */
  pauseMs: number;
  maxPauseMs: number;
  /** How long a dispatched run may take to be listed. */
  appearMs: number;
  /** How long a run may take to end. */
  endMs: number;
}

const usual: WorkflowProbeTiming = { pauseMs: 1_000, maxPauseMs: 15_000, appearMs: 60_000, endMs: 600_000 };

/** The second one only where no answer came, and no run. */
const maxDispatches = 2;

export function githubWorkflowProbe(
  client: () => GitHubClient,
  timing = usual,
): Implementation<GitHubWorkflowProbeInputs, GitHubWorkflowProbeOutputs> {
  return {
    check: (_olds, news) => {
      const faults = probeFaults(news);
      return Promise.resolve(
        faults.length > 0 ? refuse(news, faults.join("\n")) : { inputs: inputsOf(news) },
      );
    },

    diff: (_id, olds, news) =>
      Promise.resolve({ changes: !isDeepStrictEqual(inputsOf(news), inputsOf(olds)) }),

    create: async (inputs) => ({ id: idOf(inputs), outs: await proven(inputs) }),
    update: async (_id, _olds, news) => ({ outs: await proven(news) }),
    // It is a record of what was: nothing at GitHub can change it.
    read: (id, props) => Promise.resolve({ id, props }),
    delete: () => Promise.resolve(),
  };

  async function proven(inputs: GitHubWorkflowProbeInputs): Promise<GitHubWorkflowProbeOutputs> {
    const workflows = new GitHubWorkflowClient(client(), inputs);
    await requireActive(workflows, inputs);
    const branch = inputs.ref ?? (await workflows.defaultBranch());
    const since = await lastWriteOf(client(), inputs);
    const ours = async (): Promise<WorkflowRun[]> =>
      (await workflows.runs(branch, since)).filter(({ title }) => isOf(title, inputs.source));

    // A run that was cut off may have dispatched it: one that is under way, or green, is as good as another.
    const before = await ours();
    const [latest] = before;
    const run =
      latest !== undefined && (latest.status !== "completed" || latest.conclusion === "success")
        ? latest
        : await dispatched(workflows, branch, inputs, async () => {
            const known = before.map(({ id }) => id);
            return (await ours()).find(({ id }) => !known.includes(id));
          });
    const { id, url, conclusion } = await ended(workflows, run, inputs);
    if (conclusion !== "success") {
      throw new UserError(notGreen(inputs, { url, conclusion }, await workflows.failedStep(id)));
    }
    return { ...inputsOf(inputs), runId: id, url };
  }

  /** The run of a dispatch of ours, which is looked for before there is another one. */
  async function dispatched(
    workflows: GitHubWorkflowClient,
    branch: string,
    inputs: GitHubWorkflowProbeInputs,
    find: () => Promise<WorkflowRun | undefined>,
  ): Promise<WorkflowRun> {
    for (let count = 1; ; count += 1) {
      const lost = await lostAnswer(workflows.dispatch(branch, inputs.source));
      const run = await poll(find, timing.appearMs);
      if (run !== undefined) return run;
      if (lost === undefined) {
        throw new UserError(
          `GitHub took the dispatch of ${inputs.workflow}, but no run appeared within ${seconds(timing.appearMs)} that has ${inputs.source} in its title: either GitHub is slow (see https://www.githubstatus.com and run again), or the file on ${branch} has not the run-name of ours; then ${commitIt(inputs)}`,
        );
      }
      if (count === maxDispatches) throw lost;
    }
  }

  async function ended(
    workflows: GitHubWorkflowClient,
    run: WorkflowRun,
    inputs: GitHubWorkflowProbeInputs,
  ): Promise<WorkflowRun> {
    let last = run;
    const end = await poll(async () => {
      last = last.status === "completed" ? last : await workflows.run(run.id);
      return last.status === "completed" ? last : undefined;
    }, timing.endMs);
    if (end !== undefined) return end;
    throw new UserError(
      `the run of ${inputs.workflow} for ${inputs.source} is still ${last.status} after ${seconds(timing.endMs)}: ${last.url}; look there what it waits for, and run again: it is waited for then, and no second one is dispatched`,
    );
  }

  /** Asks until something is found or the time is over. That GitHub cannot be asked for a while is no answer. */
  async function poll<T>(ask: () => Promise<T | undefined>, patienceMs: number): Promise<T | undefined> {
    const end = performance.now() + patienceMs;
    for (let pauseMs = timing.pauseMs; ; pauseMs = Math.min(pauseMs * 1.5, timing.maxPauseMs)) {
      let fault: GitHubError | undefined;
      try {
        const found = await ask();
        if (found !== undefined) return found;
      } catch (error) {
        if (!(error instanceof GitHubError && error.retryable)) throw error;
        fault = error;
      }
      if (performance.now() + pauseMs > end) {
        if (fault !== undefined) throw fault;
        return undefined;
      }
      await sleep(pauseMs);
    }
  }
}

async function requireActive(
  workflows: GitHubWorkflowClient,
  inputs: GitHubWorkflowProbeInputs,
): Promise<void> {
  const { owner, repository, workflow } = inputs;
  const state = await workflows.state();
  if (state === "active") return;
  if (state === undefined || state === "deleted") {
    throw new UserError(
      `${owner}/${repository} has no workflow ${workflow}, which proves ${inputs.secrets.join(" and ")}: ${commitIt(inputs)}`,
    );
  }
  throw new UserError(
    `the workflow ${workflow} of ${owner}/${repository} is disabled (${state}): gh workflow enable ${workflow} --repo ${owner}/${repository}, and run again`,
  );
}

/** When the youngest of the secrets was written: an earlier run proves nothing of it. */
async function lastWriteOf(client: GitHubClient, inputs: GitHubWorkflowProbeInputs): Promise<string> {
  const { owner, repository, secrets } = inputs;
  const times = await Promise.all(
    secrets.map(async (secretName) => {
      const time = await client.secretUpdatedAt({ owner, repository, secretName });
      if (time !== undefined) return time;
      throw new UserError(
        `${owner}/${repository} has no secret ${secretName}, which ${inputs.workflow} uses: somebody deleted it; pulumi refresh and run again, which writes it`,
      );
    }),
  );
  // Of one form, UTC to the second: their order is that of their text.
  return times.sort().at(-1) ?? "";
}

/** What hides whether the dispatch was carried out; every other fault is thrown. */
async function lostAnswer(dispatch: Promise<void>): Promise<GitHubError | undefined> {
  try {
    await dispatch;
    return undefined;
  } catch (error) {
    const unclear = error instanceof GitHubError && ["silent", "unavailable"].includes(error.trouble);
    if (unclear) return error;
    throw error;
  }
}

/** As a whole word: `T@2026-05-06` also begins `T@2026-05-06.2`. */
function isOf(title: string, source: string): boolean {
  return title.split(/\s+/).includes(source);
}

function notGreen(
  { workflow, source, secrets }: GitHubWorkflowProbeInputs,
  { url, conclusion }: Pick<WorkflowRun, "url" | "conclusion">,
  step: string | undefined,
): string {
  const where = step === undefined ? "" : ` in its step "${step}"`;
  return `the run of ${workflow} for ${source} ended as ${conclusion ?? "unknown"}${where}: ${url}; so nothing proves ${secrets.join(" and ")}. Read there what it says, mend that, and run again, which dispatches another run`;
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 1000)} seconds`;
}

function idOf({ owner, repository, workflow }: GitHubWorkflowProbeInputs): string {
  return `${owner}/${repository}/${workflow}`;
}

/** Engine-internal properties stay out of what is returned. */
function inputsOf(inputs: GitHubWorkflowProbeInputs): GitHubWorkflowProbeInputs {
  const { owner, repository, workflow, ref, source, secrets } = inputs;
  return {
    owner,
    repository,
    workflow,
    ...(ref === undefined ? {} : { ref }),
    source,
    secrets: Array.isArray(secrets) ? [...new Set(secrets)].sort() : secrets,
  };
}
