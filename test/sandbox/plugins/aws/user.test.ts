import {
  AddUserToGroupCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  DeleteUserCommand,
  GetUserCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";

import { administrator } from "../../../../sandbox/vendors/aws";
import { InitFailed, unknown } from "../plugin-client";
import { refusal, types, worldForTests } from "./world";

const world = worldForTests();

/** As the engine gets them from Check. */
async function inputs(more: Record<string, unknown> = {}) {
  return (await world().client.check(types.user, { name: world().name(), ...more })).inputs;
}

async function exists(name: string): Promise<boolean> {
  return world()
    .iam.send(new GetUserCommand({ UserName: name }))
    .then(
      () => true,
      () => false,
    );
}

describe("User", () => {
  it("is created and then looked up, with its defaults among the inputs", async () => {
    const given = await inputs({ tags: { "raxx:token": "A" } });
    expect(given).toMatchObject({ forceDestroy: false, path: "/" });
    const { id, state } = await world().client.create(types.user, given);
    expect(world().calls()).toEqual(["IAM CreateUser", "IAM GetUser"]);
    expect(id).toBe(given["name"]);
    expect(state).toEqual({
      ...given,
      arn: `arn:aws:iam::521228113048:user/${id}`,
      uniqueId: expect.any(String) as string,
      tagsAll: { "raxx:token": "A" },
    });
    expect(await world().client.diff(types.user, state, given)).toEqual({});
  });

  it("tells AWS's refusal of a name that is taken, in one line", async () => {
    const given = await inputs();
    await world().client.create(types.user, given);
    expect(await refusal(world().client.create(types.user, given))).toMatch(
      /creating IAM User \(raxx-test-\d+\): operation error IAM: CreateUser, https response error StatusCode: 409, RequestID: \S+, EntityAlreadyExists: User raxx-test-\d+ already exists$/,
    );
  });

  it("refuses a missing or an impossible name before any call", async () => {
    expect((await world().client.check(types.user, {})).failures).toEqual([
      `missing required property "name"`,
    ]);
    expect((await world().client.check(types.user, { name: "a b" })).failures).toEqual([
      expect.stringMatching(/^property "name": must only contain/),
    ]);
    expect(world().calls()).toEqual([]);
  });

  it("is waited for where IAM does not know it at once, and recorded as half made where it cannot be read", async () => {
    world().fail("IAM GetUser", { status: 404, times: 2 });
    const slow = await world().client.create(types.user, await inputs());
    expect(slow.state["arn"]).toContain(slow.id);
    const given = await inputs();
    world().fail("IAM GetUser", { status: 403 });
    const failure = (await world()
      .client.create(types.user, given)
      .catch((error: unknown) => error)) as InitFailed;
    expect(failure).toBeInstanceOf(InitFailed);
    expect([failure.id, failure.properties["name"]]).toEqual([given["name"], given["name"]]);
    expect(await exists(failure.id)).toBe(true);
  });

  it("changes of its tags what differs, what goes first, and nothing else", async () => {
    const given = await inputs({ tags: { a: "1", b: "2", same: "0" } });
    const { id, state } = await world().client.create(types.user, given);
    const news = { ...given, tags: { b: "3", c: "4", same: "0" } };
    expect(await world().client.diff(types.user, state, news)).toEqual({ tags: "UPDATE" });
    world().calls();
    const next = await world().client.update(types.user, { id, olds: state, news });
    expect(world().calls()).toEqual(["IAM UntagUser", "IAM TagUser", "IAM GetUser"]);
    expect(next).toEqual({ ...state, tags: news.tags, tagsAll: news.tags });
    const bare = { ...given, tags: {} };
    const last = await world().client.update(types.user, { id, olds: next, news: bare });
    expect(world().calls()).toEqual(["IAM UntagUser", "IAM GetUser"]);
    expect(last["tagsAll"]).toEqual({});
    expect(await world().client.diff(types.user, last, bare)).toEqual({});
  });

  it("moves to another path in place", async () => {
    const given = await inputs();
    const { id, state } = await world().client.create(types.user, given);
    const news = { ...given, path: "/raxx/" };
    expect(await world().client.diff(types.user, state, news)).toEqual({ path: "UPDATE" });
    world().calls();
    const next = await world().client.update(types.user, { id, olds: state, news });
    expect(world().calls()).toEqual(["IAM UpdateUser", "IAM GetUser"]);
    expect(next["arn"]).toBe(`arn:aws:iam::521228113048:user/raxx/${id}`);
  });

  it("is renamed in place, under its old id, as the real plugin does", async () => {
    const given = await inputs();
    const { id, state } = await world().client.create(types.user, given);
    const news = { ...given, name: world().name() };
    expect(await world().client.diff(types.user, state, news)).toEqual({ name: "UPDATE" });
    const next = await world().client.update(types.user, { id, olds: state, news });
    expect(next).toMatchObject({ name: news.name, arn: `arn:aws:iam::521228113048:user/${news.name}` });
    expect((await world().client.read(types.user, id, { state: next, inputs: news })).id).toBe("");
  });

  it("follows what a refresh sees, and is gone when AWS has none", async () => {
    const given = await inputs();
    const { id, state } = await world().client.create(types.user, given);
    const seen = await world().client.read(types.user, id, { state, inputs: given });
    expect([seen.id, seen.inputs]).toEqual([id, given]);
    await world().iam.send(new DeleteUserCommand({ UserName: id }));
    expect((await world().client.read(types.user, id, { state, inputs: given })).id).toBe("");
  });

  it("is imported by its name, and not where there is none", async () => {
    const given = await inputs({ tags: { a: "1" } });
    const { id } = await world().client.create(types.user, given);
    const imported = await world().client.read(types.user, id);
    const { forceDestroy, ...known } = given;
    expect(forceDestroy).toBe(false);
    expect(imported.inputs).toEqual(known);
    expect(await world().client.diff(types.user, imported.state, given)).toEqual({ forceDestroy: "ADD" });
    expect((await world().client.read(types.user, world().name())).id).toBe("");
  });

  it("differs by its tags and its path where it is imported with others", async () => {
    const { id } = await world().client.create(types.user, await inputs({ path: "/a/", tags: { a: "1" } }));
    const wanted = await inputs({ name: id, tags: { b: "2" } });
    const { state } = await world().client.read(types.user, id);
    const different = { forceDestroy: "ADD", path: "UPDATE", tags: "UPDATE" };
    expect(await world().client.diff(types.user, state, wanted)).toEqual(different);
  });

  it("is not deleted while it has a policy", async () => {
    const { id, state } = await world().client.create(types.user, await inputs());
    await world().iam.send(
      new PutUserPolicyCommand({
        UserName: id,
        PolicyName: "p",
        PolicyDocument: JSON.stringify(administrator),
      }),
    );
    expect(await refusal(world().client.delete(types.user, id, state))).toMatch(
      /deleting IAM User .*StatusCode: 409.*DeleteConflict/,
    );
    expect(await exists(id)).toBe(true);
  });

  it("leaves its groups before it is deleted, and its keys only where that is forced", async () => {
    const { id, state } = await world().client.create(types.user, await inputs());
    const GroupName = world().name();
    await world().iam.send(new CreateGroupCommand({ GroupName }));
    await world().iam.send(new AddUserToGroupCommand({ GroupName, UserName: id }));
    await world().iam.send(new CreateAccessKeyCommand({ UserName: id }));
    world().calls();
    await world().client.delete(types.user, id, { ...state, forceDestroy: true });
    expect(world().calls()).toEqual([
      "IAM ListGroupsForUser",
      "IAM RemoveUserFromGroup",
      "IAM ListAccessKeys",
      "IAM DeleteAccessKey",
      "IAM DeleteLoginProfile",
      "IAM DeleteUser",
    ]);
    expect(await exists(id)).toBe(false);
    await world().client.delete(types.user, id, state);
    expect(world().calls()).toEqual(["IAM GetUser", "IAM ListGroupsForUser", "IAM DeleteUser"]);
  });

  it("is unknown in a preview as far as AWS decides, without a call", async () => {
    const given = await inputs();
    const preview = await world().client.create(types.user, given, { preview: true });
    expect(preview.state).toMatchObject({ arn: unknown, uniqueId: unknown, tagsAll: unknown });
    expect(world().calls()).toEqual([]);
  });
});
