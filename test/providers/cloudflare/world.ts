import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { CloudflareClient } from "../../../providers/cloudflare/client";
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
  type SeededPolicy,
} from "../../../sandbox/vendors/cloudflare";
import { type RunningVendor, startVendor } from "../../../sandbox/vendors/kit/vendor";

const accountScope = "com.cloudflare.api.account";
const zoneScope = "com.cloudflare.api.account.zone";
const userScope = "com.cloudflare.api.user";

/** An emulated Cloudflare with our account, its two zones and its operator, and another account of the same operator. */
export class CloudflareWorld {
  /** The credential of this run, with all that it is to have. */
  readonly token: string;
  /** The id of that token. */
  readonly tokenId: string;

  private constructor(
    readonly vendor: RunningVendor<CloudflareState>,
    private readonly directory: string,
    readonly account: CloudflareAccount,
    readonly otherAccount: CloudflareAccount,
    readonly operator: CloudflareUser,
    readonly colleague: CloudflareUser,
    readonly zone: CloudflareZone,
    readonly secondZone: CloudflareZone,
    readonly otherZone: CloudflareZone,
  ) {
    const { token, value } = this.mint("CF_TOKENS_MINT", this.allRights());
    this.token = value;
    this.tokenId = token.id;
  }

  static async start(): Promise<CloudflareWorld> {
    const directory = mkdtempSync(join(tmpdir(), "raxx-cloudflare-"));
    const vendor = await startVendor(cloudflare, { directory });
    const { state } = vendor.store;
    const account = createAccount(state, { name: "Raxx" });
    const otherAccount = createAccount(state, { name: "Other" });
    const memberships = [account, otherAccount].map((one) => ({
      account: one,
      role: "super-administrator" as const,
    }));
    const world = new CloudflareWorld(
      vendor,
      directory,
      account,
      otherAccount,
      createUser(state, { email: "ops@raxx.app", memberships }),
      createUser(state, { email: "colleague@raxx.app", memberships }),
      createZone(state, { account, name: "raxx.app" }),
      createZone(state, { account, name: "getraxx.com" }),
      createZone(state, { account: otherAccount, name: "example.com" }),
    );
    vendor.store.save();
    return world;
  }

  get state(): CloudflareState {
    return this.vendor.store.state;
  }

  /** Address of the API with its path. */
  get url(): string {
    return `${this.vendor.url}/client/v4`;
  }

  client(token = this.token): CloudflareClient {
    return new CloudflareClient({ url: this.url, token });
  }

  /** A token of the operator, or of another user. */
  mint(name: string, policies: SeededPolicy[], user = this.operator): { token: ApiToken; value: string } {
    return createUserToken(this.state, { user, name, policies });
  }

  /** The value of a token that was there, and is no more. */
  revoked(): string {
    const { token, value } = this.mint("revoked", this.allRights());
    this.state.tokens = this.state.tokens.filter((one) => one !== token);
    return value;
  }

  /** A client with a token of the operator that has these rights. */
  with(...policies: SeededPolicy[]): CloudflareClient {
    return this.client(this.mint("seeded", policies).value);
  }

  /** A client with a token that our account owns. */
  ownedByAccount(...policies: SeededPolicy[]): CloudflareClient {
    const { account, operator: creator } = this;
    return this.client(createAccountToken(this.state, { account, creator, name: "seeded", policies }).value);
  }

  /** What the token of a run is to have, here of any user. */
  allRights(user = this.operator): SeededPolicy[] {
    return [
      this.onUser("API Tokens Write", user),
      this.onAccount("Access: Service Tokens Write"),
      this.onZones("Zone Read", this.zone, this.secondZone, this.otherZone),
    ];
  }

  onUser(group: string, user = this.operator): SeededPolicy {
    return { groups: [group], scope: userScope, resources: { [`${userScope}.${user.id}`]: "*" } };
  }

  onAccount(group: string, id = this.account.id): SeededPolicy {
    return { groups: [group], scope: accountScope, resources: { [`${accountScope}.${id}`]: "*" } };
  }

  onZones(group: string, ...zones: CloudflareZone[]): SeededPolicy {
    const resources = Object.fromEntries(zones.map(({ id }) => [`${zoneScope}.${id}`, "*"]));
    return { groups: [group], scope: zoneScope, resources };
  }

  /** Calls so far, as `GET /user/tokens`, below the API's path. */
  calls(): string[] {
    return this.vendor.log.read().map(({ method, path }) => `${method} ${path.replace("/client/v4", "")}`);
  }

  async stop(): Promise<void> {
    await this.vendor.close();
    rmSync(this.directory, { recursive: true });
  }
}
