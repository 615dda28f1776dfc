import { compare } from "bcryptjs";

import { random } from "../../../../sandbox/plugins/random";
import { type Properties } from "../../../../sandbox/plugins/kit/properties";
import { type PluginClient, revealed, servedForTests, unknown } from "../plugin-client";

const password = "random:index/randomPassword:RandomPassword";
const bytes = "random:index/randomBytes:RandomBytes";
const number = "random:index/randomId:RandomId";

const served = servedForTests(() => random);
let client: PluginClient;
beforeAll(async () => {
  client = await served.client();
});

const resultOf = (state: Properties) => String(revealed(state["result"]));

describe("RandomPassword", () => {
  it("makes a secret of the length and the classes asked for, and its hash", async () => {
    const { id, state } = await client.create(password, {
      length: 40,
      minUpper: 5,
      special: false,
      lower: false,
    });
    expect(id).toBe("none");
    expect(resultOf(state)).toMatch(/^[A-Z0-9]{40}$/);
    expect(resultOf(state).replace(/[^A-Z]/g, "").length).toBeGreaterThanOrEqual(5);
    expect(await compare(resultOf(state), String(revealed(state["bcryptHash"])))).toBe(true);
    expect(state).toMatchObject({ lower: false, upper: true, numeric: true, number: true, minLower: 0 });
  });

  it("takes minimums from a class that is otherwise off, and special characters as told", async () => {
    const { state } = await client.create(password, {
      length: 6,
      upper: false,
      numeric: false,
      special: false,
      minSpecial: 6,
      overrideSpecial: "é#",
    });
    expect(resultOf(state)).toMatch(/^[é#]{6}$/);
  });

  it("uses every character about equally often", async () => {
    const { state } = await client.create(password, { length: 6200, special: false });
    const counts = new Map<string, number>();
    for (const symbol of resultOf(state)) counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
    expect(counts.size).toBe(62);
    expect(Math.max(...counts.values())).toBeLessThan(170);
    expect(Math.min(...counts.values())).toBeGreaterThan(45);
  });

  it.each([
    [{}, `missing required property "length"`],
    [{ length: 0 }, /^property "length": .*>=1/],
    [
      { length: 3, minLower: 2, minUpper: 2 },
      /^property "length" must be at least the sum of .*, which is 4$/,
    ],
    [{ length: 3, number: true, numeric: false }, /both configured with different values/],
    [
      { length: 3, upper: false, lower: false, numeric: false, special: false },
      /^at least one of .* must be true$/,
    ],
    [{ length: 3, size: 4 }, `unexpected property "size"`],
    [{ length: "3" }, /^property "length": /],
  ])("refuses %j", async (inputs, reason) => {
    const { failures } = await client.check(password, inputs);
    expect(failures).toEqual([typeof reason === "string" ? reason : expect.stringMatching(reason)]);
  });

  it("records as inputs only what was given", async () => {
    expect((await client.check(password, { length: 8, keepers: { g: "1" } })).inputs).toEqual({
      length: 8,
      keepers: { g: "1" },
    });
  });

  it("is replaced by any change, but not by a default that is spelled out", async () => {
    const { state } = await client.create(password, { length: 8, keepers: { g: "1" } });
    expect(await client.diff(password, state, { length: 8, keepers: { g: "1" }, upper: true })).toEqual({});
    expect(await client.diff(password, state, { length: 9, keepers: { g: "2" } })).toEqual({
      length: "UPDATE_REPLACE",
      keepers: "UPDATE_REPLACE",
    });
    expect(await client.diff(password, state, { length: 8, keepers: { g: "1" }, number: false })).toEqual({
      number: "UPDATE_REPLACE",
      numeric: "UPDATE_REPLACE",
    });
  });

  it("is imported by its value, which its id does not keep", async () => {
    const { state } = await client.create(password, { length: 80 });
    const imported = await client.read(password, resultOf(state));
    expect(imported.id).toBe("none");
    expect(resultOf(imported.state)).toBe(resultOf(state));
    expect(imported.inputs["length"]).toBe(80);
    expect(imported.inputs["result"]).toBeUndefined();
  });

  it("stays what it is in a refresh, and leaves nothing behind", async () => {
    const { id, state } = await client.create(password, { length: 8 });
    expect((await client.read(password, id, { state, inputs: { length: 8 } })).state).toEqual(state);
    await client.delete(password, id, state);
  });

  it("is unknown in a preview", async () => {
    const { state } = await client.create(password, { length: 8 }, { preview: true });
    expect([revealed(state["result"]), revealed(state["bcryptHash"])]).toEqual([unknown, unknown]);
  });
});

describe("RandomBytes", () => {
  it("makes secret bytes, of which the real plugin makes the id", async () => {
    const { id, state } = await client.create(bytes, { length: 33 });
    const made = Buffer.from(String(revealed(state["base64"])), "base64");
    expect(made).toHaveLength(33);
    expect(revealed(state["hex"])).toBe(made.toString("hex"));
    expect(id).toBe(made.toString("base64"));
  });

  it("is replaced by any change", async () => {
    const { state } = await client.create(bytes, { length: 3 });
    expect(await client.diff(bytes, state, { length: 4, keepers: { a: "b" } })).toEqual({
      length: "UPDATE_REPLACE",
      keepers: "ADD_REPLACE",
    });
  });

  it("is imported by its base64, and by nothing else", async () => {
    const { id, state } = await client.create(bytes, { length: 9 });
    const imported = await client.read(bytes, id);
    expect(imported).toEqual({ id, state, inputs: { length: 9 } });
    const failure = await client.read(bytes, `${id}!`).catch((error: unknown) => error);
    expect((failure as Error).message).toContain("not the value in base64");
    expect((failure as Error).message).not.toContain(id);
  });
});

describe("RandomId", () => {
  it("writes one number in four ways, none of them secret, each with the prefix", async () => {
    const { id, state } = await client.create(number, { byteLength: 5, prefix: "p-" });
    const made = Buffer.from(id, "base64url");
    expect(made).toHaveLength(5);
    expect(state).toEqual({
      byteLength: 5,
      prefix: "p-",
      b64Url: `p-${id}`,
      b64Std: `p-${made.toString("base64")}`,
      hex: `p-${made.toString("hex")}`,
      dec: `p-${BigInt(`0x${made.toString("hex")}`).toString()}`,
    });
  });

  it("is imported by b64Url, with its prefix and a comma before it", async () => {
    const { id, state } = await client.create(number, { byteLength: 4, prefix: "a,b" });
    expect(await client.read(number, `a,b,${id}`)).toEqual({
      id,
      state,
      inputs: { byteLength: 4, prefix: "a,b" },
    });
    expect((await client.read(number, id)).inputs).toEqual({ byteLength: 4 });
    await expect(client.read(number, "a,=")).rejects.toThrow("not b64Url");
  });

  it("is replaced by any change", async () => {
    const { state } = await client.create(number, { byteLength: 4 });
    expect(await client.diff(number, state, { byteLength: 4, prefix: "x" })).toEqual({
      prefix: "ADD_REPLACE",
    });
  });
});
