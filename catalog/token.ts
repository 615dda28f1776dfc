import {
  vendors,
  type ConsumerTag,
  type Environment,
  type FunctionTag,
  type RotationTag,
  type SensitivityTag,
  type Vendor,
  type VendorCode,
} from "./taxonomy";
import { type Provisioning } from "./vendors";

/** `<VENDOR>_<FUNCTION>[_<SCOPE>]`: the vendor code is checked by the type, all else by {@link catalogFaults}. */
export type TokenName = `${VendorCode}_${string}`;

/** A Heroku OAuth authorization. */
export interface HerokuAuthorizationIssuer {
  kind: "heroku-authorization";
  /** Heroku scopes: https://devcenter.heroku.com/articles/oauth#scopes */
  scope: readonly string[];
}

/** Randomness of our own, written in hexadecimal. */
export interface RandomIssuer {
  kind: "random";
  bytes: number;
}

/** The access key of an IAM user of ours, which has one policy of ours. */
export interface AwsAccessKeyIssuer {
  kind: "aws-access-key";
  user: string;
  policy: string;
  /** What the policy allows. Its actions are those of `vendorScopes`. */
  statements: readonly PolicyStatement[];
  /** File in `catalog/workflows` that proves what the repository's secrets hold of it. @default it is not in CI */
  workflow?: string;
}

/** A statement that allows. In ARNs, `{account}` and `{region}` stand for those of the stack. */
export interface PolicyStatement {
  /** Sorted. */
  actions: readonly string[];
  resources: readonly string[];
  /** Service through which a key may be used: `s3`. @default any */
  viaService?: string;
}

/** A Cloudflare API token. Its permission groups are those of `vendorScopes`. */
export interface CloudflareApiTokenIssuer {
  kind: "cloudflare-api-token";
  /** The one zone that it is for. @default it is for the account */
  zone?: string;
  /** Of one for the account, the zones on which what it may do with zones holds. @default none */
  zones?: readonly string[];
}

/** A Token Auth token of an Infisical identity, which reads these folders of its environment and nothing else. */
export interface InfisicalIdentityTokenIssuer {
  kind: "infisical-identity-token";
  /** Absolute paths, each without what is below it. */
  folders: readonly string[];
}

/** A Cloudflare Access service token, which passes the gate of one application. */
export interface CloudflareAccessServiceTokenIssuer {
  kind: "cloudflare-access-service-token";
  /** Its hostname. */
  application: string;
}

/** It stands in the vault already, and stays there: never read into state, changed or deleted. */
export interface CustodyIssuer {
  kind: "custody";
  /** After how many days the vendor lets it expire. @default it does not expire */
  lifetimeDays?: number;
}

/** What produces the value. */
export type Issuer =
  | HerokuAuthorizationIssuer
  | RandomIssuer
  | CloudflareApiTokenIssuer
  | CloudflareAccessServiceTokenIssuer
  | AwsAccessKeyIssuer
  | InfisicalIdentityTokenIssuer
  /** A person makes it at the vendor and supplies it as a Pulumi secret; we distribute it. */
  | { kind: "operator" }
  | CustodyIssuer;
export type IssuerKind = Issuer["kind"];

/** The apps of an environment, by what they are; the stack configuration says what they are called. */
export const herokuAppRoles = ["console", "api"] as const;
export type HerokuAppRole = (typeof herokuAppRoles)[number];

/** A place that holds a copy. Of a token with parts, `part` says which one. */
export type Destination =
  /** Under the token's name, or another; parts stand as companions, or (`bare`) under their own names. */
  | { kind: "vault"; folder: string; key?: string; bare?: true }
  /** An SSM parameter of type SecureString. */
  | { kind: "ssm-parameter"; name: string; part?: string }
  | { kind: "heroku-config-var"; app: HerokuAppRole; key: string }
  /** An Actions secret of the repository. There is one repository for all environments, so `prod` owns it. */
  | { kind: "github-secret"; name: string; part?: string }
  /** An Actions secret of the repository's environment. */
  | { kind: "github-environment-secret"; name: string };

/** A plain value, no secret, that a token's consumers need beside it. */
export type Setting =
  | { kind: "heroku-config-var"; app: HerokuAppRole; key: string; value: string }
  | {
      kind: "github-environment-variable";
      name: string;
      value: Readonly<Partial<Record<Environment, string>>>;
    };

/** How far the rename of an old name is: Section 6 of the taxonomy. */
export type RenamePhase =
  /** Both names stand in the vault; consumers read the old one. */
  | "added"
  /** Consumers read the new one; the old one is to be deleted with the next deploy. */
  | "consumers-moved"
  /** Only the new one stands. */
  | "old-deleted";

/** A name that the token had, or still has, in the vault. */
export interface FormerName {
  name: string;
  phase: RenamePhase;
  /** Which part it held. @default the token has no parts */
  part?: string;
}

/** A rule that the source's own tables break here, on purpose. */
export interface Exception {
  rule: string;
  reason: string;
}

