import { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { z } from "zod";

import { type VendorContext } from "../kit/vendor";
import { hash, type InfisicalState } from "./records";

/**
 * How the Cloudflare edge in front of the vault answers:
 *
 * | mode | with the right service token | without |
 * |---|---|---|
 * | `open-to-service-token` | passes | 302 to the team's login page |
 * | `access-login` | 302: no Service Auth policy, only an Allow policy | 302 |
 * | `strict-401` | 401 HTML: cannot authenticate | 401 |
 * | `strict-403` | 403 HTML: authenticated, not authorised | 403 |
 * | `forbidden-html` | 403 HTML "Forbidden": token sent, no Service Auth policy matches | 403 |
 * | `error-1010` | 403 `error code: 1010`: the caller's User-Agent is blocked before Access | 403 |
 */
export const gateModes = [
  "open-to-service-token",
  "access-login",
  "strict-401",
  "strict-403",
  "forbidden-html",
  "error-1010",
] as const;

export type GateMode = (typeof gateModes)[number];

const gateSchema = z.strictObject({ mode: z.enum(gateModes), team: z.string().min(1).optional() });

/** Puts the gate before every route but the control endpoint, and serves `GET|PUT /_sandbox/gate`. */
export function registerGate(app: FastifyInstance, { store, now }: VendorContext<InfisicalState>): void {
  const { state } = store;
  app.addHook("onRequest", async (request, reply) => {
    if (request.url.startsWith("/_sandbox/")) return;
    if (state.gate === "error-1010" || isBlockedAgent(request)) return sendError1010(reply);
    if (state.gate === "strict-401") return sendPage(reply, 401, "Unauthorized");
    if (state.gate === "strict-403" || state.gate === "forbidden-html")
      return sendPage(reply, 403, "Forbidden");
    if (state.gate === "access-login" || !hasServiceToken(state, request, now()))
      return sendLogin(reply, state);
  });

  app.get("/_sandbox/gate", () => ({ mode: state.gate, team: state.team }));
  app.put("/_sandbox/gate", async (request, reply) => {
    const gate = gateSchema.safeParse(request.body);
    if (!gate.success)
      return reply.code(422).send({ message: gate.error.issues.map((issue) => issue.message) });
    state.gate = gate.data.mode;
    state.team = gate.data.team ?? state.team;
    store.save();
    return { mode: state.gate, team: state.team };
  });
}

/** Browser Integrity Check refuses these whatever else they send. */
function isBlockedAgent(request: FastifyRequest): boolean {
  const agent = request.headers["user-agent"] ?? "";
  return agent.trim() === "" || /^python-urllib\//i.test(agent);
}

/** Headers sent twice arrive joined by a comma, so they match nothing, as at the edge. */
function hasServiceToken(state: InfisicalState, request: FastifyRequest, now: Date): boolean {
  const clientId = request.headers["cf-access-client-id"];
  const clientSecret = request.headers["cf-access-client-secret"];
  if (typeof clientId !== "string" || typeof clientSecret !== "string") return false;
  return state.accessServiceTokens.some(
    (token) =>
      token.clientId === clientId &&
      token.clientSecretHash === hash(clientSecret) &&
      token.enabled &&
      (token.expiresAt === null || new Date(token.expiresAt) > now),
  );
}

function sendError1010(reply: FastifyReply): FastifyReply {
  return reply.code(403).header("content-type", "text/plain; charset=UTF-8").send("error code: 1010");
}

function sendLogin(reply: FastifyReply, state: InfisicalState): FastifyReply {
  const { host, url } = reply.request;
  const query = new URLSearchParams({ kid: hash(state.team), redirect_url: url });
  const location = `https://${state.team}.cloudflareaccess.com/cdn-cgi/access/login/${host}?${query.toString()}`;
  return sendPage(reply.header("location", location), 302, "Found");
}

/** The text is approximate: Cloudflare documents only that it is HTML. */
function sendPage(reply: FastifyReply, status: number, title: string): FastifyReply {
  const page = `<!DOCTYPE html>\n<html><head><title>${title} ・ Cloudflare Access</title></head><body><h1>${title}</h1></body></html>\n`;
  return reply
    .code(status)
    .header("content-type", "text/html; charset=utf-8")
    .header("server", "cloudflare")
    .send(page);
}
