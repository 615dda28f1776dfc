import { randomBytes } from "node:crypto";

import { z } from "zod";

import { type Found, type Resource } from "../kit/plugin";
import { fromBase64Url, keepers } from "./fields";

const inputs = z.strictObject({ byteLength: z.int().min(1), keepers, prefix: z.string().optional() });
type Inputs = z.infer<typeof inputs>;
type State = Inputs & { b64Std: string; b64Url: string; dec: string; hex: string };

/** A number for names: nothing of it is secret. */
export const randomId: Resource<undefined, Inputs, State> = {
  inputs,
  secret: [],
  computed: ["b64Std", "b64Url", "dec", "hex"],
  replaces: ["byteLength", "keepers", "prefix"],

  create: (_session, given) => Promise.resolve(recorded(randomBytes(given.byteLength), given)),
  read: (_session, _id, state) => Promise.resolve(state),
  import: (_session, id) => {
    const comma = id.lastIndexOf(",");
    const bytes = fromBase64Url(id.slice(comma + 1));
    if (bytes === undefined || bytes.length === 0)
      return Promise.reject(new Error("the id to import is not b64Url, or a prefix, a comma and b64Url"));
    const prefix = comma > 0 ? { prefix: id.slice(0, comma) } : {};
    return Promise.resolve(recorded(bytes, { byteLength: bytes.length, ...prefix }));
  },
};

function recorded(bytes: Buffer, given: Inputs): Found<State> {
  const prefix = given.prefix ?? "";
  const id = bytes.toString("base64url");
  const hex = bytes.toString("hex");
  return {
    id,
    outputs: {
      ...given,
      b64Std: prefix + bytes.toString("base64"),
      b64Url: prefix + id,
      dec: prefix + BigInt(`0x${hex}`).toString(),
      hex: prefix + hex,
    },
  };
}
