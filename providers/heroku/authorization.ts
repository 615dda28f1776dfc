import { dynamic, type CustomResourceOptions, type Input, type Output } from "@pulumi/pulumi";

import { type Implementation } from "../boundary";
import { isStatus, UserError, VendorError } from "../errors";
import { shell } from "../shell";
import { confirmAccount, refuseOtherAccount } from "./account";
import { type HerokuAuthorization as Authorization, type HerokuClient } from "./client";

export interface HerokuAuthorizationInputs {
  /** `raxx:<stack>:<TOKEN>:<generation>`: the description at the vendor, and how a half-made one is found again. */
  marker: string;
  /** Heroku scopes, e.g. `["global"]`. */
  scope: string[];
  /** ISO 8601, UTC: when Heroku expires it. */
  expiresAt: string;
  /** The account that it has to be minted in. */
  accountId: string;
  /** False for a previous generation: it is there already, or the configuration is wrong. */
  mayMint: boolean;
}

export interface HerokuAuthorizationOutputs extends HerokuAuthorizationInputs {
  token: string;
}

export interface HerokuAuthorizationArgs {
  /** `raxx:<stack>:<TOKEN>:<generation>`. A change replaces. */
  marker: Input<string>;
  /** A change takes effect with the next generation. */
  scope: Input<string[]>;
  /** ISO 8601, UTC. A change takes effect with the next generation. */
  expiresAt: Input<string>;
  accountId: Input<string>;
  /** Whether one that does not exist is minted: not for a previous generation. */
  mayMint: Input<boolean>;
}

/**
 * One issuance of a Heroku token: an OAuth authorization of the account.
 * Its id is the authorization's. Source: https://devcenter.heroku.com/articles/oauth
 */
export class HerokuAuthorization extends dynamic.Resource {
  /** The credential itself; secret. */
  declare readonly token: Output<string>;
  declare readonly scope: Output<string[]>;
  /** ISO 8601, UTC. */
  declare readonly expiresAt: Output<string>;

  constructor(name: string, args: HerokuAuthorizationArgs, opts?: CustomResourceOptions) {
    super(
      shell("herokuAuthorization"),
      name,
      { ...args, token: undefined },
      { ...opts, additionalSecretOutputs: ["token"] },
      "heroku",
      "Authorization",
    );
  }
}

export function herokuAuthorization(
  client: () => HerokuClient,
  now: () => Date = () => new Date(),
): Implementation<HerokuAuthorizationInputs, HerokuAuthorizationOutputs> {
  return {
    check: ({ marker, scope, expiresAt }, news) => {
      // Heroku changes neither on an authorization that is minted, and a replacement under the same marker would
      // take over the old one and then revoke it.
      const minted = marker === news.marker && scope !== undefined && expiresAt !== undefined;
      return Promise.resolve({ inputs: minted ? { ...news, scope, expiresAt } : news });
    },

    diff: (_id, olds, news) =>
      Promise.resolve(
        olds.marker === news.marker ? { changes: false } : { changes: true, replaces: ["marker"] },
      ),

    create: async (inputs) => {
      await confirmAccount(client(), inputs.accountId);
      const authorization = (await halfMade(inputs)) ?? (await mint(inputs));
      const token = authorization.access_token?.token;
      if (token === undefined) {
        throw new UserError(
          `heroku keeps the token of authorization ${authorization.id} to itself: revoke it (heroku authorizations:revoke ${authorization.id}) and run again`,
        );
      }
      // Proof that it works, and in the right account, before any destination gets it.
      refuseOtherAccount(inputs.accountId, (await client().account(token)).id);
      return { id: authorization.id, outs: { ...inputsOf(inputs), token } };
    },

    read: async (id, props) => {
      const found = await client().authorization(id);
      if (found === undefined) {
        await confirmAccount(client(), props.accountId);
        return {};
      }
      return { id, props: { ...inputsOf(props), token: found.access_token?.token ?? props.token } };
    },

    // Only a cadence or an account id can differ here, and neither changes what was minted.
    update: (_id, olds) => Promise.resolve({ outs: olds }),

    delete: async (id, props) => {
      await revoke(client(), id, props.accountId);
      await proveDead(client(), id, props.token);
    },
  };

  /** What an earlier run minted under this marker and could not record: Heroku shows its value again. */
  async function halfMade({ marker, scope }: HerokuAuthorizationInputs): Promise<Authorization | undefined> {
    const found = (await client().authorizations()).filter(({ description }) => description === marker);
    const [first, ...others] = found;
    if (first === undefined) return undefined;
    const ids = found.map(({ id }) => id).join(", ");
    if (others.length > 0) {
      throw new UserError(
        `${found.length} authorizations carry the marker ${marker} (${ids}), and at most one of them can be ours: look which one is in use (heroku authorizations), revoke the others and run again`,
      );
    }
    if ([...first.scope].sort().join(" ") !== [...scope].sort().join(" ")) {
      throw new UserError(
        `the authorization ${first.id} carries the marker ${marker} but not the scope ${scope.join(" ")}: revoke it (heroku authorizations:revoke ${first.id}) and run again`,
      );
    }
    return first;
  }

  async function mint(inputs: HerokuAuthorizationInputs): Promise<Authorization> {
    const [, stack = "", token = "", generation = ""] = inputs.marker.split(":");
    if (!inputs.mayMint) {
      throw new UserError(
        `generation ${generation} of ${token} is configured as previous, but Heroku has no authorization ${inputs.marker}: correct raxx:generations.${token}.previous, or drop it with pulumi config rm --path raxx:generations.${token}.previous --stack ${stack}`,
      );
    }
    const seconds = Math.floor((Date.parse(inputs.expiresAt) - now().getTime()) / 1000);
    if (seconds <= 0) {
      const today = now().toISOString().slice(0, 10);
      throw new UserError(
        `generation ${generation} of ${token} would have expired at ${inputs.expiresAt}, so it is not minted: set a newer one with pulumi config set --path raxx:generations.${token}.current ${today} --stack ${stack}`,
      );
    }
    try {
      return await client().createAuthorization({
        description: inputs.marker,
        scope: inputs.scope,
        expires_in: seconds,
      });
    } catch (error) {
      // The answer may have been lost after the mint: look before anybody could mint a second one.
      const lost = error instanceof VendorError && error.retryable && error.status !== 429;
      const minted = lost ? await halfMade(inputs) : undefined;
      if (minted !== undefined) return minted;
      throw error;
    }
  }
}

/** Revokes; an authorization that is gone already counts as revoked, provided that we asked its own account. */
async function revoke(client: HerokuClient, id: string, accountId: string): Promise<void> {
  if (await client.deleteAuthorization(id)) return;
  await confirmAccount(client, accountId);
}

/** That what was revoked answers 401 from now on. */
export async function proveDead(client: HerokuClient, id: string, token: string): Promise<void> {
  try {
    await client.account(token);
  } catch (error) {
    if (isStatus(error, 401)) return;
    throw error;
  }
  throw new UserError(
    `authorization ${id} was revoked, but its token still works: look at it (heroku authorizations:info ${id}) and run again`,
  );
}

/** Engine-internal properties stay out of what is returned. */
function inputsOf(inputs: HerokuAuthorizationInputs): HerokuAuthorizationInputs {
  const { marker, scope, expiresAt, accountId, mayMint } = inputs;
  return { marker, scope, expiresAt, accountId, mayMint };
}
