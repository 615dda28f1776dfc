import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { type Metadata, type StatusObject } from "@grpc/grpc-js";

import { Any, grpc, type Struct } from "./grpc";
import { type Decoded, textsOf } from "./properties";

/** Shorter texts would blot out half of a message, and are no secrets. */
const SHORTEST_SECRET = 4;

/** Takes the secrets of one request out of what is said about it. */
export class Mask {
  private readonly texts = new Set<string>();

  add({ values, secrets }: Decoded, alwaysSecret: readonly string[]): void {
    for (const name of [...secrets, ...alwaysSecret])
      for (const text of textsOf(values[name])) if (text.length >= SHORTEST_SECRET) this.texts.add(text);
  }

  apply(message: string): string {
    const longestFirst = [...this.texts].sort((a, b) => b.length - a.length);
    return longestFirst.reduce((masked, text) => masked.replaceAll(text, "[secret]"), message);
  }
}

/** What the engine is told of an error: its message, never its stack. */
export function plainFailure(message: string): Partial<StatusObject> {
  return { code: grpc.status.UNKNOWN, details: message };
}

/**
 * The resource exists, but what was asked of it did not fully happen: the engine records the properties and says why.
 * Inputs are left out, as the real plugins leave them out; the engine keeps those of the program.
 */
export function partialFailure(id: string, properties: Struct, reason: string): Partial<StatusObject> {
  const failed = new messages.ErrorResourceInitFailed();
  failed.setId(id);
  failed.setProperties(properties);
  failed.setReasonsList([reason]);
  const detail = new Any();
  detail.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new Status();
  status.setCode(grpc.status.UNKNOWN);
  status.setMessage(reason);
  status.addDetails(detail);
  const metadata: Metadata = new grpc.Metadata();
  // gRPC's own place for details; the Node library has no other way to send them.
  metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return { code: grpc.status.UNKNOWN, details: reason, metadata };
}

/** An error that is an answer already. */
export class Answered extends Error {
  constructor(readonly status: Partial<StatusObject>) {
    super(status.details);
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "unknown failure";
}
