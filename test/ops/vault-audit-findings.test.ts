import { randomBytes } from "node:crypto";

import fc from "fast-check";

import { tokens as catalog, type TokenGenerations } from "../../catalog";
import { tagSlugs } from "../../catalog/taxonomy";
import { token, type RenamePhase, type Token } from "../../catalog/token";
import { vaultPlaces } from "../../ops/token-places";
import { linesOf } from "../../ops/vault-audit";
import { isFault, type Finding } from "../../ops/vault-audit-findings";
import { fingerprints, listingOf } from "../../ops/vault-audit-listing";
import { generation } from "../components/fixtures";
import { canary } from "../providers/support";
import { AuditedVault, issuedToday, now } from "./vault-audit-vault";

const entry = { purpose: "p", vendorScopes: ["some scope"], sop: "some-sop.md" };
const botTags = {
  function: "agent-identity",
  sensitivity: "high",
  consumer: "agent",
  rotation: "annual",
} as const;
const botParts = ["APP_ID", "INSTALLATION_ID", "PRIVATE_KEY_PEM"];

const tokens: readonly Token[] = [
  token({
    ...entry,
    name: "HK_PLATFORM_FULL",
    formerNames: [{ name: "HEROKU_API_KEY", phase: "added" }],
    tags: { function: "platform-api", sensitivity: "critical", consumer: "ci", rotation: "90d" },
    environments: ["prod", "staging"],
    issuer: { kind: "heroku-authorization", scope: ["global"] },
    destinations: [{ kind: "vault", folder: "/MooseQuest/heroku" }],
  }),
  token({
    ...entry,
    name: "HK_BILLING_FULL",
    tags: { function: "billing-read", sensitivity: "critical", consumer: "console", rotation: "90d" },
    environments: ["prod"],
    issuer: { kind: "heroku-authorization", scope: ["global"] },
    destinations: [{ kind: "vault", folder: "/Raxx/Console/Billing", key: "HEROKU_BILLING_API_KEY" }],
  }),
  token({
    ...entry,
    name: "ALP_PAPER_TRADING",
    formerNames: [
      { name: "ALPACA_KEY_ID", phase: "added", part: "KEY_ID" },
      { name: "ALPACA_SECRET_KEY", phase: "added", part: "SECRET_KEY" },
    ],
    tags: { function: "trading-paper", sensitivity: "medium", consumer: "raptor", rotation: "180d" },
    environments: ["prod", "staging"],
    issuer: { kind: "custody" },
    parts: ["KEY_ID", "SECRET_KEY"],
    destinations: [{ kind: "vault", folder: "/MooseQuest/alpaca" }],
  }),
  token({
    ...entry,
    name: "STR_BILLING_WRITE",
    formerNames: [{ name: "STRIPE_RESTRICTED_KEY", phase: "added" }],
    tags: { function: "billing-write", sensitivity: "critical", consumer: "raptor", rotation: "90d" },
    environments: ["prod"],
    dev: true,
    issuer: { kind: "custody" },
    destinations: [{ kind: "vault", folder: "/MooseQuest/stripe" }],
  }),
  token({
    ...entry,
    name: "GH_APP_DEV_BOT",
    tags: botTags,
    environments: ["prod"],
    issuer: { kind: "custody" },
    parts: botParts,
    destinations: [{ kind: "vault", folder: "/MooseQuest/raxx-dev-bot", bare: true }],
  }),
  token({
    ...entry,
    name: "GH_APP_OPS_BOT",
    tags: botTags,
    environments: ["prod"],
    issuer: { kind: "custody" },
    parts: botParts,
    destinations: [{ kind: "vault", folder: "/MooseQuest/raxx-ops-bot", bare: true }],
  }),
  token({
    ...entry,
    name: "RAXX_AUDIT_INGEST",
    tags: { function: "ci-deploy", sensitivity: "medium", consumer: "ci", rotation: "90d" },
    environments: ["prod", "staging"],
    issuer: { kind: "random", bytes: 32 },
    destinations: [{ kind: "heroku-config-var", app: "console", key: "CONSOLE_AUDIT_INGEST_TOKEN" }],
  }),
  // Not issued yet.
  token({
    ...entry,
    name: "CF_DNS_EDIT",
    formerNames: [{ name: "CLOUDFLARE_EDIT_DNS", phase: "added" }],
    tags: { function: "dns-edit", sensitivity: "high", consumer: "terraform", rotation: "90d" },
    environments: ["prod"],
    issuer: { kind: "cloudflare-api-token" },
    destinations: [{ kind: "vault", folder: "/MooseQuest/cloudflare" }],
  }),
];
const issued = tokens.map(({ name }) => name).filter((name) => name !== "CF_DNS_EDIT");
const generations = issuedToday({ prod: issued, staging: issued });

const heroku = "/MooseQuest/heroku/HK_PLATFORM_FULL";
const herokuFormer = "/MooseQuest/heroku/HEROKU_API_KEY";
const alpacaId = "/MooseQuest/alpaca/ALP_PAPER_TRADING__KEY_ID";
const alpacaSecret = "/MooseQuest/alpaca/ALP_PAPER_TRADING__SECRET_KEY";
const stripe = "/MooseQuest/stripe/STR_BILLING_WRITE";
const stripeFormer = "/MooseQuest/stripe/STRIPE_RESTRICTED_KEY";
const devBot = "/MooseQuest/raxx-dev-bot";
const opsBot = "/MooseQuest/raxx-ops-bot";

