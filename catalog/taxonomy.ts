import { vendors, type VendorCode } from "./vendors";

export { vendors, type Vendor, type VendorCode } from "./vendors";

/** The stacks: which environment owns a value. */
export const environments = ["prod", "staging"] as const;
export type Environment = (typeof environments)[number];

/** The environments of the vault. `dev` is sparse, for what a vendor offers as a test mode; the prod stack owns it. */
export const vaultEnvironments = [...environments, "dev"] as const;
export type VaultEnvironment = (typeof vaultEnvironments)[number];

/** The stack that writes to an environment of the vault. */
export function ownerOf(environment: VaultEnvironment): Environment {
  return environment === "dev" ? "prod" : environment;
}

/**
 * Rule 1 of Section 3: what a vendor keeps apart by environment, and what we issue per environment; there prod and staging
 * have a value each. By rule 2 everything else is account-wide, and stands in prod only.
 */
export const perEnvironment: Readonly<Partial<Record<VendorCode, readonly string[]>>> = {
  ALP: ["trading-paper"],
  CF: ["access-bypass"],
  HK: ["platform-api"],
  INF: ["vault-read"],
  PM: ["mail-send"],
  RAXX: ["ci-deploy"],
};

/** Rule 3 of Section 3: the vendors that have a test mode, whose keys may stand in the vault's `dev` environment. */
export const testModes: readonly VendorCode[] = ["STR"];

/** Section 2: what a token does, and what is added to it. */
export const functionTags = {
  "dns-edit": "Write DNS records at the vendor",
  "waf-edit": "Create and modify WAF and firewall rules",
  "pages-deploy": "Deploy to Cloudflare Pages or an equivalent CDN",
  "access-mgmt": "Configure Access applications, policies and service tokens",
  "access-bypass": "Pass the Access gate as a service",
  "platform-api": "Administer a whole platform (Heroku, AWS account level)",
  "mail-send": "Send transactional mail",
  "mail-admin": "Manage mail servers and accounts",
  "billing-read": "Read billing and cost data",
  "billing-write": "Write billing and subscriptions (Stripe)",
  "trading-paper": "Call the paper trading API",
  "trading-live": "Call the live trading API: production money",
  "ai-sdk": "Call an LLM's API",
  "ci-deploy": "Used by CI/CD pipelines for deploy",
  "agent-identity": "Source of a bot's GitHub App identity",
  "repo-read": "Read version control and its API",
  "vault-read": "Read secrets from the vault",
  notify: "Send notifications (Slack, webhook)",
  backup: "Write and read backups",
  "token-mint": "Mint other tokens of the vendor",
  "secrets-write": "Write secrets that others run with",
  "vault-write": "Write secrets to the vault",
} as const;
export type FunctionTag = keyof typeof functionTags;

/** Section 2: what a leak would enable, the worst first. */
export const sensitivityTags = {
  critical: "Live-money trades, deletion of production data, or takeover of an account",
  high: "Writing to production infrastructure: DNS, WAF, Access, deploy",
  medium: "Staging or paper operations, cost, or disruption, without risk to production data",
  low: "Embarrassing, not damaging: read-only or development",
} as const;
export type SensitivityTag = keyof typeof sensitivityTags;

/** How a consumer comes to use a new value. */
export type PickUp =
  /** At the next call. */
  | "live"
  /** Reads it at boot. */
  | "restart"
  /** Takes it at the start of a job; running jobs hold the old one. */
  | "next-run";

export interface Consumer {
  meaning: string;
  /** Section 5, step 5: where a token's name has to be written for it to be used. */
  reference: string;
  pickUp: PickUp;
}

/** Section 2: who uses a token. A token's first consumer is the one that is paged when it expires. */
export const consumerTags = {
  ci: {
    meaning: "GitHub Actions workflows",
    reference: ".github/workflows/*.yml: the env: block or secrets mapping",
    pickUp: "next-run",
  },
  console: {
    meaning: "raxx-console backend",
    reference: "console/vault.py, or the app's config loader",
    pickUp: "restart",
  },
  agent: {
    meaning: "Agent dispatch (mint_github_token.py, sre-agent, pm-agent)",
    reference: "scripts/agents/*.py: the env-var resolution list",
    pickUp: "next-run",
  },
  operator: {
    meaning: "Direct use by the operator: command line, terraform, ad-hoc scripts",
    reference: "docs/rotation/INDEX.md: the rotation matrix",
    pickUp: "next-run",
  },
  raptor: {
    meaning: "backend_v2 (Raptor) at run time",
    reference: "backend_v2/api/vault.py: the bootstrap list and its os.environ.get",
    pickUp: "restart",
  },
  terraform: {
    meaning: "Terraform provider authentication",
    reference: "terraform/<module>/variables.tf, and the header of terraform.tfvars.example",
    pickUp: "next-run",
  },
} as const satisfies Record<string, Consumer>;
export type ConsumerTag = keyof typeof consumerTags;

