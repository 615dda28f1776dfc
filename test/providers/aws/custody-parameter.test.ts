import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
  RemoveTagsFromResourceCommand,
  type PutParameterCommandInput,
} from "@aws-sdk/client-ssm";

import { AwsClient } from "../../../providers/aws/client";
import {
  awsCustodyParameter,
  type AwsCustodyParameterInputs,
  type AwsCustodyParameterOutputs,
} from "../../../providers/aws/custody-parameter";
import { unknownValue } from "../../../providers/boundary";
import { PartialFailure } from "../../../providers/errors";
import { awsAccount, awsRegion } from "../../../sandbox/vendors/aws";
import { allow, Harness, startTimeoutMs, type Key } from "../../sandbox/vendors/aws/harness";
import { canary, failureOf, inject } from "../support";

const marker = "raxx:prod:AWS_FREESCOUT_BACKUP";

let harness: Harness;
/** What stands in every parameter of this file. */
const value = canary();
let name: string;
let seen = 0;
beforeAll(async () => {
  harness = await Harness.start();
}, startTimeoutMs);
beforeEach(() => {
  harness.aws.faults.clear();
  name = `/raxx/freescout/${harness.name()}`;
});
afterAll(() => harness.stop());

const resourceWith = (key: Key = harness.operator): ReturnType<typeof awsCustodyParameter> => {
  const credentials = { accessKeyId: key.id, secretAccessKey: key.secret };
  const client = new AwsClient({ region: awsRegion, url: harness.aws.url, credentials });
  return awsCustodyParameter(() => client);
};

function inputs(more: Partial<AwsCustodyParameterInputs> = {}): AwsCustodyParameterInputs {
  return {
    accountId: awsAccount,
    region: awsRegion,
    parameterName: name,
    tags: { provisioner: marker },
    ...more,
  };
}

/** What a person does. */
const person = {
  async stores(
    tags: Record<string, string> = {},
    more: Partial<PutParameterCommandInput> = {},
  ): Promise<void> {
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    await harness
      .ssm()
      .send(new PutParameterCommand({ Name: name, Value: value, Type: "SecureString", Tags, ...more }));
  },
  async rotates(): Promise<void> {
    await harness
      .ssm()
      .send(new PutParameterCommand({ Name: name, Value: value, Type: "SecureString", Overwrite: true }));
  },
  async deletes(): Promise<void> {
    await harness.ssm().send(new DeleteParameterCommand({ Name: name }));
  },
  async tags(tags: Record<string, string>): Promise<void> {
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    await harness
      .ssm()
      .send(new AddTagsToResourceCommand({ ResourceType: "Parameter", ResourceId: name, Tags }));
  },
  async untags(...TagKeys: string[]): Promise<void> {
    await harness
      .ssm()
      .send(new RemoveTagsFromResourceCommand({ ResourceType: "Parameter", ResourceId: name, TagKeys }));
  },
};

async function tags(): Promise<Record<string, string>> {
  const { TagList = [] } = await harness
    .ssm()
    .send(new ListTagsForResourceCommand({ ResourceType: "Parameter", ResourceId: name }));
  return Object.fromEntries(TagList.map(({ Key = "", Value = "" }) => [Key, Value]));
}

/** The calls since the last time, as `SSM DescribeParameters`. */
function calls(): string[] {
  const all = harness.aws.log.read().map(({ path }) => path.split(" ").slice(0, 2).join(" "));
  const news = all.slice(seen);
  seen = all.length;
  return news;
}

/** What a run of the program does, as the engine drives it: what it did, and the state that it leaves. */
async function up(
  state: AwsCustodyParameterOutputs | undefined,
  wanted = inputs(),
  resource = resourceWith(),
): Promise<{ did: "created" | "updated" | "nothing"; state: AwsCustodyParameterOutputs }> {
  const { inputs: checked, failures } = await resource.check({}, wanted);
  if (failures !== undefined) throw new Error(failures[0]?.reason);
  if (checked === undefined) throw new Error("check answered nothing");
  if (state === undefined) return { did: "created", state: kept((await resource.create(checked)).outs) };
  const { changes } = await resource.diff(name, state, checked);
  if (changes !== true) return { did: "nothing", state };
  return { did: "updated", state: kept((await resource.update(name, state, checked)).outs) };
}