function vault(): AuditedVault {
  return AuditedVault.provisioned(tokens, generations);
}
/** The catalog with the former names of one token in another phase. */
function inPhase(phase: RenamePhase, name: string): Token[] {
  return tokens.map((one) =>
    one.name === name
      ? { ...one, formerNames: one.formerNames.map((former) => ({ ...former, phase })) }
      : one,
  );
}
/** `kind environment /folder/NAME` of each, so that a test says everything that is found. */
function brief(findings: Finding[]): string[] {
  return findings.map(
    ({ kind, environment, folder, name }) =>
      `${kind} ${environment} ${folder === "/" ? "" : folder}${name === undefined ? "" : `/${name}`}`,
  );
}
function todos(findings: Finding[]): string[] {
  return findings.map(({ todo }) => todo);
}
function daysFromNow(days: number): string {
  return now.plus({ days }).toISO();
}

it("finds nothing in a vault that is as the catalog says", () => {
  expect(vault().findings()).toEqual([]);
});

describe("a secret that the catalog does not know", () => {
  it("is told", () => {
    const found = vault().put("prod", "/MooseQuest/heroku/SENTRY_DSN").findings();
    expect(brief(found)).toEqual(["unknown-secret prod /MooseQuest/heroku/SENTRY_DSN"]);
    expect(todos(found)).toEqual([
      "the catalog does not know it: add it to catalog/tokens, or delete it in the vault",
    ]);
  });

  it.each<[string, "prod" | "staging" | "dev", string, RegExp]>([
    [
      "in a wrong folder",
      "prod",
      "/MooseQuest/HK_PLATFORM_FULL",
      /^it belongs to HK_PLATFORM_FULL, which stands in prod \/MooseQuest\/heroku and staging \/MooseQuest\/heroku: move it there/,
    ],
    [
      "in a wrong environment",
      "staging",
      stripe,
      /^it belongs to STR_BILLING_WRITE, which stands in prod \/MooseQuest\/stripe and dev /,
    ],
    [
      "a companion in a wrong folder",
      "prod",
      "/Raxx/HK_PLATFORM_FULL__AUTH_ID",
      /^it belongs to HK_PLATFORM_FULL, /,
    ],
    [
      "a part of several tokens",
      "prod",
      "/MooseQuest/PRIVATE_KEY_PEM",
      /^it belongs to GH_APP_DEV_BOT and GH_APP_OPS_BOT, /,
    ],
    [
      "a former name elsewhere",
      "prod",
      "/MooseQuest/cloudflare/HEROKU_API_KEY",
      /^it is a former name of HK_PLATFORM_FULL, which stands in prod \/MooseQuest\/heroku/,
    ],
    [
      "a companion of a former name",
      "prod",
      `${herokuFormer}__EXPIRES_AT`,
      /^it goes with a former name of HK_PLATFORM_FULL, .*: delete it in the vault$/,
    ],
    [
      "a companion that the token does not have",
      "prod",
      `${heroku}__CLIENT_ID`,
      /^HK_PLATFORM_FULL has no companion CLIENT_ID: /,
    ],
    [
      "a companion of a bot's that stands bare",
      "prod",
      `${devBot}/GH_APP_DEV_BOT__APP_ID`,
      /^GH_APP_DEV_BOT has no companion APP_ID: /,
    ],
    [
      "the whole of what has parts",
      "prod",
      "/MooseQuest/alpaca/ALP_PAPER_TRADING",
      /^ALP_PAPER_TRADING stands as ALP_PAPER_TRADING__KEY_ID, ALP_PAPER_TRADING__SECRET_KEY in prod \/MooseQuest\/alpaca/,
    ],
    [
      "a token that goes by another key",
      "prod",
      "/MooseQuest/heroku/HK_BILLING_FULL",
      /^HK_BILLING_FULL stands as HEROKU_BILLING_API_KEY in prod \/Raxx\/Console\/Billing: /,
    ],
    [
      "a token that is not for the vault",
      "prod",
      "/MooseQuest/RAXX_AUDIT_INGEST",
      /^RAXX_AUDIT_INGEST has no place in the vault: /,
    ],
    [
      "the name of a copy",
      "prod",
      "/MooseQuest/CONSOLE_AUDIT_INGEST_TOKEN",
      /^a copy of RAXX_AUDIT_INGEST goes by that name elsewhere/,
    ],
    [
      "a slip of the pen",
      "prod",
      "/MooseQuest/heroku/HK_PLATFROM_FULL",
      /^the catalog does not know it; if HK_PLATFORM_FULL in prod \/MooseQuest\/heroku is meant, /,
    ],
  ])("is told as what it is: %s", (_what, environment, path, todo) => {
    const found = vault().put(environment, path).findings();
    expect(brief(found)).toEqual([`unknown-secret ${environment} ${path}`]);
    expect(todos(found)).toEqual([expect.stringMatching(todo)]);
    expect(todos(found)[0]).toMatch(/delete it in the vault(, or give it .*)?$/);
  });

  it.each([
    ["hexadecimal", canary()],
    ["a GitHub token", `ghp_${randomBytes(18).toString("hex")}`],
    ["an access key id", `AKIA${randomBytes(8).toString("hex").toUpperCase()}`],
    ["very long", `A_${"B".repeat(80)}`],
  ])("is counted and not named where its name could be a value: %s", (_what, name) => {
    const found = vault()
      .put("prod", `/MooseQuest/heroku/${name}`)
      .put("prod", `/MooseQuest/heroku/x${name}`)
      .findings();
    expect(brief(found)).toEqual(["unknown-secret prod /MooseQuest/heroku"]);
    expect(todos(found)).toEqual([expect.stringMatching(/^2 under a name that is not upper-case words/)]);
    expect(JSON.stringify(found)).not.toContain(name);
  });

  it("is none where a former name still stands", () => {
    const found = vault().put("prod", stripeFormer, "1234567").set("prod", stripe, "1234567").findings();
    expect(found).toEqual([]);
  });
});

