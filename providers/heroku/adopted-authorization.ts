import { dynamic, type CustomResourceOptions, type Input } from "@pulumi/pulumi";

import { type Implementation } from "../boundary";
import { UserError } from "../errors";
import { shell } from "../shell";
import { confirmAccount } from "./account";
import { type HerokuClient } from "./client";

export interface HerokuAdoptedAuthorizationInputs {
  authorizationId: string;
  accountId: string;
}

export interface HerokuAdoptedAuthorizationArgs {
  /** The vendor's id of the authorization that was there before us. A change replaces. */
  authorizationId: Input<string>;
  accountId: Input<string>;
}

/** An authorization that was there before us, taken over by its id. Its value is never read. */
export class HerokuAdoptedAuthorization extends dynamic.Resource {
  constructor(name: string, args: HerokuAdoptedAuthorizationArgs, opts?: CustomResourceOptions) {
    super(shell("herokuAdoptedAuthorization"), name, { ...args }, opts, "heroku", "AdoptedAuthorization");
  }
}

export function herokuAdoptedAuthorization(
  client: () => HerokuClient,
): Implementation<HerokuAdoptedAuthorizationInputs, HerokuAdoptedAuthorizationInputs> {
  return {
    check: (_olds, news) => Promise.resolve({ inputs: news }),
    diff: (_id, olds, news) =>
      Promise.resolve(
        olds.authorizationId === news.authorizationId
          ? { changes: false }
          : { changes: true, replaces: ["authorizationId"] },
      ),
    create: async ({ authorizationId, accountId }) => {
      await confirmAccount(client(), accountId);
      if ((await client().authorization(authorizationId)) === undefined) {
        throw new UserError(
          `there is no Heroku authorization ${authorizationId}: list them (heroku authorizations) and correct previousAdopt under raxx:generations`,
        );
      }
      return { id: authorizationId, outs: { authorizationId, accountId } };
    },
    read: async (id, { authorizationId, accountId }) => {
      if ((await client().authorization(id)) !== undefined)
        return { id, props: { authorizationId, accountId } };
      await confirmAccount(client(), accountId);
      return {};
    },
    update: (_id, olds) => Promise.resolve({ outs: olds }),
    // A destroy keeps what was there before us; what ends its use revokes it in a hook.
    delete: () => Promise.resolve(),
  };
}
