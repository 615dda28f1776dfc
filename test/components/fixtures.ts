import { randomUUID } from "node:crypto";

import { CustomResource, secret } from "@pulumi/pulumi";

import { parseGeneration, type Generation, type Token } from "../../catalog";
import { token, type TokenName } from "../../catalog/token";
import { type Credential } from "../../components/credential";

export function generation(name: string): Generation {
  const parsed = parseGeneration(name);
  if (parsed === undefined) throw new Error(`${name} names no generation`);
  return parsed;
}

export function tokenNamed(name: TokenName, other: Partial<Token> = {}): Token {
  return {
    ...token({
      name,
      purpose: "to be tested",
      vendorScopes: ["global"],
      tags: { function: "platform-api", sensitivity: "critical", consumer: "ci", rotation: "90d" },
      review: "somebody",
      environments: ["prod", "staging"],
      issuer: { kind: "heroku-authorization", scope: ["global"] },
      destinations: [],
      sop: "heroku-platform-token.md",
    }),
    ...other,
  };
}

/** A credential that no vendor issued: what a destination gets to see of one. */
export class IssuedCredential implements Credential {
  readonly plain = `HRKU-${randomUUID()}`;
  readonly value = secret(this.plain);
  readonly token: Token;
  readonly companions: Credential["companions"];

  constructor(
    name: TokenName,
    readonly generation = "2026-05-06",
    companions: Record<string, string> = {},
    token: Partial<Token> = {},
  ) {
    this.companions = companions;
    this.token = tokenNamed(name, token);
  }
}

/** What something else is to come after. */
export class Preflight extends CustomResource {
  constructor() {
    super("test:index:Preflight", "the-preflight");
  }
}
