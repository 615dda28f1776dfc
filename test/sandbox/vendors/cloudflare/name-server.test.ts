import { createSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { connect } from "node:net";

import { decode, type DecodedPacket, encode, type Question, streamDecode, streamEncode } from "dns-packet";
import { request } from "undici";

import {
  createDnsRecord,
  type CloudflareZone,
  type RunningNameServer,
  startNameServer,
} from "../../../../sandbox/vendors/cloudflare";
import { Harness } from "./harness";

let harness: Harness;
let server: RunningNameServer;
let zone: CloudflareZone;
let questions: number;
beforeEach(async () => {
  questions = 0;
  harness = await Harness.start();
  server = await startNameServer(harness.vendor.store.state, { onRequest: () => (questions += 1) });
  zone = zoneNamed("raxx.app");
});
afterEach(async () => {
  await server.close();
  await harness.stop();
});

function zoneNamed(name: string): CloudflareZone {
  const found = harness.vendor.store.state.zones.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no zone ${name}`);
  return found;
}

function add(type: string, name: string, content: string, priority?: number): void {
  createDnsRecord(harness.vendor.store.state, zone, { type, name, content, priority });
}

function resolver(): Resolver {
  const own = new Resolver({ timeout: 300, tries: 1 });
  own.setServers([server.address]);
  return own;
}

function question(name: string, type: Question["type"] = "TXT", udpPayloadSize?: number): Buffer {
  const opt = { type: "OPT", name: ".", udpPayloadSize, flags: 0, options: [] };
  return encode({
    type: "query",
    id: 7,
    questions: [{ name, type }],
    ...(udpPayloadSize === undefined ? {} : { additionals: [opt as never] }),
  });
}

/** What comes back over UDP; undefined where nothing does. */
function overUdp(message: Buffer): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    const end = (answer?: Buffer): void => {
      clearTimeout(timeout);
      socket.close();
      resolve(answer);
    };
    const timeout = setTimeout(end, 300);
    socket.once("message", end);
    socket.send(message, server.port, "127.0.0.1");
  });
}

function overTcp(...chunks: Buffer[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, "127.0.0.1");
    let received = Buffer.alloc(0);
    socket.on("error", reject);
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      socket.destroy();
      resolve(received);
    });
    void (async () => {
      for (const chunk of chunks) {
        socket.write(chunk);
        await new Promise((later) => setTimeout(later, 20));
      }
    })();
  });
}

async function answerTo(name: string, type?: Question["type"], size?: number): Promise<DecodedPacket> {
  const answer = await overUdp(question(name, type, size));
  if (answer === undefined) throw new Error("no answer came");
  return decode(answer);
}

/** `NOERROR`, `NXDOMAIN`: not in the types of the library. */
function codeOf(answer: DecodedPacket): string {
  return (answer as unknown as { rcode: string }).rcode;
}

describe("node's own resolver", () => {
  it("gets texts, mail hosts and addresses as the zone has them at that moment", async () => {
    add("TXT", "@", '"v=spf1 -all"');
    add("MX", "@", "aspmx.l.google.com", 1);
    add("A", "www", "203.0.113.7");
    add("AAAA", "www", "2001:db8::7");
    expect(await resolver().resolveTxt("raxx.app")).toEqual([["v=spf1 -all"]]);
    expect(await resolver().resolveMx("raxx.app")).toEqual([{ exchange: "aspmx.l.google.com", priority: 1 }]);
    expect(await resolver().resolve4("www.raxx.app")).toEqual(["203.0.113.7"]);
    expect(await resolver().resolve6("www.raxx.app")).toEqual(["2001:db8::7"]);
    add("TXT", "@", "another");
    expect(await resolver().resolveTxt("raxx.app")).toEqual([["v=spf1 -all"], ["another"]]);
  });

  it("follows an alias within the zone, and gets the servers of the zone", async () => {
    add("CNAME", "www", "web.raxx.app");
    add("A", "web", "203.0.113.7");
    expect(await resolver().resolve4("www.raxx.app")).toEqual(["203.0.113.7"]);
    expect(await resolver().resolveCname("www.raxx.app")).toEqual(["web.raxx.app"]);
    expect((await resolver().resolveNs("raxx.app")).sort()).toEqual(zone.name_servers);
    expect((await resolver().resolveSoa("raxx.app")).nsname).toBe(zone.name_servers[0]);
  });

  it("gets a long text whole, in strings of 255, over TCP where it is too long for UDP", async () => {
    const text = "x".repeat(1500);
    add("TXT", "long", text);
    expect(await resolver().resolveTxt("long.raxx.app")).toEqual([
      [...Array<string>(5).fill("x".repeat(255)), "x".repeat(225)],
    ]);
  });

  it.each([
    ["ENOTFOUND", "nowhere.raxx.app"],
    ["ENODATA", "www.raxx.app"],
    ["ENODATA", "raxx.app"],
    ["EREFUSED", "raxx.example"],
    ["EREFUSED", "notraxx.app"],
  ])("is told %s for texts of %s", async (code, name) => {
    add("A", "www", "203.0.113.7");
    await expect(resolver().resolveTxt(name)).rejects.toMatchObject({ code });
  });

  it.each([
    ["servfail", "ESERVFAIL"],
    ["silent", "ETIMEOUT"],
  ])("is told by a server that was made %s what is wrong with it", async (mode, code) => {
    add("TXT", "@", "here");
    const control = (to: string) =>
      request(`${harness.vendor.url}/_sandbox/name-server`, {
        method: "PUT",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ mode: to }),
      });
    expect((await control("broken")).statusCode).toBe(422);
    expect((await control(mode)).statusCode).toBe(200);
    await expect(resolver().resolveTxt("raxx.app")).rejects.toMatchObject({ code });
    await control("answering");
    expect(await resolver().resolveTxt("raxx.app")).toEqual([["here"]]);
  });
});

describe("an answer", () => {
  it("says the name in the letters of the question, and is the zone's own word", async () => {
    add("TXT", "_dmarc", "v=DMARC1; p=none");
    const answer = await answerTo("_DMARC.Raxx.APP");
    expect(codeOf(answer)).toBe("NOERROR");
    expect(answer).toMatchObject({ id: 7, flag_aa: true, flag_tc: false, flag_ra: false });
    expect(answer.questions).toMatchObject([{ name: "_DMARC.Raxx.APP", type: "TXT", class: "IN" }]);
    expect(answer.answers).toMatchObject([{ name: "_DMARC.Raxx.APP", type: "TXT", ttl: 300 }]);
  });

  it("tells no such name from a name without such a record, each with the zone's SOA", async () => {
    add("TXT", "google._domainkey", "v=DKIM1; p=");
    for (const [name, code] of [
      ["nowhere.raxx.app", "NXDOMAIN"],
      ["google._domainkey.raxx.app", "NOERROR"],
      // There is something below it.
      ["_domainkey.raxx.app", "NOERROR"],
    ] as const) {
      const answer = await answerTo(name, "MX");
      expect([name, codeOf(answer)]).toEqual([name, code]);
      expect(answer.answers).toEqual([]);
      expect(answer.authorities).toMatchObject([{ type: "SOA", name: "raxx.app" }]);
    }
  });

  it("is a wildcard's for what does not exist, and for nothing else", async () => {
    add("TXT", "*", "wild");
    add("A", "www", "203.0.113.7");
    expect((await answerTo("a.b.raxx.app")).answers).toMatchObject([{ name: "a.b.raxx.app", type: "TXT" }]);
    expect((await answerTo("www.raxx.app")).answers).toEqual([]);
    expect(codeOf(await answerTo("below.www.raxx.app"))).toBe("NXDOMAIN");
  });

  it("leaves an alias that leads elsewhere to whoever asked", async () => {
    add("CNAME", "console", "app.example.com");
    const answer = await answerTo("console.raxx.app", "A");
    expect(codeOf(answer)).toBe("NOERROR");
    expect(answer.answers).toMatchObject([{ type: "CNAME", data: "app.example.com" }]);
  });

  it("does not follow aliases in a circle for ever", async () => {
    add("CNAME", "one", "two.raxx.app");
    add("CNAME", "two", "one.raxx.app");
    expect(codeOf(await answerTo("one.raxx.app", "A"))).toBe("SERVFAIL");
  });

  it("is cut off where it is longer than UDP takes, by the question's own word where it has one", async () => {
    add("TXT", "long", "x".repeat(700));
    const cut = await answerTo("long.raxx.app");
    expect(cut).toMatchObject({ flag_tc: true, answers: [] });
    expect(await answerTo("long.raxx.app", "TXT", 1232)).toMatchObject({ flag_tc: false });
    const [type] = (await answerTo("long.raxx.app", "TXT", 600)).additionals ?? [];
    expect(type).toMatchObject({ type: "OPT" });
    add("TXT", "longer", "x".repeat(1300));
    // More than servers of today send, whatever is asked for.
    expect(await answerTo("longer.raxx.app", "TXT", 4096)).toMatchObject({ flag_tc: true });
    const whole = streamDecode(
      await overTcp(
        streamEncode({ type: "query", id: 1, questions: [{ name: "longer.raxx.app", type: "TXT" }] }),
      ),
    );
    expect(whole.answers).toHaveLength(1);
  });

  it("comes over TCP also where the question arrives in pieces", async () => {
    add("TXT", "@", "here");
    const message = question("raxx.app");
    const length = Buffer.from([0, message.length]);
    const answer = streamDecode(await overTcp(length.subarray(0, 1), length.subarray(1), message));
    expect(answer.answers).toHaveLength(1);
  });

  it("is not given for a zone that is not active yet", async () => {
    add("TXT", "@", "here");
    zone.status = "pending";
    expect(codeOf(await answerTo("raxx.app"))).toBe("REFUSED");
  });
});

describe("what is no question", () => {
  it.each([
    ["another operation", 0x10, "NOTIMP"],
    ["two questions", 0x00, "FORMERR"],
  ])("is refused where it is %s", async (what, operation, code) => {
    const message = question("raxx.app");
    message.writeUInt8(operation, 2);
    const two = encode({
      type: "query",
      id: 7,
      questions: [
        { name: "a.raxx.app", type: "A" },
        { name: "b.raxx.app", type: "A" },
      ],
    });
    const answer = await overUdp(what === "two questions" ? two : message);
    expect(codeOf(decode(answer ?? Buffer.alloc(0)))).toBe(code);
  });

  it("is refused where it is of another class, or about everything", async () => {
    const other = encode({
      type: "query",
      id: 7,
      questions: [{ name: "raxx.app", type: "TXT", class: "CH" }],
    });
    expect(codeOf(decode((await overUdp(other)) ?? Buffer.alloc(0)))).toBe("REFUSED");
    expect(codeOf(await answerTo("raxx.app", "AXFR"))).toBe("NOTIMP");
  });

  it("is told to be malformed where its header can be read", async () => {
    const answer = await overUdp(question("raxx.app").subarray(0, 16));
    expect(codeOf(decode(answer ?? Buffer.alloc(0)))).toBe("FORMERR");
  });

  it("is not answered where it is an answer, or nothing at all", async () => {
    const answer = encode({ type: "response", id: 7, questions: [{ name: "raxx.app", type: "TXT" }] });
    expect(await overUdp(answer)).toBeUndefined();
    expect(await overUdp(Buffer.from("ping"))).toBeUndefined();
  });
});

it("tells of each question, so that the vendors do not stop while they are asked", async () => {
  await answerTo("raxx.app");
  await overTcp(streamEncode({ type: "query", id: 1, questions: [{ name: "raxx.app", type: "MX" }] }));
  expect(questions).toBe(2);
});

it("refuses a port that is taken", async () => {
  await expect(startNameServer(harness.vendor.store.state, { port: server.port })).rejects.toMatchObject({
    code: "EADDRINUSE",
  });
});
