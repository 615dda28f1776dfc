import { z } from "zod";

import { parseGeneration, type Generation } from "./generation";
import { inPlaceKeys, readInPlaceRotation, type InPlaceRotation } from "./in-place-rotation";
import { type Environment } from "./taxonomy";
import { type Destination, type IssuerKind, type Token } from "./token";

/** The generations of one token, as `raxx:generations` has them. */
export interface TokenGenerations {
  current: Generation;
  /** Kept alive until it is dropped from the configuration. */
  previous?: Generation;
  /** Vendor ids of credentials that were there before us. */
  previousAdopt: readonly string[];
  /** Of a token that rotates in place; it has no `previous` then. */
  inPlace?: InPlaceRotation;
}

/** What is not set has no entries. */
export const mapSchema = z.preprocess(
  (raw) => (raw === undefined || raw === null || raw === "" ? {} : raw),
  z.record(z.string(), z.unknown()),
);
const tokenGenerationsSchema = z.strictObject({
  current: z.string(),
  previous: z.string().optional(),
  previousAdopt: z.array(z.string()).optional(),
  version: z.unknown().optional(),
  previousExpiresAt: z.unknown().optional(),
  admitted: z.unknown().optional(),
});
type RawTokenGenerations = z.infer<typeof tokenGenerationsSchema>;

const authorizationId = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
/** What may be quoted as a token's name: anything else could be a credential in the wrong place. */
const likeTokenName = /^[A-Z][A-Z0-9_]{1,63}$/;
export const seeReadme = 'see the README, "Stack configuration"';

/** Reads `raxx:generations`, and adds to the faults what is wrong with it. */
export function readGenerations(
  raw: unknown,
  tokens: readonly Token[],
  environment: Environment,
  faults: string[],
): Map<string, TokenGenerations> {
  const found = new Map<string, TokenGenerations>();
  const map = mapSchema.safeParse(raw);
  if (!map.success) {
    faults.push(
      `raxx:generations is not of the form {TOKEN_NAME: {current: "2026-05-06"}, ...}: ${seeReadme}`,
    );
    return found;
  }
  if (Object.keys(map.data).length === 0) {
    // Without this, a lost key would be a wish to revoke everything at once.
    const example = tokens.find((token) => token.environments.includes(environment))?.name ?? "TOKEN_NAME";
    faults.push(
      `raxx:generations is empty: give the tokens of this environment a generation, pulumi config set --path raxx:generations.${example}.current DATE --stack ${environment}; to take a stack's credentials away use pulumi destroy`,
    );
  }
  const misshapen: string[] = [];
  for (const [name, entry] of Object.entries(map.data)) {
    const refused = refusalOf(name, tokens, environment);
    if (refused !== undefined) {
      faults.push(refused);
      continue;
    }
    const parsed = tokenGenerationsSchema.safeParse(entry);
    if (!parsed.success) {
      misshapen.push(
        ...parsed.error.issues.map(({ path }) => ["raxx:generations", name, ...path.map(String)].join(".")),
      );
      continue;
    }
    const issuer = issuerOf(name, tokens);
    faults.push(...withoutPrevious(name, parsed.data, issuer));
    const inPlace =
      issuer === rotatesInPlace ? readInPlaceRotation(name, parsed.data, environment, faults) : undefined;
    // What is refused as a whole is not looked at.
    const alone = issuer === "custody" || issuer === rotatesInPlace;
    const read = readTokenGenerations(name, alone ? { current: parsed.data.current } : parsed.data, faults);
    if (read !== undefined) found.set(name, { ...read, ...(inPlace === undefined ? {} : { inPlace }) });
  }
  if (misshapen.length > 0) {
    faults.push(
      `${[...new Set(misshapen)].join(", ")} is not of the form {current, previous?, previousAdopt?: [id, ...]}: ${seeReadme}`,
    );
  }
  return found;
}

/** Vendors whose earlier credentials the program could keep, but has no resource for. */
const withoutAdoption: Readonly<Partial<Record<IssuerKind, string>>> = {
  "aws-access-key": "an access key of AWS",
  "cloudflare-api-token": "a token of Cloudflare",
};

function issuerOf(name: string, tokens: readonly Token[]): IssuerKind | undefined {
  return tokens.find((token) => token.name === name)?.issuer.kind;
}

