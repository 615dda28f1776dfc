import { type FastifyRequest } from "fastify";

import { type Need, type RepositoryCall } from "../access";
import { notFound } from "../errors";
import { type GitHubRepository, type GitHubRun, type GitHubState, type GitHubWorkflow } from "../records";

export const readActions: Need = { permission: "actions", access: "read", role: "read", public: true };
export const writeActions: Need = { permission: "actions", access: "write", role: "write" };

/** By id or by the name of its file. */
export function findWorkflow(repository: GitHubRepository, request: FastifyRequest): GitHubWorkflow {
  const { workflow: identity } = request.params as { workflow: string };
  const workflow = repository.workflows.find((one) => String(one.id) === identity || one.file === identity);
  if (workflow === undefined) throw notFound();
  return workflow;
}

export function findRun(state: GitHubState, { repository, request }: RepositoryCall): GitHubRun {
  const { run: id } = request.params as { run: string };
  const run = state.runs.find((one) => String(one.id) === id);
  if (run?.repository_id !== repository.id) throw notFound();
  return run;
}
