import { type FastifyInstance } from "fastify";
import { z } from "zod";

import { type Store } from "../kit/store";
import { type AwsSettings, type AwsState } from "./records";

const milliseconds = z.int().min(0);

const settingsSchema = z.strictObject({
  new_key_delay_ms: milliseconds,
  new_key_delay_ms_by_service: z.record(z.string(), milliseconds),
  new_key_flickers: z.int().min(0),
  last_used_lag_ms: milliseconds,
}) satisfies z.ZodType<AwsSettings>;

/** Serves `GET|PATCH /_sandbox/settings`: how slowly the account learns of keys and their uses. */
export function settingsRoutes(app: FastifyInstance, store: Store<AwsState>): void {
  app.get("/_sandbox/settings", () => store.state.settings);
  app.patch("/_sandbox/settings", async (request, reply) => {
    const changed = settingsSchema.partial().safeParse(request.body);
    if (!changed.success) {
      return reply.code(422).send({ message: changed.error.issues.map((issue) => issue.message) });
    }
    Object.assign(store.state.settings, changed.data);
    store.save();
    return store.state.settings;
  });
}
