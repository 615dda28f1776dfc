import { isDeepStrictEqual } from "node:util";

import { dynamic, type CustomResourceOptions, type Input } from "@pulumi/pulumi";

import { type Implementation, refuse, unknownValue } from "../boundary";
import { isStatus, PartialFailure, UserError } from "../errors";
import { afterFailure, isOurs, nothingWritten, type Written } from "../ours";
import { shell } from "../shell";
import { confirmAccount } from "./account";
import { type HerokuAppRef, type HerokuClient } from "./client";

export interface HerokuConfigVarsInputs {
  /** App name. */
  app: string;
  appId: string;
  accountId: string;
  /** Key → value: our keys only, all of them secret. */
  vars: Record<string, string>;
  /** Key → `TOKEN@generation`: what was distributed, for status and audit. */
  sources: Record<string, string>;
  /** Key → plain value, no secret, that goes into the same write. */
  settings?: Record<string, string>;
  /** Keys of settings that were there before us: they are kept when they are no longer wanted. */
  adopted?: string[];
}

export interface HerokuConfigVarsOutputs extends HerokuConfigVarsInputs {
  /** Key → other values of ours that may stand there, after a write that failed; secret. */
  uncertain?: Record<string, string[]>;
}

export interface HerokuConfigVarsArgs {
  /** App name. A change replaces. */
  app: Input<string>;
  /** A change replaces: it is another app of the same name. */
  appId: Input<string>;
  accountId: Input<string>;
  vars: Input<Record<string, Input<string>>>;
  sources: Input<Record<string, Input<string>>>;
  /** @default none */
  settings?: Record<string, string>;
  /** @default none */
  adopted?: string[];
}

/**
 * Our config vars of one app, written at once: each write is a release and a restart of the app.
 * Vars that are not named here are never touched.
 * Source: https://devcenter.heroku.com/articles/config-vars
 */
export class HerokuConfigVars extends dynamic.Resource {
  constructor(name: string, args: HerokuConfigVarsArgs, opts?: CustomResourceOptions) {
    super(
      shell("herokuConfigVars"),
      name,
      { settings: {}, adopted: [], ...args },
      { ...opts, additionalSecretOutputs: ["vars", "uncertain"] },
      "heroku",
      "ConfigVars",
    );
  }
}

export function herokuConfigVars(
  client: () => HerokuClient,
): Implementation<HerokuConfigVarsInputs, HerokuConfigVarsOutputs> {
  return {
    check: (_olds, news) => {
      const empty = Object.keys(news.vars).filter((key) => news.vars[key] === "");
      if (empty.length === 0) return Promise.resolve({ inputs: news });
      return Promise.resolve(
        refuse(news, `the value for ${empty.join(", ")} of app ${news.app} is empty: nothing is written`),
      );
    },

    diff: (_id, olds, news) => {
      const otherApp = news.app !== olds.app || (news.appId !== unknownValue && news.appId !== olds.appId);
      if (otherApp) return Promise.resolve({ changes: true, replaces: ["appId"] });
      const same = (["vars", "sources", "settings", "adopted"] as const).every((part) =>
        isDeepStrictEqual(news[part], olds[part]),
      );
      return Promise.resolve({ changes: !same });
    },

    create: async (inputs) => {
      await write(inputs, nothingWritten);
      return { id: inputs.appId, outs: inputsOf(inputs) };
    },

    read: async (id, props) => {
      let actual: Record<string, string>;
      try {
        actual = await client().configVars(ref(props));
      } catch (error) {
        if (!isStatus(error, 404)) throw error;
        await confirmAccount(client(), props.accountId);
        return {};
      }
      // A value that is not what we wrote is somebody else's: it counts as missing, and never enters the state.
      const ours = Object.entries(actual).filter(([key, value]) => isOurs(written(props), key, value));
      return { id, props: { ...inputsOf(props), ...parted(props, Object.fromEntries(ours)) } };
    },

    update: async (_id, olds, news) => {
      await write(news, written(olds), olds.adopted);
      return { outs: inputsOf(news) };
    },

    delete: async (_id, props) => {
      try {
        await write({ ...props, vars: {}, settings: {} }, written(props), props.adopted);
      } catch (error) {
        if (!isStatus(error, 404)) throw error;
        await confirmAccount(client(), props.accountId);
      }
    },
  };

  /**
   * Sets what differs and removes what is no longer wanted, in one call, or in none where all is as it should be.
   * `kept` are the keys that were there before us.
   */
  async function write(
    inputs: HerokuConfigVarsInputs,
    before: Written,
    kept: readonly string[] = [],
  ): Promise<void> {
    const app = ref(inputs);
    const wanted = { ...inputs.vars, ...inputs.settings };
    const actual = await client().configVars(app);
    const changes: Record<string, string | null> = {};
    for (const [key, value] of Object.entries(wanted)) if (actual[key] !== value) changes[key] = value;
    for (const key of Object.keys(before.values)) {
      if (wanted[key] !== undefined || kept.includes(key)) continue;
      // A value that somebody else put there since is theirs: it stays.
      if (isOurs(before, key, actual[key])) changes[key] = null;
    }
    if (Object.keys(changes).length === 0) return;
    try {
      await set(app, changes, wanted);
    } catch (error) {
      const { values, uncertain } = afterFailure(before, wanted);
      throw new PartialFailure(error, inputs.appId, {
        ...inputsOf(inputs),
        ...parted(inputs, values),
        uncertain,
      });
    }
  }

  async function set(
    app: HerokuAppRef,
    changes: Record<string, string | null>,
    wanted: Record<string, string>,
  ): Promise<void> {
    const after = await client().setConfigVars(app, changes);
    const wrong = Object.keys(wanted).filter((key) => after[key] !== wanted[key]);
    if (wrong.length > 0) {
      throw new UserError(
        `heroku accepted ${wrong.join(", ")} for ${app.name} but shows another value: run again`,
      );
    }
  }
}

function written({ vars, settings, uncertain }: HerokuConfigVarsOutputs): Written {
  return { values: { ...vars, ...settings }, uncertain: uncertain ?? {} };
}

/** What stands in an app, in secrets and settings. */
function parted(
  { settings = {} }: HerokuConfigVarsInputs,
  values: Record<string, string>,
): { vars: Record<string, string>; settings: Record<string, string> } {
  const isSetting = ([key]: [string, string]): boolean => Object.hasOwn(settings, key);
  const all = Object.entries(values);
  return {
    vars: Object.fromEntries(all.filter((entry) => !isSetting(entry))),
    settings: Object.fromEntries(all.filter(isSetting)),
  };
}

function ref({ app, appId }: HerokuConfigVarsInputs): HerokuAppRef {
  return { name: app, id: appId };
}

/** Engine-internal properties stay out of what is returned. */
function inputsOf(inputs: HerokuConfigVarsInputs): HerokuConfigVarsInputs {
  const { app, appId, accountId, vars, sources, settings = {}, adopted = [] } = inputs;
  return { app, appId, accountId, vars, sources, settings, adopted };
}
