import { randomBytes } from "node:crypto";

import { createFolder, createSecret, createTag, type InfisicalState } from "../vendors/infisical/entities";

/** Where a value stands in the vault, and under which name. */
type Names = Record<string, readonly string[]>;

/** Vendor's folder below /MooseQuest → names from before the taxonomy, each with a value of its own. */
const oldNames: Record<"prod" | "staging" | "dev", Names> = {
  prod: {
    alpaca: [
      "ALPACA_PAPER_API_KEY_ID",
      "ALPACA_PAPER_API_SECRET_KEY",
      "ALPACA_LIVE_API_KEY_ID",
      "ALPACA_LIVE_API_SECRET_KEY",
    ],
    anthropic: ["ANTHROPIC_API_KEY"],
    aws: ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
    cloudflare: ["CLOUDFLARE_EDIT_DNS", "CLOUDFLARE_ACCESS_MGMT_TOKEN", "CLOUDFLAREROLLED"],
    dreamhost: ["DREAMHOST_API_KEY"],
    dyn: ["DYN_PASSWORD"],
    github: ["GITHUB_API_READONLY_TOKEN"],
    infisical: ["INFISICAL_SERVICE_TOKEN"],
    postmark: ["POSTMARK_SERVER_API_KEY", "POSTMARK_ACCOUNT_API_KEY"],
    slack: ["BOT_USER_SLACK_TRADING_MASTER_API"],
    stripe: ["STRIPE_RESTRICTED_KEY"],
  },
  staging: {
    alpaca: ["ALPACA_PAPER_API_KEY_ID", "ALPACA_PAPER_API_SECRET_KEY"],
    postmark: ["POSTMARK_SERVER_API_KEY"],
  },
  dev: { stripe: ["STRIPE_RESTRICTED_KEY"] },
};

/** Names of one credential, under which the vault holds the same value twice. */
const twice: readonly { vendor: string; names: readonly string[] }[] = [
  { vendor: "heroku", names: ["HEROKU_API_KEY", "HEROKU_PLATFORM_API_TOKEN"] },
  {
    vendor: "cloudflare",
    names: ["CLOUDFLARE_RAXX_AUTOMATION_API_TOKEN", "CLOUDFLARE_PAGES_DEPLOY_TOKEN"],
  },
];

/**
 * The vault as the taxonomy found it: every credential under its old name, untagged, the bots' three secrets in
 * their folders, and secrets, tags and folders of other people. `herokuToken` is the one that the apps run on.
 */
export function seedVault(state: InfisicalState, projectId: string, herokuToken: string): void {
  createTag(state, { projectId, slug: "function-platform-api", color: "#aa0000" });
  createTag(state, { projectId, slug: "legacy", color: "#888888" });
  for (const environment of ["prod", "staging", "dev"] as const) {
    for (const [vendor, names] of Object.entries(oldNames[environment])) {
      const place = { projectId, environment, path: `/MooseQuest/${vendor}` };
      createFolder(state, place);
      for (const name of names) createSecret(state, { ...place, name, value: randomValue() });
    }
  }
  for (const { vendor, names } of twice) {
    const place = { projectId, environment: "prod", path: `/MooseQuest/${vendor}` };
    createFolder(state, place);
    const value = vendor === "heroku" ? herokuToken : randomValue();
    for (const name of names) createSecret(state, { ...place, name, value });
  }
  for (const [index, bot] of ["raxx-dev-bot", "raxx-ops-bot", "raxx-pm-bot"].entries()) {
    const place = { projectId, environment: "prod", path: `/MooseQuest/${bot}` };
    createFolder(state, place);
    createSecret(state, {
      ...place,
      name: "APP_ID",
      value: `${104729 + index}`,
      comment: `GitHub App ${bot}`,
    });
    createSecret(state, { ...place, name: "INSTALLATION_ID", value: `${51234567 + index}` });
    createSecret(state, {
      ...place,
      name: "PRIVATE_KEY_PEM",
      value: pem(),
      tagSlugs: ["legacy"],
      previousValues: [pem()],
    });
  }
  createSecret(state, { projectId, environment: "staging", name: "SENTRY_DSN", value: randomValue() });
}

/** In the shape of a private key; nothing here signs with it. */
function pem(): string {
  const lines =
    randomBytes(1200)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  const kind = "RSA PRIVATE KEY";
  return [`-----BEGIN ${kind}-----`, ...lines, `-----END ${kind}-----`, ""].join("\n");
}

function randomValue(): string {
  return randomBytes(24).toString("base64url");
}
