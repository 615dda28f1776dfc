import { version } from "@pulumi/random/package.json";
import { z } from "zod";

import { type Plugin } from "../kit/plugin";
import { randomBytes } from "./random-bytes";
import { randomId } from "./random-id";
import { randomPassword } from "./random-password";

/** Stands in for the plugin of `@pulumi/random`. */
export const random: Plugin<undefined> = {
  name: "random",
  version,
  config: z.strictObject({}),
  secretConfig: [],
  configure: () => undefined,
  resources: {
    "random:index/randomBytes:RandomBytes": randomBytes,
    "random:index/randomId:RandomId": randomId,
    "random:index/randomPassword:RandomPassword": randomPassword,
  },
};
