import { randomBytes } from "node:crypto";

import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  ListTagsForResourceCommand,
  type ParameterTier,
  PutParameterCommand,
  type PutParameterCommandInput,
} from "@aws-sdk/client-ssm";

import { failed, failure, Harness, startTimeoutMs } from "./harness";

let aws: Harness;
beforeAll(async () => {
  aws = await Harness.start();
}, startTimeoutMs);
afterAll(() => aws.stop());

const path = () => `/raxx/${aws.name()}`;
const put = (input: Omit<PutParameterCommandInput, "Type"> & Partial<PutParameterCommandInput>) =>
  aws.ssm().send(new PutParameterCommand({ Type: "SecureString", ...input }));
const get = async (Name: string, WithDecryption = true) =>
  (await aws.ssm().send(new GetParameterCommand({ Name, WithDecryption }))).Parameter;
const text = (bytes: number) => "x".repeat(bytes);

describe("a parameter", () => {
  it("comes back byte for byte, and encrypted where no decryption is asked for", async () => {
    const Name = path();
    const kind = "OPENSSH PRIVATE KEY";
    const Value = `-----BEGIN ${kind}-----\n${randomBytes(48).toString("base64")}\r\n äöü & < +%20\n-----END ${kind}-----\n`;
    expect(await put({ Name, Value })).toMatchObject({ Version: 1, Tier: "Standard" });
    expect(await get(Name)).toMatchObject({
      Name,
      Type: "SecureString",
      Value,
      Version: 1,
      DataType: "text",
      ARN: `arn:aws:ssm:us-east-1:521228113048:parameter${Name}`,
    });
    expect((await get(Name, false))?.Value).not.toBe(Value);
  });

  it("that exists is written again only with Overwrite, and keeps its history", async () => {
    const Name = path();
    await put({ Name, Value: "first" });
    expect(await failure(put({ Name, Value: "second" }))).toEqual([400, "ParameterAlreadyExists"]);
    expect(await put({ Name, Value: "second", Overwrite: true })).toMatchObject({ Version: 2 });
    const command = new GetParameterHistoryCommand({ Name, WithDecryption: true });
    const { Parameters } = await aws.ssm().send(command);
    expect(Parameters?.map(({ Version, Value }) => [Version, Value])).toEqual([
      [1, "first"],
      [2, "second"],
    ]);
  });

  it("takes tags with colons when it is made, and none together with Overwrite", async () => {
    const Name = path();
    const Tags = [{ Key: "function", Value: "function:dns-edit" }];
    await put({ Name, Value: "first", Tags });
    expect(await tagsOf(Name)).toEqual(Tags);
    const error = await failed(put({ Name, Value: "second", Tags, Overwrite: true }));
    expect(error.name).toBe("ValidationException");
    expect(error.message).toContain("tags and overwrite can't be used together");
    expect((await get(Name))?.Value).toBe("first");
  });

  it("is described and tagged with no value read", async () => {
    const Name = path();
    const Value = randomBytes(16).toString("hex");
    await put({ Name, Value });
    const resource = { ResourceType: "Parameter", ResourceId: Name } as const;
    await aws
      .ssm()
      .send(new AddTagsToResourceCommand({ ...resource, Tags: [{ Key: "sensitivity", Value: "high" }] }));
    expect(await tagsOf(Name)).toEqual([{ Key: "sensitivity", Value: "high" }]);
    const { Parameters } = await aws.ssm().send(
      new DescribeParametersCommand({
        ParameterFilters: [{ Key: "Name", Option: "Equals", Values: [Name] }],
      }),
    );
    expect(Parameters).toMatchObject([{ Name, Type: "SecureString", Version: 1, Tier: "Standard" }]);
    expect(JSON.stringify(Parameters)).not.toContain(Value);
  });

  it("that is missing is ParameterNotFound to each call", async () => {
    const Name = path();
    const missing = [400, "ParameterNotFound"];
    expect(await failure(get(Name))).toEqual(missing);
    expect(await failure(aws.ssm().send(new DeleteParameterCommand({ Name })))).toEqual(missing);
    expect(await failure(aws.ssm().send(new GetParameterHistoryCommand({ Name })))).toEqual(missing);
  });

  it("that was deleted is gone, with its tags and history", async () => {
    const Name = path();
    await put({ Name, Value: "first", Tags: [{ Key: "a", Value: "b" }] });
    await aws.ssm().send(new DeleteParameterCommand({ Name }));
    expect(await put({ Name, Value: "again" })).toMatchObject({ Version: 1 });
    expect(await tagsOf(Name)).toEqual([]);
  });
});

