import { tokens, type Token } from "../../catalog";
import {
  cadenceDays,
  consumerTags,
  functionTags,
  sensitivityTags,
  vendors,
  type RotationTag,
} from "../../catalog/taxonomy";

/** A table of a source, typed in by hand: a line per row, columns between bars. */
function table(text: string): string[][] {
  return text
    .trim()
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()));
}

/** A cell of a table that the catalog has otherwise. */
interface Difference {
  /** Table, row, column. */
  at: string;
  source: string;
  catalog: string;
}

/** Where the catalog differs from the tables on purpose; docs/decisions.md has each with its paragraph. */
const deviations: (Difference & { reason: string })[] = [
  ...["backup", "token-mint", "secrets-write", "vault-write"].map((tag) => ({
    at: `Section 2, function:${tag}`,
    source: "",
    catalog: "a tag",
    reason: "the tokens found elsewhere do what no tag of Section 2 says; the design page adds it",
  })),
  {
    at: "Appendix A, RAXX",
    source: "",
    catalog: "Raxx",
    reason: "a vendor code for what we issue to ourselves; the design page adds it",
  },
  {
    at: "Section 3, AWS_BILLING_READ, prod",
    source: "yes",
    catalog: "no",
    reason: "workloads on AWS read SSM, not the vault: there is one value, of prod, in SSM only",
  },
  {
    at: "Section 4, CLOUDFLARE_PAGES_DEPLOY_TOKEN, scopes",
    source: "Account > Cloudflare Pages > Edit",
    catalog: "Account > Cloudflare Pages > Edit, Zone > Zone > Read",
    reason: "one token under two names (Q1): no consumer of either loses a scope",
  },
  {
    at: "Section 4, HEROKU_API_KEY, scopes",
    source: "Full account (Heroku tokens are not scoped)",
    catalog: "global",
    reason: "authorizations do have scopes, and the whole account is the one that Heroku calls global",
  },
  {
    at: "Section 4, HEROKU_PLATFORM_API_TOKEN, scopes",
    source: "Full account",
    catalog: "global",
    reason: "one token under two names, and the whole account is the scope that Heroku calls global",
  },
  ...["HEROKU_API_KEY", "HEROKU_PLATFORM_API_TOKEN"].map((old) => ({
    at: `Section 4, ${old}, consumers`,
    source: "ci",
    catalog: "ci, console, raptor",
    reason: "the provisioning batch sets it as a config var of the console and of Raptor too (item 1)",
  })),
  {
    at: "Section 4, CF_ACCESS_SERVICE_TOKEN_VAULT_PROBE, consumers",
    source: "agent",
    catalog: "agent, ci",
    reason: "workflows that read the vault pass its gate with it, as CF_ACCESS_CLIENT_ID and _SECRET",
  },
  {
    at: "Section 4, STRIPE_RESTRICTED_KEY, scopes",
    source: "Restricted key: Customers write, Subscriptions write, Invoices read",
    catalog: "Customers write, Subscriptions write, Invoices read",
    reason: "__SCOPES lists permissions; that the key is a restricted one is its kind",
  },
];

/** Differences of a table have to be exactly its listed deviations: one too many, on either side, fails. */
function expectOnlyDeviations(section: string, differences: Difference[]): void {
  const listed = deviations
    .filter(({ at }) => at.startsWith(`${section}, `))
    .map(({ at, source, catalog }) => ({ at, source, catalog }));
  expect([...differences].sort(byPlace)).toEqual(listed.sort(byPlace));
}

function byPlace(one: Difference, other: Difference): number {
  return one.at < other.at ? -1 : 1;
}

/** The cells of a row, `{ column: [what the source has, what the catalog has] }`, that are not the same. */
function differencesOf(row: string, cells: Record<string, readonly [string, string]>): Difference[] {
  return Object.entries(cells)
    .filter(([, [source, catalog]]) => source !== catalog)
    .map(([column, [source, catalog]]) => ({ at: `${row}, ${column}`, source, catalog }));
}

