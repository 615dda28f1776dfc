import fc from "fast-check";

import { unknownValue } from "../../../providers/boundary";
import { UserError } from "../../../providers/errors";
import { HerokuClient } from "../../../providers/heroku/client";
import { herokuConfigVars, type HerokuConfigVarsInputs } from "../../../providers/heroku/config-vars";
import { canary, failureOf, inject, recordOf, writesOf, writtenKeysOf } from "../support";
import { HerokuWorld } from "./world";

let world: HerokuWorld;
let foreign: Record<string, string>;
beforeEach(async () => {
  world = await HerokuWorld.start();
  foreign = { ...world.vars() };
});
afterEach(() => world.stop());

const resource = (client = world.client()): ReturnType<typeof herokuConfigVars> =>
  herokuConfigVars(() => client);

function inputs(
  vars: Record<string, string>,
  changes: Partial<HerokuConfigVarsInputs> = {},
): HerokuConfigVarsInputs {
  const sources = Object.fromEntries(Object.keys(vars).map((key) => [key, `${key}@2026-05-06`]));
  return {
    app: "raxx-api-prod",
    appId: world.app.id,
    accountId: world.account.id,
    vars,
    sources,
    settings: {},
    adopted: [],
    ...changes,
  };
}

const patch = (): string => `PATCH /apps/${world.app.id}/config-vars`;

describe("create", () => {
  it("writes several keys with one PATCH, which is one release", async () => {
    const [a, b] = [canary(), canary()];
    const version = world.version();
    const { id, outs } = await resource().create(inputs({ HEROKU_API_KEY: a, OTHER: b }));
    expect({ id, outs }).toEqual({ id: world.app.id, outs: inputs({ HEROKU_API_KEY: a, OTHER: b }) });
    expect(world.vars()).toEqual({ ...foreign, HEROKU_API_KEY: a, OTHER: b });
    expect(world.version()).toBe(version + 1);
    expect(writtenKeysOf(world.vendor)).toEqual([["HEROKU_API_KEY", "OTHER"]]);
  });

  it("writes nothing where all is as it should be, as after a crash", async () => {
    const wanted = inputs({ A: canary(), B: canary() });
    await resource().create(wanted);
    const version = world.version();
    await resource().create(wanted);
    expect(writesOf(world.vendor)).toEqual([patch()]);
    expect(world.version()).toBe(version);
  });

  it("sends only what differs", async () => {
    const a = canary();
    await resource().create(inputs({ A: a }));
    await resource().create(inputs({ A: a, B: canary() }));
    expect(writtenKeysOf(world.vendor)).toEqual([["A"], ["B"]]);
  });

  it("makes one release although the answer was lost", async () => {
    inject(world.vendor, { kind: "drop-after", method: "PATCH" });
    const version = world.version();
    await resource().create(inputs({ A: canary() }));
    expect(world.version()).toBe(version + 1);
  });

  it("fails where the vendor shows another value than it was sent, and shows neither", async () => {
    const [mine, theirs] = [canary(), canary()];
    class Forgetful extends HerokuClient {
      override async setConfigVars(
        ...args: Parameters<HerokuClient["setConfigVars"]>
      ): Promise<Record<string, string>> {
        return { ...(await super.setConfigVars(...args)), A: theirs };
      }
    }
    const client = new Forgetful({ url: world.vendor.url, apiKey: world.apiKey });
    const failure = await failureOf(resource(client).create(inputs({ A: mine, B: canary() })));
    expect(failure).toBeInstanceOf(UserError);
    expect(failure.message).toMatch(/accepted A for raxx-api-prod/);
    expect(failure.message).not.toContain(mine);
    expect(failure.message).not.toContain(theirs);
  });

  it("keeps engine-internal properties out of what it returns", async () => {
    const { outs } = await resource().create({ ...inputs({ A: "a" }), ...{ __provider: "code" } });
    expect(Object.keys(outs).sort()).toEqual(Object.keys(inputs({})).sort());
  });

  it("writes nothing with another account's credential", async () => {
    expect(await failureOf(resource(world.stranger()).create(inputs({ A: "a" })))).toMatchObject({
      status: 403,
    });
    expect(writesOf(world.vendor)).toEqual([]);
  });

  it("writes nothing to another app of the same name", async () => {
    const elsewhere = inputs({ A: "a" }, { appId: "00000000-0000-4000-8000-000000000000" });
    expect(await failureOf(resource().create(elsewhere))).toMatchObject({ status: 404 });
    expect(writesOf(world.vendor)).toEqual([]);
  });
});

