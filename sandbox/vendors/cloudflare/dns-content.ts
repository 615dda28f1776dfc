import { isIPv4, isIPv6 } from "node:net";
import { domainToASCII } from "node:url";

import { type ErrorEntry } from "./errors";
import { type DnsRecordType } from "./records";

const maxStringBytes = 255;
/** https://developers.cloudflare.com/dns/manage-dns-records/reference/dns-record-types/#txt; probable. */
const maxTextLength = 2048;

/** The full name of a record: `@` is the zone, a name without the zone is inside it. Undefined for what is none. */
export function fullName(given: string, zone: string): string | undefined {
  const text = given.trim().toLowerCase().replace(/\.$/, "");
  if (text === "@" || text === zone) return zone;
  const name = text.endsWith(`.${zone}`) ? text : `${text}.${zone}`;
  return isHost(name.replace(/^\*\./, "")) ? toAscii(name) : undefined;
}

/**
 * The content as Cloudflare keeps it, or what is wrong with it. Hosts are in lower case and without the last dot;
 * IPv6 addresses are in their short form.
 */
export function normalContent(type: DnsRecordType, content: string, name: string): string | ErrorEntry {
  switch (type) {
    case "A":
      return isIPv4(content)
        ? content
        : { code: 9005, message: "Content for A record must be a valid IPv4 address." };
    case "AAAA":
      return isIPv6(content) && !content.includes("%")
        ? new URL(`http://[${content}]`).hostname.slice(1, -1)
        : { code: 9006, message: "Content for AAAA record must be a valid IPv6 address." };
    case "MX":
      return host(content) ?? { code: 9009, message: mxContent };
    case "CNAME": {
      const target = host(content);
      if (target === name) return { code: 9039, message: "CNAME content cannot reference itself." };
      return target ?? { code: 9007, message: "Content for CNAME record is invalid." };
    }
    case "NS":
      return host(content) ?? { code: 9010, message: "Content for NS record is invalid." };
    case "TXT":
      return textContent(content);
  }
}

/** The value that a TXT content stands for, whether or not it is in quotation marks and however it is split. */
export function textValue(content: string): string {
  return strings(content)?.join("") ?? content;
}

/** The strings of a text as name servers send it: each of at most 255 bytes. */
export function textStrings(content: string): string[] {
  const parts = strings(content)?.map((part) => part.replace(/\\(.)/g, "$1")) ?? [content];
  return parts.flatMap((part) => part.match(new RegExp(`.{1,${maxStringBytes}}`, "g")) ?? [""]);
}

/**
 * The API takes a text with or without quotation marks and keeps it as it came: only the dashboard warns
 * (https://github.com/cloudflare/terraform-provider-cloudflare/issues/6354). A string of more than 255 bytes is
 * split into several, so what is read back is not what was sent.
 */
function textContent(content: string): string | ErrorEntry {
  if (content.trim() === "") return { code: 9100, message: "content is a required field." };
  // Probable, as is that only printable ASCII is taken.
  if (content.length > maxTextLength) {
    return { code: 9100, message: `Content for TXT record must be at most ${maxTextLength} characters.` };
  }
  if (!/^[\x20-\x7e]+$/.test(content)) {
    return { code: 9100, message: "Content for TXT record may only contain printable ASCII." };
  }
  const quoted = content.startsWith('"');
  const parts = quoted ? strings(content) : [content];
  if (parts === undefined)
    return { code: 9100, message: "Content for TXT record has unbalanced quotation marks." };
  if (parts.every((part) => part.length <= maxStringBytes)) return content;
  return parts
    .flatMap((part) => part.match(new RegExp(`.{1,${maxStringBytes}}`, "g")) ?? [""])
    .map((part) => `"${part}"`)
    .join(" ");
}

/** The strings of `"a" "b"`; undefined where it is not of that form. */
function strings(content: string): string[] | undefined {
  if (!/^"(?:[^"\\]|\\.)*"(?:\s+"(?:[^"\\]|\\.)*")*$/.test(content)) return undefined;
  return [...content.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, part = ""]) => part);
}

const mxContent =
  "Change the content of your MX record to be a hostname (and not an IP address). For more details, refer to " +
  "<https://developers.cloudflare.com/dns/manage-dns-records/how-to/email-records/#add-mx-records>.";

/** A host in its kept form; undefined for an address and for what is no host. */
function host(content: string): string | undefined {
  const text = content.trim().toLowerCase().replace(/\.$/, "");
  if (isIPv4(text) || isIPv6(text) || !text.includes(".")) return undefined;
  return isHost(text) ? toAscii(text) : undefined;
}

function isHost(text: string): boolean {
  const ascii = toAscii(text);
  if (ascii === "" || ascii.length > 253) return false;
  return ascii.split(".").every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label));
}

function toAscii(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : domainToASCII(text);
}