/** What one of two tables of keys has, and the other has not, or has otherwise. */
function differencesOfKeys(
  section: string,
  source: Record<string, string>,
  catalog: Record<string, string>,
): Difference[] {
  return [...new Set([...Object.keys(source), ...Object.keys(catalog)])]
    .map((key) => ({ at: `${section}, ${key}`, source: source[key] ?? "", catalog: catalog[key] ?? "" }))
    .filter((difference) => difference.source !== difference.catalog);
}

function tokenNamed(name: string): Token {
  const found = tokens.find((token) => token.name === name);
  if (found === undefined) throw new Error(`the catalog has no ${name}`);
  return found;
}

function vaultFolders({ destinations }: Token): string[] {
  return destinations.flatMap((place) => (place.kind === "vault" ? [place.folder] : []));
}

/** Section 1, "Examples": name, scope. */
const section1 = table(`
CF_DNS_EDIT_RAXX_APP    | raxx.app zone
CF_DNS_EDIT_GETRAXX_COM | getraxx.com zone
CF_WAF_EDIT_RAXX_APP    | raxx.app zone
CF_PAGES_DEPLOY         | account-wide
CF_ACCESS_MGMT          | account-wide
CF_ACCESS_SVC_VAULT     | vault.raxx.app
CF_ACCESS_SVC_CONSOLE   | console.raxx.app
HK_PLATFORM_FULL        | account-wide
PM_SERVER_MAIL          | raxx.app server
PM_ACCOUNT_MGMT         | account-wide
AWS_INFISICAL_BOOTSTRAP | infisical-bootstrap user
AWS_BILLING_READ        | account-wide
ANT_CLAUDE_SDK          | account-wide
GH_READONLY             | MooseQuest org
GH_APP_DEV_BOT          | raxx-dev-bot App
GH_APP_OPS_BOT          | raxx-ops-bot App
GH_APP_PM_BOT           | raxx-pm-bot App
STR_BILLING_WRITE       | account-wide
ALP_PAPER_TRADING       | paper account
ALP_LIVE_TRADING        | live account
INF_SVC_DISPATCHER      | /MooseQuest/raxx-*-bot/
SL_BOT_NOTIFY           | MooseQuest workspace
`);

/** Section 2, "Tag set": dimension, values. */
const section2 = table(`
function    | dns-edit waf-edit pages-deploy access-mgmt access-bypass platform-api mail-send mail-admin billing-read
function    | billing-write trading-paper trading-live ai-sdk ci-deploy agent-identity repo-read vault-read notify
sensitivity | critical high medium low
consumer    | ci console agent operator raptor terraform
rotation    | 30d 60d 90d 180d annual non-rotating
`);

/** Section 3, "Classification table": token, prod, staging, dev. */
const section3 = table(`
CF_DNS_EDIT_RAXX_APP    | yes | no  | no
CF_DNS_EDIT_GETRAXX_COM | yes | no  | no
CF_WAF_EDIT_RAXX_APP    | yes | no  | no
CF_PAGES_DEPLOY         | yes | no  | no
CF_ACCESS_MGMT          | yes | no  | no
CF_ACCESS_SVC_VAULT     | yes | yes | no
CF_ACCESS_SVC_CONSOLE   | yes | yes | no
HK_PLATFORM_FULL        | yes | yes | no
PM_SERVER_MAIL          | yes | yes | no
PM_ACCOUNT_MGMT         | yes | no  | no
AWS_INFISICAL_BOOTSTRAP | yes | no  | no
AWS_BILLING_READ        | yes | no  | no
ANT_CLAUDE_SDK          | yes | no  | no
GH_READONLY             | yes | no  | no
GH_APP_DEV_BOT          | yes | no  | no
GH_APP_OPS_BOT          | yes | no  | no
GH_APP_PM_BOT           | yes | no  | no
STR_BILLING_WRITE       | yes | no  | yes
ALP_PAPER_TRADING       | yes | yes | no
ALP_LIVE_TRADING        | yes | no  | no
INF_SVC_DISPATCHER      | yes | no  | no
SL_BOT_NOTIFY           | yes | no  | no
`);

