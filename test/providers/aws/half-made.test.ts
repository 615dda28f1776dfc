import {
  clearHalfMadeParameter,
  clearHalfMadePolicy,
  clearHalfMadeUser,
  revokeHalfMadeKeys,
  takeOverParameter,
} from "../../../providers/aws/half-made";
import { failureOf, inject } from "../support";
import { awsRegion, AwsWorld, type Key, startTimeoutMs } from "./world";

let world: AwsWorld;
let said: string[];
beforeAll(async () => {
  world = await AwsWorld.start();
}, startTimeoutMs);
beforeEach(() => {
  world.reset();
  said = [];
});
afterAll(() => world.stop());

const marker = "raxx:prod:AWS_BILLING_READ";
const others = [undefined, "raxx:staging:AWS_BILLING_READ", "raxx:prod:AWS_FREESCOUT_BACKUP"];
const say = (line: string): void => {
  said.push(line);
};

async function userWithKeys(count: number): Promise<{ user: string; keys: Key[] }> {
  const user = await world.user(marker);
  const keys: Key[] = [];
  for (let made = 0; made < count; made += 1) keys.push(await world.harness.key(user));
  world.forget();
  return { user, keys };
}

describe("access keys", () => {
  const run = (user: string, knownIds: string[], beforeMint = true): Promise<string[]> =>
    revokeHalfMadeKeys(user, marker, knownIds, say, { beforeMint, client: world.client() });

  it("that nobody's list knows are deleted, which is said; the others stay", async () => {
    const { user, keys } = await userWithKeys(2);
    const [known, half] = keys.map(({ id }) => id);
    expect(await run(user, [known ?? ""])).toEqual([half]);
    expect(await world.keyIds(user)).toEqual([known]);
    expect(said).toEqual([
      `deleted the access key ${half ?? ""} of the IAM user ${user}: an earlier run minted it and never got the answer, so that nobody has its secret`,
    ]);
    expect(said.join()).not.toContain(keys[1]?.secret);
    expect(world.writes()).toEqual(["IAM DeleteAccessKey"]);
  });

  it("are looked for with two calls where there are none", async () => {
    const { user } = await userWithKeys(0);
    expect(await run(user, [])).toEqual([]);
    expect(world.calls()).toEqual(["IAM GetUser", "IAM ListAccessKeys"]);
  });

  it("of a user that is not there are none", async () => {
    expect(await run("raxx-none", [])).toEqual([]);
  });

  it("that were used stay, all of them, and it is said what to do", async () => {
    const { user, keys } = await userWithKeys(2);
    const [used] = keys;
    if (used !== undefined) await world.use(used);
    const failure = await failureOf(run(user, []));
    expect(failure.name).toBe("UserError");
    expect(failure.message).toMatch(
      new RegExp(
        `does not know the access key ${used?.id ?? ""} \\(active, created .*, last used .*\\) of the IAM user ${user}, but somebody uses it: find out who holds it, delete it at https://.*and run again$`,
      ),
    );
    expect(failure.message).not.toContain(keys[1]?.id);
    expect(world.writes()).toEqual([]);
    expect(said).toEqual([]);
  });

  it("that were used do not matter where they are known", async () => {
    const { user, keys } = await userWithKeys(1);
    const [known] = keys;
    if (known !== undefined) await world.use(known);
    expect(await run(user, [known?.id ?? ""])).toEqual([]);
  });

  it("stop a mint where two are known, by name, and nothing after one", async () => {
    const { user, keys } = await userWithKeys(2);
    const ids = keys.map(({ id }) => id);
    const failure = await failureOf(run(user, ids));
    expect(failure.message).toMatch(/^the IAM user .* has all the access keys that AWS allows: /);
    for (const id of ids) expect(failure.message).toContain(`${id} (active, created `);
    expect(failure.message).toContain("finish the rotation (drop its previous in raxx:generations)");
    expect(await run(user, ids, false)).toEqual([]);
    expect(await world.keyIds(user)).toEqual(ids);
  });

  it.each(others)("of a user with the tag %s are not touched", async (tag) => {
    const user = await world.user(tag);
    await world.harness.key(user);
    const failure = await failureOf(run(user, []));
    expect(failure.message).toContain(
      `the IAM user ${user} exists, but not with the tag provisioner=${marker}`,
    );
    expect(await world.keyIds(user)).toHaveLength(1);
  });

  it("of a user that was taken over are deleted without our tag, but for those that it had then", async () => {
    const user = await world.user();
    const { id: before } = await world.harness.key(user);
    const { id: half } = await world.harness.key(user);
    const options = { adopted: true, client: world.client() };
    expect(await revokeHalfMadeKeys(user, marker, [before], say, options)).toEqual([half]);
    expect(await world.keyIds(user)).toEqual([before]);
  });

  it("are gone also where somebody was faster, and the mint stops where a delete fails", async () => {
    const { user, keys } = await userWithKeys(1);
    inject(world.vendor, { kind: "status", status: 500, path: "IAM DeleteAccessKey" });
    expect((await failureOf(run(user, []))).message).toContain(
      "aws answered 500 when asked to delete access key",
    );
    expect(said).toEqual([]);
    inject(world.vendor, { kind: "status", status: 404, path: "IAM DeleteAccessKey" });
    expect(await run(user, [])).toEqual([keys[0]?.id]);
  });
});

