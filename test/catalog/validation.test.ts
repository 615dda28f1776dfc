import { tokens } from "../../catalog";
import { type PolicyStatement, type Token } from "../../catalog/token";
import { catalogFaults, catalogRules } from "../../catalog/validation";

const mail: Token = {
  name: "PM_SERVER_MAIL",
  purpose: "Send mail",
  formerNames: [{ name: "POSTMARK_SERVER_API_KEY", phase: "added" }],
  tags: { function: "mail-send", sensitivity: "medium", consumer: "raptor", rotation: "180d" },
  consumers: ["raptor", "console", "ci"],
  vendorScopes: ["server: send"],
  review: "",
  environments: ["prod", "staging"],
  dev: false,
  issuer: { kind: "operator" },
  parts: [],
  destinations: [
    { kind: "vault", folder: "/MooseQuest/postmark" },
    { kind: "vault", folder: "/MooseQuest/postmark", key: "POSTMARK_SECOND_KEY" },
    { kind: "heroku-config-var", app: "api", key: "POSTMARK_KEY" },
    { kind: "github-secret", name: "POSTMARK_KEY" },
    { kind: "github-environment-secret", name: "POSTMARK_KEY" },
  ],
  settings: [
    {
      kind: "github-environment-variable",
      name: "POSTMARK_URL",
      value: { prod: "https://a.example", staging: "https://b.example" },
    },
    { kind: "heroku-config-var", app: "console", key: "FLAG_MAIL", value: "on" },
  ],
  sop: "postmark-api-token.md",
  exceptions: [],
};
const keyPair: Token = {
  ...mail,
  name: "AWS_BILLING_READ",
  formerNames: [
    { name: "AWS_OLD_ID", phase: "added", part: "ACCESS_KEY_ID" },
    { name: "AWS_OLD_SECRET", phase: "added", part: "SECRET_ACCESS_KEY" },
  ],
  tags: { function: "billing-read", sensitivity: "medium", consumer: "console", rotation: "30d" },
  consumers: ["console", "ci"],
  vendorScopes: ["ce:GetCostAndUsage"],
  environments: ["prod"],
  dev: false,
  issuer: {
    kind: "aws-access-key",
    user: "a-user",
    policy: "a-policy",
    statements: [{ actions: ["ce:GetCostAndUsage"], resources: ["*"] }],
  },
  parts: ["ACCESS_KEY_ID", "SECRET_ACCESS_KEY"],
  destinations: [
    { kind: "vault", folder: "/MooseQuest/aws" },
    { kind: "ssm-parameter", name: "/raxx/billing-readonly/key_id", part: "ACCESS_KEY_ID" },
    { kind: "ssm-parameter", name: "/raxx/billing-readonly/secret", part: "SECRET_ACCESS_KEY" },
    { kind: "github-secret", name: "BILLING_ID", part: "ACCESS_KEY_ID" },
    { kind: "github-secret", name: "BILLING_SECRET", part: "SECRET_ACCESS_KEY" },
  ],
  settings: [],
  sop: "aws-iam-access-key.md",
};
const platform: Token = {
  ...mail,
  name: "HK_PLATFORM_FULL",
  formerNames: [],
  tags: { function: "platform-api", sensitivity: "critical", consumer: "ci", rotation: "90d" },
  consumers: ["ci"],
  vendorScopes: ["global"],
  review: "two people, #454",
  dev: false,
  issuer: { kind: "heroku-authorization", scope: ["global"] },
  destinations: [{ kind: "vault", folder: "/MooseQuest/heroku" }],
  settings: [],
  sop: "heroku-platform-token.md",
};
const zone: Token = {
  ...mail,
  name: "CF_DNS_EDIT_RAXX_APP",
  formerNames: [],
  tags: { function: "dns-edit", sensitivity: "high", consumer: "terraform", rotation: "90d" },
  consumers: ["terraform"],
  vendorScopes: ["Zone > DNS > Edit"],
  environments: ["prod"],
  dev: false,
  issuer: { kind: "cloudflare-api-token", zone: "raxx.app" },
  destinations: [{ kind: "vault", folder: "/MooseQuest/cloudflare" }],
  settings: [],
  sop: "cloudflare-user-api-token.md",
};
const gate: Token = {
  ...zone,
  name: "CF_ACCESS_SVC_VAULT",
  tags: { function: "access-bypass", sensitivity: "high", consumer: "agent", rotation: "90d" },
  consumers: ["agent", "ci"],
  vendorScopes: ["Service Auth: vault.raxx.app"],
  environments: ["prod", "staging"],
  issuer: { kind: "cloudflare-access-service-token", application: "vault.raxx.app" },
  destinations: [
    { kind: "vault", folder: "/MooseQuest/cloudflare" },
    { kind: "github-secret", name: "GATE_ID", part: "CLIENT_ID" },
    { kind: "github-secret", name: "GATE_SECRET" },
  ],
};
const bot: Token = {
  ...zone,
  name: "GH_APP_DEV_BOT",
  tags: { function: "agent-identity", sensitivity: "high", consumer: "agent", rotation: "annual" },
  consumers: ["agent"],
  vendorScopes: ["installation of a-bot"],
  issuer: { kind: "custody" },
  parts: ["APP_ID", "INSTALLATION_ID", "PRIVATE_KEY_PEM"],
  destinations: [{ kind: "vault", folder: "/MooseQuest/raxx-dev-bot", bare: true }],
  exceptions: [{ rule: "vault-folder-vendor", reason: "a script has the path fixed" }],
};
const otherBot: Token = {
  ...bot,
  name: "GH_APP_OPS_BOT",
  destinations: [{ kind: "vault", folder: "/MooseQuest/raxx-ops-bot", bare: true }],
};
const ours: Token = {
  ...mail,
  name: "RAXX_AUDIT_INGEST",
  formerNames: [],
  tags: { function: "ci-deploy", sensitivity: "medium", consumer: "ci", rotation: "90d" },
  consumers: ["ci"],
  dev: false,
  issuer: { kind: "random", bytes: 16 },
  destinations: [{ kind: "github-environment-secret", name: "AUDIT_TOKEN" }],
  settings: [],
};
const catalog = [mail, keyPair, platform, zone, gate, bot, otherBot, ours];

