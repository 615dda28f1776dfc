/** Where values live: an environment of the vault, and the name of the stack that owns them. */
export const environments = ["prod", "staging"] as const;
export type Environment = (typeof environments)[number];

/** Appendix A of the taxonomy, and RAXX for what we issue ourselves. */
export const vendors = {
  ALP: "Alpaca",
  ANT: "Anthropic",
  AWS: "Amazon Web Services",
  CF: "Cloudflare",
  DH: "DreamHost",
  DYN: "Oracle Dyn",
  GH: "GitHub",
  HK: "Heroku",
  INF: "Infisical",
  PM: "Postmark",
  RAXX: "Raxx",
  SL: "Slack",
  STR: "Stripe",
} as const;
export type VendorCode = keyof typeof vendors;

/** Section 2: what a token does. */
export type FunctionTag = "ci-deploy" | "platform-api";
/** Section 2: what a leak would enable. */
export type SensitivityTag = "critical" | "high" | "medium" | "low";
/** Section 2: who is paged when it expires. */
export type ConsumerTag = "ci" | "console" | "agent" | "operator" | "raptor" | "terraform";

/** Section 2: cadence → days between two rotations. */
export const cadenceDays = { "30d": 30, "60d": 60, "90d": 90, "180d": 180, annual: 365 } as const;
export type RotationTag = keyof typeof cadenceDays;

/** Exactly one tag of each dimension. */
export interface Tags {
  function: FunctionTag;
  sensitivity: SensitivityTag;
  consumer: ConsumerTag;
  rotation: RotationTag;
}

/** `{ function: "dns-edit" }` → `["function-dns-edit"]`: the vault takes no colon in a slug. */
export function tagSlugs(tags: Tags): string[] {
  return Object.entries(tags)
    .map(([dimension, value]) => `${dimension}-${value}`)
    .sort();
}

export interface TokenName {
  vendor: VendorCode;
  /** Function and scope: where one ends and the other begins is the catalog's knowledge. */
  rest: string;
  /** What stands after the double underscore: `EXPIRES_AT`. */
  companion?: string;
}

/**
 * Reads `<VENDOR>_<FUNCTION>[_<SCOPE>][__<COMPANION>]`, or says which rule of the grammar the name breaks.
 * Source: Section 1 of the taxonomy.
 */
export function parseTokenName(name: string): TokenName | { broken: string } {
  const [base = "", companion, ...more] = name.split("__");
  if (more.length > 0) return { broken: "it has more than one companion suffix (__)" };
  if (companion !== undefined && !words.test(companion)) {
    return { broken: "its companion suffix is not upper-case words joined by single underscores" };
  }
  if (!words.test(base)) return { broken: "it is not upper-case words joined by single underscores" };
  const cut = base.indexOf("_");
  const code = cut < 0 ? base : base.slice(0, cut);
  if (!isVendorCode(code)) {
    return { broken: `${code} is no vendor code (one of ${Object.keys(vendors).join(", ")})` };
  }
  if (cut < 0) return { broken: "no function follows the vendor code" };
  const parsed = { vendor: code, rest: base.slice(cut + 1) };
  return companion === undefined ? parsed : { ...parsed, companion };
}

const words = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/;

function isVendorCode(text: string): text is VendorCode {
  return Object.hasOwn(vendors, text);
}
