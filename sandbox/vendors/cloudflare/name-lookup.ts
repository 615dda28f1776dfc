import { type Answer, type Question } from "dns-packet";

import { textStrings } from "./dns-content";
import { type CloudflareState, type CloudflareZone, type DnsRecord } from "./records";

/** What the name servers say to one question. */
export interface Lookup {
  code: "NOERROR" | "FORMERR" | "SERVFAIL" | "NXDOMAIN" | "NOTIMP" | "REFUSED";
  answers: Answer[];
  /** The zone's SOA where nothing is found, so that callers know how long to remember that. */
  authorities: Answer[];
}

/** What a record gets whose TTL is automatic. */
const automaticTtl = 300;
const negativeTtl = 60;
const maxAliases = 8;

export function lookUp(state: CloudflareState, { name, type }: Question): Lookup {
  // What is asked for is said again in the letters of the question.
  const zone = zoneOf(state, name.toLowerCase());
  if (zone === undefined) return { code: "REFUSED", answers: [], authorities: [] };
  // `ANY` is not in the types of the library.
  if (["ANY", "AXFR", "IXFR"].includes(type)) return { code: "NOTIMP", answers: [], authorities: [] };
  const answers: Answer[] = [];
  let asked = name;
  for (let aliases = 0; aliases <= maxAliases; aliases += 1) {
    const found = recordsAt(zone, asked.toLowerCase());
    if (found === undefined) return { code: "NXDOMAIN", answers, authorities: [soa(zone)] };
    const matching = found.filter((record) => record.type === type).map((record) => answerOf(record, asked));
    matching.push(...ofTheZone(zone, asked, type));
    answers.push(...matching);
    const alias = found.find((record) => record.type === "CNAME");
    if (matching.length > 0 || alias === undefined)
      return { code: "NOERROR", answers, authorities: answers.length > 0 ? [] : [soa(zone)] };
    answers.push(answerOf(alias, asked));
    asked = alias.content;
    // Whoever asked goes on elsewhere.
    if (zoneOf(state, asked) !== zone) return { code: "NOERROR", answers, authorities: [] };
  }
  return { code: "SERVFAIL", answers: [], authorities: [] };
}

/** The nearest zone that holds the name. One that is not active yet is not served. */
function zoneOf({ zones }: CloudflareState, name: string): CloudflareZone | undefined {
  return zones
    .filter((zone) => zone.status === "active" && isWithin(name, zone.name))
    .sort((one, other) => other.name.length - one.name.length)[0];
}

function isWithin(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}

/** Undefined where there is no such name; empty where there is only something below it. */
function recordsAt(zone: CloudflareZone, name: string): DnsRecord[] | undefined {
  const own = zone.records.filter((record) => record.name === name);
  if (own.length > 0 || exists(zone, name)) return own;
  // https://www.rfc-editor.org/rfc/rfc4592: the wildcard below the nearest name that exists.
  const labels = name.split(".");
  const above = labels.map((_label, index) => labels.slice(index + 1).join("."));
  const closest = above.find((one) => exists(zone, one));
  const wild = zone.records.filter((record) => record.name === `*.${closest ?? zone.name}`);
  return wild.length > 0 ? wild : undefined;
}

function exists(zone: CloudflareZone, name: string): boolean {
  return name === zone.name || zone.records.some((record) => isWithin(record.name, name));
}

function ofTheZone(zone: CloudflareZone, asked: string, type: Question["type"]): Answer[] {
  if (asked.toLowerCase() !== zone.name) return [];
  if (type === "SOA") return [{ ...soa(zone), name: asked }];
  if (type !== "NS") return [];
  return zone.name_servers.map((data) => ({ type: "NS", name: asked, ttl: 86_400, data }));
}

function soa(zone: CloudflareZone): Answer {
  const [mname = "", rname] = [zone.name_servers[0], "dns.cloudflare.com"];
  const times = { serial: 1, refresh: 10_000, retry: 2400, expire: 604_800, minimum: negativeTtl };
  return { type: "SOA", name: zone.name, ttl: negativeTtl, data: { mname, rname, ...times } };
}

function answerOf({ type, content, priority, ttl: given }: DnsRecord, name: string): Answer {
  const ttl = given === 1 ? automaticTtl : given;
  switch (type) {
    case "TXT":
      return { type, name, ttl, data: textStrings(content) };
    case "MX":
      return { type, name, ttl, data: { preference: priority ?? 0, exchange: content } };
    default:
      return { type, name, ttl, data: content };
  }
}
