import { type FastifyInstance } from "fastify";
import { z } from "zod";

import { type VendorContext } from "../../kit/vendor";
import { type GuardedRoute, onAccount, onUser, pathId } from "../access";
import { type Call, onVerify, statusOf } from "../authenticate";
import { userById } from "../entities";
import { page, success } from "../envelope";
import { failure } from "../errors";
import { type ApiToken, type CloudflareState } from "../records";
import {
  createSchema,
  createToken,
  replaceSchema,
  replaceToken,
  rollToken,
  sameOwner,
  tokenView,
} from "../tokens";
import { validate } from "../validate";

type OwnedCall = Call & { owner: ApiToken["owner"] };

/** The same routes for the tokens of the caller's user and of an account. */
interface Place {
  path: string;
  /** Below `/api/resources/`. */
  documentation: string;
  on: (route: GuardedRoute, handle: (call: OwnedCall) => unknown) => void;
  /** Of the permission group, without Read or Write. */
  group: string;
  owns: (token: ApiToken, params: Record<string, string>) => boolean;
}

const maxPage = 50;
const dayMs = 86_400_000;

export function tokenRoutes(app: FastifyInstance, context: VendorContext<CloudflareState>): void {
  const user: Place = {
    path: "/user/tokens",
    documentation: "user/subresources/tokens",
    group: "API Tokens",
    on: (route, handle) => {
      onUser(app, context, route, (call) =>
        handle({ ...call, owner: { kind: "user", user_id: call.user.id } }),
      );
    },
    owns: ({ owner }) => owner.kind === "user",
  };
  const account: Place = {
    path: "/accounts/:account_id/tokens",
    documentation: "accounts/subresources/tokens",
    group: "Account API Tokens",
    on: (route, handle) => {
      onAccount(app, context, route, (call) =>
        handle({
          ...call,
          owner: { kind: "account", account_id: call.account.id, creator_email: emailOf(context, call) },
        }),
      );
    },
    owns: ({ owner }, params) => owner.kind === "account" && owner.account_id === params.account_id,
  };
  for (const place of [user, account]) serveTokens(app, context, place);
}

function serveTokens(app: FastifyInstance, context: VendorContext<CloudflareState>, place: Place): void {
  const { store, now } = context;
  const { state } = store;
  const { path } = place;
  const one = `${path}/:token_id`;
  const route = (method: GuardedRoute["method"], url: string, name: string): GuardedRoute => ({
    method,
    url,
    need: {
      group: place.group,
      access: method === "GET" ? "read" : "write",
      documentation: `${place.documentation}/methods/${name}`,
    },
  });

  // Needs no permission, and answers for the route's own kind of token only.
  onVerify(
    app,
    context,
    `${path}/verify`,
    (token, { params }) => place.owns(token, params as Record<string, string>),
    (token, status) => {
      const { id, expires_on, not_before } = token;
      const times = {
        ...(expires_on !== null && { expires_on }),
        ...(not_before !== null && { not_before }),
      };
      const message = { code: 10000, message: "This API Token is valid and active", type: null };
      return success({ id, status, ...times }, status === "active" ? [message] : []);
    },
  );

  place.on(route("GET", path, "list"), ({ owner, request }) => {
    const { include_expired, direction } = request.query as Record<string, string | undefined>;
    const time = now();
    const tokens = state.tokens.filter((token) => {
      if (!sameOwner(token.owner, owner)) return false;
      if (statusOf(token, time) !== "expired") return true;
      const since = time.getTime() - new Date(token.expires_on ?? time).getTime();
      return include_expired === "true" && since <= state.variants.expired_listed_days * dayMs;
    });
    // In the order of their creation; that this is what `direction` turns is probable.
    if (direction === "desc") tokens.reverse();
    const shown = page(tokens, request.query, { standard: 20, maximum: maxPage });
    return shown.answer(shown.items.map((token) => tokenView(state, token, time)));
  });

  place.on(route("POST", path, "create"), ({ owner, token: caller, request }) => {
    const body = validate(createSchema, request.body, 1001);
    const { token, value } = createToken(state, owner, body, { caller, now: now() });
    store.save();
    return success({ ...tokenView(state, token, now()), value });
  });

  place.on(route("GET", one, "get"), (call) => success(tokenView(state, findToken(state, call), now())));

  place.on(route("PUT", one, "update"), (call) => {
    const token = findToken(state, call);
    const body = validate(replaceSchema, call.request.body, 1001);
    replaceToken(state, token, body, { caller: call.token, now: now() });
    store.save();
    return success(tokenView(state, token, now()));
  });

  const roll = route("PUT", `${one}/value`, "update");
  roll.need.documentation = `${place.documentation}/subresources/value/methods/update`;
  place.on(roll, (call) => {
    const token = findToken(state, call);
    validate(z.strictObject({}), call.request.body, 1001);
    const value = rollToken(token, now());
    store.save();
    return success(value);
  });

  place.on(route("DELETE", one, "delete"), (call) => {
    const token = findToken(state, call);
    state.tokens = state.tokens.filter((other) => other !== token);
    store.save();
    return success({ id: token.id });
  });
}

/** The code and the text are probable, the status is documented. */
function findToken(state: CloudflareState, { owner, request }: OwnedCall): ApiToken {
  const id = pathId(request, "token_id");
  const token = state.tokens.find((one) => one.id === id && sameOwner(one.owner, owner));
  if (token === undefined) throw failure(404, 1003, "Token not found");
  return token;
}

function emailOf({ store }: VendorContext<CloudflareState>, { token }: Call): string {
  const { owner } = token;
  return owner.kind === "account" ? owner.creator_email : (userById(store.state, owner.user_id)?.email ?? "");
}
