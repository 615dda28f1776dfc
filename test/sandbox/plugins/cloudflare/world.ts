import { faultSchema } from "../../../../sandbox/vendors/kit/faults";
import { type SeededPolicy } from "../../../../sandbox/vendors/cloudflare";
import { cloudflare } from "../../../../sandbox/plugins/cloudflare";
import { type Properties } from "../../../../sandbox/plugins/kit/properties";
import { Harness, policy } from "../../vendors/cloudflare/harness";
import { type PluginClient, secretly, servedForTests } from "../plugin-client";

export const types = {
  apiToken: "cloudflare:index/apiToken:ApiToken",
  accountToken: "cloudflare:index/accountToken:AccountToken",
  serviceToken: "cloudflare:index/zeroTrustAccessServiceToken:ZeroTrustAccessServiceToken",
  dnsRecord: "cloudflare:index/dnsRecord:DnsRecord",
} as const;

/** An emulated Cloudflare, and the plugin configured with a token that may do all of this. */
export class World {
  constructor(
    readonly harness: Harness,
    readonly client: PluginClient,
    readonly settings: Properties,
  ) {}

  /** The calls since the last time. */
  calls(): string[] {
    const all = this.harness.vendor.log.read().map(({ method, path }) => `${method} ${this.short(path)}`);
    const news = all.slice(this.seen);
    this.seen = all.length;
    return news;
  }
  private seen = 0;

  /** The names of the fields of the last call's body. */
  fields(): string[] {
    return [...(this.harness.vendor.log.read().at(-1)?.keys ?? [])].sort();
  }

  fail(fault: object): void {
    this.harness.vendor.faults.add(faultSchema.parse(fault));
  }

  /** What Cloudflare says to a token's value. */
  async verify(value: unknown, path = "/user/tokens/verify"): Promise<number> {
    return (await this.harness.call("GET", path, { token: String(value) })).status;
  }

  private short(path: string): string {
    const { account, zone } = this.harness.ids;
    return path.replace("/client/v4", "").replace(account, "ACCOUNT").replace(zone, "ZONE");
  }
}

/** A fresh world for each test. */
export function worldForTests(): () => World {
  const served = servedForTests(() => cloudflare);
  let world: World;
  beforeEach(async () => {
    const harness = await Harness.start();
    const { value } = harness.userToken([
      harness.onUser("API Tokens Write"),
      harness.onAccount("Access: Service Tokens Write", "Account API Tokens Write"),
      harness.onZone("DNS Write", "Zone Read"),
    ]);
    const settings = { apiToken: secretly(value), baseUrl: `${harness.vendor.url}/client/v4` };
    world = new World(harness, await served.client(settings), settings);
  });
  afterEach(() => world.harness.stop());
  return () => world;
}

/** A policy as a program gives it. */
export function given(seeded: SeededPolicy) {
  const { effect, permission_groups, resources } = policy(seeded);
  return { effect, permissionGroups: permission_groups, resources: JSON.stringify(resources) };
}

export async function failureOf(call: Promise<unknown>): Promise<Error> {
  try {
    await call;
  } catch (error) {
    return error as Error;
  }
  throw new Error("the call did not fail");
}