async function refresh(state: AwsCustodyParameterOutputs): Promise<AwsCustodyParameterOutputs> {
  const { id, props } = await resourceWith().read(name, state);
  if (id === undefined || props === undefined) throw new Error("the parameter counts as gone");
  return kept(props);
}

/** As a state has it. */
function kept(outs: AwsCustodyParameterOutputs): AwsCustodyParameterOutputs {
  const text = JSON.stringify(outs);
  expect(text).not.toContain(value);
  return JSON.parse(text) as AwsCustodyParameterOutputs;
}

describe("a parameter that is there", () => {
  it("gets our tag beside those of others, and its value is never asked for", async () => {
    await person.stores({ team: "support" });
    calls();
    const { state } = await up(undefined);
    expect(calls()).toEqual([
      "SSM DescribeParameters",
      "SSM DescribeParameters",
      "SSM ListTagsForResource",
      "SSM AddTagsToResource",
    ]);
    expect(await tags()).toEqual({ team: "support", provisioner: marker });
    expect(state).toEqual({
      ...inputs(),
      present: true,
      described: { type: "SecureString", version: 1 },
      originals: { provisioner: null },
      drift: [],
    });
  });

  it("needs one look, and no write, where nothing has changed", async () => {
    await person.stores();
    const { state } = await up(undefined);
    calls();
    expect((await up(state)).did).toBe("nothing");
    expect(calls()).toEqual(["SSM DescribeParameters"]);
  });

  it("may get another value from a person: that is no change of ours", async () => {
    await person.stores();
    const { state } = await up(undefined);
    await person.rotates();
    expect((await up(state)).did).toBe("nothing");
    const refreshed = await refresh(state);
    expect(refreshed).toEqual({ ...state, described: { type: "SecureString", version: 2 } });
  });

  it("is taken over without a write where an earlier run tagged it and could not record that", async () => {
    await person.stores();
    await up(undefined);
    calls();
    const { state } = await up(undefined);
    expect(calls().filter((call) => /Add|Remove/.test(call))).toEqual([]);
    expect(state.originals).toEqual({ provisioner: null });
  });

  it.each(["String", "StringList"] as const)(
    "is refused as a %s, before anything is written",
    async (Type) => {
      await person.stores({}, { Type });
      calls();
      const { failures } = await resourceWith().check({}, inputs());
      expect(failures).toEqual([{ property: "", reason: expect.stringContaining(`is a ${Type}`) as string }]);
      expect(failures?.[0]?.reason).toMatch(/ delete it and make it again as one, .* and run again$/);
      expect(failures?.[0]?.reason).not.toContain(value);
      expect(calls()).toEqual(["SSM DescribeParameters"]);
    },
  );

  it("is refused too where it became one that is not encrypted between the look and the write", async () => {
    await person.stores({}, { Type: "String" });
    expect(await failureOf(resourceWith().create({ ...inputs(), present: true }))).toMatchObject({
      name: "UserError",
      message: expect.stringContaining("is a String") as string,
    });
    expect(await tags()).toEqual({});
  });

  it("is not mistaken for one whose name begins with its name", async () => {
    const own = name;
    name = `${own}-longer`;
    await person.stores();
    name = own;
    expect((await up(undefined)).state.present).toBe(false);
  });
});