/** Section 2: cadence → days between two rotations. */
export const cadenceDays = { "30d": 30, "60d": 60, "90d": 90, "180d": 180, annual: 365 } as const;
/** `non-rotating` is for what does not rotate by design. */
export type RotationTag = keyof typeof cadenceDays | "non-rotating";

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

/**
 * Section 5, step 1: the words by which a name says what its token does, for each function. What follows them is
 * the scope.
 */
export const functionKeywords = {
  "dns-edit": ["DNS_EDIT", "DNS_MGMT", "DNS_UPDATE"],
  "waf-edit": ["WAF_EDIT"],
  "pages-deploy": ["PAGES_DEPLOY"],
  "access-mgmt": ["ACCESS_MGMT"],
  "access-bypass": ["ACCESS_SVC"],
  "platform-api": ["PLATFORM", "INFISICAL_BOOTSTRAP"],
  "mail-send": ["SERVER_MAIL"],
  "mail-admin": ["ACCOUNT_MGMT"],
  "billing-read": ["BILLING_READ", "BILLING"],
  "billing-write": ["BILLING_WRITE"],
  "trading-paper": ["PAPER_TRADING"],
  "trading-live": ["LIVE_TRADING"],
  "ai-sdk": ["CLAUDE_SDK"],
  "ci-deploy": ["WORKERS_DEPLOY", "ACTIONS_DISPATCH", "AUDIT_INGEST"],
  "agent-identity": ["APP"],
  "repo-read": ["READONLY"],
  "vault-read": ["SVC_DISPATCHER", "APP_READER"],
  notify: ["BOT_NOTIFY"],
  backup: ["FREESCOUT_BACKUP"],
  "token-mint": ["TOKENS_MINT"],
  "secrets-write": ["SECRETS_WRITE"],
  "vault-write": ["PROVISIONER"],
} as const satisfies Record<FunctionTag, readonly string[]>;

/** What may stand beside a token in the vault, under `<TOKEN>__<SUFFIX>`. */
export const companions = {
  EXPIRES_AT: "ISO-8601 UTC expiry, or non-expiring",
  SCOPES: "The vendor's words for what the token may do",
  CLIENT_ID: "The id that goes with a client secret: of an Access service token, of a vault identity",
  CLIENT_SECRET: "The secret half of a vault identity's universal-auth pair",
  AUTH_ID: "The id of a Heroku authorization",
  ACCESS_KEY_ID: "The id half of an AWS key pair",
  SECRET_ACCESS_KEY: "The secret half of an AWS key pair",
  KEY_ID: "The id half of an Alpaca key pair",
  SECRET_KEY: "The secret half of an Alpaca key pair",
  APP_ID: "Which GitHub App a bot is",
  INSTALLATION_ID: "Where the GitHub App is installed",
  PRIVATE_KEY_PEM: "The private key of the GitHub App",
} as const;
export type CompanionSuffix = keyof typeof companions;

export interface TokenName {
  vendor: VendorCode;
  /** Function and scope: where one ends and the other begins is the catalog's knowledge. */
  rest: string;
  /** What stands after the double underscore: `EXPIRES_AT`. */
  companion?: CompanionSuffix;
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
  if (companion === undefined) return parsed;
  if (!isCompanion(companion)) {
    return { broken: `${companion} is no companion (one of ${Object.keys(companions).join(", ")})` };
  }
  return { ...parsed, companion };
}

export interface FunctionWords {
  keyword: string;
  /** Which target; absent where one token serves all. */
  scope?: string;
  /** Whether the name ends in `_FULL`: the grant is unrestricted. */
  full: boolean;
}

/**
 * Tells the function words of a name from its scope: `splitFunction("DNS_EDIT_RAXX_APP", "dns-edit")` is the keyword
 * `DNS_EDIT` with the scope `RAXX_APP`. Nothing where the name begins with no keyword of the function.
 */
export function splitFunction(rest: string, tag: FunctionTag): FunctionWords | undefined {
  const full = rest.endsWith("_FULL");
  const plain = full ? rest.slice(0, -"_FULL".length) : rest;
  // The longest first: BILLING_READ is no BILLING of the scope READ.
  const keyword = [...functionKeywords[tag]]
    .sort((one, other) => other.length - one.length)
    .find((known) => plain === known || plain.startsWith(`${known}_`));
  if (keyword === undefined) return undefined;
  return plain === keyword ? { keyword, full } : { keyword, scope: plain.slice(keyword.length + 1), full };
}

const words = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/;

function isCompanion(text: string): text is CompanionSuffix {
  return Object.hasOwn(companions, text);
}

function isVendorCode(text: string): text is VendorCode {
  return Object.hasOwn(vendors, text);
}