/**
 * Section 4: current name, proposed name, scopes, consumers, sensitivity, rotation; below the folder of its heading.
 * A dash stands for a column that the table has not, or a row without a current name; in brackets, the companion
 * that the note below the table gives a component.
 */
const section4: Record<string, string[][]> = {
  "/MooseQuest/cloudflare": table(`
CLOUDFLARE_EDIT_DNS                 | CF_DNS_EDIT_RAXX_APP    | Zone > DNS > Edit, Zone > Zone > Read                 | terraform, ci       | high   | 90d
CLOUDFLARE_RAXX_AUTOMATION_API_TOKEN | CF_PAGES_DEPLOY        | Account > Cloudflare Pages > Edit, Zone > Zone > Read | ci                  | high   | 90d
CLOUDFLARE_ACCESS_MGMT_TOKEN        | CF_ACCESS_MGMT          | Account > Access: Apps and Policies > Edit            | terraform, operator | high   | 90d
CLOUDFLARE_PAGES_DEPLOY_TOKEN       | CF_PAGES_DEPLOY         | Account > Cloudflare Pages > Edit                     | ci                  | high   | 90d
-                                   | CF_WAF_EDIT_RAXX_APP    | Zone > WAF > Edit, Zone > Zone > Read                 | ci, operator        | high   | 90d
-                                   | CF_DNS_EDIT_GETRAXX_COM | Zone > DNS > Edit, Zone > Zone > Read                 | terraform           | high   | 90d
CF_ACCESS_SERVICE_TOKEN_CONSOLE     | CF_ACCESS_SVC_CONSOLE   | -                                                     | ci, console         | medium | 90d
CF_ACCESS_SERVICE_TOKEN_VAULT_PROBE | CF_ACCESS_SVC_VAULT     | -                                                     | agent               | high   | 90d
`),
  "/MooseQuest/heroku": table(`
HEROKU_API_KEY            | HK_PLATFORM_FULL | Full account (Heroku tokens are not scoped) | ci | critical | 90d
HEROKU_PLATFORM_API_TOKEN | HK_PLATFORM_FULL | Full account                                | ci | critical | 90d
`),
  "/MooseQuest/postmark": table(`
POSTMARK_SERVER_API_KEY  | PM_SERVER_MAIL  | Server token (send only for one server) | raptor   | medium | 180d
POSTMARK_ACCOUNT_API_KEY | PM_ACCOUNT_MGMT | Account API token                       | operator | high   | 180d
`),
  "/MooseQuest/aws": table(`
AWS_ACCESS_KEY_ID     | AWS_INFISICAL_BOOTSTRAP (ACCESS_KEY_ID)     | Lightsail full, limited IAM user (claude-infisical-bootstrap) | operator | high | 30d
AWS_SECRET_ACCESS_KEY | AWS_INFISICAL_BOOTSTRAP (SECRET_ACCESS_KEY) | Same                                                          | operator | high | 30d
`),
  "/MooseQuest/anthropic": table(`
ANTHROPIC_API_KEY | ANT_CLAUDE_SDK | Account-level API key | agent, raptor | high | 90d
`),
  "/MooseQuest/github": table(`
GITHUB_API_READONLY_TOKEN | GH_READONLY | Contents:read, Metadata:read | agent | low | 90d
`),
  "/MooseQuest/raxx-dev-bot": table("- | GH_APP_DEV_BOT | - | agent | high | annual"),
  "/MooseQuest/raxx-ops-bot": table("- | GH_APP_OPS_BOT | - | agent | high | annual"),
  "/MooseQuest/raxx-pm-bot": table("- | GH_APP_PM_BOT | - | agent | high | annual"),
  "/MooseQuest/stripe": table(`
STRIPE_RESTRICTED_KEY | STR_BILLING_WRITE | Restricted key: Customers write, Subscriptions write, Invoices read | raptor | critical | 90d
`),
  "/MooseQuest/alpaca": table(`
ALPACA_PAPER_API_KEY_ID     | ALP_PAPER_TRADING (KEY_ID)     | Paper trading (key+secret pair) | raptor | medium   | 180d
ALPACA_PAPER_API_SECRET_KEY | ALP_PAPER_TRADING (SECRET_KEY) | Same                            | raptor | medium   | 180d
ALPACA_LIVE_API_KEY_ID      | ALP_LIVE_TRADING (KEY_ID)      | Live trading (key+secret pair)  | raptor | critical | 60d
ALPACA_LIVE_API_SECRET_KEY  | ALP_LIVE_TRADING (SECRET_KEY)  | Same                            | raptor | critical | 60d
`),
  "/MooseQuest/infisical": table(`
INFISICAL_SERVICE_TOKEN | INF_SVC_DISPATCHER | - | agent | high | 90d
`),
  "/MooseQuest/slack": table(`
BOT_USER_SLACK_TRADING_MASTER_API | SL_BOT_NOTIFY | chat:write, im:write | raptor, agent | medium | annual
`),
  // "DreamHost / Oracle Dyn (legacy)" names no folder: by the rule of Section 5 each has its vendor's.
  "/MooseQuest/dreamhost": table("DREAMHOST_API_KEY | DH_DNS_MGMT | - | operator | medium | 90d"),
  "/MooseQuest/dyn": table("DYN_PASSWORD | DYN_DNS_UPDATE | - | operator | medium | 180d"),
};

