import { z } from "zod";

import { fullName, normalContent, textValue } from "./dns-content";
import { preciseTimestamp } from "./entities";
import { CloudflareError, type ErrorEntry, failure } from "./errors";
import {
  type CloudflareState,
  type CloudflareZone,
  type DnsRecord,
  type DnsRecordType,
  recordTypes,
} from "./records";
import { newId } from "./values";

export const recordSchema = z.strictObject({
  type: z.string().toUpperCase().optional(),
  name: z.string().optional(),
  content: z.string().nullish(),
  ttl: z.int().optional(),
  priority: z.int().nullish(),
  proxied: z.boolean().nullish(),
  comment: z.string().nullish(),
  tags: z.array(z.string()).nullish(),
  settings: z.record(z.string(), z.boolean()).nullish(),
  // Of other types, or of other plans: taken where it is empty.
  data: z.null().optional(),
  private_routing: z.literal(false).nullish(),
});

export type WantedRecord = z.output<typeof recordSchema>;

const proxiable: DnsRecordType[] = ["A", "AAAA", "CNAME"];
const addressTypes: DnsRecordType[] = ["A", "AAAA", "CNAME"];

/** A record with all that the body says; what it leaves out has its default. All problems are in one answer. */
export function newRecord(zone: CloudflareZone, wanted: WantedRecord, now: Date): DnsRecord {
  const errors: ErrorEntry[] = [];
  const type = recordTypes.find((known) => known === wanted.type);
  const name = wanted.name === undefined ? undefined : fullName(wanted.name, zone.name);
  if (wanted.type === undefined) errors.push(required("type"));
  else if (type === undefined)
    errors.push({ code: 9022, message: "The sandbox has no records of this type." });
  if (wanted.name === undefined || wanted.name.trim() === "") errors.push(required("name"));
  else if (name === undefined) errors.push({ code: 9000, message: "DNS name is invalid." });
  if (wanted.ttl === undefined) errors.push(required("ttl"));
  if (wanted.content == null) errors.push(required("content"));
  if (type === undefined || name === undefined || wanted.ttl === undefined || wanted.content == null) {
    throw new CloudflareError(400, errors);
  }
  const content = normalContent(type, wanted.content, name);
  if (typeof content !== "string") errors.push(content);
  errors.push(...ruleErrors(zone, type, { ...wanted, ttl: wanted.ttl }));
  if (errors.length > 0 || typeof content !== "string") throw new CloudflareError(400, errors);
  const proxied = wanted.proxied ?? false;
  const comment = wanted.comment ?? null;
  const tags = wanted.tags ?? [];
  const time = preciseTimestamp(now);
  return {
    id: newId(),
    name,
    type,
    content,
    proxied,
    ttl: proxied ? 1 : wanted.ttl,
    priority: type === "MX" ? (wanted.priority ?? null) : null,
    comment,
    comment_modified_on: comment === null ? null : time,
    tags,
    tags_modified_on: tags.length === 0 ? null : time,
    settings: wanted.settings ?? {},
    created_on: time,
    modified_on: time,
  };
}

/**
 * Refuses what cannot stand beside the zone's other records:
 * https://developers.cloudflare.com/dns/manage-dns-records/troubleshooting/records-with-same-name/
 */
export function requireRoom(state: CloudflareState, zone: CloudflareZone, record: DnsRecord): void {
  const others = zone.records.filter(({ id, name }) => id !== record.id && name === record.name);
  if (others.some((other) => identical(other, record))) {
    throw state.variants.identical_record_code === 81058
      ? failure(400, 81058, "An identical record already exists.")
      : failure(400, 81057, "The record already exists.");
  }
  const clash = others.find(
    ({ type }) =>
      addressTypes.includes(type) &&
      addressTypes.includes(record.type) &&
      (type === "CNAME" || record.type === "CNAME"),
  );
  if (clash === undefined) return;
  throw clash.type === "CNAME" && record.type !== "CNAME"
    ? failure(400, 81054, "A CNAME record with that host already exists.")
    : failure(400, 81053, "An A, AAAA, or CNAME record with that host already exists.");
}

/** `zone_id` and `zone_name` are gone from the newer answers. */
export function recordView(record: DnsRecord): object {
  const { priority, comment_modified_on, tags_modified_on, ...rest } = record;
  return {
    ...rest,
    ...(priority !== null && { priority }),
    proxiable: proxiable.includes(record.type),
    meta: {},
    ...(comment_modified_on !== null && { comment_modified_on }),
    ...(tags_modified_on !== null && { tags_modified_on }),
  };
}

/** The same type and value at the same name; whether a priority makes a difference is not known. */
function identical(left: DnsRecord, right: DnsRecord): boolean {
  if (left.type !== right.type) return false;
  return left.type === "TXT"
    ? textValue(left.content) === textValue(right.content)
    : left.content === right.content;
}

function ruleErrors(
  zone: CloudflareZone,
  type: DnsRecordType,
  wanted: WantedRecord & { ttl: number },
): ErrorEntry[] {
  const errors: ErrorEntry[] = [];
  const { ttl, priority } = wanted;
  const minTtl = zone.plan === "enterprise" ? 30 : 60;
  if (ttl !== 1 && (ttl < minTtl || ttl > 86_400)) {
    const message = `TTL must be between ${minTtl} and 86400 seconds, or 1 for Automatic.`;
    errors.push({ code: 9021, message });
  }
  if (wanted.proxied === true && !proxiable.includes(type)) {
    errors.push({ code: 9004, message: "This record type cannot be proxied." });
  }
  if (type === "MX" && priority == null) errors.push(required("priority"));
  if (priority != null && (priority < 0 || priority > 65_535)) {
    errors.push({ code: 9008, message: "Priority must be between 0 and 65535." });
  }
  // https://developers.cloudflare.com/dns/manage-dns-records/reference/record-attributes/; the codes are probable.
  const maxComment = zone.plan === "free" ? 100 : 500;
  if ((wanted.comment?.length ?? 0) > maxComment) {
    errors.push({ code: 9300, message: `DNS record comment exceeds the quota of ${maxComment} characters.` });
  }
  const maxTags = zone.plan === "free" ? 0 : 20;
  if ((wanted.tags?.length ?? 0) > maxTags) {
    errors.push({ code: 9301, message: `DNS record has more tags than the quota of ${maxTags}.` });
  }
  return errors;
}

function required(field: string): ErrorEntry {
  return { code: 9100, message: `${field} is a required field.` };
}
