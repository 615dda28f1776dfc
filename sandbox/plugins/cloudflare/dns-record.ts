import { z } from "zod";

import { type Resource } from "../kit/plugin";
import { hasUnknown } from "../kit/properties";
import { type CloudflareApi, type View } from "./client";
import { defined, readTime, segmentsOf, textOf } from "./fields";

const types = [
  ..."A AAAA CNAME MX NS OPENPGPKEY PTR TXT CAA CERT DNSKEY DS HTTPS LOC NAPTR SMIMEA SRV SSHFP".split(" "),
  ..."SVCB TLSA URI".split(" "),
];

/** Not imitated: records that are made of `data`, private routing, shadow metadata. */
const inputs = z.strictObject({
  zoneId: z.string(),
  name: z.string(),
  type: z.string().refine((type) => types.includes(type.toUpperCase()), "is no type of record"),
  ttl: z.number(),
  content: z.string().optional(),
  priority: z.number().min(0).max(65_535).optional(),
  proxied: z.boolean().optional(),
  comment: z.string().optional(),
  tags: z.array(z.string()).optional(),
  settings: z
    .strictObject({
      flattenCname: z.boolean().optional(),
      ipv4Only: z.boolean().optional(),
      ipv6Only: z.boolean().optional(),
    })
    .optional(),
});

type Inputs = z.infer<typeof inputs>;
type Settings = Inputs["settings"];
type State = Inputs & Partial<Decided>;

interface Decided {
  commentModifiedOn: string;
  createdOn: string;
  meta: string;
  modifiedOn: string;
  proxiable: boolean;
  tagsModifiedOn: string;
}

export const dnsRecord: Resource<CloudflareApi, Inputs, State> = {
  inputs,
  secret: [],
  computed: ["commentModifiedOn", "createdOn", "meta", "modifiedOn", "proxiable", "tagsModifiedOn"],
  optionalComputed: ["content", "settings", "tags"],
  replaces: ["type", "zoneId"],
  failedUpdateKeepsState: true,

  planned,
  outdatedBy: (changed) => [
    "modifiedOn",
    ...(changed.has("comment") ? ["commentModifiedOn"] : []),
    ...(changed.has("tags") ? ["tagsModifiedOn"] : []),
  ],

  async create(api, given) {
    const wanted = planned(given);
    if (wanted.proxied === true && wanted.ttl !== 1)
      throw new Error(
        "ttl must be set to 1 when `proxied` is true: Cloudflare controls the TTL of a proxied record",
      );
    const view = await api.post(collection(wanted), bodyOf(wanted));
    return { id: textOf(view["id"]) ?? "", outputs: written(wanted, view) };
  },

  read: refreshed,

  async import(api, id) {
    const [zoneId = "", recordId = ""] = segmentsOf(id, "<zone_id>/<dns_record_id>");
    const imported = shown({ zoneId }, await api.get([...collection({ zoneId }), recordId]));
    // The bridge reads once more after each import.
    const outputs = await refreshed(api, recordId, imported);
    return outputs === undefined ? undefined : { id: recordId, outputs };
  },

  async update(api, id, state, { olds }) {
    // What is recorded and not wanted any more is taken back by name.
    const gone = (["comment", "priority"] as const).filter(
      (name) => olds[name] !== undefined && state[name] === undefined,
    );
    const nulls = Object.fromEntries(gone.map((name) => [name, null]));
    const view = await api.put([...collection(state), id], { ...bodyOf(state), ...nulls });
    return written(state, view);
  },

  delete: (api, id, state) => api.delete([...collection(state), id]),
};

/** What is recorded of the inputs: Cloudflare's text stays where another one means the same. */
function planned(given: Inputs, olds?: State): Inputs {
  const plan: Inputs = { ...given, proxied: given.proxied ?? false };
  if (plan.type === "CNAME" && plan.settings !== undefined && !hasUnknown(plan.settings))
    plan.settings = cnameSettings(plan.settings);
  if (olds === undefined) return plan;
  if (isSameName(plan.name, olds.name)) plan.name = olds.name;
  const { content, tags } = plan;
  if (plan.type === "CNAME" && sameWords(content, olds.content)) plan.content = olds.content;
  if (tags !== undefined && sameWords(sorted(tags), sorted(olds.tags))) plan.tags = olds.tags;
  return plan;
}

