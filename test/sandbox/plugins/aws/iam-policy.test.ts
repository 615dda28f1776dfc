import {
  CreatePolicyVersionCommand,
  DeletePolicyCommand,
  GetPolicyVersionCommand,
  ListPolicyVersionsCommand,
} from "@aws-sdk/client-iam";

import { InitFailed, unknown } from "../plugin-client";
import { refusal, types, worldForTests } from "./world";

const world = worldForTests();

function document(...Action: string[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource: "*" }] });
}

async function inputs(more: Record<string, unknown> = {}) {
  const given = { name: world().name(), policy: document("ssm:GetParameter"), ...more };
  return (await world().client.check(types.policy, given)).inputs;
}

async function versions(arn: string): Promise<string[]> {
  const { Versions = [] } = await world().iam.send(new ListPolicyVersionsCommand({ PolicyArn: arn }));
  return Versions.map(
    ({ VersionId = "", IsDefaultVersion }) => `${VersionId}${IsDefaultVersion === true ? "!" : ""}`,
  );
}

describe("Policy", () => {
  it("is created, then looked up with its text, and needs no update", async () => {
    const given = await inputs({ description: "for tests", tags: { a: "1" } });
    const { id, state } = await world().client.create(types.policy, given);
    expect(world().calls()).toEqual(["IAM CreatePolicy", "IAM GetPolicy", "IAM GetPolicyVersion"]);
    const name = String(given["name"]);
    expect(id).toBe(`arn:aws:iam::521228113048:policy/${name}`);
    expect(state).toMatchObject({
      name,
      path: "/",
      arn: id,
      attachmentCount: 0,
      description: "for tests",
      tags: { a: "1" },
      tagsAll: { a: "1" },
    });
    expect(JSON.parse(String(state["policy"]))).toEqual(JSON.parse(String(given["policy"])));
    expect(await world().client.diff(types.policy, state, given)).toEqual({});
    const { inputs: seen } = await world().client.read(types.policy, id, { state, inputs: given });
    expect(await world().client.diff(types.policy, { ...state, ...seen }, given)).toEqual({});
  });

  it("refuses a text that is no JSON object, and a missing name, before any call", async () => {
    const { failures } = await world().client.check(types.policy, { name: "a", policy: "{" });
    expect(failures).toEqual([`property "policy": contains an invalid JSON policy`]);
    expect((await world().client.check(types.policy, { policy: unknown })).failures).toEqual([
      `missing required property "name"`,
    ]);
    expect(world().calls()).toEqual([]);
  });

  it("tells why AWS refuses a text", async () => {
    const given = await inputs({ policy: `{"Version":"2012-10-17","Statement":[{"Effect":"Maybe"}]}` });
    expect(await refusal(world().client.create(types.policy, given))).toMatch(
      /creating IAM Policy \(raxx-test-\d+\): .*StatusCode: 400.*MalformedPolicyDocument: \S/,
    );
  });

  it("is recorded as half made when it cannot be read after its creation", async () => {
    world().fail("IAM GetPolicy", { status: 403 });
    const failure = (await world()
      .client.create(types.policy, await inputs())
      .catch((error: unknown) => error)) as InitFailed;
    expect(failure).toBeInstanceOf(InitFailed);
    expect(await versions(failure.id)).toEqual(["v1!"]);
  });

  it("takes another text as a new version, and drops the oldest of five that is not in force", async () => {
    const given = await inputs();
    const created = await world().client.create(types.policy, given);
    const { id } = created;
    let { state } = created;
    expect(
      await world().client.diff(types.policy, state, { ...given, policy: document("ssm:PutParameter") }),
    ).toEqual({ policy: "UPDATE" });
    world().calls();
    for (const action of ["b", "c", "d", "e"])
      state = await world().client.update(types.policy, {
        id,
        olds: state,
        news: { ...given, policy: document(`ssm:${action}`) },
      });
    expect(world().calls().slice(0, 4)).toEqual([
      "IAM ListPolicyVersions",
      "IAM CreatePolicyVersion",
      "IAM GetPolicy",
      "IAM GetPolicyVersion",
    ]);
    expect(await versions(id)).toEqual(["v1", "v2", "v3", "v4", "v5!"]);
    world().calls();
    state = await world().client.update(types.policy, {
      id,
      olds: state,
      news: { ...given, policy: document("ssm:f") },
    });
    expect(world().calls().slice(0, 3)).toEqual([
      "IAM ListPolicyVersions",
      "IAM DeletePolicyVersion",
      "IAM CreatePolicyVersion",
    ]);
    expect(await versions(id)).toEqual(["v2", "v3", "v4", "v5", "v6!"]);
    expect(state["policy"]).toContain("ssm:f");
    world().calls();
    await world().client.delete(types.policy, id, state);
    expect(world().calls()).toEqual([
      "IAM ListPolicyVersions",
      ...Array<string>(4).fill("IAM DeletePolicyVersion"),
      "IAM DeletePolicy",
    ]);
    await world().client.delete(types.policy, id, state);
  });

  it("waits before a new version comes into force where that is wanted", async () => {
    const given = await inputs({ delayAfterPolicyCreationInMs: 1 });
    const { id, state } = await world().client.create(types.policy, given);
    world().calls();
    const news = { ...given, policy: document("ssm:b") };
    const next = await world().client.update(types.policy, { id, olds: state, news });
    expect(world().calls().slice(1, 3)).toEqual(["IAM CreatePolicyVersion", "IAM SetDefaultPolicyVersion"]);
    expect(await versions(id)).toEqual(["v1", "v2!"]);
    expect(next["policy"]).toContain("ssm:b");
  });

  it("changes tags without a new version, and replaces for another name, path or description", async () => {
    const given = await inputs();
    const { id, state } = await world().client.create(types.policy, given);
    world().calls();
    const next = await world().client.update(types.policy, {
      id,
      olds: state,
      news: { ...given, tags: { a: "1" } },
    });
    expect(world().calls()).toEqual(["IAM TagPolicy", "IAM GetPolicy", "IAM GetPolicyVersion"]);
    expect(next["tagsAll"]).toEqual({ a: "1" });
    const other = { ...given, name: "b", path: "/c/", description: "d" };
    expect(await world().client.diff(types.policy, state, other)).toEqual({
      name: "UPDATE_REPLACE",
      path: "UPDATE_REPLACE",
      description: "ADD_REPLACE",
    });
  });

  it("sees no change in a text that means the same, and one in a text that somebody else put", async () => {
    const given = await inputs({ policy: document("ssm:a", "ssm:b") });
    const { id, state } = await world().client.create(types.policy, given);
    expect(
      await world().client.diff(types.policy, state, { ...given, policy: ` ${document("ssm:b", "ssm:a")}` }),
    ).toEqual({});
    const version = { PolicyArn: id, SetAsDefault: true };
    await world().iam.send(
      new CreatePolicyVersionCommand({ ...version, PolicyDocument: document("ssm:b", "ssm:a") }),
    );
    const same = await world().client.read(types.policy, id, { state, inputs: given });
    expect(same.state["policy"]).toBe(state["policy"]);
    await world().iam.send(new CreatePolicyVersionCommand({ ...version, PolicyDocument: document("*") }));
    const seen = await world().client.read(types.policy, id, { state, inputs: given });
    expect(await world().client.diff(types.policy, seen.state, given)).toEqual({ policy: "UPDATE" });
    await world().client.update(types.policy, { id, olds: seen.state, news: given });
    const { PolicyVersion } = await world().iam.send(
      new GetPolicyVersionCommand({ PolicyArn: id, VersionId: "v4" }),
    );
    expect(decodeURIComponent(PolicyVersion?.Document ?? "")).toContain("ssm:a");
  });

  it("is imported by its ARN, and gone when AWS has none", async () => {
    const given = await inputs();
    const { id, state } = await world().client.create(types.policy, given);
    const imported = await world().client.read(types.policy, id);
    expect(await world().client.diff(types.policy, imported.state, given)).toEqual({});
    await world().iam.send(new DeletePolicyCommand({ PolicyArn: id }));
    expect((await world().client.read(types.policy, id, { state, inputs: given })).id).toBe("");
    expect((await world().client.read(types.policy, id)).id).toBe("");
  });

  it("differs by what it allows, its tags and its description where it is imported with others", async () => {
    const given = await inputs({ description: "by hand", tags: { a: "1" } });
    const { id } = await world().client.create(types.policy, given);
    const { state } = await world().client.read(types.policy, id);
    const statement = { Effect: "Allow", Action: "iam:*", Resource: "*" };
    const wider = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    const wanted = await inputs({ name: given["name"], policy: wider });
    expect(await world().client.diff(types.policy, state, wanted)).toEqual({
      description: "DELETE_REPLACE",
      policy: "UPDATE",
      tags: "DELETE",
    });
  });
});