describe("update", () => {
  it("sets, changes and removes with one PATCH", async () => {
    const olds = inputs({ KEPT: "k", CHANGED: canary(), DROPPED: canary() });
    const { id } = await resource().create(olds);
    const version = world.version();
    const news = inputs({ KEPT: "k", CHANGED: canary(), ADDED: canary() });
    expect(await resource().update(id, olds, news)).toEqual({ outs: news });
    expect(world.vars()).toEqual({ ...foreign, ...news.vars });
    expect(world.version()).toBe(version + 1);
    expect(writtenKeysOf(world.vendor)[1]).toEqual(["ADDED", "CHANGED", "DROPPED"]);
  });

  it("writes nothing where only the sources are told anew", async () => {
    const olds = inputs({ A: "a" });
    const { id } = await resource().create(olds);
    const news = { ...olds, sources: { A: "A@2026-08-04" } };
    expect(await resource().update(id, olds, news)).toEqual({ outs: news });
    expect(writesOf(world.vendor)).toEqual([patch()]);
  });

  it("does not remove a key that somebody else has set since", async () => {
    const olds = inputs({ A: "a", DROPPED: canary() });
    const { id } = await resource().create(olds);
    world.meddle({ DROPPED: "theirs" });
    await resource().update(id, olds, inputs({ A: "a" }));
    expect(world.vars()).toEqual({ ...foreign, A: "a", DROPPED: "theirs" });
    expect(writesOf(world.vendor)).toEqual([patch()]);
  });

  it("puts right what was changed or cleared behind our back", async () => {
    const wanted = inputs({ A: canary(), B: canary() });
    const { id } = await resource().create(wanted);
    world.meddle({ A: "", B: undefined });
    await resource().update(id, wanted, wanted);
    expect(world.vars()).toEqual({ ...foreign, ...wanted.vars });
  });
});

describe("read", () => {
  it("sees our keys only", async () => {
    const wanted = inputs({ A: canary() });
    const { id, outs } = await resource().create(wanted);
    expect(await resource().read(id, outs)).toEqual({ id, props: wanted });
  });

  it("sees what was changed, cleared and deleted", async () => {
    const { id, outs } = await resource().create(inputs({ A: "a", B: "b", C: "c", D: "d" }));
    world.meddle({ A: "changed", B: "", C: undefined });
    const { props } = await resource().read(id, outs);
    // What somebody else put there counts as missing: it is not ours to keep in state, or to delete later.
    expect(props?.vars).toEqual({ D: "d" });
    expect(props?.sources).toEqual(outs.sources);
    const seen = props ?? outs;
    expect(await resource().diff(id, seen, outs)).toEqual({ changes: true });
  });

  it("answers that an app that is gone is gone", async () => {
    const { id, outs } = await resource().create(inputs({ A: "a" }));
    world.state.apps = [];
    expect(await resource().read(id, outs)).toEqual({});
  });

  it("does not take another account's 404 for gone", async () => {
    const { id, outs } = await resource().create(inputs({ A: "a" }));
    world.state.apps = [];
    const failure = await failureOf(resource(world.stranger()).read(id, outs));
    expect(failure.message).toContain(`belongs to account ${world.other.id}`);
  });

  it("does not take a refusal for gone", async () => {
    const { id, outs } = await resource().create(inputs({ A: "a" }));
    expect(await failureOf(resource(world.stranger()).read(id, outs))).toMatchObject({ status: 403 });
  });
});