describe("a user", () => {
  const run = (user: string): Promise<void> => clearHalfMadeUser(user, marker, say, world.client());

  it("that the state does not know goes, where it has no key yet and no policy", async () => {
    const { user } = await userWithKeys(0);
    await run(user);
    expect(said).toEqual([
      `deleted the IAM user ${user}, which an earlier run made and never recorded: it is made again`,
    ]);
    expect((await failureOf(world.client().iam.getUser({ UserName: user }))).message).toContain("404");
  });

  it("that is not there is no matter", async () => {
    await run("raxx-none");
    expect(world.calls()).toEqual(["IAM GetUser"]);
    expect(said).toEqual([]);
  });

  it("stays with a key, used or not: no run makes one for a user that it did not record", async () => {
    const { user, keys } = await userWithKeys(1);
    const failure = await failureOf(run(user));
    expect(failure.message).toContain(
      `it has an access key, so that somebody may use it: ${keys[0]?.id ?? ""} (`,
    );
    expect(failure.message).toContain("pulumi stack import");
    expect(world.writes()).toEqual([]);
  });

  it.each([marker, undefined])("stays where a policy with the tag %s is attached to it", async (tag) => {
    const { user } = await userWithKeys(0);
    const foreign = await world.policy(tag);
    await world.attach(user, foreign);
    world.forget();
    const failure = await failureOf(run(user));
    expect(failure.message).toContain(`somebody attached the policy ${foreign} to it: `);
    expect(world.writes()).toEqual([]);
  });

  it.each(others)("with the tag %s stays", async (tag) => {
    const user = await world.user(tag);
    world.forget();
    expect((await failureOf(run(user))).message).toContain(`not with the tag provisioner=${marker}`);
    expect(world.writes()).toEqual([]);
  });
});

describe("a policy", () => {
  const run = (arn: string): Promise<void> => clearHalfMadePolicy(arn, marker, say, world.client());
  const isThere = async (PolicyArn: string): Promise<boolean> =>
    (await world.client().iam.listPolicies({ Scope: "Local" })).Policies?.some(
      ({ Arn }) => Arn === PolicyArn,
    ) === true;

  it("that the state does not know goes", async () => {
    const arn = await world.policy(marker);
    await run(arn);
    expect(await isThere(arn)).toBe(false);
    expect(said).toEqual([
      expect.stringContaining(`deleted the IAM policy ${arn}, which an earlier run made`),
    ]);
  });

  it("that is not there is no matter", async () => {
    await run("arn:aws:iam::521228113048:policy/raxx-none");
    expect(said).toEqual([]);
  });

  it.each([marker, undefined])("stays where a user with the tag %s has its rights by it", async (tag) => {
    const arn = await world.policy(marker);
    const user = await world.user(tag);
    await world.attach(user, arn);
    world.forget();
    expect((await failureOf(run(arn))).message).toContain(`but ${user} has its rights by it`);
    expect(world.writes()).toEqual([]);
  });

  it.each(others)("with the tag %s stays", async (tag) => {
    const arn = await world.policy(tag);
    expect((await failureOf(run(arn))).message).toContain(
      `the IAM policy ${arn} exists, but not with the tag`,
    );
    expect(await isThere(arn)).toBe(true);
  });
});

