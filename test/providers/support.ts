import { PartialFailure } from "../../providers/errors";
import { randomBytes } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import { type AddressInfo } from "node:net";

import { isWriting } from "../../sandbox/vendors/kit/call-log";
import { faultSchema } from "../../sandbox/vendors/kit/faults";
import { type RunningVendor } from "../../sandbox/vendors/kit/vendor";

/** A value nobody has seen before, so that finding it anywhere proves a leak. */
export function canary(): string {
  return randomBytes(24).toString("hex");
}

/** What the promise was rejected with, behind a {@link PartialFailure} its cause; fails where it was not. */
export async function failureOf(run: Promise<unknown>): Promise<Error> {
  const error = await rejectionOf(run);
  return error instanceof PartialFailure && error.cause instanceof Error ? error.cause : error;
}

/** The record that a write leaves which failed half way. */
export async function recordOf(run: Promise<unknown>): Promise<unknown> {
  const error = await rejectionOf(run);
  if (error instanceof PartialFailure) return error.properties;
  throw new Error("expected a partial failure", { cause: error });
}

async function rejectionOf(run: Promise<unknown>): Promise<Error> {
  try {
    await run;
  } catch (error) {
    if (error instanceof Error) return error;
    throw new Error("rejected with something that is no Error", { cause: error });
  }
  throw new Error("expected a rejection, but it was fulfilled");
}

/** Makes calls of an emulator fail; see {@link faultSchema}. */
export function inject(vendor: RunningVendor<object>, fault: (typeof faultSchema)["_zod"]["input"]): void {
  vendor.faults.add(faultSchema.parse(fault));
}

/** The calls that could have changed something, as `PATCH /apps/…`; a login changes nothing. */
export function writesOf(vendor: RunningVendor<object>): string[] {
  return vendor.log
    .read()
    .filter(isWriting)
    .map(({ method, path }) => `${method} ${path}`);
}

/** The names of the keys of each writing call, sorted. */
export function writtenKeysOf(vendor: RunningVendor<object>): string[][] {
  return vendor.log
    .read()
    .filter(isWriting)
    .map(({ keys }) => [...keys].sort());
}

/** A copy that later changes do not reach. */
export function snapshot<T>(value: T): T {
  return structuredClone(value);
}

export interface Received {
  method: string;
  /** With its query. */
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface LittleServer {
  url: string;
  port: number;
  received: Received[];
  close(): Promise<void>;
}

/** A server on loopback that answers as the test says, and keeps everything that it was sent. */
export async function serve(
  answer: (response: ServerResponse, request: Received, count: number) => void | Promise<void>,
  port = 0,
): Promise<LittleServer> {
  const received: Received[] = [];
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const { method = "", url = "", headers } = incoming;
      const request = { method, url, headers, body: Buffer.concat(chunks).toString("utf8") };
      received.push(request);
      void answer(response, request, received.length);
    });
  });
  await new Promise<void>((ready) => server.listen(port, "127.0.0.1", ready));
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    received,
    close: () =>
      new Promise((closed) => {
        server.close(() => {
          closed();
        });
        server.closeAllConnections();
      }),
  };
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}
