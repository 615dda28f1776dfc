import { publishedRecords, type Published } from "@raxx/providers";

import { mailRecords } from "../catalog";
import { type WantedMailDomain } from "../catalog/configured-mail-domains";

/** What is published of a domain's mail, whoever published it. */
export interface MailStatus {
  /** Whether the stack configuration has the DKIM key. */
  dkim: boolean;
  /** Each record that is not published as it is configured: what is wrong with it. */
  faults: readonly string[];
  /** Whether any is published as it is configured. */
  some: boolean;
}

/** Asks DNS, as any mail server does: no credential is needed. Domain → status. */
export async function mailStatusOf(
  wanted: readonly WantedMailDomain[],
  published: typeof publishedRecords = publishedRecords,
): Promise<Map<string, MailStatus>> {
  const found = wanted.map(async ({ mailDomain, dkim }) => {
    const records = mailRecords(mailDomain, dkim);
    const seen = await published(records);
    const faults = records.flatMap(({ key, type, name }) => {
      const state = seen.get(key) ?? "not answered";
      return state === "as configured" ? [] : [`DNS: ${type} ${name} (${key}) ${words[state]}`];
    });
    const some = faults.length < records.length;
    return [mailDomain.domain, { dkim: dkim !== undefined, faults, some }] as const;
  });
  return new Map(await Promise.all(found));
}

const words: Readonly<Record<Exclude<Published, "as configured">, string>> = {
  differs: "differs from what is configured",
  missing: "is not published",
  "not answered": "is not answered: look at the network, and at RAXX_DNS_RESOLVER",
};
