import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { HerokuClient } from "../../../providers/heroku/client";
import {
  configVarsOf,
  createAccount,
  createApp,
  createAuthorization,
  currentRelease,
  heroku,
  type HerokuAccount,
  type HerokuApp,
  type HerokuState,
} from "../../../sandbox/vendors/heroku";
import { type RunningVendor, startVendor } from "../../../sandbox/vendors/kit/vendor";

/** An emulated Heroku with our account and app, and somebody else's. */
export class HerokuWorld {
  private constructor(
    readonly vendor: RunningVendor<HerokuState>,
    private readonly directory: string,
    readonly account: HerokuAccount,
    readonly other: HerokuAccount,
    readonly app: HerokuApp,
    readonly otherApp: HerokuApp,
    /** The credential of this run, scope `global`, of our account. */
    readonly apiKey: string,
    /** The same of the other account. */
    readonly otherApiKey: string,
  ) {}

  static async start(): Promise<HerokuWorld> {
    const directory = mkdtempSync(join(tmpdir(), "raxx-heroku-"));
    const vendor = await startVendor(heroku, { directory });
    const { state } = vendor.store;
    const account = createAccount(state, { email: "ops@raxx.app" });
    const other = createAccount(state, { email: "someone@example.com" });
    const app = createApp(state, {
      name: "raxx-api-prod",
      owner: account,
      configVars: { NODE_ENV: "production", LOG_LEVEL: "info" },
    });
    const otherApp = createApp(state, { name: "someone-elses", owner: other });
    const tokenOf = (of: HerokuAccount): string =>
      createAuthorization(state, { account: of, scope: ["global"] }).access_token.token;
    const world = [tokenOf(account), tokenOf(other)] as const;
    vendor.store.save();
    return new HerokuWorld(vendor, directory, account, other, app, otherApp, ...world);
  }

  get state(): HerokuState {
    return this.vendor.store.state;
  }

  client(apiKey = this.apiKey): HerokuClient {
    return new HerokuClient({ url: this.vendor.url, apiKey });
  }

  /** A client with the credential of the other account. */
  stranger(): HerokuClient {
    return this.client(this.otherApiKey);
  }

  vars(): Record<string, string> {
    return configVarsOf(this.state, this.app);
  }

  version(): number {
    return currentRelease(this.state, this.app).version;
  }

  /** Changes config vars as a person would, behind the program's back; undefined removes. */
  meddle(changes: Record<string, string | undefined>): void {
    const release = currentRelease(this.state, this.app);
    const merged = Object.entries({ ...release.config_vars, ...changes });
    release.config_vars = Object.fromEntries(
      merged.filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
  }

  async stop(): Promise<void> {
    await this.vendor.close();
    rmSync(this.directory, { recursive: true });
  }
}