describe("a tag that somebody changed", () => {
  it.each([
    ["changed", () => person.tags({ provisioner: "somebody" }), "the tag provisioner says something else"],
    ["deleted", () => person.untags("provisioner"), "the tag provisioner is gone"],
  ])("is shown by a refresh where it was %s, and put right by the next run", async (_how, tamper, words) => {
    await person.stores({ team: "support" });
    const { state } = await up(undefined);
    await tamper();
    const refreshed = await refresh(state);
    expect(refreshed).toEqual({ ...state, drift: [words] });
    calls();
    const after = await up(refreshed);
    expect(after).toEqual({ did: "updated", state });
    expect(calls().filter((call) => /Add|Remove/.test(call))).toEqual(["SSM AddTagsToResource"]);
    expect(await tags()).toEqual({ team: "support", provisioner: marker });
  });

  it("is no matter where it is none of ours", async () => {
    await person.stores({ team: "support" });
    const { state } = await up(undefined);
    await person.tags({ team: "sales", more: "yes" });
    expect(await refresh(state)).toEqual(state);
    expect((await up(state)).did).toBe("nothing");
    expect(await tags()).toEqual({ team: "sales", more: "yes", provisioner: marker });
  });

  it("is not taken for what it said before us", async () => {
    await person.stores({ provisioner: "by hand" });
    const { state } = await up(undefined);
    await person.tags({ provisioner: "somebody" });
    const after = await up(await refresh(state));
    expect(after.state.originals).toEqual({ provisioner: "by hand" });
  });
});

describe("other tags of ours", () => {
  const more = (): AwsCustodyParameterInputs => inputs({ tags: { provisioner: marker, stage: "two" } });

  it("are set in place", async () => {
    await person.stores({ stage: "one" });
    const { state } = await up(undefined);
    const after = await up(state, more());
    expect(after.did).toBe("updated");
    expect(after.state.originals).toEqual({ provisioner: null, stage: "one" });
    expect(await tags()).toEqual({ provisioner: marker, stage: "two" });
  });

  it("say again what they said before us, once they are not ours any more", async () => {
    await person.stores({ stage: "one" });
    const { state } = await up(undefined, more());
    const after = await up(state);
    expect(after.state).toEqual({ ...state, ...inputs(), originals: { provisioner: null } });
    expect(await tags()).toEqual({ provisioner: marker, stage: "one" });
  });

  it("stay as somebody left them since", async () => {
    await person.stores({ stage: "one" });
    const { state } = await up(undefined, more());
    await person.tags({ stage: "three" });
    await up(state);
    expect(await tags()).toEqual({ provisioner: marker, stage: "three" });
  });
});

describe("a parameter that is missing", () => {
  it("is recorded as such, and is no error", async () => {
    calls();
    const { state } = await up(undefined);
    expect(state).toEqual({ ...inputs(), present: false, originals: {}, drift: [] });
    expect(calls().filter((call) => !/Describe|GetCallerIdentity/.test(call))).toEqual([]);
    expect((await up(state)).did).toBe("nothing");
  });

  it("is known to be missing in a preview already", async () => {
    expect((await resourceWith().check({}, inputs())).inputs).toEqual({ ...inputs(), present: false });
  });

  it("is found by the next run, without a refresh, once a person made it", async () => {
    const { state } = await up(undefined);
    await person.stores();
    const after = await up(state);
    expect(after).toMatchObject({ did: "updated", state: { present: true, described: { version: 1 } } });
    expect(await tags()).toEqual({ provisioner: marker });
  });

  it("is noticed by the next run, and by a refresh, where a person deleted it", async () => {
    await person.stores({ provisioner: "by hand" });
    const { state } = await up(undefined);
    await person.deletes();
    const missing = { ...inputs(), present: false, originals: {}, drift: [] };
    expect(await refresh(state)).toEqual(missing);
    expect(await up(state)).toEqual({ did: "updated", state: missing });
  });

  it("that was made again has no memory of the one before it", async () => {
    await person.stores({ provisioner: "by hand" });
    await person.rotates();
    const { state } = await up(undefined);
    expect(state.originals).toEqual({ provisioner: "by hand" });
    await person.deletes();
    await person.stores();
    expect(await refresh(state)).toMatchObject({ originals: {}, drift: ["the tag provisioner is gone"] });
    const after = await up(await refresh(state));
    expect(after.state.originals).toEqual({ provisioner: null });
    await resourceWith().delete(name, after.state);
    expect(await tags()).toEqual({});
  });

  it("is not taken for missing by credentials of another account", async () => {
    const accountId = "111122223333";
    const words = `these AWS credentials are of the account ${awsAccount}, and ${name} is in ${accountId}`;
    const { failures } = await resourceWith().check({}, inputs({ accountId }));
    expect(failures?.[0]?.reason).toContain(words);
    await person.stores();
    const { state } = await up(undefined);
    await person.deletes();
    const other = { ...state, accountId };
    await expect(resourceWith().read(name, other)).rejects.toThrow(words);
    await expect(resourceWith().delete(name, other)).rejects.toThrow(words);
  });
});