/** Appendix A: code, vendor. */
const appendixA = table(`
CF  | Cloudflare
HK  | Heroku
PM  | Postmark
AWS | Amazon Web Services
ANT | Anthropic
GH  | GitHub
STR | Stripe
ALP | Alpaca
INF | Infisical
SL  | Slack
DH  | DreamHost
DYN | Oracle Dyn
`);

/**
 * The design page, tokens found elsewhere (Q4): token, was, function, sensitivity, consumer, rotation; then its
 * column "where": environments, who supplies it, kinds of places (a dash where it does not list them all).
 */
const q4 = table(`
CF_WORKERS_DEPLOY    | CF_WORKER_DEPLOY          | ci-deploy     | high     | ci       | 90d | prod          | machine  | vault /MooseQuest/cloudflare
CF_BILLING_READ      | -                         | billing-read  | medium   | console  | 90d | prod          | machine  | ssm-parameter, vault /Raxx/Console/Billing
HK_BILLING_FULL      | -                         | billing-read  | critical | console  | 90d | prod          | machine  | ssm-parameter, vault /Raxx/Console/Billing
AWS_BILLING_READ     | -                         | billing-read  | medium   | console  | 30d | prod          | machine  | ssm-parameter
AWS_FREESCOUT_BACKUP | -                         | backup        | high     | ci       | 30d | prod          | machine  | github-secret
CF_TOKENS_MINT       | -                         | token-mint    | critical | operator | 90d | prod          | operator | -
GH_SECRETS_WRITE     | GITHUB_API_SECRETS_TOKEN  | secrets-write | critical | operator | 90d | prod          | operator | -
GH_ACTIONS_DISPATCH  | GITHUB_API_DISPATCH_TOKEN | ci-deploy     | medium   | console  | 90d | prod          | operator | -
INF_APP_READER       | -                         | vault-read    | high     | raptor   | 90d | prod, staging | machine  | -
INF_PROVISIONER      | -                         | vault-write   | critical | operator | 90d | prod          | operator | -
RAXX_AUDIT_INGEST    | -                         | ci-deploy     | medium   | ci       | 90d | prod, staging | machine  | github-environment-secret, heroku-config-var
`);

