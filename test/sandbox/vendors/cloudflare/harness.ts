import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import Cloudflare, { APIError } from "cloudflare";
import { request } from "undici";

import {
  type ApiToken,
  cloudflare,
  type CloudflareAccount,
  type CloudflareState,
  type CloudflareUser,
  type CloudflareZone,
  createAccount,
  createAccountToken,
  createUser,
  createUserToken,
  createZone,
  permissionGroups,
  type PermissionScope,
  type TokenPolicy,
  type SeededPolicy,
} from "../../../../sandbox/vendors/cloudflare";
import { type RunningVendor, startVendor } from "../../../../sandbox/vendors/kit/vendor";

export const scopes = {
  account: "com.cloudflare.api.account",
  zone: "com.cloudflare.api.account.zone",
  user: "com.cloudflare.api.user",
} as const;

/** The names of users, accounts and zones that every test starts with. */
interface Names {
  operator: string;
  stranger: string;
  account: string;
  foreignAccount: string;
  zone: string;
  otherZone: string;
  foreignZone: string;
}

/**
 * An emulator with the account `Raxx`, its super administrator `operator`, and its zones `raxx.app` and
 * `getraxx.com`; and the account of a `stranger` with a zone of its own.
 */
export class Harness {
  /** A token of `operator` that may make others, service tokens, and DNS records of both zones. */
  readonly minter: ApiToken;
  readonly token: string;

  private constructor(
    public vendor: RunningVendor<CloudflareState>,
    private readonly directory: string,
    readonly ids: Names,
  ) {
    const { token, value } = this.userToken([
      this.onUser("API Tokens Write"),
      this.onAccount("Access: Service Tokens Write"),
      this.onZone("DNS Write", "Zone Read"),
      { ...this.onZone("DNS Write", "Zone Read"), resources: { [`${scopes.zone}.${ids.otherZone}`]: "*" } },
    ]);
    this.minter = token;
    this.token = value;
  }

  static async start(): Promise<Harness> {
    const directory = mkdtempSync(join(tmpdir(), "cloudflare-"));
    const vendor = await startVendor(cloudflare, { directory });
    const { state } = vendor.store;
    const account = createAccount(state, { name: "Raxx" });
    const foreignAccount = createAccount(state, { name: "Stranger" });
    const operator = createUser(state, {
      email: "operator@moosequest.net",
      memberships: [{ account, role: "super-administrator" }],
    });
    const stranger = createUser(state, {
      email: "stranger@example.com",
      memberships: [{ account: foreignAccount, role: "super-administrator" }],
    });
    const harness = new Harness(vendor, directory, {
      operator: operator.id,
      stranger: stranger.id,
      account: account.id,
      foreignAccount: foreignAccount.id,
      zone: createZone(state, { account, name: "raxx.app" }).id,
      otherZone: createZone(state, { account, name: "getraxx.com" }).id,
      foreignZone: createZone(state, { account: foreignAccount, name: "example.com" }).id,
    });
    vendor.store.save();
    return harness;
  }

  /** Stops the vendor and starts it again on the same files. */
  async restart(): Promise<void> {
    await this.vendor.close();
    this.vendor = await startVendor(cloudflare, { directory: this.directory });
  }

  async stop(): Promise<void> {
    await this.vendor.close();
    rmSync(this.directory, { recursive: true });
  }

  get state(): CloudflareState {
    return this.vendor.store.state;
  }

  get operator(): CloudflareUser {
    return found(this.state.users.find(({ id }) => id === this.ids.operator));
  }

  get account(): CloudflareAccount {
    return found(this.state.accounts.find(({ id }) => id === this.ids.account));
  }

  get zone(): CloudflareZone {
    return found(this.state.zones.find(({ id }) => id === this.ids.zone));
  }

  onUser(...groups: string[]): SeededPolicy {
    return { groups, scope: scopes.user, resources: { [`${scopes.user}.${this.ids.operator}`]: "*" } };
  }

  onAccount(...groups: string[]): SeededPolicy {
    return { groups, scope: scopes.account, resources: { [`${scopes.account}.${this.ids.account}`]: "*" } };
  }

  onZone(...groups: string[]): SeededPolicy {
    return { groups, scope: scopes.zone, resources: { [`${scopes.zone}.${this.ids.zone}`]: "*" } };
  }

  /** A token of `operator`. */
  userToken(policies: SeededPolicy[], user = this.operator): { token: ApiToken; value: string } {
    return createUserToken(this.state, { user, name: "seeded", policies });
  }

  accountToken(policies: SeededPolicy[]): { token: ApiToken; value: string } {
    const { account, operator: creator } = this;
    return createAccountToken(this.state, { account, creator, name: "seeded", policies });
  }

  client(token = this.token): Cloudflare {
    return new Cloudflare({ apiToken: token, baseURL: `${this.vendor.url}/client/v4`, maxRetries: 0 });
  }

  /** Calls with the minter's token unless told otherwise; with null as the token, without the header. */
  async call(
    method: string,
    path: string,
    options: { body?: unknown; token?: string | null; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const token = options.token === undefined ? this.token : options.token;
    const response = await request(`${this.vendor.url}/client/v4${path}`, {
      method: method as "GET",
      headers: {
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...(options.body !== undefined && { "content-type": "application/json" }),
        ...options.headers,
      },
      ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
    });
    const text = await response.body.text();
    return {
      status: response.statusCode,
      headers: response.headers,
      body: JSON.parse(text) as Answer["body"],
      text,
    };
  }
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: {
    success: boolean;
    errors: { code: number; message: string }[];
    messages: unknown[];
    result: unknown;
    result_info?: Record<string, number>;
  };
  text: string;
}

export const success = { success: true, errors: [] };

/** What `expect` is to find of a failed call: status and codes, in Cloudflare's envelope. */
export function failed(status: number, ...codes: number[]): object {
  return {
    status,
    body: {
      success: false,
      errors: codes.map((code) => expect.objectContaining({ code }) as unknown),
      messages: [],
      result: null,
    },
  };
}

/** The HTTP status and the codes with which a call of the client failed. */
export async function failure(call: Promise<unknown>): Promise<{ status: unknown; codes: unknown[] }> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof APIError)) throw error;
    return { status: error.status, codes: error.errors.map(({ code }) => code) };
  }
  throw new Error("the call did not fail");
}

/** A policy as a caller of the API sends it. */
export function policy(
  { groups, scope, resources, effect }: SeededPolicy,
  ids = groups.map((name) => groupId(name, scope)),
): Pick<TokenPolicy, "effect"> & {
  permission_groups: { id: string }[];
  resources: Record<string, string>;
} {
  return {
    effect: effect ?? "allow",
    permission_groups: ids.map((id) => ({ id })),
    // The client's type has no mixture of plain and nested values.
    resources: resources as Record<string, string>,
  };
}

export function groupId(name: string, scope: PermissionScope): string {
  return found(permissionGroups.find((one) => one.name === name && one.scopes.includes(scope))).id;
}

export async function all<Item>(pages: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of pages) items.push(item);
  return items;
}

export function found<Thing>(thing: Thing | undefined | null): Thing {
  if (thing == null) throw new Error("not there");
  return thing;
}

/** In so many milliseconds, with whole seconds, as Cloudflare writes it. */
export function fromNow(ms: number): string {
  return new Date(Date.now() + ms).toISOString().replace(/\.\d+Z$/, "Z");
}

export const dayMs = 86_400_000;
