import { type Evidence } from "./evidence";
import { type Generation } from "./generation";
import { nowhereElse } from "./hand-off";
import { written, type Step } from "./steps";
import { type TokenName } from "./token";

/** A step of a batch item that only a person can do. */
export interface BatchHandOff {
  id: string;
  /**
   * What proves it done: the day and a name in `raxx:handOffs`, under its id, or that what it yields is in the stack
   * configuration. @default evidence
   */
  proof?: "evidence" | "dkim";
  /** What is to be done, as a headline. */
  title: string;
  /** What waits for it. */
  blocks: string;
  steps: readonly Step[];
  /** What has to be done before, by its id. @default nothing */
  after?: readonly string[];
  /** It cannot be undone, so that somebody decides it in a step of its own before. @default false */
  oneWay?: true;
  /** A copy of this token: what was said of an earlier generation proves nothing. @default it is done once */
  copyOf?: TokenName;
}

const admin = "at https://admin.google.com, as an administrator of the Workspace";
const domain = "raxx.app";

function group(address: string, name: string): BatchHandOff {
  return {
    id: `${address}-group`,
    title: `make ${address}@${domain}`,
    blocks: "the close of issue #1212",
    after: ["secondary-domain"],
    steps: [
      `${admin} → Directory → Groups → Create group: name ${name}, email ${address}@${domain}, access type Team, and let anybody outside post to it`,
      "Kristerpher is its owner and first member",
      `from outside, send a message to ${address}@${domain}: it arrives with him`,
    ],
  };
}

