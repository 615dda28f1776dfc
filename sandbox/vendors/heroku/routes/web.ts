import { timingSafeEqual } from "node:crypto";

import { type FastifyInstance } from "fastify";

import { type VendorContext } from "../../kit/vendor";
import { type HerokuState, valueInDyno } from "../entities";

/** Where the web process of an app can be reached in the sandbox: what `https://<app>.herokuapp.com` is outside. */
export const webPath = (app: string): string => `/_sandbox/web/${app}`;

/**
 * The one thing that the console app has to do here: take deploy audit entries from whoever has the ingest token.
 * It knows what the dyno booted with, as a real one does: a config var that was set without a restart is not seen.
 * The path is ours, since the sources do not name it.
 */
export function webRoutes(app: FastifyInstance, { store }: VendorContext<HerokuState>): void {
  app.post<{ Params: { app: string } }>(`${webPath(":app")}/internal/deploy-audit`, (request, reply) => {
    const dynos = store.state.apps.find(({ name }) => name === request.params.app)?.dynos ?? [];
    const web = dynos.find(({ type, state }) => type === "web" && state === "up");
    if (web === undefined) return reply.code(503).send({ error: "no web process is up" });
    if (valueInDyno(store.state, web, "FLAG_CONSOLE_DEPLOY_AUDIT_INGEST") !== "on") {
      return reply.code(404).send({ error: "not found" });
    }
    const token = valueInDyno(store.state, web, "CONSOLE_AUDIT_INGEST_TOKEN") ?? "";
    const sent = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    if (token === "" || !equal(token, sent)) return reply.code(401).send({ error: "unauthorized" });
    return reply.code(202).send({ accepted: true });
  });
}

function equal(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