describe("delete", () => {
  it("removes our keys with one PATCH and leaves the others", async () => {
    const { id, outs } = await resource().create(inputs({ A: "a", B: "b" }));
    const version = world.version();
    await resource().delete(id, outs);
    expect(world.vars()).toEqual(foreign);
    expect(world.version()).toBe(version + 1);
  });

  it.each([false, true])("leaves a foreign value at our key (after a refresh: %p)", async (refreshed) => {
    const { id, outs } = await resource().create(inputs({ A: "a", B: "b" }));
    world.meddle({ A: "theirs" });
    const props = refreshed ? (await resource().read(id, outs)).props : undefined;
    await resource().delete(id, props ?? outs);
    expect(world.vars()).toEqual({ ...foreign, A: "theirs" });
  });

  it("is fine twice, and writes nothing the second time", async () => {
    const { id, outs } = await resource().create(inputs({ A: "a" }));
    await resource().delete(id, outs);
    await resource().delete(id, outs);
    expect(writesOf(world.vendor)).toEqual([patch(), patch()]);
  });

  it("is fine where the app is gone, but not on another account's word", async () => {
    const { id, outs } = await resource().create(inputs({ A: "a" }));
    world.state.apps = [];
    await expect(resource().delete(id, outs)).resolves.toBeUndefined();
    const failure = await failureOf(resource(world.stranger()).delete(id, outs));
    expect(failure.message).toContain(`belongs to account ${world.other.id}`);
  });

  it("passes on what is no 404, and changes nothing", async () => {
    const { id, outs } = await resource().create(inputs({ A: "a" }));
    expect(await failureOf(resource(world.stranger()).delete(id, outs))).toMatchObject({ status: 403 });
    expect(world.vars()).toEqual({ ...foreign, A: "a" });
  });
});

describe("check", () => {
  it("refuses an empty value by its key, and shows no other", async () => {
    const value = canary();
    const { failures } = await resource().check({}, inputs({ A: "", B: value }));
    expect(failures).toEqual([
      { property: "", reason: "the value for A of app raxx-api-prod is empty: nothing is written" },
    ]);
  });

  it("takes values, and those that are unknown yet", async () => {
    const news = inputs({ A: "a", B: unknownValue }, { appId: unknownValue });
    expect(await resource().check({}, news)).toEqual({ inputs: news });
    const allUnknown = { ...news, vars: unknownValue as unknown as Record<string, string> };
    expect((await resource().check({}, allUnknown)).failures).toBeUndefined();
  });
});

describe("diff", () => {
  const diff = (news: HerokuConfigVarsInputs): Promise<unknown> =>
    resource().diff("id", inputs({ A: "a" }), news);

  it("sees nothing where nothing changed, or the app's id is not known yet", async () => {
    expect(await diff(inputs({ A: "a" }))).toEqual({ changes: false });
    expect(await diff(inputs({ A: "a" }, { appId: unknownValue }))).toEqual({ changes: false });
  });

  it("sees a value, a key and a source that changed, in place", async () => {
    expect(await diff(inputs({ A: "b" }))).toEqual({ changes: true });
    expect(await diff(inputs({ A: unknownValue }))).toEqual({ changes: true });
    expect(await diff(inputs({ A: "a", B: "b" }))).toEqual({ changes: true });
    expect(await diff(inputs({}))).toEqual({ changes: true });
    expect(await diff(inputs({ A: "a" }, { sources: { A: "A@2026-08-04" } }))).toEqual({ changes: true });
  });

  it("replaces for another app, and for another app of the same name", async () => {
    const replaced = { changes: true, replaces: ["appId"] };
    expect(await diff(inputs({ A: "a" }, { app: "raxx-console-prod" }))).toEqual(replaced);
    expect(await diff(inputs({ A: "a" }, { appId: "another" }))).toEqual(replaced);
  });
});

it("no sequence of writes ever touches a foreign key, and each is one PATCH at most", async () => {
  const ours = fc.constantFrom("OUR_A", "OUR_B", "OUR_C", "OUR_D");
  const theirs = fc.stringMatching(/^THEIR_[A-Z0-9_]{1,8}$/);
  const value = fc.string({ minLength: 1, maxLength: 30, unit: "grapheme" });
  const step = fc.dictionary(ours, value, { maxKeys: 4 });
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(theirs, value, { maxKeys: 5 }),
      fc.array(step, { minLength: 1, maxLength: 4 }),
      async (others, steps) => {
        world.meddle(Object.fromEntries(Object.keys(world.vars()).map((key) => [key, undefined])));
        world.meddle(others);
        let olds: HerokuConfigVarsInputs | undefined;
        for (const vars of [...steps, undefined]) {
          const calls = writesOf(world.vendor).length;
          if (vars === undefined) await resource().delete(world.app.id, olds ?? inputs({}));
          else if (olds === undefined) await resource().create(inputs(vars));
          else await resource().update(world.app.id, olds, inputs(vars));
          olds = vars === undefined ? undefined : inputs(vars);
          expect(world.vars()).toEqual({ ...others, ...vars });
          expect(writesOf(world.vendor).length - calls).toBeLessThanOrEqual(1);
        }
      },
    ),
    { numRuns: 25 },
  );
});

