import { type FastifyInstance } from "fastify";
import { z } from "zod";

import { type VendorContext } from "../../kit/vendor";
import { onRepository, signedIn } from "../access";
import { GitHubError, invalidRequest } from "../errors";
import { apiBase, page } from "../pages";
import {
  type GitHubRepository,
  type GitHubRun,
  type GitHubState,
  type GitHubWorkflow,
  type GitHubWorkflowInput,
} from "../records";
import { type Runner } from "../runner";
import { headOf, nextId, ownerOf, timestamp } from "../entities";
import { render } from "../templates";
import { validate } from "../validate";
import { nodeId } from "../views";
import { findWorkflow, readActions, writeActions } from "./actions";

const maxInputs = 25;

/** That a number or a boolean is taken for its text is probable. */
const dispatchSchema = z.strictObject({
  ref: z.string(),
  inputs: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  return_run_details: z.boolean().default(false),
});

export function workflowRoutes(
  app: FastifyInstance,
  context: VendorContext<GitHubState>,
  runner: Runner,
): void {
  const { store, now } = context;
  const one = "/actions/workflows/:workflow";

  onRepository(app, context, { method: "GET", path: "/actions/workflows", need: readActions }, (call) => {
    const { repository, request, reply } = call;
    return {
      total_count: repository.workflows.length,
      workflows: page(request, reply, repository.workflows).map((workflow) =>
        view(store.state, repository, workflow, apiBase(request)),
      ),
    };
  });

  onRepository(app, context, { method: "GET", path: one, need: readActions }, ({ repository, request }) =>
    view(store.state, repository, findWorkflow(repository, request), apiBase(request)),
  );

  // Nothing makes it happen once only: a repeated call is another run.
  onRepository(app, context, { method: "POST", path: `${one}/dispatches`, need: writeActions }, (call) => {
    const { repository, request, reply } = call;
    const workflow = findWorkflow(repository, request);
    const body = validate(dispatchSchema, request.body);
    const ref = findRef(repository, body.ref);
    if (!workflow.on.includes("workflow_dispatch")) {
      throw new GitHubError(422, "Workflow does not have 'workflow_dispatch' trigger");
    }
    // The text was seen in public issues, the status is probable.
    if (workflow.state !== "active") {
      throw new GitHubError(422, "Cannot trigger a 'workflow_dispatch' on a disabled workflow");
    }
    const inputs = inputsOf(workflow, body.inputs);
    const time = timestamp(now());
    const run: GitHubRun = {
      id: nextId(store.state),
      repository_id: repository.id,
      workflow_id: workflow.id,
      run_number: 1 + store.state.runs.filter((other) => other.workflow_id === workflow.id).length,
      actor_id: signedIn(call).user.id,
      event: "workflow_dispatch",
      head_branch: ref,
      head_sha: headOf(repository, ref),
      inputs,
      display_title: titleOf(repository, workflow, inputs),
      status: "queued",
      conclusion: null,
      created_at: time,
      updated_at: time,
      waiting_since: null,
      review: null,
      job: { id: nextId(store.state), environment: null, started_at: null, completed_at: null, steps: [] },
    };
    store.state.runs.push(run);
    store.save();
    runner.enqueue(run);
    if (!body.return_run_details) {
      void reply.code(204);
      return undefined;
    }
    const full_name = `${ownerOf(store.state, repository).login}/${repository.name}`;
    return {
      workflow_run_id: run.id,
      run_url: `${apiBase(request)}/repos/${full_name}/actions/runs/${run.id}`,
      html_url: `https://github.com/${full_name}/actions/runs/${run.id}`,
    };
  });
}

/** GitHub falls back to the workflow's name where the template comes to nothing. */
function titleOf(
  repository: GitHubRepository,
  workflow: GitHubWorkflow,
  inputs: Record<string, string>,
): string {
  const template = workflow.run_name ?? "";
  const title = render(template, { repository, environment: undefined, inputs }, ["inputs"]).trim();
  return title === "" ? workflow.name : title;
}

/** The branch or tag that a ref names, in its short or its full form. */
function findRef(repository: GitHubRepository, ref: string): string {
  const branch = ref.replace(/^refs\/heads\//, "");
  if (repository.branches.includes(branch)) return branch;
  const tag = ref.replace(/^refs\/tags\//, "");
  if (repository.tags.includes(tag)) return tag;
  throw new GitHubError(422, `No ref found for: ${ref}`);
}

/** The inputs of a run, defaults filled in. The texts for unknown and for missing ones were seen in public issues. */
function inputsOf(
  workflow: GitHubWorkflow,
  given: Record<string, string | number | boolean>,
): Record<string, string> {
  const names = Object.keys(given);
  if (names.length > maxInputs) {
    throw invalidRequest(`No more than ${maxInputs} properties are allowed; ${names.length} were supplied.`);
  }
  const unknown = names.filter((name) => !Object.hasOwn(workflow.inputs, name));
  if (unknown.length > 0) {
    throw new GitHubError(422, `Unexpected inputs provided: ${JSON.stringify(unknown)}`);
  }
  const inputs: Record<string, string> = {};
  for (const [name, definition] of Object.entries(workflow.inputs)) {
    const value = Object.hasOwn(given, name) ? String(given[name]) : definition.default;
    if (definition.required === true && (value ?? "") === "") {
      throw new GitHubError(422, `Required input '${name}' not provided`);
    }
    if (value === undefined) continue;
    requireType(name, definition, value);
    inputs[name] = value;
  }
  return inputs;
}

/** That the API checks types, and the texts, are probable. */
function requireType(name: string, { type, options }: GitHubWorkflowInput, value: string): void {
  const fits =
    type === "choice"
      ? options?.includes(value)
      : type === "boolean"
        ? ["true", "false"].includes(value)
        : type !== "number" || (value.trim() !== "" && Number.isFinite(Number(value)));
  if (fits !== true) {
    throw new GitHubError(422, `Provided value for input '${name}' not in the list of allowed values`);
  }
}

function view(
  state: GitHubState,
  repository: GitHubRepository,
  workflow: GitHubWorkflow,
  base: string,
): object {
  const full_name = `${ownerOf(state, repository).login}/${repository.name}`;
  const path = `.github/workflows/${workflow.file}`;
  return {
    id: workflow.id,
    node_id: nodeId("W", workflow.id),
    name: workflow.name,
    path,
    state: workflow.state,
    created_at: workflow.created_at,
    updated_at: workflow.updated_at,
    url: `${base}/repos/${full_name}/actions/workflows/${workflow.id}`,
    html_url: `https://github.com/${full_name}/blob/${repository.default_branch}/${path}`,
    badge_url: `https://github.com/${full_name}/workflows/${encodeURIComponent(workflow.name)}/badge.svg`,
  };
}
