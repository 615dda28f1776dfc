import { type FastifyInstance } from "fastify";

import { type VendorContext } from "../../kit/vendor";
import { membershipOf } from "../permissions";
import { type InfisicalState, type Project } from "../records";

/** A project under its old name and its new one. */
export function registerProjectRoutes(app: FastifyInstance, { store }: VendorContext<InfisicalState>): void {
  const { state } = store;
  app.get<{ Params: { projectId: string } }>("/api/v1/workspace/:projectId", (request) => {
    membershipOf(state, request, request.params.projectId);
    return { workspace: projectView(state, request.params.projectId) };
  });
  app.get<{ Params: { projectId: string } }>("/api/v1/projects/:projectId", (request) => {
    membershipOf(state, request, request.params.projectId);
    return { project: projectView(state, request.params.projectId) };
  });
}

function projectView(state: InfisicalState, projectId: string): (Project & { _id: string }) | undefined {
  const project = state.projects.find((entry) => entry.id === projectId);
  return project && { _id: project.id, ...project };
}