/** What a key of Alpaca has beside its name and its tags. */
const livePair: Partial<Token> = {
  environments: ["prod"],
  issuer: { kind: "operator" },
  parts: ["KEY_ID", "SECRET_KEY"],
  destinations: [{ kind: "vault", folder: "/MooseQuest/alpaca" }],
};

const stagingOnly = { rule: "environment-each", reason: "a test" };

/** Makes an entry whose fields the types refuse: what comes from a cast or from plain data. */
function untyped(fields: object): Partial<Token> {
  return fields;
}

/** What is said of the compliant catalog where one entry is broken. */
function faultsOf(token: Token, broken: Partial<Token>): string[] {
  return catalogFaults(catalog.map((entry) => (entry === token ? { ...entry, ...broken } : entry)));
}

const tested = new Set<string>();

/** One line per case: title, entry, broken fields, the one fault (without name and rule). */
function refusals(
  rule: string,
  cases: [title: string, token: Token, broken: Partial<Token>, ...faults: string[]][],
): void {
  describe(rule, () => {
    tested.add(rule);
    it.each(cases)("refuses %s", (_title, token, broken, ...faults) => {
      const { name } = { ...token, ...broken };
      expect(faultsOf(token, broken)).toEqual(faults.map((fault) => `${name}: ${fault} [${rule}]`));
    });
  });
}

it("finds nothing in a compliant catalog", () => {
  expect(catalogFaults(catalog)).toEqual([]);
});

it("finds nothing in the catalog", () => {
  expect(catalogFaults(tokens)).toEqual([]);
});

refusals("name-grammar", [
  [
    "a name in lower case",
    ours,
    untyped({ name: "RAXX_audit_ingest" }),
    "it is not upper-case words joined by single underscores: name it <VENDOR>_<FUNCTION>[_<SCOPE>]",
  ],
  [
    "a vendor code in front of nothing",
    ours,
    untyped({ name: "RAXX", environments: ["prod"] }),
    "no function follows the vendor code: name it <VENDOR>_<FUNCTION>[_<SCOPE>]",
  ],
]);

refusals("name-companion", [
  [
    "a companion declared as a token",
    ours,
    { name: "RAXX_AUDIT_INGEST__CLIENT_ID" },
    "its name carries the companion suffix __CLIENT_ID: name the whole credential, and list CLIENT_ID in its parts",
  ],
]);

refusals("name-keyword", [
  [
    "a name whose words do not say its function",
    ours,
    { name: "RAXX_INGEST" },
    "its name has no keyword of function:ci-deploy after the vendor code: begin with WORKERS_DEPLOY or ACTIONS_DISPATCH or AUDIT_INGEST, or add the keyword to functionKeywords in catalog/taxonomy.ts",
  ],
  [
    "a keyword that runs on in the same word",
    ours,
    { name: "RAXX_AUDIT_INGESTER" },
    "its name has no keyword of function:ci-deploy after the vendor code: begin with WORKERS_DEPLOY or ACTIONS_DISPATCH or AUDIT_INGEST, or add the keyword to functionKeywords in catalog/taxonomy.ts",
  ],
]);

refusals("scope-qualifier", [
  [
    "a scope where there is one token for the function",
    ours,
    { name: "RAXX_AUDIT_INGEST_CONSOLE" },
    "its name has the scope CONSOLE, but no other token has the same function words at its vendor: leave the scope out",
  ],
  [
    "no scope beside another token of the function",
    otherBot,
    { name: "GH_APP" },
    "its name has no scope, but GH_APP_DEV_BOT has the same function words at the same vendor: end it in _<SCOPE>",
  ],
  [
    "no scope where the token is for one zone",
    zone,
    { name: "CF_DNS_EDIT" },
    "its name has no scope, but it is for raxx.app alone: end it in _RAXX_APP",
  ],
  [
    "the scope of another zone",
    zone,
    { name: "CF_DNS_EDIT_GETRAXX_COM" },
    "its name has the scope GETRAXX_COM, but it is for raxx.app: end it in _RAXX_APP",
  ],
  [
    "half of a zone's name",
    zone,
    { name: "CF_DNS_EDIT_RAXX" },
    "its name has the scope RAXX, but it is for raxx.app: end it in _RAXX_APP",
  ],
  [
    "the scope of another application",
    gate,
    { name: "CF_ACCESS_SVC_CONSOLE" },
    "its name has the scope CONSOLE, but it is for vault.raxx.app: end it in _VAULT_RAXX_APP",
  ],
]);

refusals("target-form", [
  ...["RAXX.app", "raxx_app", "raxx app", "raxx-.app"].map(
    (target): [string, Token, Partial<Token>, string] => [
      `the zone ${JSON.stringify(target)}`,
      zone,
      { issuer: { kind: "cloudflare-api-token", zone: target } },
      `it is for ${JSON.stringify(target)}, which is no host name: write it as raxx.app, without scheme, port or path`,
    ],
  ),
  [
    "a port after the host of an application",
    gate,
    { issuer: { kind: "cloudflare-access-service-token", application: "vault.raxx.app:443" } },
    'it is for "vault.raxx.app:443", which is no host name: write it as raxx.app, without scheme, port or path',
  ],
]);

refusals("full-suffix", [
  [
    "a global grant without the suffix",
    platform,
    { name: "HK_PLATFORM" },
    'its grant "global" is unrestricted: end its name in _FULL, or narrow the grant',
  ],
  [
    "the suffix on a limited grant",
    platform,
    { vendorScopes: ["identity"], issuer: { kind: "heroku-authorization", scope: ["identity"] } },
    "its name ends in _FULL, but its grant is limited: leave _FULL out",
  ],
]);

