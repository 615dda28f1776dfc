import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  createAccount,
  createApp,
  createAuthorization,
  heroku,
  type HerokuAccount,
  type HerokuApp,
  type HerokuScope,
  type HerokuState,
} from "../../../../sandbox/vendors/heroku";
import { type RunningVendor, startVendor } from "../../../../sandbox/vendors/kit/vendor";

/** An emulator with two accounts and two apps, `raxx-api-prod` of the first and `someone-elses` of the second. */
export class Harness {
  private constructor(
    readonly vendor: RunningVendor<HerokuState>,
    private readonly directory: string,
    readonly account: HerokuAccount,
    readonly app: HerokuApp,
    /** A `global` token of the first account. */
    readonly token: string,
  ) {}

  static async start(): Promise<Harness> {
    const directory = mkdtempSync(join(tmpdir(), "heroku-"));
    const vendor = await startVendor(heroku, { directory });
    const { state } = vendor.store;
    const account = createAccount(state, { email: "ops@raxx.app" });
    const other = createAccount(state, { email: "someone@example.com" });
    const app = createApp(state, {
      name: "raxx-api-prod",
      owner: account,
      configVars: { NODE_ENV: "production" },
      dynos: { web: 2, worker: 1 },
    });
    createApp(state, { name: "someone-elses", owner: other });
    const authorization = createAuthorization(state, { account, scope: ["global"] });
    vendor.store.save();
    return new Harness(vendor, directory, account, app, authorization.access_token.token);
  }

  get state(): HerokuState {
    return this.vendor.store.state;
  }

  tokenWith(...scope: HerokuScope[]): string {
    return createAuthorization(this.state, { account: this.account, scope }).access_token.token;
  }

  async stop(): Promise<void> {
    await this.vendor.close();
    rmSync(this.directory, { recursive: true });
  }

  /** Calls with the `global` token, version 3 and JSON, unless told otherwise; a header of null is left out. */
  async call(
    method: string,
    path: string,
    options: { body?: unknown; token?: string; headers?: Record<string, string | null> } = {},
  ): Promise<Answer> {
    const headers = {
      accept: "application/vnd.heroku+json; version=3",
      authorization: `Bearer ${options.token ?? this.token}`,
      "content-type": options.body === undefined ? null : "application/json",
      ...options.headers,
    };
    const response = await fetch(this.vendor.url + path, {
      method,
      headers: Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== null),
      ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
    });
    return { status: response.status, headers: response.headers, body: await response.json() };
  }
}

export interface Answer {
  status: number;
  headers: Headers;
  body: unknown;
}

/** A field of an answer, by its path: `field(answer, "access_token", "token")`. */
export function field(answer: Answer, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined),
    answer.body,
  );
}

/** The same field of every item of a list. */
export function each(answer: Answer, key: string): unknown[] {
  if (!Array.isArray(answer.body)) throw new Error("not a list");
  return answer.body.map((_item, index) => field(answer, index, key));
}