/**
 * Whether the full name that a read records is what the program calls it inside the zone. As in the real plugin where it
 * does not know the zone's name, and so `a.b`, once read, is taken for the same as `a`.
 */
function isSameName(given: unknown, recorded: string): boolean {
  if (typeof given !== "string") return false;
  const [name, full] = [given, recorded].map((text) => text.replace(/\.$/, "")) as [string, string];
  if (given === "@") return full.includes(".");
  return full.startsWith(`${name}.`);
}

function sameWords(one: unknown, other: unknown): boolean {
  return typeof one === "string" && typeof other === "string" && one.toLowerCase() === other.toLowerCase();
}

function sorted(tags: unknown): string | undefined {
  return Array.isArray(tags) && !hasUnknown(tags) ? [...(tags as string[])].sort().join("\n") : undefined;
}

/** Cloudflare leaves out of an answer what is off. */
function cnameSettings(settings: Settings): Settings {
  return { flattenCname: false, ipv4Only: false, ipv6Only: false, ...settings };
}

function collection({ zoneId }: Pick<Inputs, "zoneId">): string[] {
  return ["zones", zoneId, "dns_records"];
}

function bodyOf({ settings, ...wanted }: Inputs): object {
  const { name, type, ttl, content, priority, proxied, comment, tags } = wanted;
  return {
    name,
    type,
    ttl,
    content,
    priority,
    proxied,
    comment,
    tags,
    settings: settings && {
      flatten_cname: settings.flattenCname,
      ipv4_only: settings.ipv4Only,
      ipv6_only: settings.ipv6Only,
    },
  };
}

/** What is recorded after a write: what was sent, and what only the answer says. */
function written(sent: State, view: View): State {
  const { zoneId, name, type, ttl, priority, proxied, comment } = sent;
  return defined({
    zoneId,
    name,
    type,
    ttl,
    priority,
    proxied,
    comment,
    content: sent.content ?? view["content"],
    tags: sent.tags ?? view["tags"],
    settings: sent.settings ?? settingsIn(type, view),
    ...decidedIn({}, view),
  }) as unknown as State;
}

async function refreshed(api: CloudflareApi, id: string, state: State): Promise<State | undefined> {
  const view = await api.find([...collection(state), id]);
  return view === undefined ? undefined : shown(state, view);
}

/** What is recorded after a read: all that the answer says, and nothing else. The name is the full one. */
function shown(state: Partial<State> & Pick<State, "zoneId">, view: View): State {
  const { name, type, ttl, priority, proxied, comment, content, tags } = view;
  return defined({
    zoneId: state.zoneId,
    name,
    type,
    ttl,
    priority,
    proxied,
    comment,
    content,
    tags,
    settings: settingsIn(textOf(type) ?? "", view),
    ...decidedIn(state, view),
  }) as unknown as State;
}

function settingsIn(type: string, view: View): Settings {
  const { flatten_cname, ipv4_only, ipv6_only } = (view["settings"] ?? {}) as View;
  const settings = defined({ flattenCname: flatten_cname, ipv4Only: ipv4_only, ipv6Only: ipv6_only });
  if (type === "CNAME") return cnameSettings(settings);
  return view["settings"] == null ? undefined : settings;
}

function decidedIn(state: Partial<State>, view: View): Record<keyof Decided, unknown> {
  const { meta, proxiable } = view;
  return {
    commentModifiedOn: readTime(state.commentModifiedOn, view["comment_modified_on"]),
    createdOn: readTime(state.createdOn, view["created_on"]),
    meta: meta == null ? undefined : JSON.stringify(meta),
    modifiedOn: readTime(state.modifiedOn, view["modified_on"]),
    proxiable,
    tagsModifiedOn: readTime(state.tagsModifiedOn, view["tags_modified_on"]),
  };
}