describe("other people's folders", () => {
  it("are told with how many secrets they hold, one by one of them not, and are no fault", () => {
    const found = vault()
      .put("prod", "/Other/app/ONE")
      .put("prod", "/Other/app/TWO")
      .put("prod", "/MooseQuestOld/HK_PLATFORM_FULL")
      .put("staging", "/SENTRY_DSN")
      .findings();
    expect(brief(found)).toEqual([
      "foreign-folder prod /MooseQuestOld",
      "foreign-folder prod /Other/app",
      "foreign-folder staging ",
    ]);
    expect(found[2]?.folder).toBe("/");
    expect(todos(found)).toEqual([
      "other people's: 1 secret outside /MooseQuest and /Raxx, nothing to do",
      "other people's: 2 secrets outside /MooseQuest and /Raxx, nothing to do",
      "other people's: 1 secret outside /MooseQuest and /Raxx, nothing to do",
    ]);
    expect(found.filter(isFault)).toEqual([]);
  });

  it("may hold the same as each other, but not what is ours", () => {
    const [own, theirs] = [canary(), canary()];
    const found = vault()
      .set("prod", heroku, own)
      .put("prod", "/Other/COPY", own)
      .put("prod", "/Other/ONE", theirs)
      .put("staging", "/Other/TWO", theirs)
      .findings();
    expect(brief(found.filter(isFault))).toEqual([`value-in-two-places prod ${heroku}`]);
    expect(todos(found.filter(isFault))).toEqual([expect.stringContaining("stands in prod /Other/COPY: ")]);
  });
});

describe("what is missing", () => {
  it("is a folder that something issued needs, and what belongs in it", () => {
    const found = vault().dropFolder("staging", "/MooseQuest/heroku").findings();
    expect(brief(found)).toEqual([
      "missing-folder staging /MooseQuest/heroku",
      `missing-secret staging ${heroku}`,
    ]);
    expect(todos(found)).toEqual([
      "it is not there, but needed for HK_PLATFORM_FULL: pulumi up --refresh --stack staging",
      "HK_PLATFORM_FULL has a generation, but this does not stand in staging: pulumi up --refresh --stack staging",
    ]);
  });

  it("is no folder that is empty but there", () => {
    const found = vault()
      .drop("prod", heroku, `${heroku}__AUTH_ID`, `${heroku}__EXPIRES_AT`, `${heroku}__SCOPES`)
      .findings();
    expect(brief(found)).toEqual([`missing-secret prod ${heroku}`]);
  });

  it("is one part of several", () => {
    const found = vault().drop("prod", alpacaSecret).findings();
    expect(brief(found)).toEqual([`missing-secret prod ${alpacaSecret}`]);
    expect(todos(found)).toEqual([
      "ALP_PAPER_TRADING has a generation, but this does not stand in prod: it is in custody, so put its value there in the vault, as docs/rotation/some-sop.md says",
    ]);
  });

  it("is what belongs into dev, which the prod stack owns", () => {
    const found = vault().drop("dev", stripe).findings();
    expect(brief(found)).toEqual([`missing-secret dev ${stripe}`]);
  });

  it.each(["added", "consumers-moved"] as const)(
    "is copied from the former name that stands alone in custody, in phase %s",
    (phase) => {
      const found = vault()
        .drop("prod", stripe)
        .put("prod", stripeFormer)
        .findings(inPhase(phase, "STR_BILLING_WRITE"));
      expect(brief(found)).toEqual([`missing-secret prod ${stripe}`]);
      expect(todos(found)).toEqual([
        "its value stands under STRIPE_RESTRICTED_KEY only, and is copied from there by: pulumi up --stack prod",
      ]);
    },
  );

  it("is copied from the former name of the same part only", () => {
    const found = vault()
      .drop("prod", alpacaSecret)
      .put("prod", "/MooseQuest/alpaca/ALPACA_SECRET_KEY")
      .findings();
    expect(todos(found)).toEqual([expect.stringMatching(/^its value stands under ALPACA_SECRET_KEY only, /)]);
    const other = vault()
      .drop("prod", alpacaSecret, alpacaId)
      .put("prod", "/MooseQuest/alpaca/ALPACA_SECRET_KEY");
    expect(todos(other.findings())).toEqual([
      expect.stringContaining("put its value there in the vault"),
      expect.stringMatching(/^its value stands under ALPACA_SECRET_KEY only, /),
    ]);
  });

  it("is not copied from former names that differ: a person has to decide", () => {
    const two = tokens.map((one) =>
      one.name === "STR_BILLING_WRITE"
        ? { ...one, formerNames: [...one.formerNames, { name: "STRIPE_KEY", phase: "added" as const }] }
        : one,
    );
    const found = vault()
      .drop("prod", stripe)
      .put("prod", stripeFormer)
      .put("prod", "/MooseQuest/stripe/STRIPE_KEY")
      .findings(two);
    expect(todos(found)).toEqual([
      expect.stringMatching(
        /STRIPE_RESTRICTED_KEY and STRIPE_KEY hold different values: make them equal in the vault, then pulumi up --stack prod$/,
      ),
    ]);
  });

  it("is not copied where a machine issues it", () => {
    const found = vault().drop("prod", heroku).put("prod", herokuFormer).findings();
    expect(todos(found)).toEqual([expect.stringMatching(/: pulumi up --refresh --stack prod$/)]);
  });

  it.each([
    ["prod", heroku, /^it stands empty: pulumi up --refresh --stack prod$/],
    ["prod", stripe, /^it stands empty: it is in custody, so put its value there/],
  ] as const)("is what stands there empty: %s %s", (environment, path, todo) => {
    const found = vault().set(environment, path, "").findings();
    expect(brief(found)).toEqual([`missing-secret ${environment} ${path}`]);
    expect(todos(found)).toEqual([expect.stringMatching(todo)]);
  });

  it("is nothing of a token that has no generation in that environment", () => {
    const only = issuedToday({ prod: ["HK_PLATFORM_FULL"], staging: [] });
    expect(AuditedVault.provisioned(tokens, only).findings()).toEqual([]);
  });
});

