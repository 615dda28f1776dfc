import { type Environment, type Tags } from "./taxonomy";

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

/** What produces the value. */
export type Issuer = HerokuAuthorizationIssuer | RandomIssuer;

/** The apps of an environment, by what they are; the stack configuration says what they are called. */
export const herokuAppRoles = ["console", "api"] as const;
export type HerokuAppRole = (typeof herokuAppRoles)[number];

/** A place that holds a copy. */
export type Destination =
  | { kind: "vault"; folder: string }
  | { kind: "heroku-config-var"; app: HerokuAppRole; key: string }
  /** An Actions secret of the repository. There is one repository for all environments, so `prod` owns it. */
  | { kind: "github-secret"; name: string }
  /** An Actions secret of the repository's environment. */
  | { kind: "github-environment-secret"; name: string };

/** A plain value, no secret, that a token's consumers need beside it. */
export type Setting =
  | { kind: "heroku-config-var"; app: HerokuAppRole; key: string; value: string }
  | { kind: "github-environment-variable"; name: string; value: Readonly<Record<Environment, string>> };

/** One logical credential of the taxonomy. */
export interface Token {
  name: string;
  /** Names it had, or still has, elsewhere. */
  formerNames: readonly string[];
  tags: Tags;
  /** Who looked at it besides its author; required for `sensitivity: critical`. */
  review: string;
  /** Which environments have a value of their own. */
  environments: readonly Environment[];
  issuer: Issuer;
  destinations: readonly Destination[];
  settings: readonly Setting[];
}

/** The places that an environment's stack writes to. */
export function destinationsIn(environment: Environment, { destinations }: Token): readonly Destination[] {
  return destinations.filter(({ kind }) => kind !== "github-secret" || environment === "prod");
}
