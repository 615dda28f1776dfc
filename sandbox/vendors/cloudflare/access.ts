import { type FastifyInstance, type FastifyRequest } from "fastify";

import { type VendorContext } from "../kit/vendor";
import { type Call, onRoute, type Route } from "./authenticate";
import { accountById, userById, zoneById } from "./entities";
import { denied, noRoute } from "./errors";
import { can, type Permission } from "./permissions";
import {
  type CloudflareAccount,
  type CloudflareState,
  type CloudflareUser,
  type CloudflareZone,
} from "./records";
import { accountResource, userResource, zoneResource } from "./resources";
import { isId } from "./values";

/** What a route asks for, and how it says that it is missing. */
export interface Need extends Permission {
  /** The path of the route's documentation below `/api/resources/`. */
  documentation: string;
  /** @default 10000 */
  code?: 9109 | 10000;
}

export interface GuardedRoute extends Route {
  need: Need;
}

/** Serves a route below `/user`. An account token acts for no user. */
export function onUser(
  app: FastifyInstance,
  context: VendorContext<CloudflareState>,
  { need, ...route }: GuardedRoute,
  handle: (call: Call & { user: CloudflareUser }) => unknown,
): void {
  const { state } = context.store;
  onRoute(app, context, route, (call) => {
    const { owner } = call.token;
    const user = owner.kind === "user" ? userById(state, owner.user_id) : undefined;
    const resource = user === undefined ? undefined : userResource(user.id);
    if (
      user === undefined ||
      resource === undefined ||
      !can(state, call.token, need, resource, context.now())
    ) {
      throw denied(need.code ?? 9109, need.documentation);
    }
    return handle({ ...call, user });
  });
}

/** Serves a route below `/accounts/:account_id`. An account that does not exist is like one that is not the caller's. */
export function onAccount(
  app: FastifyInstance,
  context: VendorContext<CloudflareState>,
  { need, ...route }: GuardedRoute,
  handle: (call: Call & { account: CloudflareAccount }) => unknown,
): void {
  const { state } = context.store;
  onRoute(app, context, route, (call) => {
    const id = pathId(call.request, "account_id");
    const account = accountById(state, id);
    if (account === undefined || !can(state, call.token, need, accountResource(id), context.now())) {
      throw denied(need.code ?? 10000, need.documentation);
    }
    return handle({ ...call, account });
  });
}

/** Serves a route below `/zones/:zone_id`. A zone that does not exist is like one that is not the caller's. */
export function onZone(
  app: FastifyInstance,
  context: VendorContext<CloudflareState>,
  { need, ...route }: GuardedRoute,
  handle: (call: Call & { zone: CloudflareZone }) => unknown,
): void {
  const { state } = context.store;
  onRoute(app, context, route, (call) => {
    const id = pathId(call.request, "zone_id");
    const zone = zoneById(state, id);
    const resource = zone === undefined ? undefined : zoneResource(state, id, zone.account_id);
    if (
      zone === undefined ||
      resource === undefined ||
      !can(state, call.token, need, resource, context.now())
    ) {
      throw denied(need.code ?? 10000, need.documentation);
    }
    return handle({ ...call, zone });
  });
}

/** An id of 32 hexadecimal characters, or 404 7003. */
export function pathId(request: FastifyRequest, name: string): string {
  const id = (request.params as Record<string, string>)[name] ?? "";
  if (!isId(id)) throw noRoute(request.url.split("?", 1)[0] ?? request.url);
  return id;
}