/** In the order in which they are done. */
export const batchHandOffs: readonly BatchHandOff[] = [
  {
    id: "heroku-keychain",
    title: "replace your own copies of the Heroku token",
    blocks: "the authorization from before, which is not revoked while a person may still use it",
    copyOf: "HK_PLATFORM_FULL",
    steps: [
      "in the web page of the vault (https://vault.raxx.app), open the environment prod and the folder /MooseQuest/heroku, and copy the value of HK_PLATFORM_FULL",
      {
        step: "on each Mac that has it in its keychain: security add-generic-password -U -T /bin/bash -a claude-bootstrap -s raxx-heroku-api-key -w",
        details: ["it asks for the value, which is pasted there", nowhereElse],
      },
      "take HEROKU_API_KEY out of the shell profiles (~/.zshrc, ~/.zshenv, ~/.profile) that set it to a value, and close the shells that are open",
      "in a new shell, in a checkout of TradeMasterAPI: bash scripts/ops/session-bootstrap.sh, which says PASS for HEROKU_API_KEY",
    ],
  },
  {
    id: "freescout-restore",
    title: "restore FreeScout from a backup on a scratch instance (#714)",
    blocks: "issue #714, and no item of the batch",
    steps: [
      "in the Actions of TradeMasterAPI, see that a run of freescout-backup.yml without dry run has succeeded",
      "at https://lightsail.aws.amazon.com, make a new instance of the newest snapshot of FreeScout's, in us-east-1, with another name and no static address",
      {
        step: "log in to it over SSH with FreeScout's key, and load the newest dump of the database from the bucket raxx-support-attachments",
        details: [
          "the scratch instance must not fetch or send mail: stop its cron before it has a network name",
        ],
      },
      "open its web page by its address: the newest conversations and one attachment of each kind are there",
      "delete the scratch instance, and say in #714 which backup it was and what was seen",
    ],
  },
  {
    id: "workspace-verified",
    title: `see that ${domain} is verified in Google Workspace`,
    blocks: "DKIM, and with it the addresses of the domain",
    steps: [
      `${admin} → Account → Domains → Manage domains`,
      {
        step: `find ${domain}`,
        details: [
          "it says Verified, or Gmail activated: there is nothing to do",
          "else click Verify domain, choose the TXT record, and confirm: the record google-site-verification is published already",
          "it is not listed: Add a domain, as an alias of the primary one, then as above",
        ],
      },
      "say so in issue #1210",
    ],
  },
  {
    id: "workspace-dkim",
    title: `have Google Workspace make the DKIM key of ${domain}`,
    blocks: "the record google._domainkey, and with it signed mail",
    after: ["workspace-verified"],
    proof: "dkim",
    steps: [
      `${admin} → Apps → Google Workspace → Gmail → Authenticate email, choose ${domain}`,
      "click Generate new record: key length 2048 bits, prefix google; do not click Start authentication yet",
      {
        step: `pulumi config set --path 'raxx:mailDomains["${domain}"].dkim' 'VALUE' --stack prod`,
        details: [
          "VALUE is the TXT record value that the page shows, which begins with v=DKIM1: it is a public key, no secret",
          "commit Pulumi.prod.yaml: from then on it has to stay set",
        ],
      },
      "pulumi up --stack prod, which publishes it",
    ],
  },
  {
    id: "workspace-dkim-started",
    title: `start the DKIM signature of ${domain}`,
    blocks: "signed mail, and with it the addresses of the domain",
    after: ["workspace-dkim"],
    steps: [
      `see that the key is published: dig +short TXT google._domainkey.${domain} answers with v=DKIM1`,
      `${admin} → Apps → Google Workspace → Gmail → Authenticate email, choose ${domain}`,
      "click Start authentication; the page then says that Gmail authenticates mail with DKIM, which may take 48 hours",
    ],
  },
  {
    id: "workspace-mail-tested",
    title: `see a signed message of ${domain} arrive`,
    blocks: "the close of issue #1210",
    after: ["workspace-dkim-started"],
    steps: [
      `from an address @${domain} in Gmail, send a message to an address outside the Workspace`,
      "there, show the original: it has dkim=pass, spf=pass and dmarc=pass with that domain",
      "say so in issue #1210",
    ],
  },
  {
    id: "secondary-domain-decided",
    title: `decide whether ${domain} becomes a secondary domain`,
    blocks: "its conversion, which cannot be undone",
    after: ["workspace-mail-tested"],
    steps: [
      "as it is, each user has the same name under every alias domain, and an alias has no addresses of its own; a secondary domain has users and groups of its own, and never becomes an alias again by a click: it would have to be removed, with its users and groups, and added anew",
      `list what uses ${domain} as an alias today (${admin} → Account → Domains, and the addresses of each user): those addresses stop with the conversion, unless they are added again as users or groups`,
      "the owner of the Workspace decides, in issue #1212",
    ],
  },
  {
    id: "secondary-domain",
    title: `make ${domain} a secondary domain`,
    blocks: "the addresses ops@, billing@ and no-reply@",
    after: ["secondary-domain-decided"],
    oneWay: true,
    steps: [
      `${admin} → Account → Domains → Manage domains; where ${domain} says Secondary domain already, there is nothing to do`,
      `open ${domain}, click Make this a secondary domain, read the warning, and confirm`,
    ],
  },
  group("ops", "Raxx Ops"),
  group("billing", "Raxx Billing"),
  {
    id: "no-reply-user",
    title: `make no-reply@${domain}, which only sends`,
    blocks: "the close of issue #1212",
    after: ["secondary-domain"],
    steps: [
      {
        step: `${admin} → Directory → Users → Add new user: first name No Reply, last name Raxx, primary email no-reply@${domain}`,
        details: ["let it generate the password, and keep it nowhere: nobody ever logs in with it"],
      },
      'once, as this user, in Gmail → Settings → Vacation responder: on, "This address does not accept replies. For support, email support@raxx.app."',
      "Postmark sends as this address already: nothing is changed there",
    ],
  },
];

/** What a person does, and how they say that it is done: complete by itself, several lines, never a value. */
export function batchHandOffText({ id, title, blocks, steps, oneWay, proof }: BatchHandOff): string {
  return written(`${oneWay === true ? "ONE-WAY: " : ""}${title}; waiting for it: ${blocks}`, [
    ...steps,
    ...(proof === "dkim"
      ? []
      : [{ step: evidenceCommand(id), details: ["NAME is yours; commit Pulumi.prod.yaml"] }]),
  ]);
}

/** What a person has still to do about the copies that persons have of a token's current generation; none where none is known. */
export function copyHandOff(
  token: string,
  generation: Generation,
  evidence: ReadonlyMap<string, Evidence>,
): BatchHandOff | undefined {
  return batchHandOffs.find(({ id, copyOf }) => {
    const said = evidence.get(id);
    return copyOf === token && (said === undefined || !isOfGeneration(said, generation));
  });
}

/** What was said of a copy before its generation's day was said of an earlier one. */
export function isOfGeneration({ day }: Evidence, generation: Generation): boolean {
  return day >= generation.day;
}

/** Says that somebody, in place of NAME, did it today. */
export function evidenceCommand(id: string): string {
  return `pulumi config set --path raxx:handOffs.${id} "$(date -u +%F) NAME" --stack prod`;
}