describe("companions", () => {
  it.each([
    `${heroku}__EXPIRES_AT`,
    `${heroku}__SCOPES`,
    `${heroku}__AUTH_ID`,
    "/Raxx/Console/Billing/HEROKU_BILLING_API_KEY__AUTH_ID",
    "/MooseQuest/alpaca/ALP_PAPER_TRADING__EXPIRES_AT",
    `${devBot}/GH_APP_DEV_BOT__EXPIRES_AT`,
  ])("are missing where the value stands without them: %s", (path) => {
    const found = vault().drop("prod", path).findings();
    expect(brief(found)).toEqual([`missing-companion prod ${path}`]);
    expect(todos(found)).toEqual([
      expect.stringMatching(/^[A-Z_]+ stands without it: pulumi up --refresh --stack prod$/),
    ]);
  });

  it("are no parts, which are missing as what they are", () => {
    const paired = token({
      ...entry,
      name: "CF_ACCESS_SVC",
      tags: { function: "access-bypass", sensitivity: "high", consumer: "agent", rotation: "90d" },
      environments: ["prod"],
      issuer: { kind: "cloudflare-access-service-token", application: "vault.raxx.app" },
      parts: ["CLIENT_ID", "CLIENT_SECRET"],
      destinations: [{ kind: "vault", folder: "/MooseQuest/cloudflare" }],
    });
    const id = "/MooseQuest/cloudflare/CF_ACCESS_SVC__CLIENT_ID";
    const issuedPair = issuedToday({ prod: ["CF_ACCESS_SVC"], staging: [] });
    const found = AuditedVault.provisioned([paired], issuedPair).drop("prod", id).findings();
    expect(brief(found)).toEqual([`missing-secret prod ${id}`]);
  });

  it("are none where nothing is distributed yet, for an Access policy that names the token", () => {
    const access = token({
      ...entry,
      name: "CF_ACCESS_SVC",
      tags: { function: "access-bypass", sensitivity: "high", consumer: "agent", rotation: "90d" },
      environments: ["prod"],
      issuer: { kind: "cloudflare-access-service-token", application: "vault.raxx.app" },
      destinations: [{ kind: "vault", folder: "/MooseQuest/cloudflare" }],
    });
    const missing = (inPlace: TokenGenerations["inPlace"] & object): string[] => {
      const made = { current: generation(now.toISODate()), previousAdopt: [], inPlace };
      const generations = { prod: new Map([[access.name, made]]), staging: new Map() };
      return brief(new AuditedVault([access], generations).findings());
    };
    expect(missing({ version: 1 })).toEqual([]);
    expect(missing({ version: 1, admitted: `${now.toISODate()} Ada` })).toEqual([
      "missing-folder prod /MooseQuest/cloudflare",
      "missing-secret prod /MooseQuest/cloudflare/CF_ACCESS_SVC",
    ]);
  });

  it("are none of the machine's in dev, where the value is a person's", () => {
    const dev = tokens.map((one) => (one.name === "HK_PLATFORM_FULL" ? { ...one, dev: true } : one));
    const found = vault()
      .put("dev", heroku, canary(), tagSlugs(dev[0]?.tags ?? botTags))
      .findings(dev);
    expect(brief(found)).toEqual([
      `missing-companion dev ${heroku}__EXPIRES_AT`,
      `missing-companion dev ${heroku}__SCOPES`,
    ]);
  });

  it.each([
    ["nothing", ""],
    ["a day without a time", "2099-01-01"],
    ["a time of no zone", "2099-01-01T00:00:00"],
    ["a time of another zone", "2099-01-01T00:00:00+02:00"],
    ["no day of the calendar", "2099-13-01T00:00:00Z"],
    ["not ISO 8601", "2099-01-01 00:00:00Z"],
    ["another word", "never"],
    ["a value in the wrong place", canary()],
  ])("say when it expires as ISO 8601 in UTC, not %s", (_what, value) => {
    const found = vault().set("prod", `${heroku}__EXPIRES_AT`, value).findings();
    expect(brief(found)).toEqual([`malformed-companion prod ${heroku}__EXPIRES_AT`]);
    expect(todos(found)).toEqual([
      "it is neither an ISO-8601 time in UTC nor non-expiring: pulumi up --refresh --stack prod",
    ]);
  });

  it.each(["non-expiring", "2099-01-01T00:00:00Z", "2099-01-01T00:00:00.000Z", "2099-01-01T00:00:00+00:00"])(
    "may say when it expires as %s",
    (value) => {
      expect(vault().set("prod", `${heroku}__EXPIRES_AT`, value).findings()).toEqual([]);
    },
  );

  it.each(["", " \n"])("say the scopes: not %j", (value) => {
    const found = vault().set("staging", `${heroku}__SCOPES`, value).findings();
    expect(brief(found)).toEqual([`malformed-companion staging ${heroku}__SCOPES`]);
    expect(todos(found)).toEqual(["it is empty: pulumi up --refresh --stack staging"]);
  });
});

