import { type FunctionTag } from "./taxonomy";

/** How a person makes a credential at a vendor: Section 5, step 2 of the taxonomy. */
export interface Provisioning {
  /** An address, or the way through the vendor's own pages. */
  where: string;
  /** Steps in the vendor's own terms, with no more rights than are needed. */
  how: readonly string[];
}

export interface Vendor {
  name: string;
  /** The vendor's folder in the vault; absent where nothing of it stands there. */
  folder?: string;
  /** Absent where nobody but the program makes one. */
  provisioning?: Provisioning;
  /** For the functions whose credentials are of another kind, made in another way. @default none */
  provisioningByFunction?: Readonly<Partial<Record<FunctionTag, Provisioning>>>;
}

/** Appendix A of the taxonomy, the folders of its Section 4, and RAXX for what we issue ourselves. */
export const vendors = {
  ALP: {
    name: "Alpaca",
    folder: "/MooseQuest/alpaca",
    provisioning: {
      where: "https://app.alpaca.markets → the paper account → Account → API",
      how: [
        "switch to the paper account: a paper key and a live key are different keys",
        "Create New Key; key id and secret are shown once, and belong together",
      ],
    },
    provisioningByFunction: {
      "trading-live": {
        where: "https://app.alpaca.markets → the live account → Account → API",
        how: [
          "switch to the live account, as its owner and with the market closed: this key moves real money",
          "Create New Key; key id and secret are shown once, and belong together",
        ],
      },
    },
  },
  ANT: {
    name: "Anthropic",
    folder: "/MooseQuest/anthropic",
    provisioning: {
      where: "https://console.anthropic.com/settings/keys",
      how: ["Create Key", "there are no scopes to choose: the key may do what the account may do"],
    },
  },
  AWS: {
    name: "Amazon Web Services",
    folder: "/MooseQuest/aws",
    provisioning: {
      where: "AWS console → IAM → Users → the user that the token is of → Security credentials",
      how: [
        "Create access key for the user that there is: another user, or a wider policy, needs an approval first",
        "a user has two keys at most, inactive ones count: delete a dead one first",
      ],
    },
    provisioningByFunction: {
      "platform-api": {
        where: "AWS console → IAM → Users → claude-infisical-bootstrap → Security credentials",
        how: [
          "Create access key for this user: another user, or a wider policy, needs an approval first",
          "the user has two keys at most, inactive ones count: delete a dead one first",
        ],
      },
    },
  },
  CF: {
    name: "Cloudflare",
    folder: "/MooseQuest/cloudflare",
    provisioning: {
      where: "https://dash.cloudflare.com/profile/api-tokens",
      how: [
        "Create Token → Create Custom Token, never Roll: it kills the old value at once",
        "give it the permissions of its vendor scopes, no others",
        "Zone Resources: Include → Specific zone, the one that it is for",
      ],
    },
    provisioningByFunction: {
      "access-bypass": {
        where: "Cloudflare Zero Trust → Access → Service Auth → Service Tokens",
        how: [
          "Create Service Token with a duration of 1 year; client id and secret belong together, the secret is shown once",
          "give the Access application that it is for a policy with the action Service Auth that includes it",
        ],
      },
    },
  },
  DH: {
    name: "DreamHost",
    folder: "/MooseQuest/dreamhost",
    provisioning: {
      where: "https://panel.dreamhost.com/?tree=home.api",
      how: [
        "ask first whether anything still uses it: if not, it is removed from the catalog instead",
        "make a new key for the DNS functions only, with the day in its comment",
      ],
    },
  },
  DYN: {
    name: "Oracle Dyn",
    folder: "/MooseQuest/dyn",
    provisioning: {
      where: "the settings of the Dyn account",
      how: [
        "ask first whether any record still depends on Dyn: if not, the account is closed, and it is removed from the catalog instead",
        "stop the client that updates records: repeated failures block the account",
        "make a password of at least 24 random characters in a password manager, and change it; the old one dies with that",
      ],
    },
  },
  GH: {
    name: "GitHub",
    folder: "/MooseQuest/github",
    provisioning: {
      where: "https://github.com/settings/tokens → Fine-grained tokens",
      how: [
        "Generate new token, fine-grained, with the organization that it is for (MooseQuest) as resource owner",
        "Repository access: only the repositories that it needs; Permissions: those of its vendor scopes, no others",
        "where the organization asks for an approval, wait for it",
      ],
    },
    provisioningByFunction: {
      "agent-identity": {
        where: "https://github.com/apps/<appname> → App settings → Private keys",
        how: [
          "use the App that there is, as raxx-dev-bot: another one needs an architectural review first",
          "for PRIVATE_KEY_PEM: Generate a private key; the browser saves it as a file, of which all lines are the value; delete the file after it is stored",
          "for APP_ID: the App ID under General → About",
          "for INSTALLATION_ID: the number at the end of the address that Install App → the organization's gear leads to",
        ],
      },
    },
  },
  HK: {
    name: "Heroku",
    folder: "/MooseQuest/heroku",
    provisioning: {
      where: "https://dashboard.heroku.com/account → API Key",
      how: [
        "prefer an authorization of its own (Applications → Create authorization) to the account's key, which everybody shares",
        "treat it as the full account: no scope keeps it to single apps",
      ],
    },
  },
  INF: {
    name: "Infisical",
    folder: "/MooseQuest/infisical",
    provisioning: {
      where: "vault.raxx.app → Access Control → Identities",
      how: [
        "open the identity that there is, or Create Machine Identity",
        "its role reads the paths of its vendor scopes, nothing else",
        "Universal Auth → Create Client Secret; the client id stays the same",
      ],
    },
  },
  PM: {
    name: "Postmark",
    folder: "/MooseQuest/postmark",
    provisioning: {
      where: "https://account.postmarkapp.com/servers → the server → API Tokens",
      how: [
        "make a server token, which is for this one server; prod and staging are servers of their own",
        "never use the account's token for it",
      ],
    },
    provisioningByFunction: {
      "mail-admin": {
        where: "https://account.postmarkapp.com → Account → API Tokens",
        how: ["make an account token: it is for all servers, so it is for administration only"],
      },
    },
  },
  RAXX: { name: "Raxx" },
  SL: {
    name: "Slack",
    folder: "/MooseQuest/slack",
    provisioning: {
      where: "https://api.slack.com/apps → the app → OAuth & Permissions",
      how: [
        "Bot Token Scopes: those of its vendor scopes, no others",
        "Install to Workspace, and take the Bot User OAuth Token; where a new one is needed, Revoke All OAuth Tokens first, which stops notifications until it is stored",
      ],
    },
  },
  STR: {
    name: "Stripe",
    folder: "/MooseQuest/stripe",
    provisioning: {
      where: "https://dashboard.stripe.com/apikeys → Create restricted key",
      how: [
        "give it the permissions of its vendor scopes, and None for all others",
        "never use the secret key",
      ],
    },
  },
} as const satisfies Record<string, Vendor>;
export type VendorCode = keyof typeof vendors;
