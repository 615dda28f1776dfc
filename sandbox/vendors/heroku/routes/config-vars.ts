import { type FastifyInstance } from "fastify";
import { z } from "zod";

import { type VendorContext } from "../../kit/vendor";
import { guarded } from "../authenticate";
import { addRelease, configVarsOf, type HerokuState, restartDynos } from "../entities";
import { invalidParams } from "../errors";
import { validate } from "../validate";
import { findApp } from "./apps";

/** All keys and values of an app together: https://devcenter.heroku.com/articles/config-vars#config-var-policies */
const maxConfigBytes = 32 * 1024;

const patchSchema = z.record(z.string(), z.string().nullable());

export function configVarRoutes(app: FastifyInstance, context: VendorContext<HerokuState>): void {
  const { store, now } = context;

  app.get(
    "/apps/:app/config-vars",
    guarded(context, "readConfig", (caller, request) =>
      configVarsOf(store.state, findApp(store.state, caller, request)),
    ),
  );

  app.patch(
    "/apps/:app/config-vars",
    guarded(context, "writeConfig", (caller, request) => {
      const target = findApp(store.state, caller, request);
      requireKeys(request.body);
      const patch = validate(patchSchema, request.body);
      const before = new Map(Object.entries(configVarsOf(store.state, target)));
      const after = new Map(before);
      const set: string[] = [];
      const removed: string[] = [];
      for (const [key, value] of Object.entries(patch)) {
        if (value === null ? !before.has(key) : before.get(key) === value) continue;
        if (value === null) {
          removed.push(key);
          after.delete(key);
        } else {
          set.push(key);
          after.set(key, value);
        }
      }
      requireSize(after);
      // That a PATCH which changes nothing makes no release is probable; that one which does makes exactly
      // one, however many keys it has, and restarts every dyno, is documented.
      if (set.length + removed.length > 0) {
        const configVars = Object.fromEntries(after);
        const description = describe(set, removed);
        addRelease(store.state, { app: target, user: caller.account, description, configVars, now: now() });
        restartDynos(store.state, target, undefined, now());
        store.save();
      }
      // All vars, not only those of the request, and in plain text.
      return configVarsOf(store.state, target);
    }),
  );
}

/**
 * `^\w+$` is the published schema's. "Should not begin with `__`" and "should not begin with `HEROKU_` unless
 * set by the platform" are the documentation's words. The first is enforced here; the second is advice only:
 * the batch of 2026-05-06 set `HEROKU_API_KEY` on four apps with 200, and public READMEs do it by the dozen.
 */
function requireKeys(body: unknown): void {
  if (typeof body !== "object" || body === null) return;
  for (const key of Object.keys(body)) {
    if (!/^\w+$/.test(key))
      throw invalidParams("Config var keys may have letters, digits and underscores only.");
    if (key.startsWith("__")) throw invalidParams("Config var keys may not begin with a double underscore.");
  }
}

function requireSize(vars: Map<string, string>): void {
  let bytes = 0;
  for (const [key, value] of vars) bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  if (bytes > maxConfigBytes) throw invalidParams("Config vars may not exceed 32 KB in total.");
}

/** The text for one that does both is probable. */
function describe(set: string[], removed: string[]): string {
  if (removed.length === 0) return `Set ${set.join(", ")} config vars`;
  if (set.length === 0) return `Remove ${removed.join(", ")} config vars`;
  return `Set ${set.join(", ")}, remove ${removed.join(", ")} config vars`;
}
