import { type ApiToken } from "../../../../sandbox/vendors/cloudflare";
import { found, type Harness, policy, success } from "./harness";

/** The two sets of routes for tokens, with a caller who may make tokens of the kind on the zone. */
export interface Kind {
  kind: "user" | "account";
  path: string;
  token: string;
  prefix: string;
}

export interface Shown {
  id: string;
  value: string;
  policies: { id: string; permission_groups: { id: string; name: string }[] }[];
}

export function kindOf(harness: Harness, kind: string): Kind {
  if (kind === "user") return { kind, path: "/user/tokens", token: harness.token, prefix: "cfut_" };
  const { value } = harness.accountToken([
    harness.onAccount("Account API Tokens Write"),
    harness.onZone("DNS Write", "DNS Read", "Zone Read"),
  ]);
  const path = `/accounts/${harness.ids.account}/tokens`;
  return { kind: "account", path, token: value, prefix: "cfat_" };
}

/** The body of a call that makes or replaces a token, for the zone. */
export function tokenBody(harness: Harness, ...groups: string[]) {
  return { name: "made", policies: [policy(harness.onZone(...groups))] };
}

export async function makeToken(harness: Harness, kind: Kind, extra: object = {}): Promise<Shown> {
  const answer = await harness.call("POST", kind.path, {
    token: kind.token,
    body: { ...tokenBody(harness, "DNS Write"), ...extra },
  });
  expect(answer.body).toMatchObject(success);
  return answer.body.result as Shown;
}

export function tokenRecord(harness: Harness, id: string): ApiToken {
  return found(harness.state.tokens.find((token) => token.id === id));
}

/** What a token can do: whether it may read the zone, and its DNS. */
export async function reach(harness: Harness, token: string): Promise<{ zone: boolean; dns: boolean }> {
  const status = async (path: string) => (await harness.call("GET", path, { token })).status;
  const zone = `/zones/${harness.ids.zone}`;
  return { zone: (await status(zone)) === 200, dns: (await status(`${zone}/dns_records`)) === 200 };
}