describe("the time at which it expires", () => {
  it.each<[number, string[]]>([
    [-400, ["expired"]],
    [-1, ["expired"]],
    [0, ["expired"]],
    [1 / 86_400, ["expires-soon"]],
    [14, ["expires-soon"]],
    [14 + 1 / 86_400, []],
  ])("in %d days from now is %j", (days, kinds) => {
    const found = vault().set("prod", `${heroku}__EXPIRES_AT`, daysFromNow(days)).findings();
    expect(found.map(({ kind, name }) => [kind, name])).toEqual(
      kinds.map((kind) => [kind, "HK_PLATFORM_FULL__EXPIRES_AT"]),
    );
  });

  it("is told with the procedure and the generation that comes next", () => {
    const found = vault()
      .set("prod", `${heroku}__EXPIRES_AT`, daysFromNow(-1.5))
      .set("dev", `${stripe}__EXPIRES_AT`, daysFromNow(3.5))
      .findings();
    const next = `${now.toISODate()}.2`;
    expect(todos(found)).toEqual([
      `it expired 1 day ago: rotate it as docs/rotation/some-sop.md says, with pulumi config set --path raxx:generations.HK_PLATFORM_FULL.current ${next} --stack prod, then pulumi up --stack prod`,
      "it expires in 3 days: rotate it as docs/rotation/some-sop.md says",
    ]);
  });

  it("is told with today as the next generation where the current one is older", () => {
    const old = { current: generation("2020-01-01.3"), previousAdopt: [] };
    const vaultOfOld = AuditedVault.provisioned(tokens, {
      prod: new Map([["HK_PLATFORM_FULL", old]]),
      staging: new Map(),
    }).set("prod", `${heroku}__EXPIRES_AT`, daysFromNow(0.5));
    expect(todos(vaultOfOld.findings())).toEqual([
      expect.stringMatching(
        new RegExp(`^it expires in less than a day: .*\\.current ${now.toISODate()} --stack prod, `),
      ),
    ]);
  });

  it("is not told of a companion whose value is missing", () => {
    const found = vault()
      .drop("prod", heroku)
      .set("prod", `${heroku}__EXPIRES_AT`, daysFromNow(-1))
      .findings();
    expect(brief(found)).toEqual([`missing-secret prod ${heroku}`]);
  });
});

describe("tags", () => {
  const right = ["consumer-ci", "function-platform-api", "rotation-90d", "sensitivity-critical"];

  it.each<[string, string[], string]>([
    ["lack one", right.slice(1), "lacks consumer-ci"],
    ["have one too many", [...right, "consumer-console"], "has consumer-console"],
    ["have another one", [...right.slice(1), "consumer-agent"], "lacks consumer-ci and has consumer-agent"],
    ["have one that the taxonomy does not know", [...right, "rotation-1d"], "has rotation-1d"],
    ["are none", ["legacy"], `lacks ${right.join(", ")}`],
  ])("are told where they %s", (_what, tags, said) => {
    const changed = vault();
    changed.at("prod", heroku).tags = tags;
    const found = changed.findings();
    expect(brief(found)).toEqual([`wrong-tags prod ${heroku}`]);
    expect(todos(found)).toEqual([`it ${said}: pulumi up --refresh --stack prod`]);
  });

  it("of companions are those of their token", () => {
    const changed = vault();
    changed.at("staging", `${heroku}__AUTH_ID`).tags = [];
    expect(brief(changed.findings())).toEqual([`wrong-tags staging ${heroku}__AUTH_ID`]);
  });

  it("of no dimension are a person's own", () => {
    const changed = vault();
    changed.at("prod", heroku).tags = ["legacy", "functional", ...right];
    expect(changed.findings()).toEqual([]);
  });

  it("of former names, and of what is not issued, are not looked at", () => {
    const changed = vault();
    const { value } = changed.at("prod", heroku);
    changed.put("prod", herokuFormer, value).put("prod", "/MooseQuest/cloudflare/CF_DNS_EDIT");
    expect(changed.findings()).toEqual([]);
  });
});

describe("a token that is not issued", () => {
  const dns = "/MooseQuest/cloudflare/CF_DNS_EDIT";

  it("may stand there in any way, under either name", () => {
    const found = vault()
      .put("prod", dns)
      .put("prod", `${dns}__EXPIRES_AT`, "whenever")
      .put("prod", "/MooseQuest/cloudflare/CLOUDFLARE_EDIT_DNS")
      .findings();
    expect(found).toEqual([]);
  });

  it("may not hold what another one holds", () => {
    const changed = vault();
    changed.put("prod", dns, changed.at("prod", heroku).value);
    expect(brief(changed.findings())).toEqual([`value-in-two-places prod ${heroku}`]);
  });
});