/** One logical credential of the taxonomy. */
export interface Token {
  name: TokenName;
  /** What it is for, as Section 4 says it. */
  purpose: string;
  formerNames: readonly FormerName[];
  tags: {
    function: FunctionTag;
    sensitivity: SensitivityTag;
    consumer: ConsumerTag;
    rotation: RotationTag;
  };
  /** All of them, the one of the tag first. */
  consumers: readonly ConsumerTag[];
  /** The vendor's own words for what it may do; the companion `__SCOPES`. */
  vendorScopes: readonly string[];
  /** Who looked at it besides its author; required for `sensitivity: critical`. */
  review: string;
  /** Which environments have a value of their own. */
  environments: readonly Environment[];
  /** Whether a test-mode value stands in the vault's `dev` environment. */
  dev: boolean;
  issuer: Issuer;
  /** What the credential consists of, e.g. `ACCESS_KEY_ID` and `SECRET_ACCESS_KEY`; empty for a single value. */
  parts: readonly string[];
  destinations: readonly Destination[];
  settings: readonly Setting[];
  /** File in `docs/rotation/`. */
  sop: string;
  exceptions: readonly Exception[];
}

type SettingOf<E extends Environment> =
  | Extract<Setting, { kind: "heroku-config-var" }>
  | (Omit<Extract<Setting, { kind: "github-environment-variable" }>, "value"> & {
      value: Readonly<Record<E, string>>;
    });

/** An entry of the catalog: what has a sensible default may be left out. */
export interface TokenEntry<E extends Environment> {
  name: TokenName;
  purpose: string;
  /** @default none */
  formerNames?: readonly FormerName[];
  tags: Token["tags"];
  /** Those beside the tag's. @default none */
  alsoUsedBy?: readonly ConsumerTag[];
  vendorScopes: readonly string[];
  /** @default "" */
  review?: string;
  environments: readonly [E, ...E[]];
  /** @default false */
  dev?: boolean;
  issuer: Issuer;
  /** @default none: a single value */
  parts?: readonly string[];
  destinations: readonly Destination[];
  /** A value for each environment of the token, and for no other. @default none */
  settings?: readonly SettingOf<NoInfer<E>>[];
  sop: string;
  /** @default none */
  exceptions?: readonly Exception[];
}

/** Makes a token of an entry. */
export function token<const E extends Environment>(entry: TokenEntry<E>): Token {
  const { alsoUsedBy = [], ...rest } = entry;
  return {
    formerNames: [],
    review: "",
    dev: false,
    parts: [],
    settings: [],
    exceptions: [],
    ...rest,
    consumers: [entry.tags.consumer, ...alsoUsedBy],
  };
}

/** The places that an environment's stack writes to. */
export function destinationsIn(environment: Environment, { destinations }: Token): readonly Destination[] {
  return destinations.filter(({ kind }) => kind !== "github-secret" || environment === "prod");
}

/**
 * By which we know at a vendor what is ours: `raxx:<stack>:<TOKEN>`, and `:<generation>` behind it where each
 * generation is something of its own.
 */
export function markerOf(stack: string, token: string, generation?: string): string {
  return ["raxx", stack, token, ...(generation === undefined ? [] : [generation])].join(":");
}

/** The vendor code that the name begins with. */
export function vendorOf({ name }: Token): VendorCode | undefined {
  return (Object.keys(vendors) as VendorCode[]).find((code) => name.startsWith(`${code}_`));
}

/** What the run does with an old name in the vault, for the preview. */
export function renameMeaning(phase: RenamePhase, kind: "custody" | "issued"): string {
  switch (phase) {
    case "added":
      return kind === "custody"
        ? "stays as it is; both names follow each other"
        : "written too where it stands";
    case "consumers-moved":
      return "stays as it is, no longer written: to be deleted with the next deploy";
    case "old-deleted":
      return "deleted";
  }
}

/** How a person makes one at the vendor, where a person does. */
export function provisioningOf(token: Token): Provisioning | undefined {
  const code = vendorOf(token);
  if (code === undefined) return undefined;
  const { provisioning, provisioningByFunction }: Vendor = vendors[code];
  return provisioningByFunction?.[token.tags.function] ?? provisioning;
}

export type VaultDestination = Extract<Destination, { kind: "vault" }>;

/** The token's places in the vault. */
export function vaultDestinations({ destinations }: Token): VaultDestination[] {
  return destinations.filter((place) => place.kind === "vault");
}

/** What the value is called in a place of the vault, or each of its parts. */
export function vaultKeys({ name, parts }: Token, { key = name, bare }: VaultDestination): readonly string[] {
  if (parts.length === 0) return [key];
  return bare === true ? parts : parts.map((part) => `${key}__${part}`);
}

/** The id that an issuer gives with a value, and that is no part of it. */
export const idBeside: Readonly<Partial<Record<IssuerKind, string>>> = {
  "cloudflare-access-service-token": "CLIENT_ID",
  "heroku-authorization": "AUTH_ID",
};

/** Whether a machine issues it, or a person. */
export function modeOf({ issuer }: Token): "automated" | "operator-assisted" {
  return issuer.kind === "operator" || issuer.kind === "custody" ? "operator-assisted" : "automated";
}