describe("what is refused", () => {
  it.each<[string, Partial<PutParameterCommandInput>, string]>([
    ["an empty value", { Value: "" }, "ValidationException"],
    ["a value that refers to another", { Value: "a{{ssm:b}}" }, "ValidationException"],
    ["a name that begins with aws", { Name: "awsome" }, "ValidationException"],
    ["a name below /aws/", { Name: "/aws/raxx" }, "AccessDeniedException"],
    ["a name with several parts and no slash before", { Name: "raxx/key" }, "ValidationException"],
    ["a name with other characters", { Name: "/raxx/a b" }, "ValidationException"],
  ])("%s", async (_what, input, name) => {
    expect(await failure(put({ Name: path(), Value: "x", ...input }))).toEqual([400, name]);
  });

  it("a new parameter without a type", async () => {
    const command = new PutParameterCommand({ Name: path(), Value: "x" });
    expect(await failure(aws.ssm().send(command))).toEqual([400, "ValidationException"]);
  });
});

describe("the size", () => {
  it.each<[ParameterTier | undefined, number, string]>([
    [undefined, 4096, "Standard"],
    ["Standard", 4096, "Standard"],
    ["Advanced", 8192, "Advanced"],
    ["Intelligent-Tiering", 4096, "Standard"],
    ["Intelligent-Tiering", 8192, "Advanced"],
  ])("with tier %s may be %i bytes, and the tier is %s", async (Tier, bytes, tier) => {
    const Name = path();
    const answer = await put({ Name, Value: text(bytes), ...(Tier !== undefined && { Tier }) });
    expect(answer).toMatchObject({ Version: 1, Tier: tier });
  });

  it.each<[ParameterTier | undefined, number]>([
    [undefined, 4097],
    ["Standard", 4097],
    ["Advanced", 8193],
    ["Intelligent-Tiering", 8193],
  ])("with tier %s may not be %i bytes, and nothing is written", async (Tier, bytes) => {
    const Name = path();
    const call = put({ Name, Value: text(bytes), ...(Tier !== undefined && { Tier }) });
    expect(await failure(call)).toEqual([400, "ValidationException"]);
    expect(await failure(get(Name))).toEqual([400, "ParameterNotFound"]);
  });

  it("is counted in bytes, and never quotes the value", async () => {
    const secret = randomBytes(8).toString("hex");
    const error = await failed(put({ Name: path(), Value: secret + "ä".repeat(2048) }));
    expect(error.name).toBe("ValidationException");
    expect(error.message).not.toContain(secret);
  });

  it("of an advanced parameter stays advanced, and it never becomes standard", async () => {
    const Name = path();
    await put({ Name, Value: "x", Tier: "Advanced" });
    expect(await put({ Name, Value: text(5000), Overwrite: true })).toMatchObject({ Tier: "Advanced" });
    const back = put({ Name, Value: "x", Overwrite: true, Tier: "Standard" });
    expect(await failure(back)).toEqual([400, "ValidationException"]);
  });
});

async function tagsOf(ResourceId: string) {
  const command = new ListTagsForResourceCommand({ ResourceType: "Parameter", ResourceId });
  return (await aws.ssm().send(command)).TagList;
}
