import { dynamic, type CustomResourceOptions, type Input, type Output } from "@pulumi/pulumi";

import { type Implementation } from "../boundary";
import { isStatus, UserError } from "../errors";
import { shell } from "../shell";
import { type HerokuClient } from "./client";

export interface HerokuAccountInputs {
  /** Names of the apps that this stack writes to, sorted. */
  apps: string[];
}

export interface HerokuAccountOutputs extends HerokuAccountInputs {
  /** The account that minted and wrote everything in this stack. */
  accountId: string;
  /** App name → app id. */
  appIds: Record<string, string>;
}

export interface HerokuAccountArgs {
  /** Names of the apps that this stack writes to, sorted. A change is verified again, in place. */
  apps: Input<string[]>;
}

/**
 * Verifies the identifiers of the configuration against Heroku before anything is written: whose credential
 * this run has, and that it sees every app. Issuers and app configurations depend on what it recorded.
 */
export class HerokuAccount extends dynamic.Resource {
  declare readonly accountId: Output<string>;
  declare readonly appIds: Output<Record<string, string>>;

  constructor(name: string, args: HerokuAccountArgs, opts?: CustomResourceOptions) {
    super(
      shell("herokuAccount"),
      name,
      { ...args, accountId: undefined, appIds: undefined },
      opts,
      "heroku",
      "Account",
    );
  }

  /** The id of one of the apps. */
  appId(app: string): Output<string> {
    // A destroy runs the program too, and what it finds gone already has no outputs.
    return this.appIds.apply((ids: Record<string, string> | undefined) => ids?.[app] ?? "");
  }
}

export function herokuAccount(
  client: () => HerokuClient,
): Implementation<HerokuAccountInputs, HerokuAccountOutputs> {
  async function verify({ apps }: HerokuAccountInputs): Promise<HerokuAccountOutputs> {
    const { id } = await client().account();
    const found = await Promise.all(apps.map(async (app) => [app, (await client().app(app)).id] as const));
    return { apps, accountId: id, appIds: Object.fromEntries(found) };
  }

  return {
    check: (_olds, news) => Promise.resolve({ inputs: news }),
    diff: (_id, olds, news) => {
      const changes =
        news.apps.some((app) => olds.appIds[app] === undefined) || news.apps.length !== olds.apps.length;
      return Promise.resolve({ changes });
    },
    create: async (inputs) => {
      const outs = await verify(inputs);
      return { id: outs.accountId, outs };
    },
    update: async (id, _olds, news) => {
      const outs = await verify(news);
      refuseOtherAccount(id, outs.accountId);
      return { outs };
    },
    read: async (id, props) => {
      await confirmAccount(client(), id);
      const appIds: Record<string, string> = {};
      for (const app of props.apps) {
        const appId = await idOf(app);
        if (appId !== undefined) appIds[app] = appId;
      }
      return { id, props: { apps: props.apps, accountId: id, appIds } };
    },
    delete: () => Promise.resolve(),
  };

  async function idOf(app: string): Promise<string | undefined> {
    try {
      return (await client().app(app)).id;
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  }
}

/** Asks Heroku whose credential this run has, and refuses another account's. */
export async function confirmAccount(client: HerokuClient, recorded: string): Promise<void> {
  refuseOtherAccount(recorded, (await client.account()).id);
}

/** A credential of another account sees nothing of ours: taking its 404 for "gone" would lose what is alive. */
export function refuseOtherAccount(recorded: string, actual: string): void {
  if (recorded === actual) return;
  throw new UserError(
    `HEROKU_API_KEY belongs to account ${actual}, but this stack was made with account ${recorded}: export a credential of that account and run again`,
  );
}
