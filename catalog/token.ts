import { type Environment, type Tags } from "./taxonomy";

/** What produces the value. */
export interface HerokuAuthorizationIssuer {
  kind: "heroku-authorization";
  /** Heroku scopes: https://devcenter.heroku.com/articles/oauth#scopes */
  scope: readonly string[];
}

/** The apps of an environment, by what they are; the stack configuration says what they are called. */
export const herokuAppRoles = ["console", "api"] as const;
export type HerokuAppRole = (typeof herokuAppRoles)[number];

/** A place that holds a copy. */
export type Destination =
  { kind: "vault"; folder: string } | { kind: "heroku-config-var"; app: HerokuAppRole; key: string };

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
  issuer: HerokuAuthorizationIssuer;
  destinations: readonly Destination[];
}
