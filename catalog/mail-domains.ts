import { type Environment } from "./taxonomy";

/** A domain that mail is sent from and received for, with the DNS records that it needs. */
export interface MailDomain {
  /** Also the name of its zone at Cloudflare. */
  domain: string;
  /** Whose stack answers for it. */
  environment: Environment;
  records: readonly MailRecord[];
  dkim: {
    /** The record is at `<selector>._domainkey`. */
    selector: string;
    /** Where a person finds its value. */
    shownAt: string;
  };
}

export interface MailRecord {
  /** Ends its logical name, `dns/<domain>/<key>`. */
  key: string;
  /** What stands before the domain, as `_dmarc`. @default the domain itself */
  below?: string;
  type: "TXT" | "MX";
  /** The text as a whole, or the mail host. */
  content: string;
  /** Of an MX alone; the lowest is tried first. */
  priority?: number;
  /** No other text that begins so may stand at the name, in whatever case. @default any number may */
  only?: string;
}

/** A record with its full name. */
export type NamedMailRecord = Omit<MailRecord, "below"> & { name: string };

/** The key of the record whose value is configured. */
export const dkimKey = "dkim";

function mx(key: string, content: string, priority: number): MailRecord {
  return { key, type: "MX", content, priority };
}

/** Item 5 of the batch. */
export const mailDomains: readonly MailDomain[] = [
  {
    domain: "raxx.app",
    environment: "prod",
    records: [
      {
        key: "verification",
        type: "TXT",
        content: "google-site-verification=Ss0o0uHmeJNe-iafrf8DzI3ajM0SusH9JyUxEEl5DFY",
      },
      {
        key: "spf",
        type: "TXT",
        content: "v=spf1 include:_spf.google.com include:spf.mtasv.net ~all",
        only: "v=spf1",
      },
      {
        key: "dmarc",
        below: "_dmarc",
        type: "TXT",
        content: "v=DMARC1; p=quarantine; rua=mailto:kris@moosequest.net; fo=1",
        only: "v=DMARC1",
      },
      mx("mx", "aspmx.l.google.com", 1),
      mx("mx-alt1", "alt1.aspmx.l.google.com", 5),
      mx("mx-alt2", "alt2.aspmx.l.google.com", 5),
      mx("mx-alt3", "alt3.aspmx.l.google.com", 10),
      mx("mx-alt4", "alt4.aspmx.l.google.com", 10),
    ],
    dkim: {
      selector: "google",
      shownAt: "https://admin.google.com, Apps > Google Workspace > Gmail > Authenticate email",
    },
  },
];

/** All the records of a domain, DKIM's where its value is given. */
export function mailRecords({ domain, records, dkim }: MailDomain, dkimText?: string): NamedMailRecord[] {
  const own = records.map(({ below, ...record }) => ({
    ...record,
    name: below === undefined ? domain : `${below}.${domain}`,
  }));
  if (dkimText === undefined) return own;
  const name = `${dkim.selector}._domainkey.${domain}`;
  return [...own, { key: dkimKey, type: "TXT", name, content: dkimText, only: "" }];
}

/** By which `raxx:adopt` and the state know a record. */
export function mailRecordName(domain: string, key: string): string {
  return `dns/${domain}/${key}`;
}
