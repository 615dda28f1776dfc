import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { createServer, type Server, type Socket } from "node:net";

import {
  AUTHORITATIVE_ANSWER,
  type DecodedPacket,
  decode,
  encode,
  RECURSION_DESIRED,
  TRUNCATED_RESPONSE,
} from "dns-packet";
import { type FastifyInstance } from "fastify";
import { z } from "zod";

import { type VendorContext } from "../kit/vendor";
import { lookUp, type Lookup } from "./name-lookup";
import { type CloudflareState } from "./records";

/*
 * The name servers of the emulated zones, which answer for what the API holds at that moment and for nothing else:
 * https://www.rfc-editor.org/rfc/rfc1035
 */

/** `servfail` answers every question with a fault of its own, `silent` none at all. */
export const nameServerModes = ["answering", "servfail", "silent"] as const;

/** Serves `GET|PUT /_sandbox/name-server`, which make the name servers fail. */
export function nameServerControl(app: FastifyInstance, { store }: VendorContext<CloudflareState>): void {
  const schema = z.strictObject({ mode: z.enum(nameServerModes) });
  app.get("/_sandbox/name-server", () => store.state.name_server);
  app.put("/_sandbox/name-server", async (request, reply) => {
    const wanted = schema.safeParse(request.body);
    if (!wanted.success)
      return reply.code(422).send({ message: wanted.error.issues.map((issue) => issue.message) });
    store.state.name_server = wanted.data;
    store.save();
    return wanted.data;
  });
}

export interface NameServerOptions {
  /** 0 (the default) takes a free port, the same for UDP and TCP. */
  port?: number;
  /** Called at each question. */
  onRequest?: () => void;
}

export interface RunningNameServer {
  /** As `127.0.0.1:5353`. */
  address: string;
  port: number;
  close(): Promise<void>;
}

export async function startNameServer(
  state: CloudflareState,
  { port = 0, onRequest }: NameServerOptions = {},
): Promise<RunningNameServer> {
  const answer = (question: Buffer, limit?: number): Buffer | undefined => {
    onRequest?.();
    return answerTo(state, question, limit);
  };
  const { tcp, udp, bound } = await bind(port);
  const open = new Set<Socket>();
  tcp.on("connection", (socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    serveStream(socket, answer);
  });
  udp.on("message", (question, { address, port: to }) => {
    const found = answer(question, plainUdpBytes);
    if (found !== undefined) udp.send(found, to, address);
  });
  return {
    address: `127.0.0.1:${bound}`,
    port: bound,
    close: async () => {
      for (const socket of open) socket.destroy();
      await Promise.all([
        new Promise<void>((closed) => {
          udp.close(closed);
        }),
        new Promise((closed) => tcp.close(closed)),
      ]);
    },
  };
}

/** The same port for both. Where a free one is taken for TCP and is not free for UDP, another is tried. */
async function bind(port: number): Promise<{ tcp: Server; udp: UdpSocket; bound: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const tcp = createServer();
    await listening(tcp, () => tcp.listen(port, "127.0.0.1"));
    const address = tcp.address();
    const bound = typeof address === "object" ? (address?.port ?? 0) : 0;
    const udp = createSocket("udp4");
    try {
      await listening(udp, () => {
        udp.bind(bound, "127.0.0.1");
      });
      return { tcp, udp, bound };
    } catch (error) {
      await new Promise((closed) => tcp.close(closed));
      udp.close();
      if (port !== 0 || attempt === 10) throw error;
    }
  }
}

function listening(server: Server | UdpSocket, start: () => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.once("listening", () => {
      server.off("error", reject);
      resolve();
    });
    start();
  });
}

/** Each message has its length before it: https://www.rfc-editor.org/rfc/rfc1035#section-4.2.2 */
function serveStream(socket: Socket, answer: (question: Buffer) => Buffer | undefined): void {
  let received = Buffer.alloc(0);
  socket.setTimeout(10_000, () => socket.destroy());
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const end = 2 + received.readUInt16BE(0);
      const found = answer(received.subarray(2, end));
      received = received.subarray(end);
      if (found === undefined) continue;
      const length = Buffer.alloc(2);
      length.writeUInt16BE(found.length);
      socket.write(Buffer.concat([length, found]));
    }
  });
}

const codes = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;
const headerBytes = 12;
const plainUdpBytes = 512;
/** What servers of today send at most: https://www.dnsflagday.net/2020/ */
const extendedUdpBytes = 1232;

/** Undefined where there is nothing to answer. `limit` is what the transport takes, unless the question says more. */
function answerTo(state: CloudflareState, message: Buffer, limit?: number): Buffer | undefined {
  const isQuestion = message.length >= headerBytes && (message.readUInt8(2) & 0x80) === 0;
  if (!isQuestion || state.name_server.mode === "silent") return undefined;
  const query = decoded(message);
  if (query === undefined)
    return encode({ type: "response", id: message.readUInt16BE(0), flags: codes.FORMERR });
  const result = resultOf(state, query);
  const opt = query.additionals?.find((one) => one.type === "OPT");
  const most =
    limit === undefined || opt === undefined
      ? limit
      : Math.min(extendedUdpBytes, Math.max(plainUdpBytes, opt.udpPayloadSize));
  const whole = encoded(query, result, opt !== undefined);
  if (most === undefined || whole.length <= most) return whole;
  return encoded(query, { ...result, answers: [], authorities: [] }, opt !== undefined, TRUNCATED_RESPONSE);
}

function decoded(message: Buffer): DecodedPacket | undefined {
  try {
    return decode(message);
  } catch {
    return undefined;
  }
}

function resultOf(state: CloudflareState, query: DecodedPacket): Lookup {
  const refused = (code: Lookup["code"]): Lookup => ({ code, answers: [], authorities: [] });
  // The operation is in these four bits; 0 is a query.
  if ((((query.flags ?? 0) >> 11) & 0xf) !== 0) return refused("NOTIMP");
  const [question, ...others] = query.questions ?? [];
  if (question === undefined || others.length > 0) return refused("FORMERR");
  if (state.name_server.mode === "servfail") return refused("SERVFAIL");
  return question.class === "IN" ? lookUp(state, question) : refused("REFUSED");
}

function encoded(query: DecodedPacket, found: Lookup, extended: boolean, flag = 0): Buffer {
  const { code, answers, authorities } = found;
  const authoritative = code === "NOERROR" || code === "NXDOMAIN" ? AUTHORITATIVE_ANSWER : 0;
  return encode({
    type: "response",
    id: query.id ?? 0,
    flags: authoritative | (query.flag_rd ? RECURSION_DESIRED : 0) | flag | codes[code],
    questions: query.questions ?? [],
    answers,
    authorities,
    additionals: extended
      ? [{ type: "OPT", name: ".", udpPayloadSize: extendedUdpBytes, flags: 0, options: [] } as never]
      : [],
  });
}
