import { zoneById } from "./entities";
import { type CloudflareState, type PolicyResources } from "./records";

/** One resource that a policy names, or that a route is about. A star stands for all of them. */
export type Resource =
  | { scope: "com.cloudflare.api.user"; id: string }
  | { scope: "com.cloudflare.api.account"; id: string }
  | { scope: "com.cloudflare.api.account.zone"; id: string; account_id: string };

const accountScope = "com.cloudflare.api.account";
const zoneScope = "com.cloudflare.api.account.zone";
const userScope = "com.cloudflare.api.user";

/**
 * What the resources of a policy name; undefined for what is none, or names a zone that does not exist or is not
 * in the account it is nested in. All zones of an account are nested in it:
 * https://developers.cloudflare.com/fundamentals/api/how-to/create-via-api/
 */
export function resourcesOf(state: CloudflareState, resources: PolicyResources): (Resource | undefined)[] {
  return Object.entries(resources).flatMap(([key, value]) => {
    const outer = parse(key);
    if (typeof value === "string") {
      if (value !== "*" || outer === undefined) return [undefined];
      const { scope, id } = outer;
      return [scope === zoneScope ? zoneResource(state, id, "*") : { scope, id }];
    }
    if (outer?.scope !== accountScope || Object.keys(value).length === 0) return [undefined];
    return Object.entries(value).map(([inner, grant]) => {
      const zone = parse(inner);
      if (grant !== "*" || zone?.scope !== zoneScope) return undefined;
      return zoneResource(state, zone.id, outer.id);
    });
  });
}

/** A zone, or with a star all zones of an account or, with two, of all accounts; undefined where there is none. */
export function zoneResource(state: CloudflareState, id: string, accountId: string): Resource | undefined {
  if (id === "*") return { scope: zoneScope, id, account_id: accountId };
  const zone = zoneById(state, id);
  if (zone === undefined || (accountId !== "*" && accountId !== zone.account_id)) return undefined;
  return { scope: zoneScope, id, account_id: zone.account_id };
}

export function accountResource(id: string): Resource {
  return { scope: accountScope, id };
}

export function userResource(id: string): Resource {
  return { scope: userScope, id };
}

/** Whether who holds the one holds the other. A plain account holds none of its zones. */
export function covers(held: Resource, wanted: Resource): boolean {
  if (held.scope !== wanted.scope || (held.id !== "*" && held.id !== wanted.id)) return false;
  if (held.scope !== zoneScope || wanted.scope !== zoneScope) return true;
  return held.account_id === "*" || held.account_id === wanted.account_id;
}

function parse(key: string): { scope: Resource["scope"]; id: string } | undefined {
  const match = /^(com\.cloudflare\.api\.(?:user|account(?:\.zone)?))\.([0-9a-f]{32}|\*)$/.exec(key);
  const [, scope, id] = match ?? [];
  if (id === undefined || (scope === userScope && id === "*")) return undefined;
  return { scope: scope as Resource["scope"], id };
}