describe("one value in two places", () => {
  function same(
    one: ["prod" | "staging" | "dev", string],
    other: ["prod" | "staging" | "dev", string],
  ): Finding[] {
    const changed = vault();
    return changed.set(...other, changed.at(...one).value).findings();
  }

  it("is told of two environments", () => {
    const found = same(["prod", heroku], ["staging", heroku]);
    expect(brief(found)).toEqual([`value-in-two-places prod ${heroku}`]);
    expect(todos(found)).toEqual([
      `the same value stands in staging ${heroku}: a value belongs in one place, so rotate it where it does not belong, or delete it there in the vault`,
    ]);
  });

  it("is told of dev, which holds a test mode's", () => {
    expect(brief(same(["prod", stripe], ["dev", stripe]))).toEqual([`value-in-two-places prod ${stripe}`]);
  });

  it("is told of two tokens of one environment", () => {
    expect(brief(same(["prod", heroku], ["prod", stripe]))).toEqual([`value-in-two-places prod ${heroku}`]);
  });

  it("is told of two parts of one token", () => {
    expect(brief(same(["prod", alpacaId], ["prod", alpacaSecret]))).toEqual([
      `value-in-two-places prod ${alpacaId}`,
    ]);
  });

  it("is told of the same part of two bots", () => {
    const pem = "PRIVATE_KEY_PEM";
    expect(brief(same(["prod", `${devBot}/${pem}`], ["prod", `${opsBot}/${pem}`]))).toEqual([
      `value-in-two-places prod ${devBot}/${pem}`,
    ]);
  });

  it("is told once, however many there are", () => {
    const changed = vault();
    const { value } = changed.at("prod", heroku);
    changed.set("prod", stripe, value).set("staging", heroku, value);
    expect(todos(changed.findings())).toEqual([
      expect.stringContaining(`stands in prod ${stripe} and staging ${heroku}: `),
    ]);
  });

  it("is told of a former name in another environment, and of the name with it", () => {
    const changed = vault();
    const { value } = changed.at("prod", heroku);
    changed.put("prod", herokuFormer, value).put("staging", herokuFormer, value);
    changed.set("staging", heroku, value);
    const found = changed.findings();
    expect(brief(found)).toEqual([`value-in-two-places prod ${heroku}`]);
    expect(todos(found)).toEqual([
      expect.stringContaining(`stands in staging ${herokuFormer} and staging ${heroku}: `),
    ]);
  });

  it.each(["added", "consumers-moved"] as const)(
    "is expected of a token and its former name, in phase %s",
    (phase) => {
      const changed = vault();
      changed.put("prod", herokuFormer, changed.at("prod", heroku).value);
      const found = changed.findings(inPhase(phase, "HK_PLATFORM_FULL"));
      expect(found.map(({ kind }) => kind)).not.toContain("value-in-two-places");
    },
  );

  it("is told of a former name that should be gone", () => {
    const changed = vault();
    changed.put("prod", herokuFormer, changed.at("prod", heroku).value);
    expect(brief(changed.findings(inPhase("old-deleted", "HK_PLATFORM_FULL")))).toEqual([
      `former-name-left prod ${herokuFormer}`,
      `value-in-two-places prod ${heroku}`,
    ]);
  });

  it("is told of what nobody knows, together with it", () => {
    const changed = vault();
    changed.put("prod", "/MooseQuest/heroku/MY_COPY", changed.at("prod", heroku).value);
    expect(brief(changed.findings())).toEqual([
      `value-in-two-places prod ${heroku}`,
      "unknown-secret prod /MooseQuest/heroku/MY_COPY",
    ]);
  });

  it("is not told of two that nobody knows, in one environment", () => {
    const value = canary();
    const found = vault()
      .put("prod", "/MooseQuest/ABC", value)
      .put("prod", "/MooseQuest/XYZ", value)
      .findings();
    expect(found.map(({ kind }) => kind)).toEqual(["unknown-secret", "unknown-secret"]);
  });

  it("is told of the place that the catalog knows, wherever the copy stands", () => {
    const changed = vault();
    changed.put("prod", "/MooseQuest/MY_COPY", changed.at("staging", heroku).value);
    expect(brief(changed.findings())).toContain(`value-in-two-places staging ${heroku}`);
  });

  it("is told of the parts of what goes by another key", () => {
    const keyed = tokens.map((one) =>
      one.name === "ALP_PAPER_TRADING"
        ? {
            ...one,
            destinations: [{ kind: "vault" as const, folder: "/MooseQuest/alpaca", key: "ALPACA_PAPER" }],
          }
        : one,
    );
    const changed = AuditedVault.provisioned(keyed, generations);
    const id = "/MooseQuest/alpaca/ALPACA_PAPER__KEY_ID";
    changed.set("prod", "/MooseQuest/alpaca/ALPACA_PAPER__SECRET_KEY", changed.at("prod", id).value);
    expect(brief(changed.findings())).toEqual([`value-in-two-places prod ${id}`]);
  });

  it("has no name where nobody knows it and it could be a value", () => {
    const [name, value] = [canary(), canary()];
    const found = vault()
      .put("prod", `/MooseQuest/${name}`, value)
      .put("staging", `/MooseQuest/${name}`, value)
      .findings();
    expect(brief(found)).toContain("value-in-two-places prod /MooseQuest");
    expect(JSON.stringify(found)).not.toContain(name);
  });

  it("does not show the name of a copy that could be a value", () => {
    const changed = vault();
    const [name, { value }] = [canary(), changed.at("prod", heroku)];
    changed.put("prod", `/Other/${name}`, value).put("staging", `/MooseQuest/${name}`, value);
    const found = changed.findings();
    expect(found.map(({ kind }) => kind)).toContain("value-in-two-places");
    expect(JSON.stringify(found)).not.toContain(name);
  });

  it.each<[string, string, string]>([
    ["ids beside a value", `${heroku}__AUTH_ID`, "/Raxx/Console/Billing/HEROKU_BILLING_API_KEY__AUTH_ID"],
    ["scopes", `${heroku}__SCOPES`, `${stripe}__SCOPES`],
    ["times", `${heroku}__EXPIRES_AT`, `${stripe}__EXPIRES_AT`],
    ["the app of two bots", `${devBot}/APP_ID`, `${opsBot}/APP_ID`],
    ["the installation of two bots", `${devBot}/INSTALLATION_ID`, `${opsBot}/INSTALLATION_ID`],
  ])("is expected of %s", (_what, one, other) => {
    expect(same(["prod", one], ["prod", other])).toEqual([]);
  });

  it("is not looked for in values shorter than eight characters", () => {
    const seven = vault().set("prod", heroku, "1234567").set("staging", heroku, "1234567");
    expect(seven.findings()).toEqual([]);
    const eight = vault().set("prod", heroku, "12345678").set("staging", heroku, "12345678");
    expect(brief(eight.findings())).toEqual([`value-in-two-places prod ${heroku}`]);
  });

  it("is looked for in the environments that were read only", () => {
    const changed = vault();
    changed.set("staging", heroku, changed.at("prod", heroku).value);
    expect(changed.findings(tokens, ["staging"])).toEqual([]);
  });
});