describe("a destroy", () => {
  it("keeps the parameter, and gives our tag back what it said before us", async () => {
    await person.stores({ team: "support", provisioner: "by hand" });
    const { state } = await up(undefined);
    calls();
    await resourceWith().delete(name, state);
    expect(calls().filter((call) => /Add|Remove|Delete|Put/.test(call))).toEqual(["SSM AddTagsToResource"]);
    expect(await tags()).toEqual({ team: "support", provisioner: "by hand" });
  });

  it("takes our tag away where there was none before us", async () => {
    await person.stores({ team: "support" });
    const { state } = await up(undefined);
    await resourceWith().delete(name, state);
    expect(await tags()).toEqual({ team: "support" });
  });

  it("leaves a tag alone that somebody changed since, be it seen by a refresh or not", async () => {
    await person.stores({ provisioner: "by hand" });
    const { state } = await up(undefined);
    await person.tags({ provisioner: "somebody" });
    await resourceWith().delete(name, state);
    await resourceWith().delete(name, await refresh(state));
    expect(await tags()).toEqual({ provisioner: "somebody" });
  });

  it("is done where the parameter is gone already", async () => {
    await person.stores();
    const { state } = await up(undefined);
    await person.deletes();
    await resourceWith().delete(name, state);
  });
});

it("is another one where account, region or name is another one", async () => {
  await person.stores();
  const { state } = await up(undefined);
  for (const change of [{ accountId: "1" }, { region: "eu-west-1" }, { parameterName: "/raxx/a/b" }]) {
    const news = { ...inputs(change), present: true };
    expect(await resourceWith().diff(name, state, news)).toEqual({
      changes: true,
      replaces: Object.keys(change),
    });
  }
});

it("looks at nothing while it is not known where", async () => {
  calls();
  const news = inputs({ accountId: unknownValue });
  expect(await resourceWith().check({}, news)).toEqual({ inputs: news });
  expect(calls()).toEqual([]);
});

describe("what goes wrong", () => {
  it("before the write is one clear line, in a preview too", async () => {
    const key = await harness.keyWith(allow("ssm:GetParameter"));
    const { failures } = await resourceWith(key).check({}, inputs());
    expect(failures?.[0]?.reason).toMatch(/may not; allow them ssm:DescribeParameters/);
  });

  it("at the write is recorded, with what the tag said before us, and the next run finishes", async () => {
    await person.stores({ provisioner: "by hand" });
    inject(harness.aws, { kind: "status", status: 500, path: "SSM AddTagsToResource*", times: 9 });
    const news = { ...inputs(), present: true };
    const failed = await resourceWith()
      .create(news)
      .catch((error: unknown) => error);
    if (!(failed instanceof PartialFailure)) throw new Error("expected a partial failure");
    expect(failed.id).toBe(name);
    const state = kept(failed.properties as AwsCustodyParameterOutputs);
    expect(state).toMatchObject({ originals: { provisioner: "by hand" }, drift: ["unfinished"] });
    harness.aws.faults.clear();
    const after = await up(state);
    expect(after.state).toMatchObject({ originals: { provisioner: "by hand" }, drift: [] });
    expect(await tags()).toEqual({ provisioner: marker });
  });

  it("after the effect is known too: what our tag said before us is not lost", async () => {
    await person.stores({ provisioner: "by hand" });
    inject(harness.aws, { kind: "drop-after", path: "SSM AddTagsToResource*", times: 9 });
    const failed = await resourceWith()
      .create({ ...inputs(), present: true })
      .catch((error: unknown) => error);
    if (!(failed instanceof PartialFailure)) throw new Error("expected a partial failure");
    harness.aws.faults.clear();
    expect(await tags()).toEqual({ provisioner: marker });
    const { state } = await up(kept(failed.properties as AwsCustodyParameterOutputs));
    await resourceWith().delete(name, state);
    expect(await tags()).toEqual({ provisioner: "by hand" });
  });
});
