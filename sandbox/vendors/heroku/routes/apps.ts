import { type FastifyInstance, type FastifyRequest } from "fastify";

import { type VendorContext } from "../../kit/vendor";
import { type Caller, guarded } from "../authenticate";
import { currentRelease, type HerokuApp, type HerokuState } from "../entities";
import { appForbidden, notFound } from "../errors";
import { page } from "../ranges";

export function appRoutes(app: FastifyInstance, context: VendorContext<HerokuState>): void {
  const { store } = context;

  app.get(
    "/apps",
    guarded(context, "readApps", (caller, request, reply) => {
      const mine = store.state.apps.filter((one) => mayUse(caller, one));
      return page(request, reply, mine, ["id", "name", "updated_at"]).map((one) => view(store.state, one));
    }),
  );

  app.get(
    "/apps/:app",
    guarded(context, "readApps", (caller, request) =>
      view(store.state, findApp(store.state, caller, request)),
    ),
  );
}

/** The app a path names, by name or uuid: 404 where there is none, 403 where it is somebody else's. */
export function findApp(state: HerokuState, caller: Caller, request: FastifyRequest): HerokuApp {
  const { app: identity } = request.params as { app: string };
  const app = state.apps.find((one) => one.id === identity || one.name === identity);
  if (app === undefined) throw notFound("app");
  if (!mayUse(caller, app)) throw appForbidden(identity);
  return app;
}

function mayUse({ account }: Caller, app: HerokuApp): boolean {
  return app.owner_id === account.id || app.collaborator_ids.includes(account.id);
}

function view(state: HerokuState, app: HerokuApp): object {
  const owner = state.accounts.find((account) => account.id === app.owner_id);
  return {
    acm: true,
    archived_at: null,
    build_stack: stack,
    buildpack_provided_description: "Node.js",
    created_at: app.created_at,
    git_url: `https://git.heroku.com/${app.name}.git`,
    id: app.id,
    internal_routing: null,
    maintenance: false,
    name: app.name,
    organization: null,
    owner: { email: owner?.email, id: app.owner_id },
    region: { id: "59accabd-516d-4f0e-83e6-6e3757701145", name: "us" },
    released_at: currentRelease(state, app).created_at,
    repo_size: null,
    slug_size: null,
    space: null,
    stack,
    team: null,
    updated_at: app.updated_at,
    web_url: `https://${app.name}.herokuapp.com/`,
  };
}

const stack = { id: "74b9b7a1-2ea2-4a39-a1e0-5c1c3b0c5c1c", name: "heroku-24" };