describe("UserPolicyAttachment", () => {
  async function pair() {
    const policy = await world().client.create(types.policy, await inputs());
    const user = await world().client.create(types.user, { name: world().name(), path: "/" });
    world().calls();
    return { user: user.id, policyArn: policy.id };
  }

  it("attaches, is found, and detaches once", async () => {
    const given = await pair();
    const { id, state } = await world().client.create(types.attachment, given);
    expect(world().calls()).toEqual(["IAM AttachUserPolicy", "IAM ListAttachedUserPolicies"]);
    expect(id).toMatch(new RegExp(`^${given.user}-\\d{18}[0-9a-f]{8}$`));
    expect(state).toEqual(given);
    expect((await world().client.read(types.attachment, id, { state, inputs: given })).inputs).toEqual(given);
    await world().client.delete(types.attachment, id, state);
    expect((await world().client.read(types.attachment, id, { state, inputs: given })).id).toBe("");
    await world().client.delete(types.attachment, id, state);
  });

  it("tells AWS's refusal", async () => {
    const given = { ...(await pair()), user: "nobody-there" };
    expect(await refusal(world().client.create(types.attachment, given))).toContain(
      `attaching IAM Policy (${given.policyArn}) to IAM User (nobody-there): `,
    );
  });

  it("is replaced for another user or policy, the old one deleted first, and imported by both", async () => {
    const given = await pair();
    const { state } = await world().client.create(types.attachment, given);
    const other = { user: "b", policyArn: "arn:aws:iam::1:policy/c" };
    expect(await world().client.diff(types.attachment, state, other)).toEqual({
      user: "UPDATE_REPLACE",
      policyArn: "UPDATE_REPLACE",
    });
    const imported = await world().client.read(types.attachment, `${given.user}/${given.policyArn}`);
    expect(imported).toMatchObject({ id: `${given.user}-${given.policyArn}`, inputs: given });
    expect(await refusal(world().client.read(types.attachment, given.user))).toContain(
      "expected <user-name>/<policy_arn>",
    );
  });

  it("is gone when its user is", async () => {
    const state = { user: "nobody-there", policyArn: "arn:aws:iam::521228113048:policy/none" };
    expect((await world().client.read(types.attachment, "x", { state, inputs: state })).id).toBe("");
    await world().client.delete(types.attachment, "x", state);
  });
});
