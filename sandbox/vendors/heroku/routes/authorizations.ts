import { type FastifyInstance, type FastifyRequest } from "fastify";
import { z } from "zod";

import { type VendorContext } from "../../kit/vendor";
import { type Caller, guarded } from "../authenticate";
import {
  createAuthorization,
  type HerokuAuthorization,
  herokuScopes,
  type HerokuState,
  newAccessToken,
  timestamp,
} from "../entities";
import { notFound } from "../errors";
import { page } from "../ranges";
import { validate } from "../validate";

const path = "/oauth/authorizations";

const clientSchema = z.strictObject({ id: z.uuid(), secret: z.string().min(1) });

/**
 * As in the published JSON schema. The official CLI is laxer: it leaves `scope` out (and gets `global`) and
 * sends `expires_in` as a string, so the API probably takes both. Here both are refused: a client that relies
 * on it would get a token that may do everything.
 */
const createSchema = z.strictObject({
  scope: z.array(z.enum(herokuScopes)).min(1),
  description: z.string().optional(),
  expires_in: z.int().min(1).nullable().optional(),
  client: clientSchema.optional(),
});

/** `client` is required by the published JSON schema, so a description alone cannot be changed. */
const updateSchema = z.strictObject({ client: clientSchema, description: z.string().optional() });

export function authorizationRoutes(app: FastifyInstance, context: VendorContext<HerokuState>): void {
  const { store, now } = context;

  app.get(
    path,
    guarded(context, "authorizations", (caller, request, reply) => {
      const mine = store.state.authorizations.filter((one) => one.account_id === caller.account.id);
      return page(request, reply, mine, ["id"]).map((one) => view(one, caller, now()));
    }),
  );

  app.get(
    `${path}/:id`,
    guarded(context, "authorizations", (caller, request) => view(find(caller, request), caller, now())),
  );

  // Neither an idempotency key nor unique descriptions: a repeated call makes another authorization.
  app.post(
    path,
    guarded(context, "authorizations", (caller, request, reply) => {
      const { scope, description, expires_in, client } = validate(createSchema, request.body);
      // OAuth clients are not emulated: whichever is named is unknown.
      if (client !== undefined) throw notFound("client");
      const authorization = createAuthorization(store.state, {
        account: caller.account,
        scope,
        now: now(),
        ...(description !== undefined && { description }),
        ...(expires_in !== undefined && { expiresIn: expires_in }),
      });
      store.save();
      void reply.code(201);
      return view(authorization, caller, now());
    }),
  );

  app.patch(
    `${path}/:id`,
    guarded(context, "authorizations", (caller, request) => {
      find(caller, request);
      validate(updateSchema, request.body);
      throw notFound("client");
    }),
  );

  app.post(
    `${path}/:id/actions/regenerate-tokens`,
    guarded(context, "authorizations", (caller, request) => {
      const authorization = find(caller, request);
      // That the new token lives as long as the old one was to live is probable.
      authorization.access_token = newAccessToken(authorization.access_token.lifetime_seconds, now());
      authorization.updated_at = timestamp(now());
      store.save();
      return view(authorization, caller, now());
    }),
  );

  app.delete(
    `${path}/:id`,
    guarded(context, "authorizations", (caller, request) => {
      const authorization = find(caller, request);
      store.state.authorizations = store.state.authorizations.filter((one) => one !== authorization);
      store.save();
      return view(authorization, caller, now());
    }),
  );

  /** An authorization of another account is as unknown as one that does not exist [M: probable]. */
  function find(caller: Caller, request: FastifyRequest): HerokuAuthorization {
    const { id } = request.params as { id: string };
    const authorization = store.state.authorizations.find((one) => one.id === id);
    if (authorization?.account_id !== caller.account.id) throw notFound("authorization");
    return authorization;
  }
}

/** The token is shown again at every read: Heroku's tokens are not show-once. */
function view(authorization: HerokuAuthorization, { account }: Caller, now: Date): object {
  const { id, token, expires_at } = authorization.access_token;
  // Seconds left, not the seconds asked for; that an expired authorization stays listed is probable.
  const left = expires_at === null ? null : (new Date(expires_at).getTime() - now.getTime()) / 1000;
  return {
    access_token: { expires_in: left === null ? null : Math.max(0, Math.round(left)), id, token },
    client: null,
    created_at: authorization.created_at,
    description: authorization.description,
    grant: null,
    id: authorization.id,
    refresh_token: null,
    scope: authorization.scope,
    session: null,
    updated_at: authorization.updated_at,
    user: { id: account.id, email: account.email, full_name: account.name },
  };
}
