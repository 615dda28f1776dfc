import { parse } from "yaml";
import { z } from "zod";

import { type GitHubRepository, type GitHubState, type GitHubWorkflow } from "./records";
import { createWorkflow } from "./seeding";

const inputSchema = z.strictObject({
  description: z.string().optional(),
  required: z.boolean().optional(),
  default: z.string().optional(),
  type: z.enum(["string", "boolean", "number", "choice", "environment"]).optional(),
  options: z.array(z.string()).optional(),
});

const stepSchema = z.strictObject({
  name: z.string(),
  shell: z.literal("bash"),
  env: z.record(z.string(), z.string()).default({}),
  // GitHub would write the value into the script, where anything in it would be run.
  run: z.string().refine((script) => !script.includes("${{"), "takes no expression: pass it by env"),
});

const jobSchema = z.strictObject({
  "runs-on": z.string(),
  "timeout-minutes": z.int().min(1),
  environment: z.string().optional(),
  steps: z.array(stepSchema).min(1),
});

/**
 * As much of the language as the emulated runner keeps to; whatever else a file says is refused, not passed over.
 * https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax
 */
const workflowSchema = z.strictObject({
  name: z.string(),
  "run-name": z.string().optional(),
  on: z.strictObject({
    workflow_dispatch: z.strictObject({ inputs: z.record(z.string(), inputSchema).default({}) }),
  }),
  // Nothing is emulated that the run's own token could do.
  permissions: z.strictObject({}),
  jobs: z.record(z.string(), jobSchema).refine((jobs) => Object.keys(jobs).length === 1, "has to be one job"),
});

/** Commits a file to `.github/workflows`: what its steps run is what it says. */
export function createWorkflowFromFile(
  state: GitHubState,
  args: {
    repository: GitHubRepository;
    /** Name of the file. */
    file: string;
    /** YAML. */
    text: string;
    /** @default now */
    now?: Date;
  },
): GitHubWorkflow {
  const { repository, file, text, now } = args;
  const read = workflowSchema.safeParse(parse(text));
  if (!read.success) {
    throw new Error(`${file} is no workflow that the runner knows: ${z.prettifyError(read.error)}`);
  }
  const { name, "run-name": runName, on, jobs } = read.data;
  const [job] = Object.values(jobs);
  if (job === undefined) throw new Error(`${file} has no job`);
  return createWorkflow(state, {
    repository,
    file,
    name,
    inputs: withoutUndefined(on.workflow_dispatch.inputs),
    job: {
      timeout_minutes: job["timeout-minutes"],
      steps: job.steps.map(({ name, env, run }) => ({ name, env, run })),
      ...(job.environment === undefined ? {} : { environment: job.environment }),
    },
    ...(runName === undefined ? {} : { runName }),
    ...(now === undefined ? {} : { now }),
  });
}

type Inputs = GitHubWorkflow["inputs"];

/** Through JSON, which the database is kept as. */
function withoutUndefined(
  inputs: z.output<typeof workflowSchema>["on"]["workflow_dispatch"]["inputs"],
): Inputs {
  return JSON.parse(JSON.stringify(inputs)) as Inputs;
}
