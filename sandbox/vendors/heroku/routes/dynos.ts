import { type FastifyInstance } from "fastify";

import { type VendorContext } from "../../kit/vendor";
import { guarded } from "../authenticate";
import { type HerokuApp, type HerokuDyno, type HerokuState, restartDynos } from "../entities";
import { notFound } from "../errors";
import { page } from "../ranges";
import { findApp } from "./apps";

export function dynoRoutes(app: FastifyInstance, context: VendorContext<HerokuState>): void {
  const { store, now } = context;

  app.get(
    "/apps/:app/dynos",
    guarded(context, "readApps", (caller, request, reply) => {
      const target = findApp(store.state, caller, request);
      return page(request, reply, target.dynos, ["id", "name"]).map((dyno) =>
        view(store.state, target, dyno),
      );
    }),
  );

  app.get(
    "/apps/:app/dynos/:dyno",
    guarded(context, "readApps", (caller, request) => {
      const target = findApp(store.state, caller, request);
      const { dyno: identity } = request.params as { dyno: string };
      return view(store.state, target, findDyno(target, identity));
    }),
  );

  app.delete(
    "/apps/:app/dynos",
    guarded(context, "writeApps", (caller, request, reply) => {
      restartDynos(store.state, findApp(store.state, caller, request), undefined, now());
      store.save();
      void reply.code(202);
      return {};
    }),
  );

  app.delete(
    "/apps/:app/dynos/:dyno",
    guarded(context, "writeApps", (caller, request, reply) => {
      const target = findApp(store.state, caller, request);
      const { dyno: identity } = request.params as { dyno: string };
      restartDynos(store.state, target, [findDyno(target, identity).name], now());
      store.save();
      void reply.code(202);
      return {};
    }),
  );

  // The CLI's `ps:restart --process-type` calls this.
  app.delete(
    "/apps/:app/formations/:type",
    guarded(context, "writeApps", (caller, request, reply) => {
      const target = findApp(store.state, caller, request);
      const { type } = request.params as { type: string };
      const names = target.dynos.filter((dyno) => dyno.type === type).map((dyno) => dyno.name);
      if (names.length === 0) throw notFound("formation");
      restartDynos(store.state, target, names, now());
      store.save();
      void reply.code(202);
      return {};
    }),
  );
}

/** By uuid or by name, e.g. `web.1`. */
function findDyno(app: HerokuApp, identity: string): HerokuDyno {
  const dyno = app.dynos.find((one) => one.id === identity || one.name === identity);
  if (dyno === undefined) throw notFound("dyno");
  return dyno;
}

function view(state: HerokuState, app: HerokuApp, dyno: HerokuDyno): object {
  const release = state.releases.find((one) => one.id === dyno.release_id);
  return {
    app: { id: app.id, name: app.name },
    attach_url: null,
    command: dyno.command,
    created_at: dyno.created_at,
    id: dyno.id,
    name: dyno.name,
    // The release this dyno booted with, which need not be the app's newest.
    release: { id: dyno.release_id, version: release?.version },
    size: "Basic",
    state: dyno.state,
    type: dyno.type,
    updated_at: dyno.updated_at,
  };
}
