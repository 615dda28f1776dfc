import { type FastifyInstance, type FastifyRequest } from "fastify";
import { z } from "zod";

import { type VendorContext } from "../../kit/vendor";
import { guarded } from "../authenticate";
import {
  addRelease,
  currentRelease,
  type HerokuApp,
  type HerokuRelease,
  type HerokuState,
  releasesOf,
  restartDynos,
} from "../entities";
import { invalidParams, notFound } from "../errors";
import { page } from "../ranges";
import { validate } from "../validate";
import { findApp } from "./apps";

const rollbackSchema = z.strictObject({ release: z.uuid() });

export function releaseRoutes(app: FastifyInstance, context: VendorContext<HerokuState>): void {
  const { store, now } = context;

  app.get(
    "/apps/:app/releases",
    guarded(context, "readApps", (caller, request, reply) => {
      const target = findApp(store.state, caller, request);
      const releases = page(request, reply, releasesOf(store.state, target), ["version", "id"]);
      return releases.map((release) => view(store.state, target, release));
    }),
  );

  app.get(
    "/apps/:app/releases/:release",
    guarded(context, "readApps", (caller, request) => {
      const target = findApp(store.state, caller, request);
      return view(store.state, target, findRelease(target, request));
    }),
  );

  // What a release was made with stays readable for ever: a rotated value too.
  app.get(
    "/apps/:app/releases/:release/config-vars",
    guarded(
      context,
      "readConfig",
      (caller, request) => findRelease(findApp(store.state, caller, request), request).config_vars,
    ),
  );

  app.post(
    "/apps/:app/releases",
    guarded(context, "writeApps", (caller, request, reply) => {
      const target = findApp(store.state, caller, request);
      const { release: id } = validate(rollbackSchema, request.body);
      const old = releasesOf(store.state, target).find((release) => release.id === id);
      if (old === undefined) throw notFound("release");
      if (old.slug_id === null) throw invalidParams(`Cannot roll back to v${old.version}: it has no slug.`);
      const release = addRelease(store.state, {
        app: target,
        user: caller.account,
        description: `Rollback to v${old.version}`,
        configVars: old.config_vars,
        slugId: old.slug_id,
        now: now(),
      });
      restartDynos(store.state, target, undefined, now());
      store.save();
      void reply.code(201);
      return view(store.state, target, release);
    }),
  );

  /** By uuid or by version. */
  function findRelease(target: HerokuApp, request: FastifyRequest): HerokuRelease {
    const { release: identity } = request.params as { release: string };
    const release = releasesOf(store.state, target).find(
      (one) => one.id === identity || String(one.version) === identity,
    );
    if (release === undefined) throw notFound("release");
    return release;
  }
}

function view(state: HerokuState, app: HerokuApp, release: HerokuRelease): object {
  const user = state.accounts.find((account) => account.id === release.user_id);
  return {
    addon_plan_names: [],
    app: { id: app.id, name: app.name },
    artifacts: [],
    created_at: release.created_at,
    current: release === currentRelease(state, app),
    description: release.description,
    // `heroku rollback` without a release takes the second of those that are eligible.
    eligible_for_rollback: release.slug_id !== null,
    id: release.id,
    output_stream_url: null,
    slug: release.slug_id === null ? null : { id: release.slug_id },
    status: "succeeded",
    updated_at: release.updated_at,
    user: { email: user?.email, id: release.user_id },
    version: release.version,
  };
}