describe("a former name", () => {
  it("is left where its phase says that it is gone", () => {
    const found = vault().put("prod", herokuFormer).findings(inPhase("old-deleted", "HK_PLATFORM_FULL"));
    expect(brief(found)).toEqual([`former-name-left prod ${herokuFormer}`]);
    expect(todos(found)).toEqual([
      "its phase is old-deleted, but it still stands: make sure that nobody reads it instead of HK_PLATFORM_FULL, then delete it in the vault",
    ]);
  });

  it("is left, and the next run takes it away, where it holds what the new one holds", () => {
    const changed = vault();
    changed.put("prod", stripeFormer, changed.at("prod", stripe).value);
    expect(changed.findings(inPhase("old-deleted", "STR_BILLING_WRITE"))).toContainEqual({
      kind: "former-name-left",
      environment: "prod",
      folder: "/MooseQuest/stripe",
      name: "STRIPE_RESTRICTED_KEY",
      todo: "its phase is old-deleted, but it still stands: pulumi up --refresh --stack prod",
    });
  });

  it("is left, and not to be deleted, where the new one does not stand", () => {
    const found = vault()
      .drop("prod", stripe)
      .put("prod", stripeFormer)
      .findings(inPhase("old-deleted", "STR_BILLING_WRITE"));
    expect(found.map(({ kind, todo }) => [kind, todo])).toEqual([
      [
        "former-name-left",
        "its phase is old-deleted, but it stands here and STR_BILLING_WRITE does not: set its phase to consumers-moved in catalog/tokens",
      ],
      ["missing-secret", expect.stringContaining("put its value there in the vault")],
    ]);
  });

  it("is left of a token that is not issued too", () => {
    const found = vault()
      .put("prod", "/MooseQuest/cloudflare/CF_DNS_EDIT")
      .put("prod", "/MooseQuest/cloudflare/CLOUDFLARE_EDIT_DNS")
      .findings(inPhase("old-deleted", "CF_DNS_EDIT"));
    expect(brief(found)).toEqual(["former-name-left prod /MooseQuest/cloudflare/CLOUDFLARE_EDIT_DNS"]);
  });

  it("is deleted by a person where no run answers for the token, or nothing shows that it is a copy", () => {
    const value = canary();
    const unissued = vault()
      .put("prod", "/MooseQuest/cloudflare/CF_DNS_EDIT", value)
      .put("prod", "/MooseQuest/cloudflare/CLOUDFLARE_EDIT_DNS", value)
      .findings(inPhase("old-deleted", "CF_DNS_EDIT"));
    const short = vault()
      .set("prod", stripe, "1234567")
      .put("prod", stripeFormer, "7654321")
      .findings(inPhase("old-deleted", "STR_BILLING_WRITE"));
    const left = [...unissued, ...short].filter(({ kind }) => kind === "former-name-left");
    expect(todos(left)).toEqual([
      expect.stringMatching(/nobody reads it instead of CF_DNS_EDIT, then delete it in the vault$/),
      expect.stringMatching(/nobody reads it instead of STR_BILLING_WRITE, then delete it in the vault$/),
    ]);
  });

  it.each([true, false])("is left once its consumers moved, equal or not (%s)", (equal) => {
    const changed = vault();
    changed.put("prod", herokuFormer, equal ? changed.at("prod", heroku).value : canary());
    const found = changed.findings(inPhase("consumers-moved", "HK_PLATFORM_FULL"));
    expect(brief(found)).toEqual([`former-name-left prod ${herokuFormer}`]);
    expect(todos(found)).toEqual([
      "it and HK_PLATFORM_FULL are both valid: delete it with the next deploy, by setting its phase to old-deleted in catalog/tokens",
    ]);
  });

  it.each<[string, string, RegExp]>([
    [heroku, herokuFormer, /but differ: pulumi up --refresh --stack prod$/],
    [stripe, stripeFormer, /but differ: find out which one is in use, .* and make them equal in the vault$/],
    [alpacaSecret, "/MooseQuest/alpaca/ALPACA_SECRET_KEY", /^it and ALP_PAPER_TRADING__SECRET_KEY are /],
  ])("is to hold what %s holds, in phase added", (_path, former, todo) => {
    const found = vault().put("prod", former).findings();
    expect(brief(found)).toEqual([`former-name-differs prod ${former}`]);
    expect(todos(found)).toEqual([expect.stringMatching(todo)]);
  });

  it("differs from a new one that is too short to be compared", () => {
    const found = vault().set("prod", heroku, "1234567").put("prod", herokuFormer).findings();
    expect(brief(found)).toEqual([`former-name-differs prod ${herokuFormer}`]);
  });

  it.each(["added", "consumers-moved", "old-deleted"] as const)(
    "is no former name where a destination keeps it as its key, in phase %s",
    (phase) => {
      const kept = tokens.map((one) =>
        one.name === "HK_BILLING_FULL"
          ? { ...one, formerNames: [{ name: "HEROKU_BILLING_API_KEY", phase }] }
          : one,
      );
      expect(vault().findings(kept)).toEqual([]);
    },
  );
});

