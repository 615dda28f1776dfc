import { dkimKey, mailRecords, type MailDomain, type NamedMailRecord } from "../mail-domains";
import { faultIf, repeated } from "./rule";

const label = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?";
const host = new RegExp(`^(${label}\\.)+${label}$`);
/** A label of a name may begin with an underscore, a host's may not. */
const name = new RegExp(`^(_?${label}\\.)+${label}$`);

/** What is wrong with the mail domains, each as `DOMAIN: what is wrong: what to do [rule]`. */
export function mailDomainFaults(domains: readonly MailDomain[]): string[] {
  const twice = repeated(domains.map(({ domain }) => domain));
  return domains.flatMap((one) => {
    const { domain, dkim } = one;
    const records = mailRecords(one);
    const keys = repeated([...records.map(({ key }) => key), dkimKey]);
    const faults: Record<string, string[]> = {
      "mail-domain": [
        ...faultIf(!host.test(domain), "it is no domain: write it in small letters, without a last dot"),
        ...faultIf(twice.includes(domain), "it is declared twice: keep one of the two"),
        ...faultIf(
          !new RegExp(`^${label}$`).test(dkim.selector),
          "its DKIM selector is malformed: write it as google",
        ),
      ],
      "mail-record-key": [
        ...keys.map((key) => `two of its records have the key ${key}: give each its own`),
        ...records
          .filter(({ key }) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(key))
          .map(({ key }) => `the key ${JSON.stringify(key)} is malformed: write it as mx-alt1`),
      ],
      "mail-record": records.flatMap((record) => recordFaults(record)),
      "mail-sole": soleFaults(domain, records),
    };
    return Object.entries(faults).flatMap(([rule, found]) =>
      found.map((fault) => `${domain}: ${fault} [${rule}]`),
    );
  });
}

function recordFaults({ key, name: full, type, content, priority, only }: NamedMailRecord): string[] {
  const named = faultIf(!name.test(full), `the name of ${key} is malformed: write it as _dmarc`);
  if (type === "MX") {
    return [
      ...named,
      ...faultIf(!host.test(content), `${key} names no mail host: write it as aspmx.l.google.com`),
      ...faultIf(
        priority === undefined || !Number.isInteger(priority) || priority < 0 || priority > 65_535,
        `${key} needs a priority from 0 to 65535`,
      ),
    ];
  }
  return [
    ...named,
    // Of those that Cloudflare escapes or loses.
    ...faultIf(
      !/^[\x20-\x7e]+$/.test(content) || /["\\]|^ | $/.test(content),
      `the text of ${key} has to be printable ASCII without quotation marks, backslashes, or spaces around it`,
    ),
    ...faultIf(priority !== undefined, `${key} is no MX: take its priority away`),
    ...faultIf(
      only !== undefined && !content.toLowerCase().startsWith(only.toLowerCase()),
      `the text of ${key} does not begin with ${JSON.stringify(only)}, of which it is to be the only one: make them agree`,
    ),
  ];
}

/** Receivers take two policies for none: https://www.rfc-editor.org/rfc/rfc7208#section-4.5 */
function soleFaults(domain: string, records: readonly NamedMailRecord[]): string[] {
  return [
    { begins: "v=spf1", at: domain, what: "SPF" },
    { begins: "v=dmarc1", at: `_dmarc.${domain}`, what: "DMARC" },
  ].flatMap(({ begins, at, what }) => {
    const found = records.filter(({ content }) => content.toLowerCase().startsWith(begins));
    const alone = found.length === 1 && found[0]?.name === at && found[0].only !== undefined;
    return faultIf(!alone, `it needs exactly one ${what} record, at ${at}, with "only": correct its records`);
  });
}
