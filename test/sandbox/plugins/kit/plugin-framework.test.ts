import { randomUUID } from "node:crypto";

import { z } from "zod";

import { type Plugin } from "../../../../sandbox/plugins/kit/plugin";
import { InitFailed, revealed, secretly, servedForTests, unknown } from "../plugin-client";

const thing = "toy:index/thing:Thing";

/** Like the plugins that are built with Terraform's plugin framework: they plan from the state, and keep it. */
const toy: Plugin<undefined> = {
  name: "toy",
  version: "1.2.3",
  config: z.strictObject({}),
  secretConfig: [],
  configure: () => undefined,
  resources: {
    [thing]: {
      inputs: z.strictObject({ name: z.string(), version: z.int().optional() }),
      secret: ["secret"],
      computed: ["secret", "writtenOn"],
      replaces: [],
      failedUpdateKeepsState: true,
      // A name in another case is the same one.
      planned: (inputs, olds) =>
        String(olds?.["name"]).toLowerCase() === String(inputs["name"]).toLowerCase()
          ? { ...inputs, name: olds?.["name"] }
          : inputs,
      outdatedBy: (changed, inputs) => [
        "writtenOn",
        ...(changed.has("version") && inputs["version"] !== 0 ? ["secret"] : []),
      ],
      create: (_session, inputs) => Promise.resolve({ id: "1", outputs: inputs }),
      read: (_session, _id, state) => Promise.resolve(state),
      import: () => Promise.resolve(undefined),
      update: (_session, _id, state, { olds }) => {
        if (state["version"] === 13) throw new Error(`cannot leave ${String(olds["secret"])}`);
        return Promise.resolve({ ...state, from: olds["version"] });
      },
    },
  },
};

describe("a resource of the plugin framework", () => {
  const served = servedForTests(() => toy);
  const olds = { name: "Thing", version: 1, secret: "s", writtenOn: "then" };

  it("is planned from the recorded state as well as from the inputs", async () => {
    const client = await served.client();
    expect(await client.diff(thing, olds, { name: "THING", version: 1 })).toEqual({});
    expect(await client.diff(thing, olds, { name: "other", version: 1 })).toEqual({ name: "UPDATE" });
    const state = await client.update(thing, { id: "1", olds, news: { name: "THING", version: 2 } });
    expect(state).toMatchObject({ name: "Thing", version: 2, from: 1 });
  });

  it("shows in a preview what the update may change, and keeps it secret", async () => {
    const client = await served.client();
    const preview = async (news: object) =>
      client.update(thing, { id: "1", olds, news: { name: "Thing", ...news }, preview: true });
    const rotated = await preview({ version: 2 });
    expect(rotated["writtenOn"]).toBe(unknown);
    expect(revealed(rotated["secret"])).toBe(unknown);
    expect(revealed((await preview({ version: 0 }))["secret"])).toBe("s");
  });

  it("shows no output as unknown in a preview of an update that changes nothing", async () => {
    const client = await served.client();
    const news = { name: "Thing", version: 1 };
    expect(await client.update(thing, { id: "1", olds, news, preview: true })).toMatchObject({
      writtenOn: "then",
    });
  });

  it("leaves the state as it was when an update fails, and says why without a secret", async () => {
    const client = await served.client();
    const secret = randomUUID();
    const failed = await client
      .update(thing, {
        id: "1",
        olds: { ...olds, secret: secretly(secret) },
        news: { name: "Thing", version: 13 },
      })
      .catch((error: unknown) => error);
    expect(failed).not.toBeInstanceOf(InitFailed);
    expect((failed as Error).message).toMatch(/updating urn:.*: cannot leave \[secret\]$/);
  });
});
