import {
  cadenceDays,
  environments,
  perEnvironment,
  testModes,
  type FunctionTag,
  type RotationTag,
  type SensitivityTag,
} from "../taxonomy";
import { vendorOf, type Token } from "../token";
import { faultIf, repeated, type Rule } from "./rule";

/** Section 2: the tags against each other, and what goes with them. */
export const tagRules: readonly Rule[] = [
  {
    id: "purpose-none",
    description: "a token says what it is for",
    faults: ({ purpose }) => faultIf(purpose.trim() === "", "it has no purpose: say what it is for"),
  },
  {
    id: "sensitivity-function",
    description: "a token is at least as sensitive as its function is by Section 2",
    exceptable: true,
    faults: ({ tags }) => {
      const least = leastSensitivity[tags.function];
      return faultIf(
        rank[tags.sensitivity] < rank[least],
        `its sensitivity ${tags.sensitivity} is below ${least}, the least for function:${tags.function}: raise it`,
      );
    },
  },
  {
    id: "cadence-sensitivity",
    description: "a token rotates as often as its sensitivity and its kind ask for by Section 2",
    exceptable: true,
    faults: (token) => {
      const { longest, because } = longestCadence(token);
      const { rotation } = token.tags;
      if (rotation !== "non-rotating" && cadenceDays[rotation] <= cadenceDays[longest]) return [];
      return [
        `its rotation ${rotation} is slower than ${longest}, the slowest for ${because}: set rotation to ${longest} or faster`,
      ];
    },
  },
  {
    id: "critical-review",
    description: "a critical token names its review",
    faults: ({ tags, review }) =>
      faultIf(
        tags.sensitivity === "critical" && review.trim() === "",
        "it is critical and names no review: have a second person look at it, and add review",
      ),
  },
  {
    id: "consumer-none",
    description: "a token has a consumer, and with it a documented reference",
    faults: ({ consumers }) =>
      faultIf(consumers.length === 0, "nobody uses it: name its consumers, or remove the token"),
  },
  {
    id: "consumer-first",
    description: "the consumer of the tag is the first one: who is paged when the token expires",
    faults: ({ tags, consumers: [first] }) =>
      faultIf(
        first !== undefined && first !== tags.consumer,
        `its first consumer is ${String(first)}, but its tag is consumer:${tags.consumer}: put ${tags.consumer} first`,
      ),
  },
  {
    id: "consumer-twice",
    description: "a consumer is named once",
    faults: ({ consumers }) =>
      repeated(consumers).map((consumer) => `it names the consumer ${consumer} twice: name it once`),
  },
  {
    id: "scopes-none",
    description: "a token says in the vendor's words what it may do",
    faults: ({ vendorScopes }) =>
      faultIf(
        vendorScopes.length === 0 || vendorScopes.some((scope) => scope.trim() === ""),
        "its vendor scopes are missing or blank: list the vendor's exact permission strings",
      ),
  },
  {
    id: "environment-none",
    description: "a token has a value in an environment",
    faults: (token) =>
      faultIf(token.environments.length === 0, "it has no environment: add prod, staging or both"),
  },
  {
    id: "environment-twice",
    description: "an environment is named once",
    faults: (token) =>
      repeated(token.environments).map(
        (environment) => `it names the environment ${environment} twice: name it once`,
      ),
  },
  {
    id: "environment-account-wide",
    description: "an account-wide token has its one value in prod (Section 3, rule 2)",
    faults: (token) =>
      faultIf(
        !isPerEnvironment(token) && token.environments.some((environment) => environment !== "prod"),
        "it is account-wide, so a second value would be a duplicate: leave prod as its only environment",
      ),
  },
  {
    id: "environment-each",
    description: "a token that its vendor keeps apart by environment has a value in each (Section 3, rule 1)",
    exceptable: true,
    faults: (token) =>
      faultIf(
        isPerEnvironment(token) &&
          environments.some((environment) => !token.environments.includes(environment)),
        `its vendor keeps ${token.tags.function} apart by environment: add ${environments.join(" and ")}`,
      ),
  },
  {
    id: "dev-test-mode",
    description: "a value stands in dev only where the vendor has a test mode (Section 3, rule 3)",
    faults: (token) =>
      faultIf(
        token.dev && !testModes.some((code) => code === vendorOf(token)),
        `it has a dev value, but only ${testModes.join(", ")} has a test mode: remove dev`,
      ),
  },
  {
    id: "sop-form",
    description: "a token's SOP is a file of docs/rotation/",
    faults: ({ sop }) =>
      faultIf(
        !/^[a-z0-9]+(-[a-z0-9]+)*\.md$/.test(sop),
        `its sop ${JSON.stringify(sop)} is no file of docs/rotation/: write it as name.md, in kebab-case`,
      ),
  },
];

function isPerEnvironment(token: Token): boolean {
  const vendor = vendorOf(token);
  return vendor !== undefined && perEnvironment[vendor]?.includes(token.tags.function) === true;
}

const rank: Readonly<Record<SensitivityTag, number>> = { low: 0, medium: 1, high: 2, critical: 3 };

/** By the criteria of Section 2: what a leak of the function would enable at least. */
const leastSensitivity: Readonly<Record<FunctionTag, SensitivityTag>> = {
  "dns-edit": "high",
  "waf-edit": "high",
  "pages-deploy": "high",
  "access-mgmt": "high",
  // A bypass writes nothing: how much it opens depends on the application behind it.
  "access-bypass": "medium",
  "platform-api": "critical",
  "mail-send": "medium",
  "mail-admin": "medium",
  "billing-read": "medium",
  "billing-write": "high",
  "trading-paper": "medium",
  "trading-live": "critical",
  "ai-sdk": "medium",
  // "Used by pipelines for deploy" is no deploy yet: to start one, or to report one, is a disruption.
  "ci-deploy": "medium",
  "agent-identity": "high",
  "repo-read": "low",
  // What it reads are credentials that write to production.
  "vault-read": "high",
  notify: "medium",
  backup: "high",
  "token-mint": "critical",
  "secrets-write": "critical",
  "vault-write": "critical",
};

/** By the meanings of the cadences: 90d is the standard, 180d is for lower risk, and no secret rotates never. */
const slowestFor: Readonly<Record<SensitivityTag, Exclude<RotationTag, "non-rotating">>> = {
  critical: "90d",
  high: "90d",
  medium: "180d",
  low: "180d",
};

/** The slowest cadence that Section 2 gives a token. */
function longestCadence(token: Token): {
  longest: Exclude<RotationTag, "non-rotating">;
  because: string;
} {
  const { parts, issuer } = token;
  const { sensitivity, function: tag } = token.tags;
  if (tag === "trading-live") return { longest: "60d", because: "live trading keys" };
  if (issuer.kind === "aws-access-key" || (vendorOf(token) === "AWS" && parts.includes("ACCESS_KEY_ID"))) {
    return { longest: "30d", because: "access keys of AWS" };
  }
  // Section 2 has `annual` for the private keys of GitHub Apps, and Section 4 has them high.
  if (tag === "agent-identity" && sensitivity !== "critical") {
    return { longest: "annual", because: "identities of GitHub Apps" };
  }
  return { longest: slowestFor[sensitivity], because: `sensitivity:${sensitivity}` };
}
