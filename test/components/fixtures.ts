import { randomUUID } from "node:crypto";

import { secret } from "@pulumi/pulumi";

import { parseGeneration, type Generation, type Token } from "../../catalog";
import { type Credential } from "../../components/credential";

export function generation(name: string): Generation {
  const parsed = parseGeneration(name);
  if (parsed === undefined) throw new Error(`${name} names no generation`);
  return parsed;
}

export function tokenNamed(name: string, other: Partial<Token> = {}): Token {
  return {
    name,
    formerNames: [],
    tags: { function: "platform-api", sensitivity: "critical", consumer: "ci", rotation: "90d" },
    review: "somebody",
    environments: ["prod", "staging"],
    issuer: { kind: "heroku-authorization", scope: ["global"] },
    destinations: [],
    settings: [],
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
    name: string,
    readonly generation = "2026-05-06",
    companions: Record<string, string> = {},
    token: Partial<Token> = {},
  ) {
    this.companions = companions;
    this.token = tokenNamed(name, token);
  }
}
