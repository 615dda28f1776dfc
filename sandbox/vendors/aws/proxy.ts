import { type FastifyReply, type FastifyRequest } from "fastify";

import { type Store } from "../kit/store";
import { type AwsCall } from "./call";
import { type AwsError, noSignature, refusalOf, unknownKey, writeError } from "./errors";
import { isKnownYet, recordUse, toldUse, withLastUse } from "./keys";
import { type MotoAnswer, type MotoProcess } from "./moto-process";
import { type AwsState } from "./records";

export interface ProxyContext {
  store: Store<AwsState>;
  moto: MotoProcess;
  now: () => Date;
}

/** Answers one call: refuses what AWS would refuse and moto lets through, else with moto's answer. */
export async function answer(
  { store, moto, now }: ProxyContext,
  call: AwsCall,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const refuse = (error: AwsError): FastifyReply => sendError(reply, call, error);
  if (call.accessKeyId === undefined) return refuse(noSignature);
  const key = await moto.key(call.accessKeyId);
  if (key !== undefined) {
    const known = isKnownYet(store.state, call, key, now());
    if (store.state.settings.new_key_flickers > 0) store.save();
    if (!known) return refuse(unknownKey);
  }

  const body = request.body as Buffer | undefined;
  const { rawHeaders, method = "GET", url = "/" } = request.raw;
  const result = await moto.forward({ method, url, rawHeaders, body });
  if (result.fault === "crashed") return refuse({ kind: "internal", message: "moto failed" });
  const text = result.body.toString("utf8");
  const refusal = refusalOf(result.status, text);
  if (refusal === undefined || refusal.kind === "denied") {
    recordUse(store.state, call, now());
    store.save();
  }
  if (result.fault === "not-emulated") {
    return refuse({
      kind: "not-emulated",
      message: `the sandbox does not emulate ${call.service} ${call.action}`,
    });
  }
  if (refusal !== undefined) return refuse(refusal);
  if (call.service === "iam" && call.action === "GetAccessKeyLastUsed" && result.status === 200) {
    const asked = call.things[0] ?? "";
    return sendAnswer(reply, result, withLastUse(text, toldUse(store.state, asked, now())));
  }
  return sendAnswer(reply, result, result.body);
}

export function sendError(
  reply: FastifyReply,
  call: AwsCall,
  error: AwsError,
  status?: number,
): FastifyReply {
  const written = writeError(call, error, status);
  return reply.code(written.status).headers(written.headers).send(written.body);
}

function sendAnswer(reply: FastifyReply, result: MotoAnswer, body: Buffer | string): FastifyReply {
  return reply.code(result.status).headers(result.headers).send(body);
}
