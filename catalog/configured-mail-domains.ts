import { z } from "zod";

import { mapSchema, seeReadme } from "./configured-generations";
import { readDkim } from "./dkim";
import { type MailDomain } from "./mail-domains";
import { type Environment } from "./taxonomy";

/** A mail domain that the stack answers for, before it is known where its zone is. */
export interface WantedMailDomain {
  mailDomain: MailDomain;
  /** The text of the DKIM record. Absent where nobody generated its key yet. */
  dkim?: string;
}

const entrySchema = z.strictObject({ dkim: z.unknown().optional() });

/** Reads `raxx:mailDomains`, and adds to the faults what is wrong with it. No value is quoted. */
export function readMailDomains(
  raw: unknown,
  domains: readonly MailDomain[],
  environment: Environment,
  faults: string[],
): WantedMailDomain[] {
  const map = mapSchema.safeParse(raw);
  if (!map.success) {
    faults.push(`raxx:mailDomains is not of the form {DOMAIN: {dkim?: "v=DKIM1; …"}, ...}: ${seeReadme}`);
    return [];
  }
  const here = domains.filter((one) => one.environment === environment);
  return Object.entries(map.data).flatMap(([domain, entry]) => {
    const mailDomain = here.find((one) => one.domain === domain);
    if (mailDomain === undefined) {
      const known = here.map((one) => one.domain).join(", ");
      faults.push(
        `raxx:mailDomains has a domain that ${environment} does not answer for (there are: ${known === "" ? "none" : known}): remove it with pulumi config rm --path 'raxx:mailDomains["DOMAIN"]' --stack ${environment}`,
      );
      return [];
    }
    const parsed = entrySchema.safeParse(entry ?? {});
    if (!parsed.success) {
      faults.push(`raxx:mailDomains["${domain}"] is not of the form {dkim?: "v=DKIM1; …"}: ${seeReadme}`);
      return [];
    }
    if (parsed.data.dkim === undefined) return [{ mailDomain }];
    const read = readDkim(parsed.data.dkim);
    if ("text" in read) return [{ mailDomain, dkim: read.text }];
    faults.push(
      `raxx:mailDomains["${domain}"].dkim ${read.fault}; the value is shown at ${mailDomain.dkim.shownAt}, and set with ${dkimCommand(domain, environment)}`,
    );
    return [];
  });
}

/** How a person gives the value. */
function dkimCommand(domain: string, environment: Environment): string {
  return `pulumi config set --path 'raxx:mailDomains["${domain}"].dkim' 'VALUE' --stack ${environment}`;
}
