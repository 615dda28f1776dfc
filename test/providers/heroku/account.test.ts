import { herokuAccount, type HerokuSetting } from "../../../providers/heroku/account";
import { canary, failureOf, writesOf } from "../support";
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
      settings: [],
      made: [],
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
    const changes = async (news: string[]): Promise<unknown> =>
      resource().diff(id, outs, { apps: news, settings: [] });
    expect(await changes(apps)).toEqual({ changes: false });
    expect(await changes([])).toEqual({ changes: true });
    expect(await changes([...apps, "raxx-console-prod"])).toEqual({ changes: true });
    expect(await changes(["raxx-console-prod"])).toEqual({ changes: true });
  });
});

describe("check, in every run", () => {
  const account = (): string => world.account.id;
  const setting = (key: string, adopted = false): HerokuSetting => ({
    app: "raxx-api-prod",
    key,
    adopt: { name: `raxx-api-prod/${key}`, importId: `raxx-api-prod:${key}` },
    adopted,
  });

  it("carries the account forward, and writes nothing", async () => {
    const first = await resource().check({}, { apps, settings: [] });
    expect(first).toEqual({ inputs: { apps, settings: [], account: account(), made: [] } });
    expect(await resource().check({ apps, account: account() }, { apps, settings: [] })).toEqual(first);
    expect(writesOf(world.vendor)).toEqual([]);
  });

  it("refuses another account than the recorded one", async () => {
    const { failures } = await resource(world.stranger()).check(
      { apps, account: account() },
      { apps, settings: [] },
    );
    expect(failures).toHaveLength(1);
    expect(failures?.[0]?.property).toBe("");
    expect(failures?.[0]?.reason).toContain(`belongs to account ${world.other.id}`);
  });

  it("refuses a credential that is not valid, and does not show it", async () => {
    const { failures } = await resource(world.client("HRKU-wrong")).check({}, { apps, settings: [] });
    expect(failures).toHaveLength(1);
    expect(failures?.[0]?.reason).toContain("HEROKU_API_KEY");
    expect(failures?.[0]?.reason).not.toContain("HRKU-wrong");
  });

  it("refuses a setting that was there before us with the line that takes it over", async () => {
    world.meddle({ FLAG_A: canary() });
    const { failures } = await resource().check({}, { apps, settings: [setting("FLAG_A"), setting("B")] });
    expect(failures).toEqual([
      {
        property: "",
        reason: `raxx-api-prod has a config var FLAG_A that this stack did not make, and raxx:adopt does not take it over: do so with pulumi config set --path 'raxx:adopt["raxx-api-prod/FLAG_A"]' 'raxx-api-prod:FLAG_A' (it is then kept on destroy), or remove it at Heroku, and run again`,
      },
    ]);
  });

  it("lets a setting pass that is to be taken over, and refuses one that is not there", async () => {
    world.meddle({ FLAG_A: "off" });
    const wanted = { apps, settings: [setting("FLAG_A", true)] };
    expect(await resource().check({}, wanted)).toEqual({
      inputs: { ...wanted, account: account(), made: [] },
    });
    const { failures } = await resource().check({}, { apps, settings: [setting("B", true)] });
    expect(failures?.[0]?.reason).toMatch(
      /config var B of raxx-api-prod, but there is none: pulumi config rm --path/,
    );
  });

  it("asks no more about a setting that is recorded, until its line is dropped", async () => {
    world.meddle({ FLAG_A: "on" });
    const recorded = { apps, settings: [setting("FLAG_A", true)], account: account() };
    expect((await resource().check(recorded, recorded)).failures).toBeUndefined();
    const dropped = { apps, settings: [setting("FLAG_A")] };
    expect((await resource().check(recorded, dropped)).failures).toHaveLength(1);
    // What was not there when it was first wanted is ours, also when it was not wanted for a while.
    const made = { ...recorded, settings: [setting("FLAG_A")] };
    const { inputs } = await resource().check(made, { apps, settings: [] });
    expect(inputs?.made).toEqual(["raxx-api-prod/FLAG_A"]);
    expect((await resource().check(inputs ?? {}, made)).failures).toBeUndefined();
  });
});

it("delete asks nothing of the vendor", async () => {
  const { id, outs } = await resource().create({ apps });
  const before = world.vendor.log.read().length;
  await resource().delete(id, outs);
  await resource().delete(id, outs);
  expect(world.vendor.log.read()).toHaveLength(before);
});
