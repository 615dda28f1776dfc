import { tokens } from "../../catalog";
import { vendors, type Vendor } from "../../catalog/taxonomy";
import { provisioningOf, type TokenName } from "../../catalog/token";
import { type Provisioning } from "../../catalog/vendors";

const all: [code: string, vendor: Vendor][] = Object.entries(vendors);
const ways: [where: string, way: Provisioning][] = all
  .flatMap(([, { provisioning, provisioningByFunction = {} }]) => [
    ...(provisioning === undefined ? [] : [provisioning]),
    ...Object.values(provisioningByFunction),
  ])
  .map((way) => [way.where, way]);

/** How a person makes the token of this name. */
function wayOf(name: TokenName): Provisioning | undefined {
  const token = tokens.find((one) => one.name === name);
  if (token === undefined) throw new Error(`there is no token ${name}`);
  return provisioningOf(token);
}

it("says for every vendor how a person makes a credential there, but not for ourselves", () => {
  expect(all.filter(([, { provisioning }]) => provisioning === undefined).map(([code]) => code)).toEqual([
    "RAXX",
  ]);
  expect(wayOf("RAXX_AUDIT_INGEST")).toBeUndefined();
});

// Section 5, step 2 of the taxonomy; DreamHost and Dyn have no row there.
it.each<[TokenName, string]>([
  ["CF_DNS_EDIT_RAXX_APP", "https://dash.cloudflare.com/profile/api-tokens"],
  ["CF_ACCESS_SVC_VAULT", "Zero Trust → Access → Service Auth → Service Tokens"],
  ["HK_PLATFORM_FULL", "https://dashboard.heroku.com/account"],
  ["PM_SERVER_MAIL", "https://account.postmarkapp.com/servers → the server → API Tokens"],
  ["PM_ACCOUNT_MGMT", "https://account.postmarkapp.com → Account → API Tokens"],
  ["AWS_INFISICAL_BOOTSTRAP", "IAM → Users → claude-infisical-bootstrap → Security credentials"],
  ["AWS_BILLING_READ", "IAM → Users → the user that the token is of → Security credentials"],
  ["ANT_CLAUDE_SDK", "https://console.anthropic.com/settings/keys"],
  ["GH_READONLY", "https://github.com/settings/tokens"],
  ["GH_APP_OPS_BOT", "https://github.com/apps/<appname>"],
  ["STR_BILLING_WRITE", "https://dashboard.stripe.com/apikeys → Create restricted key"],
  ["ALP_PAPER_TRADING", "https://app.alpaca.markets → the paper account"],
  ["ALP_LIVE_TRADING", "https://app.alpaca.markets → the live account"],
  ["INF_SVC_DISPATCHER", "vault.raxx.app → Access Control → Identities"],
  ["SL_BOT_NOTIFY", "https://api.slack.com/apps"],
  ["DH_DNS_MGMT", "https://panel.dreamhost.com/?tree=home.api"],
  ["DYN_DNS_UPDATE", "the settings of the Dyn account"],
])("has %s made at %s", (name, where) => {
  expect(wayOf(name)?.where).toContain(where);
});

it.each<[TokenName, RegExp]>([
  ["CF_DNS_EDIT_RAXX_APP", /Specific zone/],
  ["CF_ACCESS_SVC_VAULT", /duration of 1 year/],
  ["CF_ACCESS_SVC_VAULT", /action Service Auth/],
  ["HK_PLATFORM_FULL", /full account/],
  ["AWS_INFISICAL_BOOTSTRAP", /another user.*needs an approval/],
  ["GH_READONLY", /fine-grained/],
  ["GH_READONLY", /only the repositories that it needs/],
  ["GH_APP_DEV_BOT", /architectural review/],
  ["STR_BILLING_WRITE", /never use the secret key/],
  ["INF_SVC_DISPATCHER", /Universal Auth/],
  ["INF_SVC_DISPATCHER", /reads the paths of its vendor scopes, nothing else/],
  ["DH_DNS_MGMT", /DNS functions only/],
])("has %s made with no more rights than it needs: %s", (name, words) => {
  expect(wayOf(name)?.how.join("\n")).toMatch(words);
});

it.each(ways)(
  "at %s: steps of one line each, which begin no sentence and end none",
  (_where, { where, how }) => {
    expect(how.length).toBeGreaterThan(0);
    for (const text of [where, ...how]) expect(text).toMatch(/^\S[^\n]*[^\s.]$/);
  },
);
