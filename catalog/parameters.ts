import { type TokenName } from "./token";

/** An SSM parameter that is no token of the taxonomy, but goes with one. */
export interface Parameter {
  /** Its path: `/raxx/<area>/<name>`. */
  name: string;
  /** What it is for. */
  purpose: string;
  /** The token whose consumer reads it: it is provisioned where that token has a generation. */
  goesWith: TokenName;
  /** What cannot work without it. */
  blocks: string;
  /** How a person gets at its value. */
  how: readonly string[];
  origin: ParameterOrigin;
}

/** Where its value comes from. */
export type ParameterOrigin =
  /** It stands in SSM already, and stays there: never read, changed or deleted. */
  | { kind: "custody" }
  /** A person gives it as a Pulumi secret: the key `raxx:<configKey>`. */
  | { kind: "operator"; configKey: string; format: "pem-private-key" };

/** A parameter whose value a person gives. */
export type SuppliedParameter = Parameter & { origin: Extract<ParameterOrigin, { kind: "operator" }> };

/** `/raxx/<area>/<name>`. */
export const parameterName = /^\/raxx\/[a-z0-9]+(-[a-z0-9]+)*\/[a-z0-9]+([_-][a-z0-9]+)*$/;

/** Item 4 of the batch. */
export const parameters: readonly Parameter[] = [
  {
    name: "/raxx/freescout/ssh_key",
    purpose: "Log in to FreeScout's instance over SSH, for its backup",
    goesWith: "AWS_FREESCOUT_BACKUP",
    blocks: "the backup of FreeScout, which cannot log in to its instance",
    how: [
      "it is the private key of FreeScout's Lightsail instance, as PEM (the file begins with -----BEGIN RSA PRIVATE KEY-----), without a passphrase",
      "the default key of a region is at https://lightsail.aws.amazon.com/ls/webapp/account/keys, to be downloaded",
    ],
    origin: { kind: "operator", configKey: "freescoutSshKey", format: "pem-private-key" },
  },
  {
    name: "/raxx/freescout/db_password",
    purpose: "Dump FreeScout's database, for its backup",
    goesWith: "AWS_FREESCOUT_BACKUP",
    blocks: "the backup of FreeScout, which cannot dump its database",
    how: [
      "it is the password of FreeScout's database, which its instance has as DB_PASSWORD in FreeScout's .env",
    ],
    origin: { kind: "custody" },
  },
];

/** Those that go with a token which has a generation in the stack. */
export function provisionedParameters(
  all: readonly Parameter[],
  generations: { has(token: string): boolean },
): Parameter[] {
  return all.filter(({ goesWith }) => generations.has(goesWith));
}

export function isSupplied(parameter: Parameter): parameter is SuppliedParameter {
  return parameter.origin.kind === "operator";
}
