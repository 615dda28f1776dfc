import { type Adoptable, adoptCommand, leaveCommand, quoted } from "../adoption";
import { meaningOf, type MailRecord, zoneText } from "../dns/mail-record";
import { type DnsRecord } from "./client";

/** The mail records of one zone: what is wanted, what an earlier run wanted, and what is taken over. */
export interface WantedRecords {
  stack: string;
  zone: string;
  zoneId: string;
  records: readonly MailRecord[];
  /** Key → `<zone id>/<record id>`. */
  adopt: Readonly<Record<string, string>>;
  /** As the state has them. */
  before: readonly MailRecord[];
}

export interface Standing {
  /** All that is wrong, each with what to do. */
  faults: string[];
  /** Key → the content that the record has, or is to get. Of a text the one that stands there, where it means the same. */
  contents: Record<string, string>;
}

/** A removed value would take the record out of the state, and nothing would answer for it any more. */
export function valueFaults({
  stack,
  zone,
  records,
  before,
}: Pick<WantedRecords, "stack" | "zone" | "records" | "before">): string[] {
  const missing = before.some(({ key }) => key === "dkim") && records.every(({ key }) => key !== "dkim");
  return missing
    ? [
        `the DKIM value of ${zone} was configured before and is missing now: set it again with pulumi config set --path ${quoted(`raxx:mailDomains["${zone}"].dkim`)} 'VALUE' --stack ${stack}`,
      ]
    : [];
}

/** What stands in the way of the wanted records in a zone that holds these. */
export function standing(wanted: WantedRecords, there: readonly DnsRecord[]): Standing {
  const found = wanted.records.map((record) => ({ record, ...lookAt(record, wanted, there) }));
  const unlisted = found.flatMap(({ unlisted: line }) => (line === undefined ? [] : [line]));
  const foreign =
    unlisted.length === 0
      ? []
      : [
          `mail records of ${wanted.zone} were there before this stack; look at them, and have them taken over with`,
          ...unlisted,
        ];
  return {
    faults: [...found.flatMap(({ faults }) => faults), ...(foreign.length === 0 ? [] : [foreign.join("\n")])],
    contents: Object.fromEntries(found.map(({ record, content }) => [record.key, content])),
  };
}

interface Look {
  faults: string[];
  content: string;
  /** The line that has it taken over. */
  unlisted?: string;
}

function lookAt(record: MailRecord, wanted: WantedRecords, there: readonly DnsRecord[]): Look {
  const { key } = record;
  const before = wanted.before.find((one) => one.key === key);
  const isOurs = (one: DnsRecord): boolean => isSame(one, record) || (!!before && isSame(one, before));
  const rivals = there.filter((one) => isOurs(one) || isRival(one, record, wanted.zone));
  const importId = wanted.adopt[key];
  const listed = importId === undefined ? undefined : there.find(({ id }) => importId === idOf(wanted, id));
  if (importId !== undefined && (listed === undefined || !isOurs(listed))) {
    return { faults: [wrongId(record, wanted, importId, listed, rivals.find(isOurs))], content: "" };
  }
  const own = listed ?? rivals.find((one) => isSame(one, record)) ?? rivals.find(isOurs);
  const others = rivals.filter((one) => one !== own && isRival(one, record, wanted.zone));
  const faults = others.map((other) => conflict(record, wanted.zone, other));
  const content = own !== undefined && isSame(own, record) ? own.content : zoneText(record);
  const isForeign = own !== undefined && listed === undefined && before === undefined;
  return { faults, content, ...(isForeign ? { unlisted: adoptLine(record, wanted, own) } : {}) };
}

/** By meaning: a text may stand in quotation marks and in pieces. */
function isSame(one: DnsRecord, record: MailRecord): boolean {
  return differences(one, record).length === 0;
}

function differences(one: DnsRecord, { type, name, priority, ...record }: MailRecord): string[] {
  if (one.type !== type) return [`its type is ${one.type}, and not ${type}`];
  return [
    ...(one.name.toLowerCase() === name ? [] : [`its name is ${one.name}, and not ${name}`]),
    ...(meaningOf(type, one.content) === meaningOf(type, record.content)
      ? []
      : ["its content is not the one of catalog and configuration"]),
    ...(type !== "MX" || one.priority === priority
      ? []
      : [`its priority is ${String(one.priority)}, and not ${String(priority)}`]),
  ];
}

/** Whether it says at the same name what this record is to say, or keeps it from being said. */
function isRival(one: DnsRecord, { type, name, content, only }: MailRecord, zone: string): boolean {
  if (one.name.toLowerCase() !== name) return false;
  // Beside it nothing else may stand; Cloudflare answers in its place at the zone's own name.
  if (one.type === "CNAME") return name !== zone;
  if (one.type !== type) return false;
  const said = meaningOf(type, one.content);
  if (type === "MX") return said === meaningOf(type, content);
  return only !== undefined && said.toLowerCase().startsWith(only.toLowerCase());
}

function conflict({ key, name, type, only, priority }: MailRecord, zone: string, other: DnsRecord): string {
  const page = `at https://dash.cloudflare.com, ${zone} > DNS > Records`;
  const rest = `in catalog/mail-domains.ts, and run again; nothing was changed`;
  if (other.type === "CNAME") {
    return `${name} is a CNAME (${other.id}), beside which ${key} cannot stand: delete it ${page} where nobody needs it, or correct the name ${rest}`;
  }
  if (type === "MX") {
    return `${name} has an MX (${other.id}) to the host of ${key} with the priority ${String(other.priority)}, and not ${String(priority)}: delete it or correct it ${page}, or correct the catalog's ${rest}`;
  }
  const what = only === "" ? "text" : `${String(only)} record`;
  return `${name} has another ${what} (${other.id}) than that of ${key}, and receivers take two for none: delete or correct the wrong one ${page}, or correct ours (${only === "" ? "in raxx:mailDomains" : "in catalog/mail-domains.ts"}), and run again; nothing was changed`;
}

function wrongId(
  record: MailRecord,
  wanted: WantedRecords,
  importId: string,
  listed: DnsRecord | undefined,
  right: DnsRecord | undefined,
): string {
  const instead =
    right === undefined
      ? `remove the line with ${leaveCommand(placeOf(record, wanted, importId), wanted.stack)}; the next up makes the record, after a pulumi refresh where the state has it`
      : `the right one is ${idOf(wanted, right.id)}: ${adoptLine(record, wanted, right)}`;
  const what = `raxx:adopt has ${importId} for dns/${wanted.zone}/${record.key}, `;
  return listed === undefined
    ? `${what}but ${wanted.zone} has no such record: ${instead}`
    : `${what}but that is another record (${differences(listed, record).join("; ")}): correct one of the two, or ${instead}`;
}

function adoptLine(record: MailRecord, wanted: WantedRecords, { id }: DnsRecord): string {
  return adoptCommand(placeOf(record, wanted, idOf(wanted, id)), wanted.stack);
}

function placeOf(
  { key }: MailRecord,
  { zone }: WantedRecords,
  importId: string,
): Pick<Adoptable, "name" | "importId"> {
  return { name: `dns/${zone}/${key}`, importId };
}

function idOf({ zoneId }: WantedRecords, id: string): string {
  return `${zoneId}/${id}`;
}
