import { randomBytes } from "node:crypto";

import {
  DeleteParameterCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
} from "@aws-sdk/client-ssm";

import { type Properties } from "../../../../sandbox/plugins/kit/properties";
import { InitFailed, revealed, secretly, unknown } from "../plugin-client";
import { plainly, refusal, types, worldForTests } from "./world";

const world = worldForTests();

const newValue = () => randomBytes(18).toString("base64");

async function inputs(more: Properties = {}) {
  const name = `/raxx/tests/${world().name()}`;
  return (await world().client.check(types.parameter, { name, type: "SecureString", ...more })).inputs;
}

async function valueOf(name: unknown): Promise<string | undefined> {
  const found = await world().ssm.send(new GetParameterCommand({ Name: String(name), WithDecryption: true }));
  return found.Parameter?.Value;
}

async function tagsOf(name: unknown): Promise<Record<string, string>> {
  const { TagList = [] } = await world().ssm.send(
    new ListTagsForResourceCommand({ ResourceType: "Parameter", ResourceId: String(name) }),
  );
  return Object.fromEntries(TagList.map(({ Key = "", Value = "" }) => [Key, Value]));
}

describe("Parameter", () => {
  it("is put with its tags in one call, then read, and records its value as secret", async () => {
    const value = newValue();
    const given = await inputs({ value, tags: { function: "dns-edit" }, description: "d" });
    expect(given["region"]).toBe("us-east-1");
    expect(revealed(given["value"])).toBe(value);
    const { id, state } = await world().client.create(types.parameter, given);
    expect(world().calls()).toEqual([
      "SSM PutParameter",
      "SSM GetParameter",
      "SSM DescribeParameters",
      "SSM ListTagsForResource",
    ]);
    expect(id).toBe(given["name"]);
    expect(plainly(state, "value")).toEqual({
      name: id,
      type: "SecureString",
      value,
      region: "us-east-1",
      description: "d",
      arn: `arn:aws:ssm:us-east-1:521228113048:parameter${id}`,
      dataType: "text",
      keyId: "alias/aws/ssm",
      tier: "Standard",
      version: 1,
      tags: { function: "dns-edit" },
      tagsAll: { function: "dns-edit" },
    });
    expect(await valueOf(id)).toBe(value);
    expect(await world().client.diff(types.parameter, state, given)).toEqual({});
  });

  it("does not write over one that exists unless it is told to, and then tags it by a call of its own", async () => {
    const given = await inputs({ value: newValue(), tags: { a: "1" } });
    await world().ssm.send(
      new PutParameterCommand({ Name: String(given["name"]), Type: "SecureString", Value: "theirs" }),
    );
    world().calls();
    expect(await refusal(world().client.create(types.parameter, given))).toMatch(
      /creating SSM Parameter \(\/raxx\/tests\/.*StatusCode: 400.*ParameterAlreadyExists: /,
    );
    expect(await valueOf(given["name"])).toBe("theirs");
    world().calls();
    const { state } = await world().client.create(types.parameter, { ...given, overwrite: true });
    expect(world().calls().slice(0, 3)).toEqual([
      "SSM PutParameter",
      "SSM AddTagsToResource",
      "SSM GetParameter",
    ]);
    expect(state).toMatchObject({ version: 2, tagsAll: { a: "1" } });
  });

  it("refuses values that are missing, doubled or empty, before any call and without a value", async () => {
    const value = newValue();
    const check = async (more: Properties) =>
      (await world().client.check(types.parameter, { name: "/a", type: "SecureString", ...more })).failures;
    expect(await check({})).toEqual(["one of insecureValue, value, valueWo must be specified"]);
    expect(await check({ value, insecureValue: value, type: "String" })).toEqual([
      "only one of insecureValue, value, valueWo can be specified, but insecureValue, value were",
    ]);
    expect(await check({ valueWo: value })).toEqual([
      `"valueWo" and "valueWoVersion" must be specified together`,
    ]);
    expect(await check({ value, valueWoVersion: 1 })).toEqual([
      `"valueWo" and "valueWoVersion" must be specified together`,
    ]);
    expect(await check({ insecureValue: value })).toEqual([
      `a parameter of type SecureString takes no "insecureValue"`,
    ]);
    expect(await check({ value: "" })).toEqual([`property "value": must not be empty`]);
    expect(await check({ value: unknown })).toEqual([]);
    expect(world().calls()).toEqual([]);
  });

  it("tells AWS's refusal without the value", async () => {
    const value = newValue().repeat(300);
    const message = await refusal(
      world().client.create(types.parameter, await inputs({ value: secretly(value) })),
    );
    expect(message).toMatch(/creating SSM Parameter .*StatusCode: 400.*ValidationException: /);
    expect(message).not.toContain(value.slice(0, 24));
  });

  it("is recorded as half made when it cannot be read after its creation", async () => {
    const given = await inputs({ value: newValue() });
    world().fail("SSM DescribeParameters", { status: 403 });
    const failure = (await world()
      .client.create(types.parameter, given)
      .catch((error: unknown) => error)) as InitFailed;
    expect(failure).toBeInstanceOf(InitFailed);
    expect(failure.id).toBe(given["name"]);
    expect(revealed(failure.properties["value"])).toBe(revealed(given["value"]));
  });

  it("changes its value in place by one put, and its tags without one", async () => {
    const given = await inputs({ value: newValue(), tags: { a: "1", b: "2" } });
    const { id, state } = await world().client.create(types.parameter, given);
    const value = newValue();
    const changed = { ...given, value: secretly(value) };
    expect(await world().client.diff(types.parameter, state, changed)).toEqual({ value: "UPDATE" });
    world().calls();
    const next = await world().client.update(types.parameter, { id, olds: state, news: changed });
    expect(world().calls()).toEqual([
      "SSM PutParameter",
      "SSM GetParameter",
      "SSM DescribeParameters",
      "SSM ListTagsForResource",
    ]);
    expect([await valueOf(id), next["version"]]).toEqual([value, 2]);
    world().calls();
    const news = { ...changed, tags: { b: "3" } };
    const last = await world().client.update(types.parameter, { id, olds: next, news });
    expect(world().calls().slice(0, 3)).toEqual([
      "SSM RemoveTagsFromResource",
      "SSM AddTagsToResource",
      "SSM GetParameter",
    ]);
    expect([await tagsOf(id), last["tagsAll"], last["version"]]).toEqual([{ b: "3" }, { b: "3" }, 2]);
  });

  it("records what was wanted when an update fails, and says so without the value", async () => {
    const given = await inputs({ value: newValue() });
    const { id, state } = await world().client.create(types.parameter, given);
    const value = newValue();
    world().fail("SSM PutParameter", { status: 403 });
    const failure = (await world()
      .client.update(types.parameter, { id, olds: state, news: { ...given, value: secretly(value) } })
      .catch((error: unknown) => error)) as InitFailed;
    expect(failure).toBeInstanceOf(InitFailed);
    expect(failure.message).toContain("updating SSM Parameter");
    expect(failure.message).not.toContain(value);
    expect(revealed(failure.properties["value"])).toBe(value);
  });

  it("takes its description away, and keeps it where another input changes", async () => {
    const given = await inputs({ value: newValue(), description: "d" });
    const { id, state } = await world().client.create(types.parameter, given);
    const pattern = await world().client.update(types.parameter, {
      id,
      olds: state,
      news: { ...given, allowedPattern: "^.+$" },
    });
    expect(pattern).toMatchObject({ description: "d", allowedPattern: "^.+$" });
    const news = await inputs({ name: id, value: given["value"] });
    const bare = await world().client.update(types.parameter, { id, olds: pattern, news });
    expect(Object.keys(bare)).not.toContain("description");
    expect(Object.keys(bare)).not.toContain("allowedPattern");
  });

  it("sees in a refresh another value, put by somebody else, and writes ours again", async () => {
    const given = await inputs({ value: newValue() });
    const { id, state } = await world().client.create(types.parameter, given);
    await world().ssm.send(
      new PutParameterCommand({ Name: id, Type: "SecureString", Value: "theirs", Overwrite: true }),
    );
    const seen = await world().client.read(types.parameter, id, { state, inputs: given });
    expect(revealed(seen.state["value"])).toBe("theirs");
    expect(await world().client.diff(types.parameter, seen.state, given)).toEqual({ value: "UPDATE" });
    await world().client.update(types.parameter, { id, olds: seen.state, news: given });
    expect(await valueOf(id)).toBe(revealed(given["value"]));
  });

  it("writes a value that is only written, again when its version changes, and records it nowhere", async () => {
    const value = newValue();
    const given = await inputs({ valueWo: secretly(value), valueWoVersion: 1 });
    const { id, state } = await world().client.create(types.parameter, given);
    expect(await valueOf(id)).toBe(value);
    expect(state).toMatchObject({ hasValueWo: true, valueWoVersion: 1 });
    expect(JSON.stringify(state)).not.toContain(value);
    const other = newValue();
    const sameVersion = { ...given, valueWo: secretly(other) };
    expect(await world().client.diff(types.parameter, state, sameVersion)).toEqual({});
    const news = { ...sameVersion, valueWoVersion: 2 };
    expect(await world().client.diff(types.parameter, state, news)).toEqual({ valueWoVersion: "UPDATE" });
    const next = await world().client.update(types.parameter, { id, olds: state, news });
    expect(await valueOf(id)).toBe(other);
    expect(JSON.stringify(next)).not.toContain(other);
    const seen = await world().client.read(types.parameter, id, { state: next, inputs: news });
    expect(JSON.stringify(seen)).not.toContain(other);
    expect(await world().client.diff(types.parameter, seen.state, news)).toEqual({});
  });

  it("shows a plain value where it is given as one", async () => {
    const given = await inputs({ type: "String", insecureValue: "plain" });
    const { id, state } = await world().client.create(types.parameter, given);
    expect(state["insecureValue"]).toBe("plain");
    expect(Object.keys(state)).not.toContain("value");
    const news = { ...given, insecureValue: "other" };
    const next = await world().client.update(types.parameter, { id, olds: state, news });
    expect([await valueOf(id), next["insecureValue"]]).toEqual(["other", "other"]);
  });

  it("is replaced for another name, region or type of data, and on the way down from Advanced", async () => {
    const given = await inputs({ value: newValue(), tier: "Advanced" });
    const { state } = await world().client.create(types.parameter, given);
    const other = { ...given, name: "/b", region: "eu-west-1", dataType: "aws:ec2:image", tier: "Standard" };
    expect(await world().client.diff(types.parameter, state, other)).toEqual({
      name: "UPDATE_REPLACE",
      region: "UPDATE_REPLACE",
      dataType: "UPDATE_REPLACE",
      tier: "UPDATE_REPLACE",
    });
    const chosen = { ...state, tier: "Intelligent-Tiering" };
    expect(await world().client.diff(types.parameter, chosen, { ...given, tier: "Standard" })).toEqual({
      tier: "UPDATE",
    });
    expect(await world().client.diff(types.parameter, { ...state, tier: "Standard" }, given)).toEqual({
      tier: "UPDATE",
    });
    expect(
      await world().client.diff(types.parameter, state, { ...given, tier: "Intelligent-Tiering" }),
    ).toEqual({});
  });

  it("is imported by its name with its value, as the real plugin does, and deleted once", async () => {
    const given = await inputs({ value: newValue(), tags: { a: "1" } });
    const { id, state } = await world().client.create(types.parameter, given);
    const imported = await world().client.read(types.parameter, id);
    expect(plainly(imported.inputs, "value")).toMatchObject(plainly(given, "value"));
    expect(await world().client.diff(types.parameter, imported.state, given)).toEqual({});
    const elsewhere = await world().client.read(types.parameter, `${id}@us-east-1`);
    expect(elsewhere.id).toBe(id);
    await world().client.delete(types.parameter, id, state);
    const { Parameters } = await world().ssm.send(
      new DescribeParametersCommand({ ParameterFilters: [{ Key: "Name", Values: [id] }] }),
    );
    expect(Parameters).toEqual([]);
    await world().client.delete(types.parameter, id, state);
    expect((await world().client.read(types.parameter, id)).id).toBe("");
  });

  it("is gone when somebody took it away", async () => {
    const given = await inputs({ value: newValue() });
    const { id, state } = await world().client.create(types.parameter, given);
    await world().ssm.send(new DeleteParameterCommand({ Name: id }));
    expect((await world().client.read(types.parameter, id, { state, inputs: given })).id).toBe("");
  });

  it("holds a PEM byte by byte", async () => {
    const pem = `-----BEGIN OPENSSH PRIVATE KEY-----\n${newValue()}\r\n${newValue()}\n-----END OPENSSH PRIVATE KEY-----\n`;
    const given = await inputs({ value: secretly(pem) });
    const { id, state } = await world().client.create(types.parameter, given);
    expect([await valueOf(id), revealed(state["value"])]).toEqual([pem, pem]);
  });

  it("is unknown in a preview as far as AWS decides, without a call", async () => {
    const given = await inputs({ value: secretly(unknown) });
    const { state } = await world().client.create(types.parameter, given, { preview: true });
    expect(plainly(state, "value")).toMatchObject({ value: unknown, version: unknown, arn: unknown });
    const olds = { ...given, value: secretly("old"), version: 1 };
    const updated = await world().client.update(types.parameter, {
      id: "x",
      olds,
      news: given,
      preview: true,
    });
    expect(updated["version"]).toBe(unknown);
    expect(world().calls()).toEqual([]);
  });
});
