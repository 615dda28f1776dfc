import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import Fastify, { type FastifyInstance, type FastifyReply } from "fastify";

import { bodyKeys, CallLog } from "./call-log";
import { Faults, faultSchema } from "./faults";
import { Store } from "./store";

/** What an emulated vendor is made of. One folder per vendor exports one of these. */
export interface Vendor<State extends object> {
  /** Also the name of its files: `<name>.json` and `<name>.calls.jsonl`. */
  name: string;
  /** The database before any world was seeded. */
  empty(): State;
  /** Registers the vendor's routes, as its documentation has them. */
  routes(app: FastifyInstance, context: VendorContext<State>): void;
  /** The vendor's own error envelope, for injected statuses and for unknown routes (404). */
  errorBody(status: number, path: string): unknown;
}

export interface VendorContext<State extends object> {
  store: Store<State>;
  /** The vendor's clock. */
  now: () => Date;
}

export interface RunningVendor<State extends object> {
  url: string;
  store: Store<State>;
  log: CallLog;
  faults: Faults;
  close(): Promise<void>;
}

declare module "fastify" {
  interface FastifyRequest {
    /** Key names for the call log where they are not the body's own fields, e.g. names of secrets. */
    keyNames?: string[];
    /** Set where the answer is to be lost after the call was carried out. */
    dropAnswer?: boolean;
  }
}

const controlPrefix = "/_sandbox/";

export interface StartOptions<State extends object> {
  /** Folder for the vendor's database and call log. */
  directory: string;
  /** 0 (the default) takes a free port. */
  port?: number;
  /** Used where there is no database yet. @default the vendor's empty database */
  seed?: () => State;
  /** Called at each request, control endpoint included; keeps an idle server from stopping. */
  onRequest?: () => void;
}

/**
 * Starts a vendor on loopback. Beside the vendor's own routes it serves control routes, which are not logged:
 *
 * - `GET /_sandbox/vendor`: which vendor this is, and the folder of its files
 * - `GET /_sandbox/calls`: the call log as JSON
 * - `GET|POST|DELETE /_sandbox/faults`: list, add (see {@link faultSchema}), clear
 */
export async function startVendor<State extends object>(
  vendor: Vendor<State>,
  options: StartOptions<State>,
): Promise<RunningVendor<State>> {
  const store = Store.open(
    join(options.directory, `${vendor.name}.json`),
    options.seed ?? (() => vendor.empty()),
  );
  const log = new CallLog(join(options.directory, `${vendor.name}.calls.jsonl`));
  const faults = new Faults();
  const app = Fastify({
    logger: false,
    forceCloseConnections: true,
    routerOptions: { ignoreTrailingSlash: true },
  });

  acceptBodilessJson(app);
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send(vendor.errorBody(404, pathOf(request.url))),
  );
  app.setErrorHandler((error: { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    return reply.code(status).send(vendor.errorBody(status, pathOf(request.url)));
  });

  app.addHook("onRequest", async (request, reply) => {
    options.onRequest?.();
    const path = pathOf(request.url);
    if (path.startsWith(controlPrefix)) return;
    const fault = faults.next(request.method, path);
    if (fault === undefined) return;
    if (fault.kind === "delay") await sleep(fault.delayMs);
    if (fault.kind === "drop-after") request.dropAnswer = true;
    if (fault.kind === "drop-before") {
      log.append({ time: new Date().toISOString(), method: request.method, path, status: 0, keys: [] });
      dropConnection(reply);
    }
    if (fault.kind === "status") await reply.code(fault.status).send(vendor.errorBody(fault.status, path));
    if (fault.kind === "rate-limit") {
      await reply
        .code(429)
        .header("retry-after", String(fault.retryAfterSeconds))
        .send(vendor.errorBody(429, path));
    }
  });
  app.addHook("onSend", (request, reply, payload, done) => {
    const path = pathOf(request.url);
    if (!path.startsWith(controlPrefix)) {
      log.append({
        time: new Date().toISOString(),
        method: request.method,
        path,
        status: request.dropAnswer === true ? 0 : reply.statusCode,
        keys: request.keyNames ?? bodyKeys(request.body),
      });
    }
    if (request.dropAnswer === true) dropConnection(reply);
    else done(null, payload);
  });

  app.get("/_sandbox/vendor", () => ({ name: vendor.name, directory: options.directory }));
  app.get("/_sandbox/calls", () => log.read());
  app.get("/_sandbox/faults", () => faults.list());
  app.post("/_sandbox/faults", async (request, reply) => {
    const fault = faultSchema.safeParse(request.body);
    if (!fault.success)
      return reply.code(422).send({ message: fault.error.issues.map((issue) => issue.message) });
    faults.add(fault.data);
    return reply.code(201).send(fault.data);
  });
  app.delete("/_sandbox/faults", async (_request, reply) => {
    faults.clear();
    return reply.code(204).send();
  });

  vendor.routes(app, { store, now: () => new Date() });
  const url = await app.listen({ host: "127.0.0.1", port: options.port ?? 0 });
  return { url, store, log, faults, close: () => app.close() };
}

/** Many clients send `content-type: application/json` with an empty body; the vendors take that. */
function acceptBodilessJson(app: FastifyInstance): void {
  app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => {
    if (body === "") {
      done(null, undefined);
      return;
    }
    try {
      done(null, JSON.parse(body as string));
    } catch {
      done(Object.assign(new Error("body is not JSON"), { statusCode: 400 }));
    }
  });
}

function dropConnection(reply: FastifyReply): void {
  reply.hijack();
  reply.raw.socket?.destroy();
}

function pathOf(url: string): string {
  return url.split("?", 1)[0] ?? url;
}
