import { type MailRecord } from "../../../providers/dns/mail-record";

export const mx: MailRecord = {
  key: "mx",
  name: "raxx.app",
  type: "MX",
  content: "aspmx.l.google.com",
  priority: 1,
};

/** As long as one with a key of 2048 bits. */
export const dkim: MailRecord = {
  key: "dkim",
  name: "google._domainkey.raxx.app",
  type: "TXT",
  content: `v=DKIM1; k=rsa; p=${"A".repeat(392)}`,
  only: "",
};
