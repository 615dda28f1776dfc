import { randomUUID } from "node:crypto";

import * as messages from "@pulumi/pulumi/proto/provider_pb";
import { type PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { z } from "zod";

import { grpc } from "../../../../sandbox/plugins/kit/grpc";
import { PartialCreation, type Plugin } from "../../../../sandbox/plugins/kit/plugin";
import { InitFailed, type PluginClient, revealed, secretly, servedForTests, unknown } from "../plugin-client";

const thing = "toy:index/thing:Thing";
let calls: string[] = [];
/** Token → the signal that its configuration came with. */
const signals = new Map<unknown, AbortSignal>();

/** Does what its inputs tell it; `session` is the token it was configured with. */
const toy: Plugin<string> = {
  name: "toy",
  version: "1.2.3",
  config: z.strictObject({ token: z.string().optional() }),
  secretConfig: ["token"],
  configure: ({ token }, { signal }) => {
    signals.set(token, signal);
    return typeof token === "string" ? token : "none";
  },
  resources: {
    [thing]: {
      inputs: z.strictObject({
        name: z.string(),
        value: z.string().optional(),
        chosen: z.string().optional(),
        list: z.array(z.int().min(1)).optional(),
        place: z.string().optional(),
      }),
      configuredDefaults: (session) => ({ place: session }),
      secret: ["value"],
      computed: ["owner"],
      optionalComputed: ["chosen"],
      replaces: ["name"],
      check: ({ name, value }) =>
        typeof name === "string" && name === value ? [`"name" and "value" must differ`] : [],
      create: (session, inputs) => {
        calls.push("create");
        if (inputs["name"] === "half") throw new PartialCreation("half", inputs, new Error("no second half"));
        if (inputs["name"] === "none")
          throw new Error(`cannot make ${String(inputs["value"])} as ${session}`);
        return Promise.resolve({ id: "1", outputs: { chosen: "here", ...inputs, owner: session } });
      },
      read: (_session, _id, state) => Promise.resolve(state["name"] === "gone" ? undefined : state),
      import: () => Promise.resolve({ id: "7", outputs: { name: "n", value: "v", owner: "o" } }),
      update: (_session, _id, state, { olds, news }) => {
        calls.push(`update of ${String(olds["name"])} to ${String(news["name"])}`);
        if (state["name"] === "locked") throw new Error(`cannot set ${String(state["value"])}`);
        return Promise.resolve(state);
      },
    },
  },
  functions: {
    "toy:index/greet:greet": {
      invoke: (session, { name }) => {
        if (name === "nobody") throw new Error(`cannot greet ${name}`);
        return Promise.resolve({ greeting: `${String(name)} from ${session}` });
      },
    },
  },
};

describe("a served plugin", () => {
  const served = servedForTests(() => toy);
  let client: PluginClient;
  beforeEach(async () => {
    calls = [];
    client = await served.client({ token: secretly("one") });
  });

  it("tells its version, an empty schema, and that it takes secrets and outputs", async () => {
    const info = await client.ask<PluginInfo>((reply) => client.rpc.getPluginInfo(new Empty(), reply));
    expect(info.getVersion()).toBe("1.2.3");
    const schema = await client.ask<messages.GetSchemaResponse>((reply) =>
      client.rpc.getSchema(new messages.GetSchemaRequest(), reply),
    );
    expect(schema.getSchema()).toBe("{}");
    const shake = await client.ask<messages.ProviderHandshakeResponse>((reply) =>
      client.rpc.handshake(new messages.ProviderHandshakeRequest(), reply),
    );
    expect([shake.getAcceptSecrets(), shake.getAcceptOutputs()]).toEqual([true, true]);
  });

  it("keeps the configurations of two connections apart", async () => {
    const other = await served.client({ token: "two" });
    expect((await client.create(thing, { name: "a" })).state["owner"]).toBe("one");
    expect((await other.create(thing, { name: "a" })).state["owner"]).toBe("two");
  });

  it("ends what a cancelled connection waits for, and nothing of those beside it and after it", async () => {
    const other = await served.client({ token: "beside" });
    await other.ask<Empty>((reply) => client.rpc.cancel(new Empty(), reply));
    await served.client({ token: "after" });
    expect(["one", "beside", "after"].map((token) => signals.get(token)?.aborted)).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("refuses unknown configuration, and marks what of it is secret", async () => {
    expect((await client.checkConfig({ tokn: "x" })).failures).toEqual([`unexpected property "tokn"`]);
    expect(revealed((await client.checkConfig({ token: "x", version: "1.0.0" })).inputs["token"])).toBe("x");
    await expect(served.client({ tokn: "x" })).rejects.toThrow(`unexpected property "tokn"`);
  });

  it("never asks to be replaced because of its configuration", async () => {
    const diff = await client.ask<messages.DiffResponse>((reply) =>
      client.rpc.diffConfig(new messages.DiffRequest(), reply),
    );
    expect(diff.getReplacesList()).toEqual([]);
  });

  it("answers a function as the connection is configured, and masks what it was given", async () => {
    expect(await client.invoke("toy:index/greet:greet", { name: "hello" })).toEqual({
      greeting: "hello from one",
    });
    await expect(client.invoke("toy:index/greet:greet", { name: secretly("nobody") })).rejects.toThrow(
      "cannot greet [secret]",
    );
  });

  it("records as an input what follows from the configuration, unless the program gives it", async () => {
    const { inputs } = await client.check(thing, { name: "a" });
    expect(inputs).toEqual({ name: "a", place: "one" });
    expect((await client.check(thing, { name: "a", place: "b" })).inputs["place"]).toBe("b");
  });

  it("tells an update what it comes from", async () => {
    await client.update(thing, { id: "1", olds: { name: "a" }, news: { name: "b" } });
    expect(calls).toEqual(["update of a to b"]);
  });

  it("answers an unknown function with unimplemented, and an unknown type with its name", async () => {
    const request = new messages.InvokeRequest().setTok("toy:index:get");
    await expect(
      client.ask<messages.InvokeResponse>((reply) => client.rpc.invoke(request, reply)),
    ).rejects.toMatchObject({
      code: grpc.status.UNIMPLEMENTED,
      details: "the stand-in for the toy provider does not have toy:index:get",
    });
    await expect(client.check("toy:index/other:Other", {})).rejects.toThrow(
      "no resource type toy:index/other:Other",
    );
  });

  it("refuses inputs in one sentence each, without a value", async () => {
    const value = randomUUID();
    const { failures } = await client.check(thing, { value: 3, nope: value, list: [0] });
    expect(failures).toHaveLength(4);
    expect(failures).toEqual(
      expect.arrayContaining([`missing required property "name"`, `unexpected property "nope"`]),
    );
    expect(failures.join()).not.toContain(value);
    expect((await client.check(thing, { name: value, value })).failures).toEqual([
      `"name" and "value" must differ`,
    ]);
  });

  it("does not look at inputs that are not known yet", async () => {
    const { failures, inputs } = await client.check(thing, {
      name: unknown,
      value: secretly(unknown),
      list: [unknown],
    });
    expect(failures).toEqual([]);
    expect(inputs["name"]).toBe(unknown);
    expect(revealed(inputs["value"])).toBe(unknown);
  });

  it("says in a preview what will be known, without a call", async () => {
    const { id, state } = await client.create(thing, { name: "a", value: "v" }, { preview: true });
    expect({ id, ...state, value: revealed(state["value"]) }).toEqual({
      id: "",
      name: "a",
      value: "v",
      owner: unknown,
      chosen: unknown,
    });
    const olds = { name: "a", value: "v", owner: "one", chosen: "here" };
    const updated = await client.update(thing, { id: "1", olds, news: { name: "a" }, preview: true });
    expect(updated).toEqual({ name: "a", owner: "one", chosen: "here" });
    expect(calls).toEqual([]);
  });

  it("tells additions, changes and removals, and which of them replace", async () => {
    const olds = { name: "a", value: "v", chosen: "here", owner: "one" };
    expect(await client.diff(thing, olds, { name: "a", value: secretly("v") })).toEqual({});
    expect(await client.diff(thing, olds, { name: "b", list: [1] })).toEqual({
      name: "UPDATE_REPLACE",
      value: "DELETE",
      list: "ADD",
    });
    expect(await client.diff(thing, olds, { name: unknown, value: "w" }, ["value"])).toEqual({
      name: "UPDATE_REPLACE",
    });
  });

  it("keeps an input secret that came as one", async () => {
    const { state } = await client.create(thing, { name: secretly("hidden") });
    expect(revealed(state["name"])).toBe("hidden");
  });

  it("reports a half-made resource with its id and properties", async () => {
    const failure = await client.create(thing, { name: "half", value: "v" }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InitFailed);
    const { id, properties, reasons } = failure as InitFailed;
    expect({ id, name: properties["name"], value: revealed(properties["value"]) }).toEqual({
      id: "half",
      name: "half",
      value: "v",
    });
    expect(reasons).toEqual([expect.stringMatching(/^creating urn:.*: no second half$/)]);
  });

  it("reports a failed update with the new properties, and no secret in the reason", async () => {
    const value = randomUUID();
    const failure = await client
      .update(thing, { id: "1", olds: { name: "locked", value: "old" }, news: { name: "locked", value } })
      .catch((error: unknown) => error);
    const { id, properties, reasons } = failure as InitFailed;
    expect([id, revealed(properties["value"])]).toEqual(["1", value]);
    expect(reasons).toEqual([expect.stringMatching(/^updating urn:.*: cannot set \[secret\]$/)]);
  });

  it("reports a failed creation with its message alone", async () => {
    const value = randomUUID();
    const failure = await client.create(thing, { name: "none", value }).catch((error: unknown) => error);
    expect(failure).not.toBeInstanceOf(InitFailed);
    expect(failure).toMatchObject({ details: "cannot make [secret] as one" });
  });

  it("imports with inputs, refreshes those that were given, and says what is gone", async () => {
    const imported = await client.read(thing, "7");
    expect(Object.keys(imported.inputs).sort()).toEqual(["name", "value"]);
    expect(revealed(imported.state["value"])).toBe("v");
    const state = { name: "n", value: "v", chosen: "here" };
    const refreshed = await client.read(thing, "7", { state, inputs: { name: "old", list: [1] } });
    expect(refreshed.inputs).toEqual({ name: "n" });
    expect((await client.read(thing, "7", { state: { name: "gone" } })).id).toBe("");
  });
});
