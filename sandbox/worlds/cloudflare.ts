import {
  createAccount,
  createDnsRecord,
  createServiceToken,
  createUser,
  createUserToken,
  createZone,
  emptyCloudflare,
  type CloudflareState,
  type CloudflareZone,
} from "../vendors/cloudflare";

export interface SeededCloudflare {
  cloudflare: CloudflareState;
  /** CF_TOKENS_MINT: mints the other tokens. */
  mintToken: string;
  accountId: string;
  /** Zone name → id. */
  zoneIds: Record<string, string>;
  /** Logical name → import id of the records that mail needs. */
  mailRecordIds: Record<string, string>;
}

/** The account as the batch found it: both zones, an operator, tokens of other people, none of ours. */
export function seedCloudflare(): SeededCloudflare {
  const state = emptyCloudflare();
  const account = createAccount(state, { name: "Raxx" });
  const raxx = createZone(state, { account, name: "raxx.app", id: "f12dbb5cac57d5591a5058874498a6d1" });
  const getraxx = createZone(state, { account, name: "getraxx.com" });
  const user = createUser(state, {
    email: "operator@moosequest.net",
    memberships: [{ account, role: "super-administrator" }],
  });
  const zones = [raxx, getraxx].map(({ id }) => [`com.cloudflare.api.account.zone.${id}`, "*"] as const);
  const { value } = createUserToken(state, {
    user,
    name: "CF_TOKENS_MINT",
    policies: [
      {
        groups: ["API Tokens Write"],
        scope: "com.cloudflare.api.user",
        resources: { [`com.cloudflare.api.user.${user.id}`]: "*" },
      },
      {
        groups: ["Access: Service Tokens Write"],
        scope: "com.cloudflare.api.account",
        resources: { [`com.cloudflare.api.account.${account.id}`]: "*" },
      },
      {
        groups: ["DNS Write", "Zone Read"],
        scope: "com.cloudflare.api.account.zone",
        resources: Object.fromEntries(zones),
      },
    ],
  });
  createUserToken(state, {
    user,
    name: "raxx-automation",
    policies: [
      {
        groups: ["Zone Read"],
        scope: "com.cloudflare.api.account.zone",
        resources: Object.fromEntries(zones),
      },
    ],
  });
  createServiceToken(state, { account, name: "grafana" });
  seedOtherRecords(state, raxx, getraxx);
  const mailRecordIds = seedMailRecords(state, raxx);
  return {
    cloudflare: state,
    mintToken: value,
    accountId: account.id,
    zoneIds: { "raxx.app": raxx.id, "getraxx.com": getraxx.id },
    mailRecordIds,
  };
}

/** As item 5 of the batch found them, all but DKIM's; texts with and without quotation marks, as people write them. */
function seedMailRecords(state: CloudflareState, zone: CloudflareZone): Record<string, string> {
  const mx = (content: string, priority: number) => ({ type: "MX", name: "@", content, priority });
  const records = {
    verification: {
      type: "TXT",
      name: "@",
      content: "google-site-verification=Ss0o0uHmeJNe-iafrf8DzI3ajM0SusH9JyUxEEl5DFY",
    },
    spf: {
      type: "TXT",
      name: "@",
      content: '"v=spf1 include:_spf.google.com include:spf.mtasv.net ~all"',
      // As somebody set them by hand.
      ttl: 3600,
      comment: "Google Workspace and Postmark",
    },
    dmarc: {
      type: "TXT",
      name: "_dmarc",
      content: '"v=DMARC1; p=quarantine; rua=mailto:kris@moosequest.net; fo=1"',
    },
    mx: mx("aspmx.l.google.com", 1),
    "mx-alt1": mx("alt1.aspmx.l.google.com", 5),
    "mx-alt2": mx("alt2.aspmx.l.google.com", 5),
    "mx-alt3": mx("alt3.aspmx.l.google.com", 10),
    "mx-alt4": mx("alt4.aspmx.l.google.com", 10),
  };
  return Object.fromEntries(
    Object.entries(records).map(([key, record]) => {
      const { id } = createDnsRecord(state, zone, record);
      return [`dns/${zone.name}/${key}`, `${zone.id}/${id}`];
    }),
  );
}

/** What other people keep in the zones, some of it for mail too. */
function seedOtherRecords(state: CloudflareState, raxx: CloudflareZone, getraxx: CloudflareZone): void {
  createDnsRecord(state, raxx, { type: "A", name: "@", content: "203.0.113.10", proxied: true });
  createDnsRecord(state, raxx, { type: "CNAME", name: "www", content: "raxx.app", proxied: true });
  createDnsRecord(state, raxx, {
    type: "CNAME",
    name: "console",
    content: "raxx-console-prod.herokuapp.com",
  });
  createDnsRecord(state, raxx, { type: "TXT", name: "@", content: "MS=ms10293847" });
  createDnsRecord(state, raxx, { type: "CNAME", name: "pm-bounces", content: "pm.mtasv.net" });
  createDnsRecord(state, raxx, {
    type: "MX",
    name: "support",
    content: "inbound.postmarkapp.com",
    priority: 10,
  });
  createDnsRecord(state, getraxx, { type: "CNAME", name: "@", content: "raxx.app", proxied: true });
}
