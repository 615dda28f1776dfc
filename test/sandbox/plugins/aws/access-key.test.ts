import {
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  ListAccessKeysCommand,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";

import { smtpPasswordOf } from "../../../../sandbox/plugins/aws/access-key";
import { type Properties } from "../../../../sandbox/plugins/kit/properties";
import { InitFailed, revealed, unknown } from "../plugin-client";
import { plainly, refusal, types, worldForTests } from "./world";

const world = worldForTests();

async function inputs(more: Properties = {}) {
  const user = await world().client.create(types.user, { name: world().name(), path: "/" });
  world().calls();
  return (await world().client.check(types.key, { user: user.id, ...more })).inputs;
}

/** Id and status of each key that AWS has for the user. */
async function keysOf(user: unknown): Promise<Record<string, string>> {
  const { AccessKeyMetadata: keys = [] } = await world().iam.send(
    new ListAccessKeysCommand({ UserName: String(user) }),
  );
  return Object.fromEntries(keys.map(({ AccessKeyId = "", Status = "" }) => [AccessKeyId, Status]));
}

describe("AccessKey", () => {
  it("is minted by one call, and what is shown once is recorded as secret and works", async () => {
    const given = await inputs();
    const { id, state } = await world().client.create(types.key, given);
    expect(world().calls()).toEqual(["IAM CreateAccessKey"]);
    const { secret, sesSmtpPasswordV4 } = plainly(state, "secret", "sesSmtpPasswordV4");
    expect(sesSmtpPasswordV4).toBe(smtpPasswordOf(String(secret), "us-east-1"));
    expect(state).toMatchObject({ user: given["user"], status: "Active" });
    expect(state["createDate"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const { Arn } = await world()
      .sts({ id, secret: String(secret) })
      .send(new GetCallerIdentityCommand({}));
    expect(Arn).toBe(`arn:aws:iam::521228113048:user/${String(given["user"])}`);
    expect(await world().client.diff(types.key, state, given)).toEqual({});
  });

  it("is made inactive right away where that is wanted", async () => {
    const given = await inputs({ status: "Inactive" });
    const { id, state } = await world().client.create(types.key, given);
    expect(world().calls()).toEqual(["IAM CreateAccessKey", "IAM UpdateAccessKey"]);
    expect(state["status"]).toBe("Inactive");
    expect(await keysOf(given["user"])).toEqual({ [id]: "Inactive" });
  });

  it("is recorded with its secret when it could not be made inactive", async () => {
    const given = await inputs({ status: "Inactive" });
    world().fail("IAM UpdateAccessKey", { status: 403 });
    const failure = (await world()
      .client.create(types.key, given)
      .catch((error: unknown) => error)) as InitFailed;
    expect(failure).toBeInstanceOf(InitFailed);
    const secret = String(revealed(failure.properties["secret"]));
    expect(secret).not.toBe("");
    expect(failure.message).toContain(`deactivating IAM Access Key (${failure.id})`);
    expect(failure.message).not.toContain(secret);
    expect(await keysOf(given["user"])).toEqual({ [failure.id]: "Active" });
  });

  it("is refused as the third of its user, inactive ones counted", async () => {
    const given = await inputs();
    await world().client.create(types.key, given);
    await world().client.create(types.key, { ...given, status: "Inactive" });
    expect(await refusal(world().client.create(types.key, given))).toMatch(
      /creating IAM Access Key \(raxx-test-\d+\): .*StatusCode: 409.*LimitExceeded: Cannot exceed quota for AccessKeysPerUser: 2/,
    );
  });

  it("changes its status in place, keeps its secret, and is replaced for another user", async () => {
    const given = await inputs();
    const { id, state } = await world().client.create(types.key, given);
    const news = { ...given, status: "Inactive" };
    expect(await world().client.diff(types.key, state, news)).toEqual({ status: "UPDATE" });
    expect(await world().client.diff(types.key, state, { ...given, user: "b" })).toEqual({
      user: "UPDATE_REPLACE",
    });
    world().calls();
    const next = await world().client.update(types.key, { id, olds: state, news });
    expect(world().calls()).toEqual(["IAM UpdateAccessKey", "IAM ListAccessKeys"]);
    expect(plainly(next, "secret")["secret"]).toBe(plainly(state, "secret")["secret"]);
    expect(await keysOf(given["user"])).toEqual({ [id]: "Inactive" });
  });

  it("shows in a refresh that somebody changed it, or took it away", async () => {
    const given = await inputs();
    const { id, state } = await world().client.create(types.key, given);
    const key = { UserName: String(given["user"]), AccessKeyId: id };
    await world().iam.send(new UpdateAccessKeyCommand({ ...key, Status: "Inactive" }));
    const seen = await world().client.read(types.key, id, { state, inputs: given });
    expect(seen.inputs["status"]).toBe("Inactive");
    expect(plainly(seen.state, "secret")["secret"]).toBe(plainly(state, "secret")["secret"]);
    expect(await world().client.diff(types.key, seen.state, given)).toEqual({ status: "UPDATE" });
    await world().iam.send(new DeleteAccessKeyCommand(key));
    expect((await world().client.read(types.key, id, { state, inputs: given })).id).toBe("");
    await world().client.delete(types.key, id, state);
  });

  it("is gone when its user is", async () => {
    const state = { user: "nobody-there", status: "Active" };
    expect((await world().client.read(types.key, "AKIAX", { state, inputs: state })).id).toBe("");
    await world().client.delete(types.key, "AKIAX", state);
  });

  it("is imported by its id, without a secret", async () => {
    const given = await inputs();
    const { AccessKey: made } = await world().iam.send(
      new CreateAccessKeyCommand({ UserName: String(given["user"]) }),
    );
    world().calls();
    const imported = await world().client.read(types.key, made?.AccessKeyId ?? "");
    expect(world().calls()).toEqual(["IAM GetAccessKeyLastUsed", "IAM ListAccessKeys"]);
    expect(imported.inputs).toEqual(given);
    expect(Object.keys(imported.state).sort()).toEqual(["createDate", "status", "user"]);
    await world().client.delete(types.key, imported.id, imported.state);
    expect(await keysOf(given["user"])).toEqual({});
  });

  it("is unknown and secret in a preview, without a call, and takes no PGP key", async () => {
    const given = await inputs();
    const { state } = await world().client.create(types.key, given, { preview: true });
    expect(plainly(state, "secret", "sesSmtpPasswordV4")).toMatchObject({
      secret: unknown,
      sesSmtpPasswordV4: unknown,
      createDate: unknown,
    });
    const { failures } = await world().client.check(types.key, { user: "a", pgpKey: "k" });
    expect(failures).toEqual([`property "pgpKey": the stand-in does not encrypt with PGP`]);
    expect(world().calls()).toEqual([]);
  });
});

describe("the SMTP password of a key", () => {
  // The vectors of terraform-provider-aws for its ses_smtp_password_v4.
  it.each([
    ["eu-central-1", "some+secret+key", "BMXhUYlu5Z3gSXVQORxlVa7XPaz91aGWdfHxvkOZdWZ2"],
    ["us-west-1", "another+secret+key", "BKVmjjMDFk/qqw8EROW99bjCS65PF8WKvK5bSr4Y6EqF"],
  ])("of %s is derived as AWS documents it", (region, secret, password) => {
    expect(smtpPasswordOf(secret, region)).toBe(password);
  });
});
