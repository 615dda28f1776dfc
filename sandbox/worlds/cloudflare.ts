import {
  createAccount,
  createServiceToken,
  createUser,
  createUserToken,
  createZone,
  emptyCloudflare,
  type CloudflareState,
} from "../vendors/cloudflare";

export interface SeededCloudflare {
  cloudflare: CloudflareState;
  /** CF_TOKENS_MINT: mints the other tokens. */
  mintToken: string;
  accountId: string;
  /** Zone name → id. */
  zoneIds: Record<string, string>;
}

/** The account as the batch found it: both zones, an operator, tokens of other people, none of ours. */
export function seedCloudflare(): SeededCloudflare {
  const state = emptyCloudflare();
  const account = createAccount(state, { name: "Raxx" });
  const raxx = createZone(state, { account, name: "raxx.app", id: "f12dbb5cac57d5591a5058874498a6d1" });
  const getraxx = createZone(state, { account, name: "getraxx.com" });
  const user = createUser(state, {
    email: "operator@moosequest.net",
    memberships: [{ account, role: "super-administrator" }],
  });
  const zones = [raxx, getraxx].map(({ id }) => [`com.cloudflare.api.account.zone.${id}`, "*"] as const);
  const { value } = createUserToken(state, {
    user,
    name: "CF_TOKENS_MINT",
    policies: [
      {
        groups: ["API Tokens Write"],
        scope: "com.cloudflare.api.user",
        resources: { [`com.cloudflare.api.user.${user.id}`]: "*" },
      },
      {
        groups: ["Access: Service Tokens Write"],
        scope: "com.cloudflare.api.account",
        resources: { [`com.cloudflare.api.account.${account.id}`]: "*" },
      },
      {
        groups: ["DNS Write", "Zone Read"],
        scope: "com.cloudflare.api.account.zone",
        resources: Object.fromEntries(zones),
      },
    ],
  });
  createUserToken(state, {
    user,
    name: "raxx-automation",
    policies: [
      {
        groups: ["Zone Read"],
        scope: "com.cloudflare.api.account.zone",
        resources: Object.fromEntries(zones),
      },
    ],
  });
  createServiceToken(state, { account, name: "grafana" });
  return {
    cloudflare: state,
    mintToken: value,
    accountId: account.id,
    zoneIds: { "raxx.app": raxx.id, "getraxx.com": getraxx.id },
  };
}
