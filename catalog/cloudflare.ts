/**
 * What a Cloudflare API token may be allowed to do: the label of the dashboard → the group of the API. The ids are
 * public and the same for everybody; a name alone says too little, since some stand for the account and for a zone.
 * Source: https://developers.cloudflare.com/fundamentals/api/reference/permissions/
 */
export const permissionGroups = {
  "Account > Access: Apps and Policies > Edit": {
    id: "1e13c5124ca64b72b1969a67e8829049",
    name: "Access: Apps and Policies Write",
    scope: "account",
  },
  "Account > Billing > Read": {
    id: "7cf72faf220841aabcfdfab81c43c4f6",
    name: "Billing Read",
    scope: "account",
  },
  "Account > Cloudflare Pages > Edit": {
    id: "8d28297797f24fb8a0c332fe0866ec89",
    name: "Pages Write",
    scope: "account",
  },
  "Account > Workers Scripts > Edit": {
    id: "e086da7e2179491d91ee5f35b3ca210a",
    name: "Workers Scripts Write",
    scope: "account",
  },
  "Zone > DNS > Edit": { id: "4755a26eedb94da69e1066d98aa820be", name: "DNS Write", scope: "zone" },
  "Zone > WAF > Edit": { id: "fb6778dc191143babbfaa57993f1d275", name: "Zone WAF Write", scope: "zone" },
  "Zone > Workers Routes > Edit": {
    id: "28f4b596e7d643029c524985477ae49a",
    name: "Workers Routes Write",
    scope: "zone",
  },
  "Zone > Zone > Read": { id: "c8fed203ed3043cba015a93ad1616f1f", name: "Zone Read", scope: "zone" },
} as const satisfies Record<string, PermissionGroup>;

export interface PermissionGroup {
  /** 32 hexadecimal digits. */
  id: string;
  /** What the API calls it. */
  name: string;
  scope: "account" | "zone";
}

/** The group behind a label of the dashboard; undefined where the catalog knows none. */
export function permissionGroup(label: string): PermissionGroup | undefined {
  return Object.hasOwn(permissionGroups, label)
    ? permissionGroups[label as keyof typeof permissionGroups]
    : undefined;
}
