import { type FastifyInstance } from "fastify";

import { type VendorContext } from "../../kit/vendor";
import { onRepository } from "../access";
import { apiBase } from "../pages";
import { type GitHubState } from "../records";
import { fullRepositoryView } from "../views";

export function repositoryRoutes(app: FastifyInstance, context: VendorContext<GitHubState>): void {
  const need = { permission: "metadata", access: "read", role: "read", public: true } as const;
  onRepository(app, context, { method: "GET", path: "", need }, ({ caller, repository, request }) =>
    fullRepositoryView(context.store.state, repository, apiBase(request), caller),
  );
}
