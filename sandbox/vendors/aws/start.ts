import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";

import { CallLog } from "../kit/call-log";
import { type Fault, Faults, faultSchema } from "../kit/faults";
import { Store } from "../kit/store";
import { type RunningVendor, type StartOptions } from "../kit/vendor";
import { type AwsCall, callName, readCall } from "./call";
import { type AwsError, faultError } from "./errors";
import { locateMoto, type Moto } from "./install";
import { MotoProcess } from "./moto-process";
import { answer, sendError } from "./proxy";
import { type AwsState, emptyAws, emptySeed } from "./records";
import { settingsRoutes } from "./settings";

export interface StartAwsOptions extends StartOptions<AwsState> {
  /** @default the pinned one, which is installed where it is missing */
  moto?: Moto;
}

export interface RunningAws extends RunningVendor<AwsState> {
  /** The process behind the proxy. */
  moto: Pick<MotoProcess, "pid" | "url">;
}

declare module "fastify" {
  interface FastifyRequest {
    awsCall?: AwsCall;
  }
}

const name = "aws";
const controlPrefix = "/_sandbox/";
const bodyLimit = 64 * 1024 * 1024;

/**
 * Starts AWS on loopback, with the control routes that every vendor has, and its settings. The kit's own start can't be used: all of
 * AWS is POST / and the call's name is in its body, so that faults and log can only look at a call once it is read.
 *
 * moto's database is `aws.moto`, beside `aws.json` with what the proxy knows.
 */
export async function startAws(options: StartAwsOptions): Promise<RunningAws> {
  const { directory } = options;
  const store = Store.open(join(directory, `${name}.json`), options.seed ?? emptyAws);
  const log = new CallLog(join(directory, `${name}.calls.jsonl`));
  const faults = new Faults();
  const found = options.moto ?? (await locateMoto());
  const moto = await MotoProcess.start(found, join(directory, `${name}.moto`), store.state.seed);
  // From here on moto keeps it: one place for each value.
  store.state.seed = emptySeed();
  store.save();

  const app = Fastify({ logger: false, forceCloseConnections: true, bodyLimit });
  app.addHook("onClose", () => moto.stop());
  app.addHook("onRequest", (_request, _reply, done) => {
    options.onRequest?.();
    done();
  });
  controlRoutes(app, { directory, log, faults });
  settingsRoutes(app, store);
  void app.register((scope, _options, done) => {
    // Signatures are over the bytes.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, parsed) => {
      parsed(null, body);
    });
    scope.addHook("preHandler", (request, reply) => meetFault(faults, log, request, reply));
    scope.addHook("onSend", (request, reply, payload, sent) => {
      const call = request.awsCall;
      if (call !== undefined) append(log, request, call, request.dropAnswer === true ? 0 : reply.statusCode);
      if (request.dropAnswer === true) dropConnection(reply);
      else sent(null, payload);
    });
    scope.setErrorHandler((error: { statusCode?: number }, request, reply) => {
      const call = request.awsCall ?? callOf(request);
      return sendError(reply, call, errorOf(error));
    });
    const context = { store, moto, now: () => new Date() };
    scope.all("/*", (request, reply) => answer(context, request.awsCall ?? callOf(request), request, reply));
    done();
  });
  try {
    const url = await app.listen({ host: "127.0.0.1", port: options.port ?? 0 });
    return { url, store, log, faults, moto, close: () => app.close() };
  } catch (error) {
    await moto.stop();
    throw error;
  }
}

async function meetFault(
  faults: Faults,
  log: CallLog,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | undefined> {
  const call = callOf(request);
  request.awsCall = call;
  const fault: Fault | undefined = faults.next(request.method, callName(call));
  if (fault === undefined) return undefined;
  if (fault.kind === "delay") await sleep(fault.delayMs);
  if (fault.kind === "drop-after") request.dropAnswer = true;
  if (fault.kind === "drop-before") {
    append(log, request, call, 0);
    dropConnection(reply);
    return reply;
  }
  if (fault.kind === "status") return sendError(reply, call, faultError(fault.status), fault.status);
  // AWS knows no 429 here, and no Retry-After: https://docs.aws.amazon.com/general/latest/gr/api-retries.html
  if (fault.kind === "rate-limit") return sendError(reply, call, faultError(429));
  return undefined;
}

/** What befell the proxy itself. */
function errorOf({ statusCode = 500 }: { statusCode?: number }): AwsError {
  return statusCode < 500
    ? { kind: "invalid", message: "the request cannot be read" }
    : { kind: "internal", message: "the emulated AWS failed: ./raxx sandbox stop, then run this again" };
}

function callOf(request: FastifyRequest): AwsCall {
  const { method = "GET", url = "/", headers } = request.raw;
  return readCall({ method, url, headers, body: Buffer.isBuffer(request.body) ? request.body : undefined });
}

function append(log: CallLog, request: FastifyRequest, call: AwsCall, status: number): void {
  log.append({
    time: new Date().toISOString(),
    method: request.method,
    path: callName(call),
    status,
    keys: call.things,
  });
}

function dropConnection(reply: FastifyReply): void {
  reply.hijack();
  reply.raw.socket?.destroy();
}

function controlRoutes(
  app: FastifyInstance,
  { directory, log, faults }: { directory: string; log: CallLog; faults: Faults },
): void {
  app.get(`${controlPrefix}vendor`, () => ({ name, directory }));
  app.get(`${controlPrefix}calls`, () => log.read());
  app.get(`${controlPrefix}faults`, () => faults.list());
  app.post(`${controlPrefix}faults`, async (request, reply) => {
    const fault = faultSchema.safeParse(request.body);
    if (!fault.success)
      return reply.code(422).send({ message: fault.error.issues.map((issue) => issue.message) });
    faults.add(fault.data);
    return reply.code(201).send(fault.data);
  });
  app.delete(`${controlPrefix}faults`, async (_request, reply) => {
    faults.clear();
    return reply.code(204).send();
  });
}
