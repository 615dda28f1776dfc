import { randomBytes as bytesAtRandom } from "node:crypto";

import { z } from "zod";

import { type Found, type Resource } from "../kit/plugin";
import { fromBase64, keepers } from "./fields";

const inputs = z.strictObject({ length: z.int().min(1), keepers });
type Inputs = z.infer<typeof inputs>;
type State = Inputs & { base64: string; hex: string };

/**
 * The real plugin makes the value itself the resource's id, which Pulumi keeps in plain text: so does this one.
 * https://github.com/pulumi/pulumi-random/blob/master/provider/resources.go (`computeRandomBytesID`)
 */
export const randomBytes: Resource<undefined, Inputs, State> = {
  inputs,
  secret: ["base64", "hex"],
  computed: ["base64", "hex"],
  replaces: ["length", "keepers"],

  create: (_session, given) => Promise.resolve(recorded(bytesAtRandom(given.length), given)),
  read: (_session, _id, state) => Promise.resolve(state),
  import: (_session, id) => {
    const bytes = fromBase64(id);
    if (bytes === undefined || bytes.length === 0)
      return Promise.reject(new Error("the id to import is not the value in base64"));
    return Promise.resolve(recorded(bytes, { length: bytes.length }));
  },
};

function recorded(bytes: Buffer, given: Inputs): Found<State> {
  const base64 = bytes.toString("base64");
  return { id: base64, outputs: { ...given, base64, hex: bytes.toString("hex") } };
}