describe("a write whose outcome is not known", () => {
  const lost = { kind: "drop-after", method: "PATCH", times: 0 } as const;

  it("records what was wanted, and what stood there before", async () => {
    const { id, outs } = await resource().create(inputs({ A: "old", B: "kept" }));
    inject(world.vendor, lost);
    const record = await recordOf(resource().update(id, outs, inputs({ A: "new", C: "more" })));
    expect(record).toMatchObject({
      vars: { A: "new", B: "kept", C: "more" },
      uncertain: { A: ["old"] },
    });
  });

  it.each(["drop-after", "drop-before"] as const)(
    "is removed by a delete, whichever it was: %s",
    async (kind) => {
      const { id, outs } = await resource().create(inputs({ A: "old" }));
      inject(world.vendor, { ...lost, kind });
      const record = await recordOf(resource().update(id, outs, inputs({ A: "new" })));
      world.vendor.faults.clear();
      await resource().delete(id, record as HerokuConfigVarsInputs);
      expect(world.vars()).toEqual(foreign);
    },
  );

  it.each(["drop-after", "drop-before"] as const)("is known again after a refresh: %s", async (kind) => {
    const { id, outs } = await resource().create(inputs({ A: "old" }));
    inject(world.vendor, { ...lost, kind });
    const record = await recordOf(resource().update(id, outs, inputs({ A: "new" })));
    world.vendor.faults.clear();
    const { props } = await resource().read(id, record as HerokuConfigVarsInputs);
    expect(props?.vars).toEqual({ A: kind === "drop-after" ? "new" : "old" });
    expect(props).not.toHaveProperty("uncertain");
  });
});

describe("settings", () => {
  const flag = { settings: { FLAG_A: "on" } };

  it("go into the same PATCH as the secrets, and are told apart in the record", async () => {
    const version = world.version();
    const wanted = inputs({ A: canary() }, flag);
    const { id, outs } = await resource().create(wanted);
    expect(outs).toEqual(wanted);
    expect(world.version()).toBe(version + 1);
    expect(writtenKeysOf(world.vendor)).toEqual([["A", "FLAG_A"]]);
    expect(await resource().read(id, outs)).toEqual({ id, props: wanted });
  });

  it("are missed by a refresh where somebody changed one, and set again", async () => {
    const wanted = inputs({ A: canary() }, flag);
    const { id, outs } = await resource().create(wanted);
    world.meddle({ FLAG_A: "off" });
    const { props } = await resource().read(id, outs);
    expect(props?.settings).toEqual({});
    if (props === undefined) throw new Error("gone");
    expect(await resource().diff(id, props, wanted)).toEqual({ changes: true });
    await resource().update(id, props, wanted);
    expect(world.vars()["FLAG_A"]).toBe("on");
  });

  it("that are ours are removed in the end, with what is secret", async () => {
    const { id, outs } = await resource().create(inputs({ A: canary() }, flag));
    await resource().delete(id, outs);
    expect(world.vars()).toEqual(foreign);
  });

  it("that were there before us are set, and kept", async () => {
    world.meddle({ FLAG_A: "off" });
    const { id, outs } = await resource().create(inputs({ A: canary() }, { ...flag, adopted: ["FLAG_A"] }));
    expect(world.vars()["FLAG_A"]).toBe("on");
    await resource().update(id, outs, inputs(outs.vars));
    expect(world.vars()["FLAG_A"]).toBe("on");
    await resource().delete(id, outs);
    expect(world.vars()).toEqual({ ...foreign, FLAG_A: "on" });
  });

  it("are recorded as settings after a write whose outcome is not known", async () => {
    const wanted = inputs({ A: canary() }, flag);
    inject(world.vendor, { kind: "drop-after", method: "PATCH", times: 0 });
    const record = await recordOf(resource().create(wanted));
    expect(record).toMatchObject({ vars: wanted.vars, settings: flag.settings });
  });

  it("change nothing where an earlier version recorded none", async () => {
    const { settings, adopted, ...older } = inputs({ A: canary() });
    expect({ settings, adopted }).toEqual({ settings: {}, adopted: [] });
    const { id } = await resource().create(older);
    expect((await resource().read(id, older)).props).toMatchObject({ vars: older.vars });
    const before = writesOf(world.vendor).length;
    await resource().update(id, older, inputs(older.vars));
    expect(writesOf(world.vendor)).toHaveLength(before);
    await resource().delete(id, older);
    expect(world.vars()).toEqual(foreign);
  });
});