/** Items 1 to 4 of the provisioning batch: token, kind of place, name there, part. */
const batch = table(`
HK_PLATFORM_FULL     | heroku-config-var         | console HEROKU_API_KEY                             |
HK_PLATFORM_FULL     | heroku-config-var         | api HEROKU_API_KEY                                 |
HK_PLATFORM_FULL     | github-secret             | HEROKU_API_KEY                                     |
HK_PLATFORM_FULL     | vault                     | /MooseQuest/heroku/HK_PLATFORM_FULL                |
HK_BILLING_FULL      | ssm-parameter             | /raxx/billing-readonly/heroku_billing_api_key      |
HK_BILLING_FULL      | ssm-parameter             | /raxx/billing-readonly/heroku_billing_auth_id      | AUTH_ID
HK_BILLING_FULL      | vault                     | /Raxx/Console/Billing/HEROKU_BILLING_API_KEY       |
AWS_BILLING_READ     | ssm-parameter             | /raxx/billing-readonly/aws_access_key_id           | ACCESS_KEY_ID
AWS_BILLING_READ     | ssm-parameter             | /raxx/billing-readonly/aws_secret_access_key       | SECRET_ACCESS_KEY
CF_BILLING_READ      | ssm-parameter             | /raxx/billing-readonly/cloudflare_billing_token    |
CF_BILLING_READ      | vault                     | /Raxx/Console/Billing/CLOUDFLARE_BILLING_TOKEN     |
RAXX_AUDIT_INGEST    | github-environment-secret | CONSOLE_AUDIT_INGEST_TOKEN                         |
RAXX_AUDIT_INGEST    | heroku-config-var         | console CONSOLE_AUDIT_INGEST_TOKEN                 |
AWS_FREESCOUT_BACKUP | github-secret             | AWS_BACKUP_ACCESS_KEY_ID                           | ACCESS_KEY_ID
AWS_FREESCOUT_BACKUP | github-secret             | AWS_BACKUP_SECRET_ACCESS_KEY                       | SECRET_ACCESS_KEY
`);

const section4Rows = Object.entries(section4).flatMap(([folder, rows]) =>
  rows.map(([old = "", proposed = "", scopes = "", ...tags], index) => {
    const [name = "", part] = proposed.replace(")", "").split(" (");
    const above = rows[index - 1]?.[2] ?? "";
    return { folder, old, name, part, scopes: scopes === "Same" ? above : scopes, tags };
  }),
);

describe("Section 1", () => {
  it("has 22 names, and each is a token", () => {
    expect(section1).toHaveLength(22);
    expect(tokens.map(({ name }) => name)).toEqual(expect.arrayContaining(section1.map(([name]) => name)));
  });

  it("says which zone, application or user each token is for", () => {
    const differences = section1.flatMap(([name = "", scope = ""]) => {
      const { issuer } = tokenNamed(name);
      switch (issuer.kind) {
        case "cloudflare-api-token":
          return differencesOf(`Section 1, ${name}`, {
            scope: [scope, issuer.zone === undefined ? "account-wide" : `${issuer.zone} zone`],
          });
        case "cloudflare-access-service-token":
          return differencesOf(`Section 1, ${name}`, { scope: [scope, issuer.application] });
        default:
          return [];
      }
    });
    expectOnlyDeviations("Section 1", differences);
  });
});

it("has no token that no table names", () => {
  const named = [
    ...section1.map(([name]) => name),
    ...section4Rows.map(({ name }) => name),
    ...q4.map(([name]) => name),
  ];
  expect(tokens.map(({ name }) => name).sort()).toEqual([...new Set(named)].sort());
});

it("has the tags of Section 2, and those that the design page adds", () => {
  const rotation: Record<RotationTag, true> = {
    "30d": true,
    "60d": true,
    "90d": true,
    "180d": true,
    annual: true,
    "non-rotating": true,
  };
  const catalog = { function: functionTags, sensitivity: sensitivityTags, consumer: consumerTags, rotation };
  const tagsOf = (pairs: [string, string[]][]): Record<string, string> =>
    Object.fromEntries(
      pairs.flatMap(([dimension, values]) => values.map((value) => [`${dimension}:${value}`, "a tag"])),
    );
  expectOnlyDeviations(
    "Section 2",
    differencesOfKeys(
      "Section 2",
      tagsOf(section2.map(([dimension = "", values = ""]) => [dimension, values.split(" ")])),
      tagsOf(Object.entries(catalog).map(([dimension, values]) => [dimension, Object.keys(values)])),
    ),
  );
  expect([...Object.keys(cadenceDays), "non-rotating"].sort()).toEqual(Object.keys(rotation).sort());
});

