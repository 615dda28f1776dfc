import { dynamic, type CustomResourceOptions, type Input, type Output } from "@pulumi/pulumi";

import { type Implementation, isUnknown, refuse } from "../boundary";
import { UserError, VendorError } from "../errors";
import { shell } from "../shell";
import { type InfisicalClient } from "./client";
import { IdentityClient, tokenAuthMethod, type TokenRecord } from "./identity-client";
import { partsOf, tokenMarkerFault, ttlFault } from "./identity-marker";
import { tokenAuthRepairs } from "./identity-rights";
import { isTokenDead } from "./identity-token-probe";

export interface InfisicalIdentityTokenInputs {
  projectId: string;
  identityId: string;
  /** `raxx:<stack>:<TOKEN>:<generation>`: the token's name at the vendor, and how a half-made one is found again. */
  marker: string;
  /** As its identity has it: the vendor knows no lifetime of a single token. */
  ttlSeconds: number;
  /** False for a previous generation: it is in the state already, or the configuration is wrong. */
  mayMint: boolean;
}

export interface InfisicalIdentityTokenOutputs extends InfisicalIdentityTokenInputs {
  token: string;
  /** ISO 8601, UTC. */
  expiresAt: string;
}

export interface InfisicalIdentityTokenArgs {
  projectId: Input<string>;
  /** The id of an {@link InfisicalIdentity}. A change replaces: a token does not outlive its identity. */
  identityId: Input<string>;
  /** `raxx:<stack>:<TOKEN>:<generation>`. A change replaces. */
  marker: Input<string>;
  /** A change takes effect with the next generation. */
  ttlSeconds: Input<number>;
  /** Whether one that does not exist is minted: not for a previous generation. */
  mayMint: Input<boolean>;
}

/**
 * One issuance of an identity token by Token Auth: a bearer with the rights of its identity. Its id is the token's.
 * Source: https://infisical.com/docs/documentation/platform/identities/token-auth
 */
export class InfisicalIdentityToken extends dynamic.Resource {
  /** The credential itself; secret. The vault shows it once. */
  declare readonly token: Output<string>;
  declare readonly identityId: Output<string>;
  /** ISO 8601, UTC: when the vault expires it. */
  declare readonly expiresAt: Output<string>;

  constructor(name: string, args: InfisicalIdentityTokenArgs, opts?: CustomResourceOptions) {
    super(
      shell("infisicalIdentityToken"),
      name,
      { ...args, token: undefined, expiresAt: undefined },
      { ...opts, additionalSecretOutputs: ["token"] },
      "infisical",
      "IdentityToken",
    );
  }
}

