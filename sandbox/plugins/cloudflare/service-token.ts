import { z } from "zod";

import { type Resource } from "../kit/plugin";
import { type Properties } from "../kit/properties";
import { type CloudflareApi, type View } from "./client";
import { defined, readTime, segmentsOf, sentTime, textOf, time } from "./fields";

const inputs = z.strictObject({
  accountId: z.string().optional(),
  zoneId: z.string().optional(),
  name: z.string(),
  /** Go's text for it, or `forever`. */
  duration: z.string().optional(),
  enabled: z.boolean().optional(),
  /** A higher one rotates the secret. */
  clientSecretVersion: z.number().optional(),
  previousClientSecretExpiresAt: time.optional(),
});

type Inputs = z.infer<typeof inputs>;
type Planned = ReturnType<typeof withDefaults>;
type State = Planned & { clientId?: string; clientSecret?: string; expiresAt?: string };

/** Its secret is in the answers to the creation, and to the update that raises the version, alone. */
export const serviceToken: Resource<CloudflareApi, Inputs, State> = {
  inputs,
  secret: ["clientSecret"],
  computed: ["clientId", "clientSecret", "expiresAt"],
  optionalComputed: ["enabled"],
  replaces: ["accountId", "zoneId"],
  failedUpdateKeepsState: true,

  check: faultsAmong,
  planned: withDefaults,
  outdatedBy: (changed, { enabled }) => [
    "expiresAt",
    ...(enabled === undefined ? ["enabled"] : []),
    ...(changed.has("clientSecretVersion") ? ["clientSecret"] : []),
  ],

  async create(api, given) {
    const planned = withDefaults(given);
    const view = await api.post(collection(planned), bodyOf(planned));
    return { id: textOf(view["id"]) ?? "", outputs: written(planned, view) };
  },

  read: refreshed,

  async import(api, id) {
    const [kind, place = "", tokenId = ""] = segmentsOf(
      id,
      "<{accounts|zones}/{account_id|zone_id}>/<service_token_id>",
    );
    if (kind !== "accounts" && kind !== "zones")
      throw new Error(`invalid ID: expected it to begin with "accounts/" or "zones/"`);
    const owner = kind === "accounts" ? { accountId: place } : { zoneId: place };
    const imported = shown(owner, await api.get([...collection(owner), tokenId]));
    // The bridge reads once more after each import.
    const outputs = await refreshed(api, tokenId, imported);
    return outputs === undefined ? undefined : { id: tokenId, outputs };
  },

  async update(api, id, state, { olds, news }) {
    const wanted = { ...state, enabled: news.enabled };
    const gone =
      olds.previousClientSecretExpiresAt !== undefined && wanted.previousClientSecretExpiresAt === undefined;
    const body = { ...bodyOf(wanted), ...(gone && { previous_client_secret_expires_at: null }) };
    const mints = wanted.clientSecretVersion !== olds.clientSecretVersion;
    const view = await api.put([...collection(state), id], body, { mints });
    const { clientSecret } = olds;
    // Without a new secret in the answer the old one stays, whatever the version: the real plugin's way.
    return { ...(clientSecret !== undefined && { clientSecret }), ...written(wanted, view) };
  },

  delete: (api, id, state) => api.delete([...collection(state), id]),
};

function faultsAmong(given: Properties): string[] {
  const pair = ["clientSecretVersion", "previousClientSecretExpiresAt"] as const;
  const missing = pair.filter((name) => given[name] === undefined);
  const [one] = missing;
  if (missing.length !== 1 || one === undefined) return [];
  const other = pair.find((name) => name !== one);
  return [`property "${one}" must be specified when "${other ?? ""}" is specified`];
}

function withDefaults(given: Inputs) {
  return {
    ...given,
    clientSecretVersion: given.clientSecretVersion ?? 1,
    duration: given.duration ?? "8760h",
  };
}

function collection({ accountId, zoneId }: Pick<Inputs, "accountId" | "zoneId">): string[] {
  if (accountId === undefined && zoneId === undefined)
    throw new Error(`missing required account_id or zone_id: set "accountId"`);
  const owner = accountId === undefined ? ["zones", zoneId ?? ""] : ["accounts", accountId];
  return [...owner, "access", "service_tokens"];
}

function bodyOf(planned: Inputs): object {
  return {
    name: planned.name,
    duration: planned.duration,
    enabled: planned.enabled,
    client_secret_version: planned.clientSecretVersion,
    previous_client_secret_expires_at: sentTime(planned.previousClientSecretExpiresAt),
  };
}

/** What is recorded after a write: what was sent, and what only the answer says. */
function written(sent: State, view: View): State {
  const { accountId, zoneId, name, duration, clientSecretVersion, previousClientSecretExpiresAt } = sent;
  return defined({
    accountId,
    zoneId,
    name,
    duration,
    clientSecretVersion,
    previousClientSecretExpiresAt,
    enabled: sent.enabled ?? view["enabled"],
    clientId: view["client_id"],
    clientSecret: view["client_secret"],
    expiresAt: view["expires_at"],
  }) as State;
}

async function refreshed(api: CloudflareApi, id: string, state: State): Promise<State | undefined> {
  const view = await api.find([...collection(state), id]);
  return view === undefined ? undefined : shown(state, view);
}

/** What is recorded after a read: the answer, which has neither the secret nor what belongs to a rotation. */
function shown(state: Partial<State>, view: View): State {
  const { accountId, zoneId, clientSecret, clientSecretVersion, previousClientSecretExpiresAt } = state;
  return defined({
    accountId,
    zoneId,
    clientSecret,
    clientSecretVersion,
    previousClientSecretExpiresAt,
    name: view["name"],
    duration: view["duration"],
    enabled: view["enabled"],
    clientId: view["client_id"],
    expiresAt: readTime(state.expiresAt, view["expires_at"]),
  }) as State;
}
