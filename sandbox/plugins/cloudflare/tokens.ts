import { z } from "zod";

import { type Resource } from "../kit/plugin";
import { type CloudflareApi, type View } from "./client";
import { defined, readTime, segmentsOf, sentTime, textOf, time } from "./fields";
import { policies, readPolicies, sentPolicies, writtenPolicies } from "./policies";

const addresses = z.array(z.string()).optional();

const userInputs = z.strictObject({
  name: z.string(),
  policies,
  condition: z
    .strictObject({ requestIp: z.strictObject({ ins: addresses, notIns: addresses }).optional() })
    .optional(),
  expiresOn: time.optional(),
  notBefore: time.optional(),
  status: z
    .string()
    .regex(/^(active|disabled|expired)$/i, `must be "active", "disabled" or "expired"`)
    .optional(),
});
const accountInputs = userInputs.extend({ accountId: z.string() });

type Inputs = z.infer<typeof userInputs> & { accountId?: string };
/** What only Cloudflare says, beside the value. */
const decided = [
  "creatorEmailAtCreation",
  "issuedOn",
  "lastUsedOn",
  "modifiedOn",
  "provisionerId",
  "provisionerType",
] as const;

type State = Inputs & Partial<Record<(typeof decided)[number] | "value", string>>;

/** A token that is no good any more is not there, for the real plugin: the next update makes another one. */
const deadStatuses: readonly unknown[] = ["expired", "revoked (exposed)"];

/** `ApiToken` of the user, or `AccountToken` of an account. Its value is in the answer to the creation alone. */
export function token(of: "user" | "account"): Resource<CloudflareApi, Inputs, State> {
  const inputs: z.ZodObject = of === "user" ? userInputs : accountInputs;
  return {
    inputs,
    secret: ["value"],
    computed: [...decided, "value"],
    optionalComputed: ["status"],
    // Whatever else changes is written in place, and leaves the value as it is.
    replaces: of === "user" ? [] : ["accountId"],
    failedUpdateKeepsState: true,
    // That the value of a user's token is shown as unknown is the real plugin's way; it stays the same.
    outdatedBy: (_changed, { status }) => [
      ...decided,
      ...(status === undefined ? ["status"] : []),
      ...(of === "user" ? ["value"] : []),
    ],

    async create(api, given) {
      const view = await api.post(collection(given), bodyOf(given));
      return {
        id: textOf(view["id"]) ?? "",
        outputs: { ...written(given, view), value: textOf(view["value"]) ?? "" },
      };
    },

    read: refreshed,

    async import(api, id) {
      const form = of === "user" ? "<token_id>" : "<account_id>/<token_id>";
      const segments = segmentsOf(id, form);
      const tokenId = segments.at(-1) ?? "";
      const place = of === "user" ? {} : { accountId: segments[0] ?? "" };
      const imported = shown(place, await api.get([...collection(place), tokenId]));
      // The bridge reads once more after each import.
      const outputs = await refreshed(api, tokenId, imported);
      return outputs === undefined ? undefined : { id: tokenId, outputs };
    },

    async update(api, id, state, { olds, news }) {
      // A status that the program does not give is not sent, and Cloudflare makes it active.
      const wanted = { ...state, status: news.status };
      const view = await api.put([...collection(state), id], bodyOf(wanted));
      return { ...written(wanted, view), ...(olds.value !== undefined && { value: olds.value }) };
    },

    delete: (api, id, state) => api.delete([...collection(state), id]),
  };
}

function collection({ accountId }: { accountId?: string }): string[] {
  return accountId === undefined ? ["user", "tokens"] : ["accounts", accountId, "tokens"];
}

function bodyOf({ name, policies, condition, expiresOn, notBefore, status }: Inputs): object {
  const { ins, notIns } = condition?.requestIp ?? {};
  return {
    name,
    policies: sentPolicies(policies),
    condition: condition && { request_ip: condition.requestIp && { in: ins, not_in: notIns } },
    expires_on: sentTime(expiresOn),
    not_before: sentTime(notBefore),
    status,
  };
}

/** What is recorded after a write: what was sent, and what only the answer says. */
function written(sent: Inputs, view: View): State {
  const { accountId, name, condition, expiresOn, notBefore } = sent;
  return defined({
    accountId,
    name,
    policies: writtenPolicies(sent.policies, view["policies"]),
    condition,
    expiresOn,
    notBefore,
    status: sent.status ?? view["status"],
    ...decidedIn(view),
  }) as State;
}

async function refreshed(api: CloudflareApi, id: string, state: State): Promise<State | undefined> {
  const view = await api.find([...collection(state), id]);
  if (view === undefined || deadStatuses.includes(view["status"])) return undefined;
  return shown(state, view);
}

/** What is recorded after a read: all that the answer says, and nothing else. */
function shown(state: Partial<State>, view: View): State {
  const { request_ip: addresses } = (view["condition"] ?? {}) as { request_ip?: View };
  return defined({
    accountId: state.accountId,
    name: view["name"],
    policies: readPolicies(state.policies, view["policies"]),
    condition: addresses && { requestIp: defined({ ins: addresses["in"], notIns: addresses["not_in"] }) },
    expiresOn: readTime(state.expiresOn, view["expires_on"]),
    notBefore: readTime(state.notBefore, view["not_before"]),
    status: view["status"],
    value: state.value,
    ...decidedIn(view),
  }) as State;
}

function decidedIn(view: View): Record<(typeof decided)[number], unknown> {
  return {
    creatorEmailAtCreation: view["creator_email_at_creation"],
    issuedOn: view["issued_on"],
    lastUsedOn: view["last_used_on"],
    modifiedOn: view["modified_on"],
    provisionerId: view["provisioner_id"],
    provisionerType: view["provisioner_type"],
  };
}