it("orders what it finds by environment, folder and name", () => {
  const found = vault()
    .put("dev", "/MooseQuest/AAA")
    .put("staging", "/MooseQuest/ZZZ")
    .put("staging", "/MooseQuest/YYY")
    .put("prod", "/Raxx/AAA")
    .put("prod", "/MooseQuest/BBB")
    .findings();
  expect(brief(found)).toEqual([
    "unknown-secret prod /MooseQuest/BBB",
    "unknown-secret prod /Raxx/AAA",
    "unknown-secret staging /MooseQuest/YYY",
    "unknown-secret staging /MooseQuest/ZZZ",
    "unknown-secret dev /MooseQuest/AAA",
  ]);
});

describe("the real catalog", () => {
  const names = catalog.map(({ name }) => name);
  const subset = fc.record({ prod: fc.subarray(names), staging: fc.subarray(names) });

  it("finds nothing in what is provisioned as it says, whichever tokens have a generation", () => {
    fc.assert(
      fc.property(subset, fc.boolean(), fc.boolean(), (some, formerToo, unissuedToo) => {
        const provisioned = AuditedVault.provisioned(catalog, issuedToday(some));
        for (const one of catalog.flatMap((each) => vaultPlaces(each).map((place) => ({ each, ...place })))) {
          const isIssued = provisioned.generations[one.stack].has(one.each.name);
          if (isIssued && formerToo) {
            for (const { name, phase, part } of one.each.formerNames) {
              const key = one.keys[part === undefined ? 0 : one.each.parts.indexOf(part)] ?? "";
              if (phase !== "added") continue;
              const { value } = provisioned.at(one.environment, `${one.folder}/${key}`);
              provisioned.put(one.environment, `${one.folder}/${name}`, value, ["legacy"]);
            }
          }
          if (isIssued || !unissuedToo) continue;
          for (const key of one.keys) provisioned.put(one.environment, `${one.folder}/${key}`);
        }
        expect(provisioned.findings()).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it("finds exactly the one secret that is missing", () => {
    fc.assert(
      fc.property(fc.nat(), (number) => {
        const provisioned = AuditedVault.provisioned(catalog, issuedToday({ prod: names, staging: names }));
        const [gone] = provisioned.secrets.splice(number % provisioned.secrets.length, 1);
        expect(provisioned.findings()).toMatchObject([
          {
            kind: expect.stringMatching(/^missing-(secret|companion)$/) as string,
            environment: gone?.environment,
            folder: gone?.folder,
            name: gone?.name,
          },
        ]);
      }),
      { numRuns: 60 },
    );
  });

  it("says no value, whatever stands anywhere", () => {
    const known = catalog.flatMap((one) =>
      vaultPlaces(one).flatMap(({ folder, keys, base }) =>
        [...keys, `${base}__EXPIRES_AT`, ...one.formerNames.map(({ name }) => name)].map(
          (name) => `${folder}/${name}`,
        ),
      ),
    );
    const path = fc.oneof(
      fc.constantFrom(...known),
      fc.constantFrom("/MooseQuest", "/Raxx/Console", "/Other", "").map((folder) => `${folder}/${canary()}`),
    );
    const secrets = fc.array(
      fc.record({
        environment: fc.constantFrom("prod" as const, "staging" as const, "dev" as const),
        path,
        value: fc.nat(3),
        tag: fc.constantFrom("function-dns-edit", "legacy"),
      }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(subset, secrets, (some, standing) => {
        const values = [canary(), `AKIA${randomBytes(8).toString("hex").toUpperCase()}`, canary(), canary()];
        const mixed = new AuditedVault(catalog, issuedToday(some));
        for (const one of standing) mixed.put(one.environment, one.path, values[one.value], [one.tag]);
        const findings = mixed.findings();
        const checked = { secrets: standing.length, folders: mixed.folders.length };
        const said = JSON.stringify(findings) + linesOf(findings, 3, checked).join("\n");
        for (const value of values) expect(said).not.toContain(value);
      }),
      { numRuns: 60 },
    );
  });
});

describe("a listing", () => {
  const secret = { secretKey: "ABC", secretValue: canary(), secretPath: "/MooseQuest/", tags: [] };

  it("keeps no value", () => {
    const listing = listingOf("prod", { folders: [], secrets: [secret] }, fingerprints());
    expect(JSON.stringify(listing)).not.toContain(secret.secretValue);
  });

  it("takes a folder with a slash at its end for the same folder, and the root for itself", () => {
    const secrets = [secret, { ...secret, secretPath: "/" }];
    const listing = listingOf("prod", { folders: ["/MooseQuest/"], secrets }, fingerprints());
    expect(listing.folders).toEqual(["/MooseQuest"]);
    expect(listing.secrets.map(({ folder }) => folder)).toEqual(["/MooseQuest", "/"]);
  });

  it("has fingerprints that the next audit does not repeat", () => {
    expect(fingerprints()(secret.secretValue)).not.toBe(fingerprints()(secret.secretValue));
  });

  it.each([
    [{ ...secret, secretPath: undefined }, /^the vault lists secrets without their folders: update it/],
    [
      { ...secret, secretValue: "<hidden-by-infisical>" },
      /^the vault hides values of prod .*access control$/,
    ],
  ])("is refused where it could not be audited", (one, message) => {
    expect(() => listingOf("prod", { folders: [], secrets: [one] }, fingerprints())).toThrow(message);
  });

  it("may hide what is other people's", () => {
    const value = "<hidden-by-infisical>";
    const found = vault().put("prod", "/Other/ONE", value).put("staging", "/Other/TWO", value).findings();
    expect(found.filter(isFault)).toEqual([]);
  });
});
