import { UserError } from "../../../providers/errors";
import { herokuAdoptedAuthorization } from "../../../providers/heroku/adopted-authorization";
import { createAuthorization, type HerokuAuthorization } from "../../../sandbox/vendors/heroku";
import { failureOf, snapshot, writesOf } from "../support";
import { HerokuWorld } from "./world";

let world: HerokuWorld;
let there: HerokuAuthorization;
beforeEach(async () => {
  world = await HerokuWorld.start();
  there = createAuthorization(world.state, {
    account: world.account,
    scope: ["global"],
    description: "raxx-platform-token-2026-05-06",
  });
});
afterEach(() => world.stop());

const resource = (client = world.client()): ReturnType<typeof herokuAdoptedAuthorization> =>
  herokuAdoptedAuthorization(() => client);
const inputs = (): { authorizationId: string; accountId: string } => ({
  authorizationId: there.id,
  accountId: world.account.id,
});

describe("create", () => {
  it("takes over by id, writes nothing, and keeps nothing of the value", async () => {
    const before = snapshot(world.state.authorizations);
    const created = await resource().create(inputs());
    expect(created).toEqual({ id: there.id, outs: inputs() });
    expect(JSON.stringify(created)).not.toContain(there.access_token.token);
    expect(writesOf(world.vendor)).toEqual([]);
    expect(world.state.authorizations).toEqual(before);
  });

  it("is fine again", async () => {
    await resource().create(inputs());
    expect((await resource().create(inputs())).id).toBe(there.id);
  });

  it("refuses an id that does not exist, naming the setting", async () => {
    const absent = { ...inputs(), authorizationId: "00000000-0000-4000-8000-000000000000" };
    const failure = await failureOf(resource().create(absent));
    expect(failure).toBeInstanceOf(UserError);
    expect(failure.message).toContain(absent.authorizationId);
    expect(failure.message).toContain("previousAdopt");
  });

  it("refuses one that the credential's account cannot see", async () => {
    expect(await failureOf(resource(world.stranger()).create(inputs()))).toBeInstanceOf(UserError);
  });
});

describe("read", () => {
  it("keeps what is there, and nothing of its value", async () => {
    const answer = await resource().read(there.id, inputs());
    expect(answer).toEqual({ id: there.id, props: inputs() });
  });

  it("answers that what is gone is gone", async () => {
    world.state.authorizations = world.state.authorizations.filter((one) => one !== there);
    expect(await resource().read(there.id, inputs())).toEqual({});
  });

  it("does not take another account's view for gone", async () => {
    const failure = await failureOf(resource(world.stranger()).read(there.id, inputs()));
    expect(failure.message).toContain(`belongs to account ${world.other.id}`);
  });
});

describe("diff", () => {
  const diff = (news: ReturnType<typeof inputs>): Promise<unknown> =>
    resource().diff(there.id, inputs(), news);

  it("sees nothing where nothing changed, or only the account id is told anew", async () => {
    expect(await diff(inputs())).toEqual({ changes: false });
    expect(await diff({ ...inputs(), accountId: "x" })).toEqual({ changes: false });
  });

  it("replaces for another id", async () => {
    expect(await diff({ ...inputs(), authorizationId: "x" })).toEqual({
      changes: true,
      replaces: ["authorizationId"],
    });
  });
});

it("check takes what it gets, and update asks nothing of the vendor", async () => {
  expect(await resource().check({}, inputs())).toEqual({ inputs: inputs() });
  expect(await resource().update(there.id, inputs(), { ...inputs(), accountId: "x" })).toEqual({
    outs: inputs(),
  });
  expect(world.vendor.log.read()).toEqual([]);
});

describe("delete", () => {
  it("revokes nothing: what was there before us has no guarded finish yet", async () => {
    await resource().delete(there.id, inputs());
    expect(world.state.authorizations).toContain(there);
    expect(writesOf(world.vendor)).toEqual([]);
  });
});
