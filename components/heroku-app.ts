import { ComponentResource, type ComponentResourceOptions, type Input } from "@pulumi/pulumi";
import { HerokuConfigVars } from "@raxx/providers";

import { sourceOf, type Credential } from "./credential";

export interface HerokuAppArgs {
  /** App name. A change replaces. */
  app: string;
  /** The app's id, as Heroku gave it. A change replaces. */
  appId: Input<string>;
  accountId: Input<string>;
  /** Config var → the credential that it holds. */
  credentials: Record<string, Credential>;
  /** Config var → plain value that stands beside them. @default none */
  settings?: Record<string, string>;
  /** Settings that were there before us: a destroy keeps them. @default none */
  adopted?: string[];
}

/**
 * A Heroku app as a destination: all of its config vars that are ours, in one write, which is one release and
 * one restart. It waits for every credential that it holds.
 *
 * ```ts
 * new HerokuApp("raxx-api-prod", { app, appId, accountId, credentials: { HEROKU_API_KEY: platform } });
 * ```
 */
export class HerokuApp extends ComponentResource {
  constructor(name: string, args: HerokuAppArgs, opts?: ComponentResourceOptions) {
    super("raxx:heroku:App", name, { app: args.app }, opts);
    const { app, appId, accountId, settings = {}, adopted = [] } = args;
    const credentials = Object.entries(args.credentials);
    new HerokuConfigVars(
      `${name}-config-vars`,
      {
        app,
        appId,
        accountId,
        vars: Object.fromEntries(credentials.map(([key, credential]) => [key, credential.value])),
        sources: Object.fromEntries(credentials.map(([key, credential]) => [key, sourceOf(credential)])),
        settings,
        adopted,
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
