import { type FastifyInstance } from "fastify";

import { type VendorContext } from "../../kit/vendor";
import { onZone } from "../access";
import { onRoute } from "../authenticate";
import { accountById } from "../entities";
import { page, success } from "../envelope";
import { failure } from "../errors";
import { can, type Permission } from "../permissions";
import { type CloudflareState, type CloudflareZone } from "../records";
import { zoneResource } from "../resources";

const read: Permission = { group: "Zone", access: "read" };

export function zoneRoutes(app: FastifyInstance, context: VendorContext<CloudflareState>): void {
  const { store, now } = context;
  const { state } = store;

  // Zones that the token may not read are left out: one that may only write DNS gets an empty list, and no error.
  onRoute(app, context, { method: "GET", url: "/zones" }, ({ token, request }) => {
    const query = request.query as Record<string, string | undefined>;
    const wanted = filter(state, query);
    const zones = state.zones.filter((zone) => {
      const resource = zoneResource(state, zone.id, zone.account_id);
      return resource !== undefined && can(state, token, read, resource, now()) && wanted(zone);
    });
    if (query.direction === "desc") zones.reverse();
    const shown = page(zones, query, { standard: 20, maximum: 50 });
    return shown.answer(shown.items.map((zone) => zoneView(state, zone)));
  });

  onZone(
    app,
    context,
    {
      method: "GET",
      url: "/zones/:zone_id",
      need: { ...read, code: 9109, documentation: "zones/methods/get" },
    },
    ({ zone }) => success(zoneView(state, zone)),
  );
}

type Condition = (zone: CloudflareZone) => boolean;

/** A name can have an operator: `contains:raxx`. */
function filter(state: CloudflareState, query: Record<string, string | undefined>): Condition {
  const conditions: Condition[] = [];
  const { name, status, match } = query;
  if (name !== undefined) conditions.push(nameCondition(name));
  if (status !== undefined) conditions.push((zone) => zone.status === status);
  const id = query["account.id"];
  if (id !== undefined) conditions.push((zone) => zone.account_id === id);
  const accountName = query["account.name"];
  if (accountName !== undefined) {
    conditions.push((zone) => accountById(state, zone.account_id)?.name === accountName);
  }
  return match === "any" && conditions.length > 0
    ? (zone) => conditions.some((holds) => holds(zone))
    : (zone) => conditions.every((holds) => holds(zone));
}

const operators: Record<string, (name: string, text: string) => boolean> = {
  equal: (name, text) => name === text,
  not_equal: (name, text) => name !== text,
  starts_with: (name, text) => name.startsWith(text),
  ends_with: (name, text) => name.endsWith(text),
  contains: (name, text) => name.includes(text),
};

function nameCondition(text: string): Condition {
  const colon = text.indexOf(":");
  const operator = operators[colon === -1 ? "equal" : text.slice(0, colon)];
  if (operator === undefined) throw failure(400, 1003, "The operator of the name is not known.");
  const wanted = text.slice(colon + 1).toLowerCase();
  return (zone) => operator(zone.name, wanted);
}

function zoneView(state: CloudflareState, zone: CloudflareZone): object {
  const { id, name, status, name_servers, created_on } = zone;
  return {
    id,
    name,
    status,
    paused: false,
    type: "full",
    development_mode: 0,
    name_servers,
    original_name_servers: null,
    original_registrar: null,
    original_dnshost: null,
    created_on,
    modified_on: created_on,
    activated_on: status === "active" ? created_on : null,
    meta: { step: 2, custom_certificate_quota: 0, page_rule_quota: 3, phishing_detected: false },
    owner: { id: null, type: "user", email: null },
    account: { id: zone.account_id, name: accountById(state, zone.account_id)?.name },
    permissions: [],
    plan: { id: zone.plan, name: zone.plan, is_subscribed: zone.plan !== "free" },
  };
}
