import { isDeepStrictEqual } from "node:util";

import { dynamic, type CustomResourceOptions, type Input, type Output } from "@pulumi/pulumi";

import { adoptPath, quoted } from "../adoption";
import { type Implementation, messageOf, refuse } from "../boundary";
import { isStatus, UserError } from "../errors";
import { shell } from "../shell";
import { type HerokuClient } from "./client";

/** A config var that we did not mint: what stands there before us is taken over only where that is wanted. */
export interface HerokuSetting {
  app: string;
  key: string;
  /** The line of `raxx:adopt` that takes it over: name and id. */
  adopt: { name: string; importId: string };
  adopted: boolean;
}

export interface HerokuAccountInputs {
  /** Names of the apps that this stack writes to, sorted. */
  apps: string[];
  settings?: HerokuSetting[];
  /** The recorded account, carried forward by `check`. */
  account?: string;
  /** Set by `check`: `app/key` of settings that this stack made, or was about to. They are asked about no more. */
  made?: string[];
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
  /** Config vars that are not minted. A change is verified again, in place. @default none */
  settings?: HerokuSetting[];
}

/**
 * Verifies the identifiers of the configuration against Heroku in every run, before anything is written: whose
 * credential this run has, that it sees every app, and that no setting is in the way which is not ours. Issuers
 * and app configurations depend on what it recorded.
 */
export class HerokuAccount extends dynamic.Resource {
  declare readonly accountId: Output<string>;
  declare readonly appIds: Output<Record<string, string>>;

  constructor(name: string, args: HerokuAccountArgs, opts?: CustomResourceOptions) {
    super(
      shell("herokuAccount"),
      name,
      { settings: [], ...args, accountId: undefined, appIds: undefined },
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
  async function verify(inputs: HerokuAccountInputs): Promise<HerokuAccountOutputs> {
    const { id } = await client().account();
    const found = await Promise.all(
      inputs.apps.map(async (app) => [app, (await client().app(app)).id] as const),
    );
    return { ...inputsOf(inputs), accountId: id, appIds: Object.fromEntries(found) };
  }

  /** What is wrong with a setting that is not recorded yet, and what to do about it. */
  async function faultsOf(settings: HerokuSetting[]): Promise<string[]> {
    const apps = [...new Set(settings.map(({ app }) => app))];
    const vars = new Map(
      await Promise.all(
        apps.map(async (name) => {
          const app = await client().app(name);
          return [name, await client().configVars(app)] as const;
        }),
      ),
    );
    return settings.flatMap(({ app, key, adopt, adopted }) => {
      const there = vars.get(app)?.[key] !== undefined;
      if (there === adopted) return [];
      const path = adoptPath(adopt.name);
      return there
        ? `${app} has a config var ${key} that this stack did not make, and raxx:adopt does not take it over: do so with pulumi config set --path ${path} ${quoted(adopt.importId)} (it is then kept on destroy), or remove it at Heroku, and run again`
        : `raxx:adopt takes over the config var ${key} of ${app}, but there is none: pulumi config rm --path ${path}`;
    });
  }

  return {
    check: async (olds, news) => {
      try {
        const { id } = await client().account();
        const account = olds.account ?? id;
        refuseOtherAccount(account, id);
        const recorded = (olds.settings ?? []).map(standingOf);
        const made = madeBy(olds);
        const asked = (news.settings ?? []).filter(
          (setting) => !recorded.includes(standingOf(setting)) && !made.includes(placeOf(setting)),
        );
        const faults = await faultsOf(asked);
        return faults.length > 0 ? refuse(news, faults.join("\n")) : { inputs: { ...news, account, made } };
      } catch (error) {
        return refuse(news, messageOf(error));
      }
    },
    diff: (_id, olds, news) => {
      const changes =
        news.apps.some((app) => olds.appIds[app] === undefined) ||
        news.apps.length !== olds.apps.length ||
        !isDeepStrictEqual(news.settings, olds.settings);
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
      return { id, props: { ...inputsOf(props), accountId: id, appIds } };
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

function inputsOf({ apps, settings = [], account, made = [] }: HerokuAccountInputs): HerokuAccountInputs {
  return { apps, settings, made, ...(account === undefined ? {} : { account }) };
}

/** A setting that was not there when it was first wanted is ours from then on, whatever a failed run left of it. */
function madeBy({ made = [], settings = [] }: Partial<HerokuAccountInputs>): string[] {
  const before = settings.filter(({ adopted }) => !adopted).map(placeOf);
  return [...new Set([...made, ...before])].sort();
}

function placeOf({ app, key }: HerokuSetting): string {
  return `${app}/${key}`;
}

/** Dropping the line that took it over is asked about again: a destroy would remove what was there before us. */
function standingOf(setting: HerokuSetting): string {
  return `${placeOf(setting)}/${setting.adopted}`;
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
