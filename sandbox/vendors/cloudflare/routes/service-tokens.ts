import { type FastifyInstance } from "fastify";

import { type VendorContext } from "../../kit/vendor";
import { type GuardedRoute, onAccount } from "../access";
import { type Call } from "../authenticate";
import { page, success } from "../envelope";
import { failure, noRoute } from "../errors";
import { type AccessServiceToken, type CloudflareAccount, type CloudflareState } from "../records";
import {
  createSchema,
  newServiceToken,
  refreshServiceToken,
  rotateSchema,
  rotateServiceToken,
  serviceTokenView,
  updateSchema,
  updateServiceToken,
} from "../service-tokens";
import { validate } from "../validate";

type AccountCall = Call & { account: CloudflareAccount };

const list = "/accounts/:account_id/access/service_tokens";
const one = `${list}/:service_token_id`;
/** Of what Access does not take. */
const invalid = 12130;

/** Those of accounts. For those of zones there is no permission group, so that no token could use them. */
export function serviceTokenRoutes(app: FastifyInstance, context: VendorContext<CloudflareState>): void {
  const { store, now } = context;
  const { state } = store;

  const on = (
    method: GuardedRoute["method"],
    url: string,
    name: string,
    handle: (call: AccountCall) => unknown,
  ) => {
    const access = method === "GET" ? "read" : "write";
    const documentation = `zero_trust/subresources/access/subresources/service_tokens/methods/${name}`;
    const need = { group: "Access: Service Tokens", access, documentation } as const;
    onAccount(app, context, { method, url, need }, (call) => {
      requireAccess(call.account);
      return handle(call);
    });
  };

  on("GET", list, "list", ({ account, request }) => {
    const { name, search } = request.query as Record<string, string | undefined>;
    const tokens = state.service_tokens.filter(
      (token) =>
        token.account_id === account.id &&
        (name === undefined || token.name === name) &&
        (search === undefined || token.name.toLowerCase().includes(search.toLowerCase())),
    );
    const shown = page(tokens, request.query, { standard: 25, maximum: 1000 });
    return shown.answer(shown.items.map(serviceTokenView));
  });

  on("POST", list, "create", ({ account, request, reply }) => {
    const body = validate(createSchema, request.body, invalid);
    const { service_tokens: quota, refusal } = state.quotas;
    const count = state.service_tokens.filter(({ account_id }) => account_id === account.id).length;
    if (count >= quota) throw failure(refusal.status, refusal.code, refusal.message);
    const { token, clientSecret } = newServiceToken(account.id, body, now());
    state.service_tokens.push(token);
    store.save();
    void reply.code(201);
    return withSecret(token, clientSecret);
  });

  on("GET", one, "get", (call) => success(serviceTokenView(findToken(state, call))));

  on("PUT", one, "update", (call) => {
    const token = findToken(state, call);
    const body = validate(updateSchema, call.request.body, invalid);
    const clientSecret = updateServiceToken(token, body, now());
    store.save();
    return clientSecret === undefined ? success(serviceTokenView(token)) : withSecret(token, clientSecret);
  });

  on("DELETE", one, "delete", (call) => {
    const token = findToken(state, call);
    state.service_tokens = state.service_tokens.filter((other) => other !== token);
    store.save();
    return success(serviceTokenView(token));
  });

  on("POST", `${one}/refresh`, "refresh", (call) => {
    const token = findToken(state, call);
    refreshServiceToken(token, now());
    store.save();
    return success(serviceTokenView(token));
  });

  on("POST", `${one}/rotate`, "rotate", (call) => {
    const token = findToken(state, call);
    const body = validate(rotateSchema, call.request.body, invalid);
    const clientSecret = rotateServiceToken(token, body, now());
    store.save();
    return withSecret(token, clientSecret);
  });
}

function withSecret(token: AccessServiceToken, client_secret: string): object {
  return success({ ...serviceTokenView(token), client_secret });
}

/** A 403 that no permission cures. */
function requireAccess({ access_enabled }: CloudflareAccount): void {
  if (access_enabled) return;
  throw failure(
    403,
    9999,
    "access.api.error.not_enabled: Access is not enabled. Visit the Access dashboard at https://one.dash.cloudflare.com/ and click the 'Enable Access' button.",
  );
}

/** The code is probable. */
function findToken(state: CloudflareState, { account, request }: AccountCall): AccessServiceToken {
  const { service_token_id: id = "" } = request.params as Record<string, string>;
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) {
    throw noRoute(request.url.split("?", 1)[0] ?? request.url);
  }
  const token = state.service_tokens.find((token) => token.id === id && token.account_id === account.id);
  if (token === undefined) throw failure(404, 11021, "access.api.error.not_found: service token not found");
  return token;
}