it.each(["global", "*", "*:*", "Full account (not scoped)", "AdministratorAccess", "full admin", "iam:*"])(
  "takes a vendor's %j for an unrestricted grant",
  (scope) => {
    expect(faultsOf(ours, { vendorScopes: [scope] }).map((fault) => fault.replace(/.*\[/, "["))).toEqual([
      "[full-suffix]",
      "[full-critical]",
    ]);
  },
);

it.each(["billing:Get*", "ce:GetCostAndUsage", "iam:*Role", "read:/MooseQuest/raxx-*-bot", "iam: *"])(
  "takes a vendor's %j for a limited grant",
  (scope) => {
    expect(faultsOf(ours, { vendorScopes: [scope] })).toEqual([]);
  },
);

refusals("full-critical", [
  [
    "an unrestricted grant that is merely high",
    platform,
    {
      tags: { function: "platform-api", sensitivity: "high", consumer: "ci", rotation: "90d" },
      exceptions: [{ rule: "sensitivity-function", reason: "a test" }],
    },
    "it is unrestricted, but its sensitivity is high: make it critical, or narrow the grant",
  ],
]);

refusals("name-duplicate", [
  [
    "the name of an entry before it",
    ours,
    { name: "PM_SERVER_MAIL", tags: { ...mail.tags, consumer: "ci" } },
    "its name is declared twice: make the two entries one, or rename this one",
  ],
]);

it("refuses the very same entry twice", () => {
  expect(catalogFaults([...catalog, ours])).toEqual([
    "RAXX_AUDIT_INGEST: its name is declared twice: make the two entries one, or rename this one [name-duplicate]",
  ]);
});

refusals(
  "former-name-form",
  ["", "audit", "AUDIT-TOKEN", "TWO__WORDS", "_AUDIT", "1ST", "AN AUDIT"].map((name) => [
    JSON.stringify(name),
    ours,
    { formerNames: [{ name, phase: "added" }] },
    `its old name ${JSON.stringify(name)} is not upper-case words joined by single underscores: write it as it stands in the vault`,
  ]),
);

refusals("former-name-duplicate", [
  [
    "one old name twice",
    ours,
    {
      formerNames: [
        { name: "AUDIT", phase: "added" },
        { name: "AUDIT", phase: "added" },
      ],
    },
    "it has the old name AUDIT twice: keep one of them",
  ],
  [
    "the old name of another token",
    ours,
    { formerNames: [{ name: "AWS_OLD_ID", phase: "added" }] },
    "AWS_OLD_ID is the old name of AWS_BILLING_READ too: keep it at one of them",
  ],
]);

refusals("former-name-present", [
  [
    "an old name that is the name of a token",
    ours,
    { formerNames: [{ name: "HK_PLATFORM_FULL", phase: "old-deleted" }] },
    "its old name HK_PLATFORM_FULL is the name of a token: remove one of them",
  ],
]);

refusals("former-name-parts", [
  [
    "an old name that held a part of a single value",
    ours,
    { formerNames: [{ name: "AUDIT", phase: "added", part: "KEY_ID" }] },
    "its old name AUDIT held KEY_ID, but it is a single value: leave the part out, or list its parts",
  ],
  [
    "a half that no old name held",
    keyPair,
    { formerNames: keyPair.formerNames.slice(1) },
    "its old names held some of its parts, but none held ACCESS_KEY_ID: add the old name of each part",
  ],
  [
    "halves in different phases",
    keyPair,
    {
      formerNames: [
        { name: "AWS_OLD_ID", phase: "consumers-moved", part: "ACCESS_KEY_ID" },
        { name: "AWS_OLD_SECRET", phase: "added", part: "SECRET_ACCESS_KEY" },
      ],
    },
    "its parts are in different phases of the rename: give their old names one phase, since the halves move at once",
  ],
]);

refusals("former-name-part", [
  [
    "an old name that held nobody knows which half",
    keyPair,
    { formerNames: [{ name: "AWS_OLD", phase: "added" }] },
    "its old name AWS_OLD does not say which part it held, so that nothing can follow it: add part, one of ACCESS_KEY_ID, SECRET_ACCESS_KEY",
  ],
]);

refusals("former-name-key", [
  ...(["added", "old-deleted"] as const).map((phase): [string, Token, Partial<Token>, string] => [
    `a destination under an old name that is ${phase}`,
    mail,
    { formerNames: [{ name: "POSTMARK_SECOND_KEY", phase }] },
    "its old name POSTMARK_SECOND_KEY is what it is called in /MooseQuest/postmark anyway: remove that destination, which an old name does not need, or the old name",
  ]),
  [
    "an old name that is the bare name of a part",
    bot,
    {
      formerNames: [
        { name: "APP_ID", phase: "added", part: "APP_ID" },
        { name: "BOT_INSTALLATION", phase: "added", part: "INSTALLATION_ID" },
        { name: "BOT_PEM", phase: "added", part: "PRIVATE_KEY_PEM" },
      ],
    },
    "its old name APP_ID is what it is called in /MooseQuest/raxx-dev-bot anyway: remove that destination, which an old name does not need, or the old name",
  ],
]);

it("lets the bots go by one old name each, in folders of their own", () => {
  const formerNames = (["APP_ID", "INSTALLATION_ID", "PRIVATE_KEY_PEM"] as const).map(
    (part) => ({ name: `BOT_${part}`, phase: "added", part }) as const,
  );
  expect(faultsOf(bot, { formerNames })).toEqual([]);
});

refusals("purpose-none", [
  ["a blank purpose", ours, { purpose: " " }, "it has no purpose: say what it is for"],
]);

refusals("sensitivity-function", [
  [
    "a DNS token of medium sensitivity",
    zone,
    { tags: { ...zone.tags, sensitivity: "medium" } },
    "its sensitivity medium is below high, the least for function:dns-edit: raise it",
  ],
  [
    "a key for live trading that is merely high",
    ours,
    {
      name: "ALP_LIVE_TRADING",
      tags: { function: "trading-live", sensitivity: "high", consumer: "ci", rotation: "60d" },
      ...livePair,
    },
    "its sensitivity high is below critical, the least for function:trading-live: raise it",
  ],
]);

refusals("cadence-sensitivity", [
  [
    "a critical token that rotates twice a year",
    platform,
    { tags: { ...platform.tags, rotation: "180d" } },
    "its rotation 180d is slower than 90d, the slowest for sensitivity:critical: set rotation to 90d or faster",
  ],
  [
    "a high one too",
    zone,
    { tags: { ...zone.tags, rotation: "180d" } },
    "its rotation 180d is slower than 90d, the slowest for sensitivity:high: set rotation to 90d or faster",
  ],
  [
    "a medium one that rotates once a year",
    mail,
    { tags: { ...mail.tags, rotation: "annual" } },
    "its rotation annual is slower than 180d, the slowest for sensitivity:medium: set rotation to 180d or faster",
  ],
  [
    "an access key of AWS that lives for a quarter",
    keyPair,
    { tags: { ...keyPair.tags, rotation: "90d" } },
    "its rotation 90d is slower than 30d, the slowest for access keys of AWS: set rotation to 30d or faster",
  ],
  [
    "a key for live trading that lives for a quarter",
    ours,
    {
      name: "ALP_LIVE_TRADING",
      review: "two people",
      tags: { function: "trading-live", sensitivity: "critical", consumer: "ci", rotation: "90d" },
      ...livePair,
    },
    "its rotation 90d is slower than 60d, the slowest for live trading keys: set rotation to 60d or faster",
  ],
  [
    "a secret that never rotates",
    bot,
    { tags: { ...bot.tags, rotation: "non-rotating" } },
    "its rotation non-rotating is slower than annual, the slowest for identities of GitHub Apps: set rotation to annual or faster",
  ],
]);

refusals("critical-review", [
  [
    "a critical token with a blank review",
    platform,
    { review: " " },
    "it is critical and names no review: have a second person look at it, and add review",
  ],
]);

refusals("consumer-none", [
  [
    "a token that nobody uses",
    ours,
    { consumers: [] },
    "nobody uses it: name its consumers, or remove the token",
  ],
]);

refusals("consumer-first", [
  [
    "another consumer before the tag's",
    mail,
    { consumers: ["console", "raptor", "ci"] },
    "its first consumer is console, but its tag is consumer:raptor: put raptor first",
  ],
]);

refusals("consumer-twice", [
  [
    "a consumer named twice",
    mail,
    { consumers: ["raptor", "console", "ci", "console"] },
    "it names the consumer console twice: name it once",
  ],
]);

refusals("scopes-none", [
  [
    "no vendor scopes",
    mail,
    { vendorScopes: [] },
    "its vendor scopes are missing or blank: list the vendor's exact permission strings",
  ],
  [
    "a blank one",
    mail,
    { vendorScopes: ["server: send", " "] },
    "its vendor scopes are missing or blank: list the vendor's exact permission strings",
  ],
]);

refusals("environment-none", [
  [
    "a token of no environment",
    zone,
    { environments: [] },
    "it has no environment: add prod, staging or both",
  ],
]);

refusals("environment-twice", [
  [
    "an environment named twice",
    platform,
    {
      environments: ["staging", "staging"],
      destinations: [],
      issuer: { kind: "operator" },
      exceptions: [stagingOnly],
    },
    "it names the environment staging twice: name it once",
  ],
]);

refusals("environment-account-wide", [
  [
    "a second value of what is for the whole account",
    zone,
    { environments: ["prod", "staging"] },
    "it is account-wide, so a second value would be a duplicate: leave prod as its only environment",
  ],
]);

refusals("environment-each", [
  [
    "one value of what the vendor keeps apart",
    platform,
    { environments: ["prod"] },
    "its vendor keeps platform-api apart by environment: add prod and staging",
  ],
]);

refusals("dev-test-mode", [
  [
    "a dev value of a vendor without a test mode",
    platform,
    { dev: true },
    "it has a dev value, but only STR has a test mode: remove dev",
  ],
]);

refusals(
  "sop-form",
  ["", "postmark", "docs/rotation/postmark.md", "../postmark.md", "Postmark.md", "post mark.md"].map(
    (sop) => [
      JSON.stringify(sop),
      mail,
      { sop },
      `its sop ${JSON.stringify(sop)} is no file of docs/rotation/: write it as name.md, in kebab-case`,
    ],
  ),
);

refusals("parts-form", [
  [
    "a part that is no companion",
    mail,
    { parts: ["HALF"], formerNames: [], destinations: mail.destinations.slice(0, 1) },
    'its part "HALF" is no companion: use one of EXPIRES_AT, SCOPES, CLIENT_ID, CLIENT_SECRET, AUTH_ID, ACCESS_KEY_ID, SECRET_ACCESS_KEY, KEY_ID, SECRET_KEY, APP_ID, INSTALLATION_ID, PRIVATE_KEY_PEM',
  ],
]);

refusals(
  "parts-form",
  ["EXPIRES_AT", "SCOPES", "AUTH_ID"].map((part) => [
    `the companion ${part} as a part`,
    platform,
    { parts: [part] },
    `its part ${part} says something about the credential, but is no part of it: remove it`,
  ]),
);

refusals("parts-complete", [
  [
    "a key of Alpaca as a single value",
    ours,
    {
      ...livePair,
      name: "ALP_PAPER_TRADING",
      environments: ["prod", "staging"],
      tags: { function: "trading-paper", sensitivity: "medium", consumer: "ci", rotation: "180d" },
      parts: [],
    },
    "its parts lack KEY_ID, SECRET_KEY: KEY_ID and SECRET_KEY go together, so list them all",
  ],
  [
    "a key of AWS that a person makes, as a single value",
    keyPair,
    {
      issuer: { kind: "operator" },
      parts: [],
      formerNames: [],
      destinations: keyPair.destinations.slice(0, 1),
    },
    "its parts lack ACCESS_KEY_ID, SECRET_ACCESS_KEY: ACCESS_KEY_ID and SECRET_ACCESS_KEY go together, so list them all",
  ],
  [
    "a bot as a single value",
    otherBot,
    { parts: [], destinations: [{ kind: "vault", folder: "/MooseQuest/raxx-ops-bot" }] },
    "its parts lack APP_ID, INSTALLATION_ID, PRIVATE_KEY_PEM: APP_ID and INSTALLATION_ID and PRIVATE_KEY_PEM go together, so list them all",
  ],
  [
    "a part of another kind of credential",
    otherBot,
    { parts: [...bot.parts, "KEY_ID"] },
    "its parts have KEY_ID too, but it consists of APP_ID and INSTALLATION_ID and PRIVATE_KEY_PEM: remove what it has not",
  ],
  [
    "one half of a pair",
    ours,
    { issuer: { kind: "operator" }, parts: ["CLIENT_ID"], destinations: [] },
    "its parts lack CLIENT_SECRET: CLIENT_ID and CLIENT_SECRET go together, so list them all",
  ],
  [
    "a bot without its key",
    otherBot,
    { parts: ["APP_ID", "INSTALLATION_ID"] },
    "its parts lack PRIVATE_KEY_PEM: APP_ID and INSTALLATION_ID and PRIVATE_KEY_PEM go together, so list them all",
  ],
  [
    "an access key of AWS as a single value",
    keyPair,
    { parts: [], formerNames: [], destinations: keyPair.destinations.slice(0, 1) },
    "its parts lack ACCESS_KEY_ID, SECRET_ACCESS_KEY: ACCESS_KEY_ID and SECRET_ACCESS_KEY go together, so list them all",
  ],
]);

refusals("part-unknown", [
  [
    "a destination of a part that is none",
    keyPair,
    {
      destinations: [...keyPair.destinations, { kind: "github-secret", name: "BILLING_KEY", part: "KEY_ID" }],
    },
    "its repository secret BILLING_KEY holds KEY_ID, which is no part of it: use one of ACCESS_KEY_ID, SECRET_ACCESS_KEY",
  ],
  [
    "a part of a single value",
    mail,
    {
      destinations: [
        { kind: "github-secret", name: "POSTMARK_ID", part: "CLIENT_ID" },
        { kind: "github-secret", name: "POSTMARK_KEY" },
      ],
    },
    "its repository secret POSTMARK_ID holds CLIENT_ID, but it is a single value: leave the part out, or list its parts",
  ],
]);

refusals("part-missing", [
  [
    "a parameter that does not say which half it holds",
    keyPair,
    { destinations: [{ kind: "ssm-parameter", name: "/raxx/billing-readonly/key" }] },
    "its SSM parameter /raxx/billing-readonly/key does not say which part it holds: add part, one of ACCESS_KEY_ID, SECRET_ACCESS_KEY",
  ],
  [
    "a key pair in one config var",
    keyPair,
    {
      consumers: ["console", "raptor"],
      destinations: [{ kind: "heroku-config-var", app: "api", key: "BILLING" }],
    },
    "its config var BILLING of the app api does not say which part it holds: this kind of place takes a single value only, so remove it",
  ],
]);

refusals("parts-together", [
  [
    "a secret half without its id",
    keyPair,
    { destinations: keyPair.destinations.slice(0, 4) },
    "a github-secret holds ACCESS_KEY_ID, but none holds SECRET_ACCESS_KEY: add a github-secret for it",
  ],
  [
    "the id of a service token without its secret",
    gate,
    { destinations: gate.destinations.slice(0, 2) },
    "a github-secret holds CLIENT_ID, but none holds the value: add a github-secret for it",
  ],
]);

refusals("destination-none", [
  [
    "randomness that goes nowhere",
    ours,
    { destinations: [] },
    "it is issued, but goes nowhere: add its destinations",
  ],
]);

refusals("custody-vault", [
  [
    "custody of what stands nowhere",
    zone,
    { issuer: { kind: "custody" }, name: "CF_DNS_EDIT", destinations: [] },
    "it is in custody, but no destination says where it stands: add the vault folder that holds it",
  ],
]);

refusals("custody-place", [
  [
    "a copy of what is never read",
    mail,
    { issuer: { kind: "custody" }, destinations: mail.destinations.slice(0, 3) },
    "it is in custody, so that its config var POSTMARK_KEY of the app api is never written: remove it, or make the issuer operator",
  ],
  [
    "a parameter, which the vault's value would have to be read for",
    zone,
    {
      issuer: { kind: "custody" },
      name: "CF_DNS_EDIT",
      destinations: [...zone.destinations, { kind: "ssm-parameter", name: "/raxx/dns/token" }],
    },
    "it is in custody, so that its SSM parameter /raxx/dns/token is never written: remove it, or make the issuer operator",
  ],
]);

refusals(
  "custody-lifetime",
  [0, -90, 1.5, Number.NaN, 364].map((lifetimeDays) => [
    `${lifetimeDays} days for what rotates once a year`,
    bot,
    { issuer: { kind: "custody", lifetimeDays } },
    `it lives ${lifetimeDays} days at its vendor, and its rotation is annual: give it 365 whole days or more, or a shorter cadence`,
  ]),
);

it("lets what is in custody live as long as its cadence, or without an end", () => {
  expect(faultsOf(bot, { issuer: { kind: "custody", lifetimeDays: 365 } })).toEqual([]);
  expect(faultsOf(bot, { issuer: { kind: "custody" } })).toEqual([]);
});

refusals(
  "random-bytes",
  [15, 0, -32, 16.5, Number.NaN].map((bytes) => [
    `${bytes} bytes`,
    ours,
    { issuer: { kind: "random", bytes } },
    "it has fewer than 16 random bytes, or no whole number of them: ask for 16 or more",
  ]),
);

refusals("aws-statements", [
  [
    "an action that the scopes do not say",
    keyPair,
    {
      issuer: allowing({ actions: ["ce:GetCostAndUsage", "ce:ListTags"], resources: ["*"] }),
    },
    "its policy allows ce:ListTags, which its scopes do not say: add it to vendorScopes",
  ],
  [
    "a scope that the policy does not allow",
    keyPair,
    { vendorScopes: ["ce:GetCostAndUsage", "ce:ListTags"] },
    "its scope ce:ListTags is in no statement of its policy: add it, or remove the scope",
  ],
  [
    "an action in two statements",
    keyPair,
    {
      issuer: allowing(
        { actions: ["ce:GetCostAndUsage"], resources: ["*"] },
        { actions: ["ce:GetCostAndUsage"], resources: ["arn:aws:s3:::a-bucket"] },
      ),
    },
    "its policy allows ce:GetCostAndUsage twice: name it once",
  ],
  [
    "a statement about nothing",
    keyPair,
    { issuer: allowing({ actions: ["ce:GetCostAndUsage"], resources: [] }) },
    "a statement of its policy (ce:GetCostAndUsage) names no resource: add some",
  ],
]);

function allowing(...statements: PolicyStatement[]): Token["issuer"] {
  return { kind: "aws-access-key", user: "a-user", policy: "a-policy", statements };
}

refusals("cloudflare-scopes", [
  [
    "a permission that the catalog has no group of, naming those most like it",
    zone,
    { vendorScopes: ["Zone > DNS > Edit", "Zone > Zones > Read"] },
    'its scope "Zone > Zones > Read" is no permission of a Cloudflare API token: use one of Zone > Zone > Read, Zone > DNS > Edit, Zone > WAF > Edit, or add its group to catalog/cloudflare.ts',
  ],
  [
    "a name that every object has",
    zone,
    { vendorScopes: ["Zone > DNS > Edit", "toString"] },
    'its scope "toString" is no permission of a Cloudflare API token: use one of Zone > DNS > Edit, Zone > WAF > Edit, Zone > Zone > Read, or add its group to catalog/cloudflare.ts',
  ],
]);

/** A token for the account, which may do something in zones too. */
const acrossZones: Partial<Token> = { name: "CF_DNS_EDIT", vendorScopes: ["Zone > DNS > Edit"] };

refusals("cloudflare-zones", [
  [
    "one zone beside several",
    zone,
    { issuer: { kind: "cloudflare-api-token", zone: "raxx.app", zones: ["getraxx.com"] } },
    "it is for one zone, and for several: keep zone, or zones",
  ],
  [
    "a permission of the account in a token of one zone",
    zone,
    { vendorScopes: ["Account > Billing > Read", "Zone > DNS > Edit"] },
    "it is for the zone raxx.app, but may do something with the account: use zones in place of zone",
  ],
  [
    "a permission of zones with no zone",
    zone,
    { ...acrossZones, issuer: { kind: "cloudflare-api-token" } },
    "it may do something with zones, but names none: add zones",
  ],
  [
    "zones of a token that may do nothing there",
    zone,
    {
      ...acrossZones,
      vendorScopes: ["Account > Billing > Read"],
      issuer: { kind: "cloudflare-api-token", zones: ["raxx.app"] },
    },
    "it names zones, but may do nothing with a zone: remove them",
  ],
  [
    "the same zone twice",
    zone,
    { ...acrossZones, issuer: { kind: "cloudflare-api-token", zones: ["raxx.app", "raxx.app"] } },
    "it names the zone raxx.app twice: name it once",
  ],
]);

it("takes a token of Cloudflare for one zone, for several, and for the account alone", () => {
  expect(faultsOf(zone, {})).toEqual([]);
  const zones = ["getraxx.com", "raxx.app"];
  const both: Partial<Token> = {
    ...acrossZones,
    vendorScopes: ["Account > Cloudflare Pages > Edit", "Zone > DNS > Edit"],
    issuer: { kind: "cloudflare-api-token", zones },
  };
  expect(faultsOf(zone, both)).toEqual([]);
  const ofTheAccount: Partial<Token> = {
    ...acrossZones,
    vendorScopes: ["Account > Billing > Read"],
    issuer: { kind: "cloudflare-api-token" },
  };
  expect(faultsOf(zone, ofTheAccount)).toEqual([]);
});

refusals("heroku-scopes", [
  [
    "a scope that Heroku does not have",
    platform,
    {
      vendorScopes: ["global", "admin"],
      issuer: { kind: "heroku-authorization", scope: ["global", "admin"] },
    },
    "it asks Heroku for admin: use global, identity, read, write, read-protected, write-protected",
  ],
  [
    "vendor scopes that are not those asked for",
    platform,
    { vendorScopes: ["identity"] },
    "it asks Heroku for global, but its vendor scopes are identity: make them the same",
  ],
]);

refusals(
  "vault-folder-form",
  [
    "MooseQuest/postmark",
    "/MooseQuest/postmark/",
    "/MooseQuest",
    "/postmark",
    "/MooseQuest//postmark",
    "/",
  ].map((folder) => [
    JSON.stringify(folder),
    platform,
    { destinations: [{ kind: "vault", folder }] },
    `its vault folder ${JSON.stringify(folder)} is malformed: write it as /MooseQuest/<vendor>, with no slash at the end`,
  ]),
);

refusals("vault-folder-vendor", [
  [
    "the folder of another vendor",
    platform,
    { destinations: [{ kind: "vault", folder: "/MooseQuest/postmark" }] },
    "its vault folder /MooseQuest/postmark is not its vendor's; that of Heroku is /MooseQuest/heroku: use it",
  ],
  [
    "a folder where the vendor has none",
    ours,
    { destinations: [{ kind: "vault", folder: "/MooseQuest/raxx" }] },
    "its vault folder /MooseQuest/raxx is not its vendor's; Raxx has no folder: remove the destination",
  ],
]);

refusals("vault-folder-odd", [
  [
    "an exception for a folder that nothing has fixed",
    otherBot,
    { destinations: [{ kind: "vault", folder: "/MooseQuest/raxx-other-bot", bare: true }] },
    "its vault folder /MooseQuest/raxx-other-bot is not one that function:agent-identity may have instead of its vendor's: use /MooseQuest/raxx-dev-bot or /MooseQuest/raxx-ops-bot or /MooseQuest/raxx-pm-bot, or add the folder to oddFolders in catalog/validation/places.ts",
  ],
  [
    "the billing collector's folder for a token of another function",
    platform,
    {
      destinations: [{ kind: "vault", folder: "/Raxx/Console/Billing" }],
      exceptions: [{ rule: "vault-folder-vendor", reason: "a test" }],
    },
    "its vault folder /Raxx/Console/Billing is not one that function:platform-api may have instead of its vendor's: remove the exception, or add the folder to oddFolders in catalog/validation/places.ts",
  ],
]);

refusals(
  "vault-key-form",
  ["", "lower", "TWO__WORDS", "1ST", "A KEY"].map((key) => [
    JSON.stringify(key),
    platform,
    { destinations: [{ kind: "vault", folder: "/MooseQuest/heroku", key }] },
    `its vault key ${JSON.stringify(key)} is not upper-case words joined by single underscores: rename it`,
  ]),
);

refusals("vault-bare", [
  [
    "a single value without a name",
    platform,
    { destinations: [{ kind: "vault", folder: "/MooseQuest/heroku", bare: true }] },
    "it is bare in /MooseQuest/heroku, but has no parts: remove bare, or list its parts",
  ],
  [
    "a key that is never used",
    otherBot,
    { destinations: [{ kind: "vault", folder: "/MooseQuest/raxx-ops-bot", key: "BOT", bare: true }] },
    "it is bare in /MooseQuest/raxx-ops-bot, so that its key BOT is never used: remove one of them",
  ],
]);

refusals(
  "ssm-name",
  [
    "/raxx/billing",
    "raxx/billing/key",
    "/other/billing/key",
    "/raxx/Billing/key",
    "/raxx/a/b/c",
    "/raxx/a/b/",
  ].map((name) => [
    name,
    zone,
    { destinations: [{ kind: "ssm-parameter", name }] },
    `its SSM parameter ${JSON.stringify(name)} is malformed: name it /raxx/<area>/<name>, in small letters`,
  ]),
);

refusals("ssm-environments", [
  [
    "one parameter for two values",
    mail,
    { destinations: [{ kind: "ssm-parameter", name: "/raxx/mail/key" }] },
    "both environments would write the SSM parameter /raxx/mail/key: remove it, or make it two tokens",
  ],
]);

refusals("github-name", [
  ...["", "lower", "1ST", "A-KEY", "A KEY"].map((name): [string, Token, Partial<Token>, string] => [
    JSON.stringify(name),
    ours,
    { destinations: [{ kind: "github-environment-secret", name }] },
    `GitHub takes no name ${JSON.stringify(name)}: use upper-case letters, digits and underscores, no digit first`,
  ]),
  [
    "a name that GitHub reserves",
    ours,
    { destinations: [{ kind: "github-secret", name: "GITHUB_API_TOKEN" }] },
    "GitHub reserves GITHUB_* for itself: rename GITHUB_API_TOKEN",
  ],
]);

refusals("github-secret-prod", [
  [
    "a secret of the repository that no stack writes",
    ours,
    {
      environments: ["staging"],
      destinations: [{ kind: "github-secret", name: "AUDIT_TOKEN" }],
      exceptions: [stagingOnly],
    },
    "no stack writes its repository secret AUDIT_TOKEN: add prod to its environments, or use an environment secret",
  ],
]);

refusals("config-var-name", [
  [
    "a config var that no shell takes",
    ours,
    {
      consumers: ["ci", "raptor"],
      destinations: [{ kind: "heroku-config-var", app: "api", key: "audit-token" }],
    },
    'its config var "audit-token" is malformed: use upper-case letters, digits and underscores, no digit first',
  ],
  [
    "a setting that no shell takes",
    ours,
    { settings: [{ kind: "heroku-config-var", app: "api", key: "1ST", value: "on" }] },
    'its config var "1ST" is malformed: use upper-case letters, digits and underscores, no digit first',
  ],
]);

refusals("setting-environments", [
  [
    "a setting without a value for prod",
    ours,
    { settings: [{ kind: "github-environment-variable", name: "URL", value: { staging: "a" } }] },
    "its setting URL has no value for prod: add one",
  ],
  [
    "an empty value",
    ours,
    { settings: [{ kind: "github-environment-variable", name: "URL", value: { prod: "", staging: "a" } }] },
    "its setting URL has no value for prod: add one",
  ],
  [
    "a staging value for a prod-only token",
    zone,
    { settings: [{ kind: "github-environment-variable", name: "URL", value: { prod: "a", staging: "b" } }] },
    "its setting URL has a value for staging, where the token is not: remove it",
  ],
]);

refusals("consumer-destination", [
  [
    "a secret of the repository that no workflow reads",
    keyPair,
    {
      consumers: ["console"],
      destinations: keyPair.destinations.slice(0, 1).concat(keyPair.destinations.slice(3)),
    },
    "its repository secret BILLING_ID is read by ci, which is none of its consumers: add ci to alsoUsedBy, or remove the destination",
    "its repository secret BILLING_SECRET is read by ci, which is none of its consumers: add ci to alsoUsedBy, or remove the destination",
  ],
  [
    "an environment secret that no workflow reads",
    zone,
    { destinations: [{ kind: "github-environment-secret", name: "DNS" }] },
    "its environment secret DNS is read by ci, which is none of its consumers: add ci to alsoUsedBy, or remove the destination",
  ],
  [
    "a config var that the console does not read",
    ours,
    { destinations: [{ kind: "heroku-config-var", app: "console", key: "AUDIT_TOKEN" }] },
    "its config var AUDIT_TOKEN of the app console is read by console, which is none of its consumers: add console to alsoUsedBy, or remove the destination",
  ],
  [
    "a config var of Raptor that only the console reads",
    ours,
    {
      consumers: ["ci", "console"],
      destinations: [{ kind: "heroku-config-var", app: "api", key: "AUDIT_TOKEN" }],
    },
    "its config var AUDIT_TOKEN of the app api is read by raptor, which is none of its consumers: add raptor to alsoUsedBy, or remove the destination",
  ],
]);

refusals("place-duplicate", [
  [
    "the key of another token",
    otherBot,
    { destinations: bot.destinations },
    ...bot.parts.map(
      (part) =>
        `in prod, GH_APP_DEV_BOT has ${part} in /MooseQuest/raxx-dev-bot already: give one of them another place`,
    ),
  ],
  [
    "the key of an old name that still stands",
    ours,
    {
      name: "PM_ACCOUNT_MGMT",
      environments: ["prod"],
      tags: { function: "mail-admin", sensitivity: "medium", consumer: "ci", rotation: "90d" },
      destinations: [{ kind: "vault", folder: "/MooseQuest/postmark", key: "POSTMARK_SERVER_API_KEY" }],
    },
    "in prod, PM_SERVER_MAIL has POSTMARK_SERVER_API_KEY in /MooseQuest/postmark already: give one of them another place",
  ],
  [
    "one config var for two values",
    ours,
    {
      consumers: ["ci", "raptor"],
      destinations: [{ kind: "heroku-config-var", app: "api", key: "POSTMARK_KEY" }],
    },
    "in prod, staging, PM_SERVER_MAIL has the config var POSTMARK_KEY of the app api already: give one of them another place",
  ],
  [
    "a config var that is a setting already",
    ours,
    {
      consumers: ["ci", "console"],
      destinations: [{ kind: "heroku-config-var", app: "console", key: "FLAG_MAIL" }],
    },
    "in prod, staging, PM_SERVER_MAIL has the config var FLAG_MAIL of the app console already: give one of them another place",
  ],
  [
    "one secret of the repository for two values",
    ours,
    { destinations: [{ kind: "github-secret", name: "BILLING_ID" }] },
    "in GitHub, AWS_BILLING_READ has the secret BILLING_ID already: give one of them another place",
  ],
  [
    "one environment secret for two values",
    ours,
    { destinations: [{ kind: "github-environment-secret", name: "POSTMARK_KEY" }] },
    "in prod, staging, PM_SERVER_MAIL has the environment secret POSTMARK_KEY already: give one of them another place",
  ],
  [
    "one variable for two settings",
    ours,
    {
      environments: ["staging"],
      exceptions: [stagingOnly],
      settings: [{ kind: "github-environment-variable", name: "POSTMARK_URL", value: { staging: "c" } }],
    },
    "in staging, PM_SERVER_MAIL has the environment variable POSTMARK_URL already: give one of them another place",
  ],
  [
    "one parameter for two values",
    zone,
    { destinations: [{ kind: "ssm-parameter", name: "/raxx/billing-readonly/key_id" }] },
    "in AWS, AWS_BILLING_READ has the parameter /raxx/billing-readonly/key_id already: give one of them another place",
  ],
  [
    "one place twice",
    zone,
    { destinations: [...zone.destinations, ...zone.destinations] },
    "in prod, it has CF_DNS_EDIT_RAXX_APP in /MooseQuest/cloudflare twice: remove one of the two",
  ],
]);

it("lets two tokens share a place in different environments", () => {
  const secret = { kind: "github-environment-secret", name: "SHARED" } as const;
  const prod: Token = { ...zone, consumers: ["terraform", "ci"], destinations: [secret] };
  const staging: Token = {
    ...ours,
    environments: ["staging"],
    destinations: [secret],
    exceptions: [stagingOnly],
  };
  expect(catalogFaults([prod, staging])).toEqual([]);
});

it("lets an old name that was deleted be a key again", () => {
  const formerNames = [{ name: "OLD", phase: "old-deleted" as const }];
  const first = { ...mail, formerNames, destinations: mail.destinations.slice(0, 1) };
  const second: Token = {
    ...ours,
    name: "PM_ACCOUNT_MGMT",
    environments: ["prod"],
    tags: { function: "mail-admin", sensitivity: "medium", consumer: "ci", rotation: "90d" },
    destinations: [{ kind: "vault", folder: "/MooseQuest/postmark", key: "OLD" }],
  };
  expect(catalogFaults([first, second])).toEqual([]);
});

const rotatesOnceAYear: Partial<Token> = { tags: { ...mail.tags, rotation: "annual" } };

describe("an exception", () => {
  it("excuses the entry from the rule, and from no other", () => {
    const exceptions = [{ rule: "cadence-sensitivity", reason: "Section 4 has it annual" }];
    expect(faultsOf(mail, { ...rotatesOnceAYear, exceptions })).toEqual([]);
    expect(faultsOf(mail, { ...rotatesOnceAYear, exceptions, sop: "" })).toHaveLength(1);
  });

  it("does not excuse another entry", () => {
    const exceptions = [{ rule: "cadence-sensitivity", reason: "Section 4 has it annual" }];
    const excused = { ...mail, ...rotatesOnceAYear, exceptions };
    const other: Token = { ...ours, tags: { ...ours.tags, rotation: "annual" } };
    expect(catalogFaults([excused, other])).toEqual([expect.stringMatching(/^RAXX_AUDIT_INGEST: /)]);
  });

  it("that says why a grant is not called full says why it is not critical", () => {
    const vendorScopes = ["Full account of the mail server"];
    const exceptions = [{ rule: "full-suffix", reason: "Section 1 names it so" }];
    expect(faultsOf(mail, { vendorScopes, exceptions })).toEqual([]);
  });
});

const exceptable = catalogRules.filter((rule) => rule.exceptable).map(({ id }) => id);

refusals("exception-unknown", [
  [
    "a rule that does not exist",
    mail,
    { exceptions: [{ rule: "cadences", reason: "a reason" }] },
    `there is no rule "cadences" to except it from: use one of ${exceptable.join(", ")}`,
  ],
]);

it("says of a rule without exceptions that the entry has to be mended", () => {
  const exceptions = [{ rule: "critical-review", reason: "no time" }];
  expect(faultsOf(platform, { review: "", exceptions })).toEqual([
    "HK_PLATFORM_FULL: it is critical and names no review: have a second person look at it, and add review [critical-review]",
    "HK_PLATFORM_FULL: the rule critical-review has no exceptions: remove this one, and mend the entry [exception-unknown]",
  ]);
});

refusals("exception-needless", [
  [
    "an exception from a rule that the entry keeps",
    mail,
    { exceptions: [{ rule: "cadence-sensitivity", reason: "it was annual once" }] },
    "it keeps the rule cadence-sensitivity, but excepts itself from it: remove the exception",
  ],
]);

refusals("exception-reason", [
  [
    "an exception without a reason",
    mail,
    { ...rotatesOnceAYear, exceptions: [{ rule: "cadence-sensitivity", reason: " " }] },
    "its exception from cadence-sensitivity has no reason: give one",
  ],
]);

refusals("exception-twice", [
  [
    "two exceptions from one rule",
    mail,
    {
      ...rotatesOnceAYear,
      exceptions: [
        { rule: "cadence-sensitivity", reason: "one" },
        { rule: "cadence-sensitivity", reason: "another" },
      ],
    },
    "it excepts itself from cadence-sensitivity twice: keep one exception, with the whole reason",
  ],
]);

it("tells all faults of all entries at once, each with the entry and the rule", () => {
  const first: Token = { ...mail, consumers: [], sop: "", environments: [], dev: false, settings: [] };
  const second: Token = { ...platform, review: "", vendorScopes: [] };
  const told = catalogFaults([first, second]).map((fault) => fault.replace(/: .* \[/, " ["));
  expect(told).toEqual([
    "PM_SERVER_MAIL [consumer-none]",
    "PM_SERVER_MAIL [environment-none]",
    "PM_SERVER_MAIL [environment-each]",
    "PM_SERVER_MAIL [sop-form]",
    "PM_SERVER_MAIL [github-secret-prod]",
    "HK_PLATFORM_FULL [critical-review]",
    "HK_PLATFORM_FULL [scopes-none]",
    "HK_PLATFORM_FULL [heroku-scopes]",
  ]);
});

it("has a test here for every rule, each rule with an id of its own and one line", () => {
  expect([...tested].sort()).toEqual(catalogRules.map(({ id }) => id).sort());
  for (const { id, description } of catalogRules) {
    expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(description).toMatch(/^[^\n.]+$/);
  }
});
