import { z } from "zod";

import { type Resource } from "../kit/plugin";
import { type Properties, without } from "../kit/properties";
import { type GitHub } from "./client";
import { ifThere, onceFound } from "./lookups";
import { idOf, name, partsOf, repositoryIdOf, repositoryReplaced, timestamp, unescaped } from "./names";
import { seal } from "./sealed-box";
import { deleteSecret, getSecret, publicKeyOf, putSecret } from "./secret-calls";

const base64 = z.base64("must be base64");

const common = {
  repository: z.string(),
  secretName: name,
  keyId: z.string().optional(),
  /** `plaintextValue` and `encryptedValue` are deprecated names of `value` and `valueEncrypted`. */
  value: z.string().optional(),
  valueEncrypted: base64.optional(),
  plaintextValue: z.string().optional(),
  encryptedValue: base64.optional(),
};
const repositoryInputs = z.strictObject({ ...common, destroyOnDrift: z.boolean().optional() });
const environmentInputs = z.strictObject({ ...common, environment: z.string() });

type Inputs = z.infer<typeof repositoryInputs> & { environment?: string };
type Times = Record<"createdAt" | "updatedAt" | "remoteUpdatedAt", string>;
type State = Inputs & Partial<Times> & { repositoryId?: number };

const valueInputs = ["encryptedValue", "plaintextValue", "value", "valueEncrypted"] as const;

/** `ActionsSecret` of a repository, or `ActionsEnvironmentSecret` of one of its environments. */
export function secret(of: "repository" | "environment"): Resource<GitHub, Inputs, State> {
  const inputs: z.ZodObject = of === "repository" ? repositoryInputs : environmentInputs;
  return {
    inputs,
    secret: valueInputs,
    computed: ["createdAt", "remoteUpdatedAt", "repositoryId", "updatedAt"],
    optionalComputed: ["keyId"],
    replaces: of === "repository" ? ["secretName"] : ["environment", "secretName"],
    deleteBeforeReplace: of === "environment",

    check: faultsAmong,
    // A later time of writing at GitHub shows in a refresh and calls for no update: v6.13.0, which this version bridges,
    // asks whether a field that only a refresh sets has changed in the plan. Upstream's main branch compares the times.
    replacedBy: repositoryReplaced,

    async create(github, given) {
      const repositoryId = await repositoryIdOf(github, given.repository);
      const place = { ...given, repositoryId };
      const keyId = await write(github, place);
      const times = await onceFound(() => timesOf(github, place));
      return { id: secretId(given), outputs: { ...given, repositoryId, keyId, ...times } };
    },

    async read(github, _id, state) {
      const times = await ifThere(() => timesOf(github, state));
      if (times === undefined) return undefined;
      // Those of the last write of ours stay: the difference tells that somebody else wrote.
      const { createdAt = times.createdAt, updatedAt = times.updatedAt } = state;
      return { ...state, createdAt, updatedAt, remoteUpdatedAt: times.remoteUpdatedAt };
    },

    async import(github, id) {
      const parts = partsOf(id, of === "repository" ? 2 : 3);
      const [repository = "", environment = ""] = parts;
      const repositoryId = await repositoryIdOf(github, repository);
      const place: State = {
        repository,
        repositoryId,
        secretName: parts.at(-1) ?? "",
        ...(of === "environment" ? { environment: unescaped(environment) } : {}),
      };
      await timesOf(github, place);
      // The real plugin reads once more after each import.
      const times = await ifThere(() => timesOf(github, place));
      return times === undefined ? undefined : { id: secretId(place), outputs: { ...place, ...times } };
    },

    async update(github, _id, state) {
      const keyId = await write(github, state);
      // Without an answer the times of this write stay unknown, and the next refresh sets them.
      const times = await timesOf(github, state).catch(() => undefined);
      return { ...without(state, "updatedAt", "remoteUpdatedAt"), ...times, keyId };
    },

    delete: (github, _id, state) => deleteSecret(github, state),
  };
}

function faultsAmong(given: Properties): string[] {
  const faults: string[] = [];
  const all = valueInputs.join(", ");
  const specified = valueInputs.filter((input) => given[input] !== undefined);
  if (specified.length === 0) faults.push(`one of ${all} must be specified`);
  if (specified.length > 1)
    faults.push(`only one of ${all} can be specified, but ${specified.join(", ")} were`);
  if (given["keyId"] === undefined) return faults;
  if (given["valueEncrypted"] === undefined) faults.push(`"keyId" requires "valueEncrypted" to be specified`);
  for (const input of ["plaintextValue", "value"])
    if (given[input] !== undefined) faults.push(`"keyId" conflicts with "${input}"`);
  return faults;
}

function secretId({ repository, environment, secretName }: Inputs): string {
  return idOf([repository, ...(environment === undefined ? [] : [environment]), secretName]);
}

/** Seals and writes the value; the id of the key that it was sealed with. */
async function write(github: GitHub, state: State): Promise<string> {
  let keyId = state.keyId ?? "";
  let encrypted = state.valueEncrypted ?? state.encryptedValue ?? "";
  if (keyId === "" || encrypted === "") {
    const key = await publicKeyOf(github, state);
    keyId = key.key_id;
    if (encrypted === "") encrypted = await seal(state.value ?? state.plaintextValue ?? "", key.key);
  }
  await putSecret(github, state, { encrypted_value: encrypted, key_id: keyId });
  return keyId;
}

async function timesOf(github: GitHub, place: State): Promise<Times> {
  const { created_at, updated_at } = await getSecret(github, place);
  const updatedAt = timestamp(updated_at);
  return { createdAt: timestamp(created_at), updatedAt, remoteUpdatedAt: updatedAt };
}
