import { herokuAccount } from "../../../providers/heroku/account";
import { failureOf, writesOf } from "../support";
import { HerokuWorld } from "./world";

let world: HerokuWorld;
beforeEach(async () => {
  world = await HerokuWorld.start();
});
afterEach(() => world.stop());

const apps = ["raxx-api-prod"];
const resource = (client = world.client()): ReturnType<typeof herokuAccount> => herokuAccount(() => client);

describe("create", () => {
  it("records whose credential it is, and the id of every app", async () => {
    const { id, outs } = await resource().create({ apps });
    expect(id).toBe(world.account.id);
    expect(outs).toEqual({
      apps,
      accountId: world.account.id,
      appIds: { "raxx-api-prod": world.app.id },
    });
    expect(writesOf(world.vendor)).toEqual([]);
  });

  it("refuses an app that does not exist, by its name", async () => {
    const failure = await failureOf(resource().create({ apps: [...apps, "raxx-no-such-app"] }));
    expect(failure).toMatchObject({ status: 404 });
    expect(failure.message).toContain("read the app raxx-no-such-app");
  });

  it("refuses an app of somebody else", async () => {
    const failure = await failureOf(resource().create({ apps: ["someone-elses"] }));
    expect(failure).toMatchObject({ status: 403 });
  });

  it("refuses a credential that is not valid, and does not show it", async () => {
    const failure = await failureOf(resource(world.client("HRKU-wrong")).create({ apps }));
    expect(failure).toMatchObject({ status: 401 });
    expect(failure.message).toContain("HEROKU_API_KEY");
    expect(failure.message).not.toContain("HRKU-wrong");
  });
});

describe("update", () => {
  it("verifies the new apps under the recorded account", async () => {
    const { id, outs } = await resource().create({ apps: [] });
    expect((await resource().update(id, outs, { apps })).outs.appIds).toEqual({
      "raxx-api-prod": world.app.id,
    });
  });

  it("refuses another account than the recorded one, naming both", async () => {
    const { id, outs } = await resource().create({ apps });
    const failure = await failureOf(resource(world.stranger()).update(id, outs, { apps: [] }));
    expect(failure.name).toBe("UserError");
    expect(failure.message).toContain(world.account.id);
    expect(failure.message).toContain(world.other.id);
    expect(failure.message).toMatch(/export a credential of that account and run again$/);
  });
});

describe("read", () => {
  it("keeps what was recorded", async () => {
    const { id, outs } = await resource().create({ apps });
    expect(await resource().read(id, outs)).toEqual({ id, props: outs });
  });

  it("takes another account's credential for an error, not for a change", async () => {
    const { id, outs } = await resource().create({ apps });
    const failure = await failureOf(resource(world.stranger()).read(id, outs));
    expect(failure.message).toContain(`belongs to account ${world.other.id}`);
  });
});

describe("diff", () => {
  it("sees nothing where nothing changed, and an app that came, went, or changed its name", async () => {
    const { id, outs } = await resource().create({ apps });
    const changes = async (news: string[]): Promise<unknown> => resource().diff(id, outs, { apps: news });
    expect(await changes(apps)).toEqual({ changes: false });
    expect(await changes([])).toEqual({ changes: true });
    expect(await changes([...apps, "raxx-console-prod"])).toEqual({ changes: true });
    expect(await changes(["raxx-console-prod"])).toEqual({ changes: true });
  });
});

it("check takes what it gets", async () => {
  expect(await resource().check({}, { apps })).toEqual({ inputs: { apps } });
});

it("delete asks nothing of the vendor", async () => {
  const { id, outs } = await resource().create({ apps });
  const before = world.vendor.log.read().length;
  await resource().delete(id, outs);
  await resource().delete(id, outs);
  expect(world.vendor.log.read()).toHaveLength(before);
});