/** What is said of an earlier credential where there is none that the program could keep or revoke. */
function withoutPrevious(name: string, entry: RawTokenGenerations, issuer: IssuerKind | undefined): string[] {
  const { previous, previousAdopt } = entry;
  const faults: string[] = [];
  if (issuer === rotatesInPlace) {
    const given = (["previous", "previousAdopt"] as const).filter((key) => entry[key] !== undefined);
    return given.map(
      (key) =>
        `raxx:generations.${name}.${key} keeps an earlier credential beside the current one, but ${name} rotates in place: remove it; the secret before is good until previousExpiresAt`,
    );
  }
  for (const key of inPlaceKeys.filter((one) => entry[one] !== undefined)) {
    faults.push(
      `raxx:generations.${name}.${key} is for what rotates in place, but each generation of ${name} is a credential of its own: remove it`,
    );
  }
  if (issuer === "custody" && previous !== undefined) {
    faults.push(
      `raxx:generations.${name}.previous keeps a credential that we issued, but ${name} is in custody, and only its current value is known to stand in the vault: remove it, and revoke the earlier one at the vendor by hand`,
    );
  }
  if (issuer === "custody" && previousAdopt !== undefined) {
    faults.push(
      `raxx:generations.${name}.previousAdopt takes over what is revoked later, but ${name} is in custody, and nothing of it is ever revoked by the program: remove it, and revoke the earlier one at the vendor by hand`,
    );
  }
  if (issuer === "random" && previousAdopt !== undefined) {
    faults.push(
      `raxx:generations.${name}.previousAdopt takes over what a vendor issued, but ${name} is randomness of our own: remove it`,
    );
  }
  if (previousAdopt !== undefined && issuer !== undefined && issuer in withoutAdoption) {
    faults.push(
      `raxx:generations.${name}.previousAdopt takes over authorizations of Heroku from before us, but ${name} is ${withoutAdoption[issuer] ?? ""}: remove it, and revoke the earlier one at the vendor by hand`,
    );
  }
  if (issuer === "infisical-identity-token" && previousAdopt !== undefined) {
    faults.push(
      `raxx:generations.${name}.previousAdopt takes over what the vendor issued before us, but ${name} is a token of an identity that this program makes: remove it, and revoke the earlier one in the vault by hand`,
    );
  }
  return faults;
}

/** Why a token of this name has no generations here, if so. */
function refusalOf(name: string, tokens: readonly Token[], environment: Environment): string | undefined {
  const token = tokens.find((one) => one.name === name);
  if (token === undefined) {
    const said = likeTokenName.test(name)
      ? `names ${name}, which the catalog does not know`
      : "has a key that is no token name";
    const issued = tokens.filter(
      (one) => one.environments.includes(environment) && withoutComponent(one) === undefined,
    );
    return `raxx:generations ${said}: ${renamed(name, tokens) ?? `use one of ${issued.map((one) => one.name).join(", ")}`}`;
  }
  if (!token.environments.includes(environment)) {
    return `${name} has no value in ${environment}: remove it from raxx:generations of that stack`;
  }
  const missing = withoutComponent(token);
  if (missing === undefined) return undefined;
  return `${name} cannot be issued yet, since the program has no component for ${missing}: remove it from raxx:generations of ${environment}`;
}

/** Whether its places get it: what no Access policy names would pass nowhere, and overwrite what works. */
export function isDistributed({ inPlace }: TokenGenerations): boolean {
  return inPlace === undefined || inPlace.admitted !== undefined;
}

/** What a token is made of that the program has no component for, so that it cannot issue it yet. */
export function withoutComponent({ issuer, destinations }: Token): string | undefined {
  if (!issuers.includes(issuer.kind)) return issuer.kind;
  return destinations.map(({ kind }) => kind).find((kind) => !destinationKinds.includes(kind));
}

/** Access policies name such a token by its id, which has to stay: a rotation gives it another secret. */
const rotatesInPlace: IssuerKind = "cloudflare-access-service-token";

const issuers: readonly IssuerKind[] = [
  "aws-access-key",
  "cloudflare-access-service-token",
  "cloudflare-api-token",
  "custody",
  "heroku-authorization",
  "infisical-identity-token",
  "random",
];
const destinationKinds: readonly Destination["kind"][] = [
  "vault",
  "ssm-parameter",
  "heroku-config-var",
  "github-secret",
  "github-environment-secret",
];

function readTokenGenerations(
  name: string,
  entry: RawTokenGenerations,
  faults: string[],
): TokenGenerations | undefined {
  const current = readGeneration(name, "current", entry.current, faults);
  const previous =
    entry.previous === undefined ? undefined : readGeneration(name, "previous", entry.previous, faults);
  const adopt = entry.previousAdopt ?? [];
  adopt.forEach((id, index) => {
    if (authorizationId.test(id)) return;
    // Never quoted: this is where a token is pasted instead of its id.
    faults.push(
      `raxx:generations.${name}.previousAdopt.${index} is no id of an authorization (a UUID of 36 characters): copy it from \`heroku authorizations\``,
    );
  });
  if (current === undefined) return undefined;
  if (previous?.name === current.name) {
    faults.push(`${name} has the same generation ${current.name} as current and as previous: drop previous`);
  }
  return {
    current,
    ...(previous === undefined ? {} : { previous }),
    previousAdopt: [...new Set(adopt.map((id) => id.toLowerCase()))],
  };
}

function readGeneration(
  token: string,
  which: "current" | "previous",
  text: string,
  faults: string[],
): Generation | undefined {
  const generation = parseGeneration(text);
  if (generation === undefined) {
    // Only what could be a date is quoted: a credential pasted into the wrong place must not be printed.
    const said = /^[\d .:/-]{1,20}$/.test(text) ? ` is "${text}", which` : "";
    faults.push(
      `raxx:generations.${token}.${which}${said} names no generation: write the UTC day of the mint, as 2026-05-06, or 2026-05-06.2 for the second of a day`,
    );
  }
  return generation;
}

function renamed(name: string, tokens: readonly Token[]): string | undefined {
  const token = tokens.find(({ formerNames }) => formerNames.some((former) => former.name === name));
  return token === undefined ? undefined : `it is called ${token.name} now`;
}