export function infisicalIdentityToken(
  client: () => InfisicalClient,
  now: () => Date = () => new Date(),
): Implementation<InfisicalIdentityTokenInputs, InfisicalIdentityTokenOutputs> {
  const vault = new IdentityClient(client);

  return {
    check: (olds, news) => {
      const faults = [
        isUnknown(news.marker) ? undefined : tokenMarkerFault(news.marker),
        isUnknown(news.ttlSeconds) ? undefined : ttlFault(news.ttlSeconds),
      ].filter((fault) => fault !== undefined);
      if (faults.length > 0) return Promise.resolve(refuse(news, faults.join("\n")));
      // What is minted keeps its lifetime.
      const minted = olds.marker === news.marker && olds.ttlSeconds !== undefined;
      return Promise.resolve({ inputs: minted ? { ...news, ttlSeconds: olds.ttlSeconds ?? 0 } : news });
    },

    diff: (_id, olds, news) => {
      const replaces = (["marker", "identityId"] as const).filter((key) => olds[key] !== news[key]);
      return Promise.resolve(replaces.length > 0 ? { changes: true, replaces } : { changes: false });
    },

    create: async (inputs) => {
      refuseUnmintable(inputs);
      await vault.organization(inputs.projectId);
      await prepare(inputs);
      const { accessToken, tokenData } = await mint(inputs);
      // Not tried here: a use would make a token that a crash leaves behind look like one that somebody holds.
      return {
        id: tokenData.id,
        outs: { ...inputsOf(inputs), token: accessToken, expiresAt: endOf(tokenData) },
      };
    },

    read: async (id, props) => {
      await vault.organization(props.projectId);
      const token = (await vault.tokens(props.identityId)).find((one) => one.id === id);
      if (token === undefined || !isLive(token, now())) return {};
      return { id, props: { ...inputsOf(props), token: props.token, expiresAt: endOf(token) } };
    },

    update: (_id, olds) => Promise.resolve({ outs: olds }),

    delete: async (id, props) => {
      // Told by its own project that it is gone, it is.
      await vault.organization(props.projectId);
      await vault.revokeToken(id);
      if (new Date(props.expiresAt) <= now() || (await isTokenDead(client(), props.token, props.projectId)))
        return;
      throw new UserError(
        `the identity token ${id} was revoked, but it still works: look at it (Token Auth of identity ${props.identityId} in the vault) and run again`,
      );
    },
  };

  function refuseUnmintable({ marker, ttlSeconds, mayMint }: InfisicalIdentityTokenInputs): void {
    const { stack, token, generation, day } = partsOf(marker);
    if (!mayMint) {
      throw new UserError(
        `generation ${generation} of ${token} is configured as previous, but the state holds no token of it, and the vault shows one only when it is minted: correct raxx:generations.${token}.previous, or drop it with pulumi config rm --path raxx:generations.${token}.previous --stack ${stack}`,
      );
    }
    if (Date.parse(day) + ttlSeconds * 1000 <= now().getTime()) {
      const today = now().toISOString().slice(0, 10);
      throw new UserError(
        `generation ${generation} of ${token} would have expired by now, so it is not minted: set a newer one with pulumi config set --path raxx:generations.${token}.current ${today} --stack ${stack}`,
      );
    }
  }

  /** Before a mint: nothing that is half made stands there any more, and the lifetime is what it has to be. */
  async function prepare({ identityId, marker, ttlSeconds }: InfisicalIdentityTokenInputs): Promise<void> {
    const identity = await vault.identity(identityId);
    if (identity === undefined) {
      throw new UserError(
        `there is no identity ${identityId} in the vault to mint a token for: run pulumi refresh, then run again`,
      );
    }
    await revokeUnheld(identityId, marker);
    const attached = identity.identity.authMethods.includes(tokenAuthMethod);
    for (const { write } of await tokenAuthRepairs(vault, identityId, attached, ttlSeconds)) await write();
  }

  async function mint({
    identityId,
    marker,
  }: InfisicalIdentityTokenInputs): Promise<{ accessToken: string; tokenData: TokenRecord }> {
    try {
      return await vault.createToken(identityId, marker);
    } catch (error) {
      // Minted, perhaps, and nobody holds it. Where this fails as well, the next run does it before it mints.
      const lost = error instanceof VendorError && error.retryable && error.status !== 429;
      if (lost) await revokeUnheld(identityId, marker).catch(() => undefined);
      throw error;
    }
  }

  /** What an earlier run minted under this marker and could not record: its value is lost. */
  async function revokeUnheld(identityId: string, marker: string): Promise<void> {
    const found = (await vault.tokens(identityId)).filter(
      (token) => token.name === marker && isLive(token, now()),
    );
    const used = found.filter(isUsed);
    if (used.length > 0) {
      const ids = used.map(({ id }) => id).join(", ");
      throw new UserError(
        `the vault has an identity token with the marker ${marker} (${ids}) that the state does not hold, and somebody used it: find out who, then revoke it (Token Auth of identity ${identityId} in the vault) and run again`,
      );
    }
    for (const { id } of found) await vault.revokeToken(id);
  }
}

/** Neither revoked nor expired. */
export function isLive(token: TokenRecord, now: Date): boolean {
  return !token.isAccessTokenRevoked && (token.accessTokenTTL === 0 || new Date(endOf(token)) > now);
}

export function isUsed({ accessTokenNumUses, accessTokenLastUsedAt }: TokenRecord): boolean {
  return accessTokenNumUses > 0 || (accessTokenLastUsedAt ?? null) !== null;
}

function endOf({ createdAt, accessTokenLastRenewedAt, accessTokenTTL }: TokenRecord): string {
  return new Date(Date.parse(accessTokenLastRenewedAt ?? createdAt) + accessTokenTTL * 1000).toISOString();
}

/** Engine-internal properties stay out of what is returned. */
function inputsOf(inputs: InfisicalIdentityTokenInputs): InfisicalIdentityTokenInputs {
  const { projectId, identityId, marker, ttlSeconds, mayMint } = inputs;
  return { projectId, identityId, marker, ttlSeconds, mayMint };
}
