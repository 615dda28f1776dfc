import { createHash } from "node:crypto";

import { ZeroTrustAccessServiceToken } from "@pulumi/cloudflare/zeroTrustAccessServiceToken";
import {
  all,
  ComponentResource,
  type ComponentResourceOptions,
  log,
  type Output,
  type Resource,
  type ResourceHookBinding,
  RunError,
  runtime,
} from "@pulumi/pulumi";
import { CloudflareServiceTokenReceipt } from "@raxx/providers";
import { DateTime } from "luxon";

import {
  markerOf,
  admissionHandOff,
  type CloudflareAccessServiceTokenIssuer,
  type Generation,
  type MadeServiceToken,
  type Token,
  type TokenGenerations,
} from "../catalog";
import { dueOf, expiryOf, type Credential } from "./credential";

export interface CloudflareServiceTokenArgs {
  token: Token & { issuer: CloudflareAccessServiceTokenIssuer };
  generations: TokenGenerations;
  /** The stack's name: part of the token's name at Cloudflare. */
  stack: string;
  /** The Cloudflare account, 32 hexadecimal digits. */
  accountId: string;
  /** What looks for a token that a lost answer left behind, and at the overlap. @default nothing */
  hooks?: ResourceHookBinding;
  /** What has to be there before anything is minted. @default nothing */
  after?: Resource[];
}

/**
 * An Access service token: one per stack, since policies name it by its id. It rotates in place, by a higher version,
 * and Cloudflare takes the secret before as well until the configured end.
 *
 * ```ts
 * const vault = new CloudflareServiceToken("CF_ACCESS_SVC_VAULT", { token, generations, stack: "prod", accountId });
 * vault.value; // secret Output of the current version
 * ```
 */
export class CloudflareServiceToken extends ComponentResource implements Credential {
  readonly token: Token;
  readonly generation: string;
  declare readonly value: Output<string>;
  declare readonly companions: Credential["companions"];

  constructor(name: string, args: CloudflareServiceTokenArgs, opts?: ComponentResourceOptions) {
    const { token, generations, stack, accountId, hooks = {}, after = [] } = args;
    const { current, inPlace } = generations;
    super(type, name, { token: token.name, generation: current.name }, opts);
    if (inPlace === undefined) throw new RunError(`${name} rotates in place, but has no version`);
    this.token = token;
    this.generation = current.name;

    const marker = markerOf(stack, token.name);
    const { version, previousExpiresAt } = inPlace;
    const issued = new ZeroTrustAccessServiceToken(
      `${name}-service-token`,
      {
        accountId,
        name: marker,
        duration: durationOf(token, current, version),
        // The provider takes both or neither.
        ...(previousExpiresAt === undefined
          ? {}
          : { clientSecretVersion: version, previousClientSecretExpiresAt: previousExpiresAt }),
      },
      { parent: this, dependsOn: after, hooks },
    );
    const receipt = new CloudflareServiceTokenReceipt(
      `${name}-receipt`,
      {
        ...{ marker: `${marker}:${current.name}`, version },
        ...(previousExpiresAt === undefined ? {} : { previousExpiresAt }),
        fingerprint: issued.clientSecret.apply(fingerprintOf),
      },
      { parent: this },
    );
    warnOfEarlyExpiry(token, current, issued.expiresAt);
    if (inPlace.admitted === undefined) handOff(token, { stack, marker }, issued.clientId);
    const proven = (output: Output<string>): Output<string> =>
      all([output, receipt.id]).apply(([value]) => value);
    this.value = proven(issued.clientSecret);
    this.companions = {
      CLIENT_ID: proven(issued.clientId),
      EXPIRES_AT: proven(issued.expiresAt),
      SCOPES: token.vendorScopes.join(" "),
    };
    this.registerOutputs({ generation: this.generation });
  }
}

/**
 * Until some days after the next rotation is due, and an hour more with each version: a rotation leaves the expiry
 * where it is, and only another duration counts anew from now. The same one would let the token expire before the
 * rotation after the next.
 * Source: https://developers.cloudflare.com/cloudflare-one/access-controls/service-credentials/service-tokens/
 */
function durationOf(token: Token, generation: Generation, version: number): string {
  const lifetime = DateTime.fromISO(expiryOf(token, generation)).diff(generation.day);
  return `${lifetime.as("hours") + version - 1}h`;
}

/** In every run: nobody would miss the token before its consumers do. */
function warnOfEarlyExpiry(token: Token, generation: Generation, expiresAt: Output<string>): void {
  const due = dueOf(token, generation);
  expiresAt.apply((expiry: string | undefined) => {
    if (expiry === undefined || DateTime.fromISO(expiry) >= due) return;
    void log.warn(
      `${token.name} expires at Cloudflare at ${expiry}, before its rotation is due (${due.toISODate()}): rotate it before that`,
    );
  });
}

/** In every run. A preview does not know the id of what is not made yet, and says all else. */
function handOff(
  token: CloudflareServiceTokenArgs["token"],
  made: MadeServiceToken,
  clientId: Output<string>,
): void {
  if (runtime.isDryRun()) void log.warn(admissionHandOff(token, made));
  else {
    clientId.apply((id: string | undefined) => {
      // A destroy has none of what is gone already.
      if (id !== undefined) void log.warn(admissionHandOff(token, { ...made, clientId: id }));
    });
  }
}

/** A destroy runs the program too, and what it finds gone already has no outputs. */
function fingerprintOf(clientSecret: string | undefined): string {
  return createHash("sha256")
    .update(clientSecret ?? "")
    .digest("hex");
}

const type = "raxx:cloudflare:ServiceToken";