it("has a value in the vault's environments that Section 3 says, and in no other", () => {
  expect(section3).toHaveLength(22);
  const differences = section3.flatMap(([name = "", prod = "", staging = "", dev = ""]) => {
    const token = tokenNamed(name);
    const stands = (here: boolean): string => (here && vaultFolders(token).length > 0 ? "yes" : "no");
    return differencesOf(`Section 3, ${name}`, {
      prod: [prod, stands(token.environments.includes("prod"))],
      staging: [staging, stands(token.environments.includes("staging"))],
      dev: [dev, stands(token.dev)],
    });
  });
  expectOnlyDeviations("Section 3", differences);
});

it("has a dev value, or one of staging, only where Section 3 or the design page says so", () => {
  const elsewhere = (token: Token): boolean => token.dev || token.environments.includes("staging");
  const allowed = [
    ...section3.filter(([, , staging, dev]) => staging === "yes" || dev === "yes"),
    ...q4.filter(([, , , , , , environments = ""]) => environments.includes("staging")),
  ].map(([name]) => name);
  expect(
    tokens
      .filter(elsewhere)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(allowed.sort());
});

describe("Section 4", () => {
  it("has each row in the catalog as the table says it", () => {
    const differences = section4Rows.flatMap(({ folder, old, name, part, scopes, tags }) => {
      const token = tokenNamed(name);
      const [consumers = "", sensitivity = "", rotation = ""] = tags;
      const former = token.formerNames.find((other) => other.name === old);
      return differencesOf(`Section 4, ${old === "-" ? name : old}`, {
        "current name": [old, former?.name ?? "-"],
        component: [part ?? "", former?.part ?? ""],
        folder: [folder, vaultFolders(token).join(", ")],
        scopes: [scopes, scopes === "-" ? scopes : token.vendorScopes.join(", ")],
        consumers: [consumers, token.consumers.join(", ")],
        "first consumer": [consumers.split(", ")[0] ?? "", token.tags.consumer],
        sensitivity: [sensitivity, token.tags.sensitivity],
        rotation: [rotation, token.tags.rotation],
      });
    });
    expectOnlyDeviations("Section 4", differences);
  });

  it("and the design page know every old name, each still in the vault beside the new one", () => {
    const known = [
      ...section4Rows.filter(({ old }) => old !== "-").map(({ old, name }) => [old, name]),
      ...q4.filter(([, was]) => was !== "-").map(([name, was]) => [was, name]),
    ];
    const formers = tokens.flatMap(({ name, formerNames }) =>
      formerNames.map((former) => ({ pair: [former.name, name], phase: former.phase })),
    );
    expect(formers.map(({ pair }) => pair.join(" ")).sort()).toEqual(
      known.map((pair) => pair.join(" ")).sort(),
    );
    expect([...new Set(formers.map(({ phase }) => phase))]).toEqual(["added"]);
  });
});

it("has the vendor codes of Appendix A, and one for what we issue ourselves", () => {
  expectOnlyDeviations(
    "Appendix A",
    differencesOfKeys(
      "Appendix A",
      Object.fromEntries(appendixA.map(([code = "", vendor = ""]) => [code, vendor])),
      Object.fromEntries(Object.entries(vendors).map(([code, { name }]) => [code, name])),
    ),
  );
});

describe("the tokens found elsewhere (Q4)", () => {
  it("are in the catalog as the design page says", () => {
    const differences = q4.flatMap((row) => {
      const [name = "", was = "", tag = "", sensitivity = "", consumer = "", rotation = "", ...where] = row;
      const [environments = "", supplier = "", kinds = ""] = where;
      const token = tokenNamed(name);
      return differencesOf(`Q4, ${name}`, {
        was: [was, token.formerNames.map((former) => former.name).join(", ") || "-"],
        function: [tag, token.tags.function],
        sensitivity: [sensitivity, token.tags.sensitivity],
        consumer: [consumer, token.tags.consumer],
        rotation: [rotation, token.tags.rotation],
        environments: [environments, token.environments.join(", ")],
        supplier: [supplier, supplierOf(token)],
        kinds: [kinds, kinds === "-" ? kinds : kindsOf(token).join(", ")],
      });
    });
    expectOnlyDeviations("Q4", differences);
  });

  it("have INF_APP_READER go to Raptor, the console and CI as INFISICAL_SERVICE_TOKEN", () => {
    const { consumers, destinations } = tokenNamed("INF_APP_READER");
    expect(consumers).toEqual(["raptor", "console", "ci"]);
    expect(destinations).toEqual(
      expect.arrayContaining([
        { kind: "heroku-config-var", app: "api", key: "INFISICAL_SERVICE_TOKEN" },
        { kind: "heroku-config-var", app: "console", key: "INFISICAL_SERVICE_TOKEN" },
        { kind: "github-secret", name: "INFISICAL_SERVICE_TOKEN" },
      ]),
    );
  });

  it("have GH_ACTIONS_DISPATCH at GitHub under a name that is not reserved", () => {
    const names = tokenNamed("GH_ACTIONS_DISPATCH").destinations.flatMap((place) =>
      place.kind === "github-secret" ? [place.name] : [],
    );
    expect(names).toEqual(["GH_ACTIONS_DISPATCH"]);
  });
});

it("puts the tokens of the provisioning batch where it puts them, and nowhere else", () => {
  const known = [...new Set(batch.map(([name = ""]) => name))];
  const places = known.map(tokenNamed).flatMap((token) => token.destinations.map((at) => placeOf(token, at)));
  expect(places.sort()).toEqual(batch.map((row) => row.join(" ").trim()).sort());
});

it("keeps the parts of each bot under their own names, at the path that is fixed in a script", () => {
  for (const app of ["DEV", "OPS", "PM"]) {
    const { parts, destinations } = tokenNamed(`GH_APP_${app}_BOT`);
    expect(parts).toEqual(["APP_ID", "INSTALLATION_ID", "PRIVATE_KEY_PEM"]);
    const folder = `/MooseQuest/raxx-${app.toLowerCase()}-bot`;
    expect(destinations).toEqual([{ kind: "vault", folder, bare: true }]);
  }
});

it("gives every deviation one place, in a table that is compared, and a reason", () => {
  const compared = /^(Section [1-4]|Appendix A|Q4), /;
  for (const { at, reason } of deviations) {
    expect(at).toMatch(compared);
    expect(reason).not.toBe("");
  }
  expect(new Set(deviations.map(({ at }) => at)).size).toBe(deviations.length);
});

/** Who brings the value: a machine, or the operator as a Pulumi secret. */
function supplierOf({ issuer }: Token): string {
  if (issuer.kind === "operator" || issuer.kind === "custody") return issuer.kind;
  return "machine";
}

function kindsOf({ destinations }: Token): string[] {
  const kinds = destinations.map((place) => (place.kind === "vault" ? `vault ${place.folder}` : place.kind));
  return [...new Set(kinds)].sort();
}

function placeOf({ name }: Token, place: Token["destinations"][number]): string {
  switch (place.kind) {
    case "vault":
      return `${name} vault ${place.folder}/${place.key ?? name}`;
    case "heroku-config-var":
      return `${name} ${place.kind} ${place.app} ${place.key}`;
    case "ssm-parameter":
    case "github-secret":
      return `${name} ${place.kind} ${place.name} ${place.part ?? ""}`.trim();
    case "github-environment-secret":
      return `${name} ${place.kind} ${place.name}`;
  }
}
