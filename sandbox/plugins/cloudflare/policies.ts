import { z } from "zod";

import { type View } from "./client";
import { textOf } from "./fields";

export const policies = z.array(
  z.strictObject({
    effect: z.string().regex(/^(allow|deny)$/i, `must be "allow" or "deny"`),
    permissionGroups: z.array(z.strictObject({ id: z.string() })),
    /** JSON: a resource's name, and `*` or the same of those in it. */
    resources: z.string().refine(isJson, "must be valid JSON"),
  }),
);

export type Policy = z.infer<typeof policies>[number];

/** As Cloudflare takes them. */
export function sentPolicies(given: readonly Policy[]): object[] {
  return given.map(({ effect, permissionGroups, resources }) => ({
    effect,
    permission_groups: permissionGroups,
    resources: JSON.parse(resources) as unknown,
  }));
}

/** As Cloudflare shows them, in the order in which the same ones are recorded; others behind them, sorted. */
export function readPolicies(recorded: readonly Policy[] | undefined, view: unknown): Policy[] {
  return inOrderOf(recorded ?? [], shownPolicies(view));
}

/** Those that were sent, with the resources as Cloudflare's answer writes them: what the real plugin records. */
export function writtenPolicies(sent: readonly Policy[], view: unknown): Policy[] {
  const shown = shownPolicies(view);
  const left = [...shown];
  const written = sent.map((policy, index) => {
    const found = left.findIndex((one) => grantOf(one) === grantOf(policy));
    const [same] = found === -1 ? [] : left.splice(found, 1);
    return { ...policy, resources: (same ?? shown[index] ?? policy).resources };
  });
  return inOrderOf(sent, written);
}

function shownPolicies(view: unknown): Policy[] {
  const shown = Array.isArray(view) ? (view as View[]) : [];
  return shown.map(({ effect, permission_groups: groups, resources }) => ({
    effect: textOf(effect) ?? "",
    permissionGroups: (Array.isArray(groups) ? (groups as View[]) : []).map(({ id }) => ({
      id: textOf(id) ?? "",
    })),
    resources: JSON.stringify(resources),
  }));
}

function inOrderOf(recorded: readonly Policy[], found: readonly Policy[]): Policy[] {
  const places = new Map(recorded.map((policy, place) => [printOf(policy), { policy, place }]));
  const placeOf = (policy: Policy) => places.get(printOf(policy))?.place ?? recorded.length;
  return found
    .map((policy) => places.get(printOf(policy))?.policy ?? withSortedGroups(policy))
    .sort(
      (a, b) => placeOf(a) - placeOf(b) || compare(a.effect, b.effect) || compare(a.resources, b.resources),
    );
}

function withSortedGroups(policy: Policy): Policy {
  const permissionGroups = [...policy.permissionGroups].sort((a, b) => compare(a.id, b.id));
  return { ...policy, permissionGroups };
}

/** What two policies have in common that differ in the order of their permission groups alone. */
function printOf(policy: Policy): string {
  return `${grantOf(policy)}|${policy.resources}`;
}

function grantOf({ effect, permissionGroups }: Policy): string {
  const ids = permissionGroups.map(({ id }) => id).sort();
  return `${effect}|${ids.join(",")}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