describe("a parameter", () => {
  const run = (name: string): Promise<void> =>
    clearHalfMadeParameter(name, marker, awsRegion, say, world.client());
  let name: string;
  beforeEach(() => {
    name = `/raxx/${world.harness.name()}`;
  });

  it("that the state does not know goes", async () => {
    await world.parameter(name, marker);
    await run(name);
    expect(world.writes()).toEqual(["SSM PutParameter", "SSM DeleteParameter"]);
    expect(said).toEqual([
      expect.stringContaining(`deleted the SSM parameter ${name}, which an earlier run made`),
    ]);
    expect(world.calls()).not.toContain("SSM GetParameter");
  });

  it("that is not there is no matter", async () => {
    await run(name);
    expect(said).toEqual([]);
  });

  it.each(others)("with the tag %s stays", async (tag) => {
    await world.parameter(name, tag);
    world.forget();
    const failure = await failureOf(run(name));
    expect(failure.message).toContain(
      `the SSM parameter ${name} exists, but not with the tag provisioner=${marker}`,
    );
    expect(world.writes()).toEqual([]);
  });
});

describe("a parameter that holds what we mint", () => {
  const run = (name: string): Promise<void> =>
    takeOverParameter(name, marker, awsRegion, say, world.client());
  const tagsOf = async (ResourceId: string): Promise<string[]> => {
    const { ssm } = world.client();
    const { TagList = [] } = await ssm.listTagsForResource({ ResourceType: "Parameter", ResourceId });
    return TagList.map(({ Key = "" }) => Key);
  };
  let name: string;
  beforeEach(() => {
    name = `/raxx/${world.harness.name()}`;
  });

  it("and stood there before loses the tags of others, keeps its value until it is written, and is told of", async () => {
    const value = await world.parameter(name);
    const Tags = [{ Key: "owner", Value: "support" }];
    await world.client().ssm.addTagsToResource({ ResourceType: "Parameter", ResourceId: name, Tags });
    await run(name);
    expect(await tagsOf(name)).toEqual([]);
    const { Parameter } = await world.client().ssm.getParameter({ Name: name, WithDecryption: true });
    expect(Parameter?.Value === value).toBe(true);
    expect(said).toEqual([
      `the SSM parameter ${name} was there before: it is written over, and is ours from now on`,
    ]);
  });

  it("is left as it is where it is half made, and where there is none", async () => {
    await run(name);
    await world.parameter(name, marker);
    world.forget();
    await run(name);
    expect(world.calls()).toEqual(["SSM ListTagsForResource"]);
    expect(said).toEqual([]);
  });

  it.each(["raxx:staging:AWS_BILLING_READ", "raxx:prod:AWS_FREESCOUT_BACKUP"])(
    "is not taken from %s",
    async (other) => {
      await world.parameter(name, other);
      world.forget();
      expect((await failureOf(run(name))).message).toContain("another stack, token or tool provisions it");
      expect(world.writes()).toEqual([]);
    },
  );
});

it.each(["", "raxx", "raxx:prod", "raxx:prod:aws", "provisioner", `${marker}:2026-05-06`, `${marker}\n`])(
  "nothing is looked for under %j, which is no marker of ours",
  async (text) => {
    for (const call of [
      revokeHalfMadeKeys("raxx-a", text, [], say, { client: world.client() }),
      clearHalfMadeUser("raxx-a", text, say, world.client()),
      clearHalfMadePolicy("arn:aws:iam::521228113048:policy/a", text, say, world.client()),
      clearHalfMadeParameter("/raxx/a", text, awsRegion, say, world.client()),
      takeOverParameter("/raxx/a", text, awsRegion, say, world.client()),
    ]) {
      expect((await failureOf(call)).message).toContain("is no marker that this program gives");
    }
    expect(world.calls()).toEqual([]);
  },
);
