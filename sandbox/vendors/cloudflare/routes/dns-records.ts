import { type FastifyInstance, type FastifyRequest } from "fastify";

import { type VendorContext } from "../../kit/vendor";
import { type GuardedRoute, onZone, pathId } from "../access";
import { newRecord, recordSchema, recordView, requireRoom, type WantedRecord } from "../dns-records";
import { page, success } from "../envelope";
import { failure } from "../errors";
import { type CloudflareState, type CloudflareZone, type DnsRecord } from "../records";
import { validate } from "../validate";

const list = "/zones/:zone_id/dns_records";
const one = `${list}/:record_id`;

export function dnsRecordRoutes(app: FastifyInstance, context: VendorContext<CloudflareState>): void {
  const { store, now } = context;
  const { state } = store;

  onZone(app, context, route("GET", list, "list"), ({ zone, request }) => {
    const query = request.query as Record<string, string | undefined>;
    const records = zone.records.filter(filter(query));
    order(records, query);
    const shown = page(records, query, { standard: 100, maximum: 5_000_000 });
    return shown.answer(shown.items.map(recordView));
  });

  onZone(app, context, route("POST", list, "create"), ({ zone, request }) => {
    const record = newRecord(zone, validate(recordSchema, request.body, 9207), now());
    requireRoom(state, zone, record);
    zone.records.push(record);
    store.save();
    return success(recordView(record));
  });

  onZone(app, context, route("GET", one, "get"), ({ zone, request }) =>
    success(recordView(findRecord(zone, request))),
  );

  // PUT puts the body in place of all there was, PATCH changes what the body names.
  for (const method of ["PUT", "PATCH"] as const) {
    const name = method === "PUT" ? "update" : "edit";
    onZone(app, context, route(method, one, name), ({ zone, request }) => {
      const record = findRecord(zone, request);
      const body = validate(recordSchema, request.body, 9207);
      const changed = replacement(
        zone,
        record,
        method === "PUT" ? body : { ...asWanted(record), ...body },
        now(),
      );
      requireRoom(state, zone, changed);
      Object.assign(record, changed);
      store.save();
      return success(recordView(record));
    });
  }

  onZone(app, context, route("DELETE", one, "delete"), ({ zone, request }) => {
    const record = findRecord(zone, request);
    zone.records = zone.records.filter((other) => other !== record);
    store.save();
    return success({ id: record.id });
  });
}

function route(method: GuardedRoute["method"], url: string, name: string): GuardedRoute {
  const access = method === "GET" ? "read" : "write";
  const documentation = `dns/subresources/records/methods/${name}`;
  return { method, url, need: { group: "DNS", access, documentation } };
}

function findRecord(zone: CloudflareZone, request: FastifyRequest): DnsRecord {
  const id = pathId(request, "record_id");
  const record = zone.records.find((one) => one.id === id);
  if (record === undefined) throw failure(404, 81044, "Record does not exist.");
  return record;
}

/** That the type of a record cannot change is probable. */
function replacement(zone: CloudflareZone, former: DnsRecord, wanted: WantedRecord, now: Date): DnsRecord {
  const record = newRecord(zone, wanted, now);
  if (record.type !== former.type) throw failure(400, 1004, "The type of a record cannot be changed.");
  const { id, created_on } = former;
  const sameComment = record.comment === former.comment;
  const sameTags = record.tags.join() === former.tags.join();
  return {
    ...record,
    id,
    created_on,
    comment_modified_on: sameComment ? former.comment_modified_on : record.modified_on,
    tags_modified_on: sameTags ? former.tags_modified_on : record.modified_on,
  };
}

function asWanted({
  type,
  name,
  content,
  ttl,
  priority,
  proxied,
  comment,
  tags,
  settings,
}: DnsRecord): WantedRecord {
  return { type, name, content, ttl, priority, proxied, comment, tags, settings };
}

type Condition = (record: DnsRecord) => boolean;

const comparisons: Record<string, (value: string, wanted: string) => boolean> = {
  "": (value, wanted) => value === wanted,
  ".exact": (value, wanted) => value === wanted,
  ".contains": (value, wanted) => value.includes(wanted),
  ".startswith": (value, wanted) => value.startsWith(wanted),
  ".endswith": (value, wanted) => value.endsWith(wanted),
};

/** The filters are not case-sensitive. A name is the full one: `www` finds nothing. */
function filter(query: Record<string, string | undefined>): Condition {
  const conditions: Condition[] = [];
  for (const field of ["name", "content", "comment"] as const) {
    for (const [suffix, compare] of Object.entries(comparisons)) {
      const wanted = query[field + suffix]?.toLowerCase();
      if (wanted === undefined) continue;
      conditions.push((record) => compare((record[field] ?? "").toLowerCase(), wanted));
    }
  }
  if (query["comment.present"] !== undefined) conditions.push(({ comment }) => comment !== null);
  if (query["comment.absent"] !== undefined) conditions.push(({ comment }) => comment === null);
  const { type, proxied, search, match } = query;
  if (proxied !== undefined) conditions.push((record) => String(record.proxied) === proxied);
  if (search !== undefined) {
    const text = search.toLowerCase();
    conditions.push(({ name, content, comment }) =>
      [name, content, comment ?? ""].some((value) => value.toLowerCase().includes(text)),
    );
  }
  const matches: Condition =
    match === "any" && conditions.length > 0
      ? (record) => conditions.some((holds) => holds(record))
      : (record) => conditions.every((holds) => holds(record));
  // The type is always needed, whatever `match` says.
  return (record) => matches(record) && (type === undefined || record.type === type.toUpperCase());
}

function order(records: DnsRecord[], query: Record<string, string | undefined>): void {
  const field = (["type", "name", "content", "ttl", "proxied"] as const).find((one) => one === query.order);
  if (field !== undefined) {
    records.sort((a, b) => (a[field] < b[field] ? -1 : a[field] > b[field] ? 1 : 0));
  }
  if (query.direction === "desc") records.reverse();
}
