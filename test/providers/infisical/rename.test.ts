import fc from "fast-check";

import { type RenamePhase } from "../../../providers/infisical/secret-entry";
import { canary, failureOf, inject, snapshot, writesOf } from "../support";
import { DrivenFolder, type Wanted } from "./driver";
import { VaultWorld } from "./world";

let world: VaultWorld;
let folder: DrivenFolder;
beforeEach(async () => {
  world = await VaultWorld.start();
  folder = new DrivenFolder(world);
});
afterEach(() => world.stop());

const batch = "/api/v4/secrets/batch";
const phases: RenamePhase[] = ["added", "consumers-moved", "old-deleted"];

describe("of a value in custody", () => {
  const inPhase = (phase: RenamePhase): Wanted => ({
    custody: ["NEW"],
    formerNames: { NEW: { OLD: phase } },
  });

  it("added: the new name gets the same value, and the old one is untouched", async () => {
    const value = canary();
    const before = snapshot(folder.person("OLD", value, { comment: "a person's" }));
    expect(await folder.up(inPhase("added"))).toBe("created");
    expect(folder.values).toEqual({ NEW: value, OLD: value });
    expect(world.present("OLD")).toEqual(before);
    expect(world.present("NEW").comment).toBe("ours");
    expect(JSON.stringify(folder.state)).not.toContain(value);
    expect(await folder.up(inPhase("added"))).toBe("same");
  });

  it("copies a value of several lines to the byte", async () => {
    const pem = `-----BEGIN KEY-----\n${canary()}\n${canary()}\n-----END KEY-----\n`;
    folder.person("OLD", pem);
    await folder.up(inPhase("added"));
    expect(world.present("NEW").value).toBe(pem);
  });

  it("forward through all phases, the old name is deleted last", async () => {
    const value = canary();
    folder.person("OLD", value);
    await folder.up(inPhase("added"));
    expect(await folder.up(inPhase("consumers-moved"))).toBe("updated");
    expect(folder.values).toEqual({ NEW: value, OLD: value });
    expect(await folder.up(inPhase("old-deleted"))).toBe("updated");
    expect(folder.values).toEqual({ NEW: value });
    expect(writesOf(world.vendor)).toEqual([`POST ${batch}`, `DELETE ${batch}`]);
    expect(await folder.up(inPhase("old-deleted"))).toBe("same");
  });

  it("at once from nothing to old-deleted: copied and seen before the old one goes", async () => {
    const value = canary();
    folder.person("OLD", value);
    await folder.up(inPhase("old-deleted"));
    expect(folder.values).toEqual({ NEW: value });
    const paths = world.vendor.log.read().map(({ method, path }) => `${method} ${path}`);
    expect(paths.indexOf("GET /api/v4/secrets/NEW")).toBeLessThan(paths.indexOf(`DELETE ${batch}`));
  });

  it.each(["added", "consumers-moved"] as const)(
    "back from old-deleted to %s: the old name is there again, with what it had",
    async (phase) => {
      const value = canary();
      folder.person("OLD", value, { comment: "a person's", tagSlugs: ["rotation-90d"] });
      const { tagIds } = snapshot(world.present("OLD"));
      await folder.up(inPhase("added"));
      await folder.up(inPhase("old-deleted"));
      const rotated = canary();
      folder.rotate("NEW", rotated);
      await folder.up(inPhase(phase));
      expect(folder.values).toEqual({ NEW: rotated, OLD: rotated });
      expect(world.present("OLD")).toMatchObject({ comment: "a person's", tagIds });
      expect(await folder.up(inPhase(phase))).toBe("same");
    },
  );

  it.each(["OLD", "NEW"])("added: a rotation under %s reaches the other name", async (rotated) => {
    folder.person("OLD", canary());
    await folder.up(inPhase("added"));
    const value = canary();
    folder.rotate(rotated, value);
    await folder.refresh();
    expect(await folder.up(inPhase("added"))).toBe("updated");
    expect(folder.values).toEqual({ NEW: value, OLD: value });
    expect(JSON.stringify(folder.state)).not.toContain(value);
    expect(await folder.up(inPhase("added"))).toBe("same");
  });

  it("added: a rotation reaches the old name without touching its tags, comment and metadata", async () => {
    const old = folder.person("OLD", canary(), { comment: "a person's", tagSlugs: ["rotation-90d"] });
    old.metadata = [{ key: "owner", value: "somebody", isEncrypted: false }];
    const { tagIds, metadata, comment } = snapshot(old);
    await folder.up(inPhase("added"));
    folder.rotate("NEW", canary());
    await folder.refresh();
    await folder.up(inPhase("added"));
    expect(world.present("OLD")).toMatchObject({ tagIds, metadata, comment });
  });

  it("added: both rotated to different values is a hand-off, and nothing is lost", async () => {
    folder.person("OLD", canary());
    await folder.up(inPhase("added"));
    const values = { NEW: canary(), OLD: canary() };
    for (const [name, value] of Object.entries(values)) folder.rotate(name, value);
    await folder.refresh();
    expect(folder.handOffs).toEqual([{ kind: "unequal", names: ["NEW", "OLD"] }]);
    await folder.up(inPhase("added"));
    expect(folder.values).toEqual(values);
    folder.rotate("OLD", values.NEW);
    expect(await folder.up(inPhase("added"))).toBe("updated");
    expect(folder.handOffs).toEqual([]);
  });

  it("added: both rotated to the same value is as it should be", async () => {
    folder.person("OLD", canary());
    await folder.up(inPhase("added"));
    const value = canary();
    folder.rotate("OLD", value);
    folder.rotate("NEW", value);
    await folder.refresh();
    expect(folder.handOffs).toEqual([]);
    expect(await folder.up(inPhase("added"))).toBe("same");
  });

  it("consumers-moved: a rotation of the new name leaves the old one as it is", async () => {
    const value = canary();
    folder.person("OLD", value);
    await folder.up(inPhase("added"));
    await folder.up(inPhase("consumers-moved"));
    const rotated = canary();
    folder.rotate("NEW", rotated);
    await folder.refresh();
    expect(await folder.up(inPhase("consumers-moved"))).toBe("same");
    expect(folder.values).toEqual({ NEW: rotated, OLD: value });
  });

  it("consumers-moved: that both names are valid is said until the old one is gone, without a look", async () => {
    folder.person("OLD", canary());
    await folder.up(inPhase("added"));
    expect(folder.handOffs).toEqual([]);
    await folder.up(inPhase("consumers-moved"));
    expect(folder.handOffs).toEqual([{ kind: "left", names: ["OLD"] }]);
    const from = folder.mark;
    expect(await folder.up(inPhase("consumers-moved"))).toBe("same");
    expect(folder.calls(from)).toEqual([]);
    await folder.up(inPhase("old-deleted"));
    expect(folder.handOffs).toEqual([]);
  });

  it.each([
    ["forward: the older value goes with the old name", "old-deleted", false],
    ["back: the old name gets the newer value, which is not lost", "added", true],
  ] as const)("after a rotation in consumers-moved, %s", async (_what, phase, kept) => {
    folder.person("OLD", canary());
    await folder.up(inPhase("added"));
    await folder.up(inPhase("consumers-moved"));
    const rotated = canary();
    folder.rotate("NEW", rotated);
    await folder.up(inPhase(phase));
    expect(folder.values).toEqual(kept ? { NEW: rotated, OLD: rotated } : { NEW: rotated });
    expect(folder.handOffs).toEqual([]);
  });

  it("old-deleted: an old name that was written to since is a hand-off, and stays", async () => {
    folder.person("OLD", canary());
    await folder.up(inPhase("added"));
    await folder.up(inPhase("consumers-moved"));
    folder.rotate("OLD", canary());
    const before = folder.values;
    await folder.up(inPhase("old-deleted"));
    expect(folder.handOffs).toEqual([{ kind: "changed", names: ["OLD"] }]);
    expect(folder.values).toEqual(before);
    folder.remove("OLD");
    expect(await folder.up(inPhase("old-deleted"))).toBe("updated");
    expect(folder.handOffs).toEqual([]);
  });

  it("consumers-moved: a new name that was deleted does not come back with an old value", async () => {
    folder.person("OLD", canary());
    await folder.up(inPhase("added"));
    await folder.up(inPhase("consumers-moved"));
    folder.remove("NEW");
    await folder.refresh();
    await folder.up(inPhase("consumers-moved"));
    expect(folder.handOffs).toEqual([{ kind: "missing", names: ["NEW"] }]);
    expect(world.secret("NEW")).toBeUndefined();
  });

  it("added: a new name that was deleted comes back with the value of the one that it follows", async () => {
    const value = canary();
    folder.person("OLD", value);
    await folder.up(inPhase("added"));
    folder.remove("NEW");
    await folder.refresh();
    expect(await folder.up(inPhase("added"))).toBe("updated");
    expect(folder.values).toEqual({ NEW: value, OLD: value });
  });

  it("both names from before us with one value are taken over, with several they are a hand-off", async () => {
    const values = { OLD: canary(), NEW: canary() };
    for (const [name, value] of Object.entries(values)) folder.person(name, value);
    await folder.up(inPhase("added"));
    expect(folder.handOffs).toEqual([{ kind: "unequal", names: ["NEW", "OLD"] }]);
    expect(folder.values).toEqual(values);
    expect(writesOf(world.vendor)).toEqual([]);
    folder.rotate("NEW", values.OLD);
    expect(await folder.up(inPhase("added"))).toBe("updated");
    expect(world.present("NEW").comment).toBe("ours");
  });

  it.each(phases)("destroy leaves the new name in phase %s, for somebody may read it", async (phase) => {
    const value = canary();
    const before = snapshot(folder.person("OLD", value, { comment: "a person's" }));
    await folder.up(inPhase("added"));
    await folder.up(inPhase(phase));
    await folder.destroy();
    expect(folder.values).toMatchObject({ NEW: value });
    if (phase !== "old-deleted") expect(world.present("OLD")).toEqual(before);
    expect(world.secret("TOKEN__EXPIRES_AT")).toBeUndefined();
  });

  it("of a key pair copies both halves, or neither", async () => {
    const pair: Wanted = {
      custody: ["KEY_ID", "SECRET"],
      formerNames: { KEY_ID: { OLD_KEY_ID: "added" }, SECRET: { OLD_SECRET: "added" } },
    };
    const values = { OLD_KEY_ID: canary(), OLD_SECRET: canary() };
    folder.person("OLD_KEY_ID", values.OLD_KEY_ID);
    await folder.up(pair);
    expect(folder.handOffs).toEqual([{ kind: "missing", names: ["SECRET"] }]);
    expect(world.secret("KEY_ID")).toBeUndefined();
    folder.person("OLD_SECRET", values.OLD_SECRET);
    await folder.up(pair);
    expect(folder.values).toEqual({ ...values, KEY_ID: values.OLD_KEY_ID, SECRET: values.OLD_SECRET });
    expect(folder.handOffs).toEqual([]);
  });

  it("of a key pair says once that its old names are left", async () => {
    const pair = (phase: RenamePhase): Wanted => ({
      custody: ["KEY_ID", "SECRET"],
      formerNames: { KEY_ID: { OLD_KEY_ID: phase }, SECRET: { OLD_SECRET: phase } },
    });
    for (const name of ["OLD_KEY_ID", "OLD_SECRET"]) folder.person(name, canary());
    await folder.up(pair("added"));
    await folder.up(pair("consumers-moved"));
    expect(folder.handOffs).toEqual([{ kind: "left", names: ["OLD_KEY_ID", "OLD_SECRET"] }]);
  });

  it("of two old names merges what is equal, and hands off what is not", async () => {
    const two: Wanted = { custody: ["NEW"], formerNames: { NEW: { OLD: "added", OLDER: "added" } } };
    const value = canary();
    folder.person("OLD", value);
    folder.person("OLDER", canary());
    await folder.up(two);
    expect(folder.handOffs).toEqual([{ kind: "unequal", names: ["OLD", "OLDER"] }]);
    expect(world.secret("NEW")).toBeUndefined();
    folder.rotate("OLDER", value);
    await folder.up(two);
    expect(folder.values).toEqual({ NEW: value, OLD: value, OLDER: value });
    const rotated = canary();
    folder.rotate("OLDER", rotated);
    await folder.refresh();
    await folder.up(two);
    expect(folder.values).toEqual({ NEW: rotated, OLD: rotated, OLDER: rotated });
  });

  it.each(["drop-before", "drop-after"] as const)(
    "a copy whose answer is lost is finished by the next up: %s",
    async (kind) => {
      const value = canary();
      folder.person("OLD", value);
      inject(world.vendor, { kind, method: "POST", path: batch });
      await failureOf(folder.up(inPhase("added")));
      world.vendor.faults.clear();
      expect(await folder.up(inPhase("added"))).toBe("updated");
      expect(folder.values).toEqual({ NEW: value, OLD: value });
    },
  );

  it.each(["drop-before", "drop-after"] as const)(
    "a rotation whose write is lost is finished by the next up: %s",
    async (kind) => {
      folder.person("OLD", canary());
      await folder.up(inPhase("added"));
      const value = canary();
      folder.rotate("OLD", value);
      await folder.refresh();
      inject(world.vendor, { kind, method: "PATCH", path: batch, times: 0 });
      await failureOf(folder.up(inPhase("added")));
      world.vendor.faults.clear();
      await folder.up(inPhase("added"));
      expect(folder.values).toEqual({ NEW: value, OLD: value });
      expect(folder.handOffs).toEqual([]);
    },
  );

  it.each(["drop-before", "drop-after"] as const)(
    "a deletion whose answer is lost can be gone back on: %s",
    async (kind) => {
      const value = canary();
      folder.person("OLD", value, { comment: "a person's" });
      await folder.up(inPhase("added"));
      inject(world.vendor, { kind, method: "DELETE", path: batch });
      await failureOf(folder.up(inPhase("old-deleted")));
      world.vendor.faults.clear();
      await folder.up(inPhase("added"));
      expect(folder.values).toEqual({ NEW: value, OLD: value });
      expect(world.present("OLD").comment).toBe("a person's");
    },
  );

  it("never loses the newest value, whatever the phases and rotations", async () => {
    const step = fc.oneof(
      fc.constantFrom(...phases).map((phase) => ({ phase })),
      fc.constantFrom("NEW", "OLD").map((rotate) => ({ rotate })),
      fc.constant({ refresh: true as const }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        world.state.secrets = [];
        const own = new DrivenFolder(world);
        let newest = canary();
        own.person("OLD", newest);
        let phase: RenamePhase = "added";
        await own.up(inPhase(phase));
        for (const one of steps) {
          if ("rotate" in one) {
            if (world.secret(one.rotate) === undefined) continue;
            newest = canary();
            own.rotate(one.rotate, newest);
          } else if ("phase" in one) {
            ({ phase } = one);
            await own.up(inPhase(phase));
          } else {
            await own.refresh();
            await own.up(inPhase(phase));
          }
          expect(Object.values(own.values)).toContain(newest);
          expect(JSON.stringify(own.state)).not.toContain(newest);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("of a value that we issue", () => {
  const inPhase = (phase: RenamePhase, value: string): Wanted => ({
    issued: { NEW: value },
    formerNames: { NEW: { OLD: phase } },
  });

  it("added: the old name that stands there gets the new value too, and keeps all else", async () => {
    folder.person("OLD", canary(), { comment: "a person's", tagSlugs: ["rotation-90d"] });
    const { tagIds } = snapshot(world.present("OLD"));
    const value = canary();
    await folder.up(inPhase("added", value));
    expect(folder.values).toEqual({ NEW: value, OLD: value });
    expect(world.present("OLD")).toMatchObject({ comment: "a person's", tagIds });
    expect(await folder.up(inPhase("added", value))).toBe("same");
  });

  it("added: an old name that does not stand there is not made", async () => {
    const value = canary();
    await folder.up(inPhase("added", value));
    expect(folder.values).toEqual({ NEW: value });
  });

  it("added: a rotation writes both names with one PATCH, and reads no value that it replaces", async () => {
    folder.person("OLD", canary());
    await folder.up(inPhase("added", canary()));
    const [value, from] = [canary(), folder.mark];
    await folder.up(inPhase("added", value));
    expect(folder.values).toEqual({ NEW: value, OLD: value });
    expect(folder.calls(from)).toEqual([
      "GET /api/v4/secrets",
      `PATCH ${batch}`,
      "GET /api/v4/secrets",
      "GET /api/v4/secrets",
      // The old name carries no pair of ours, so that it is proven by itself.
      "GET /api/v4/secrets/OLD",
    ]);
  });

  it("added: an old name that a person wrote to is written again after a refresh", async () => {
    folder.person("OLD", canary());
    const value = canary();
    await folder.up(inPhase("added", value));
    folder.rotate("OLD", canary());
    await folder.refresh();
    expect(await folder.up(inPhase("added", value))).toBe("updated");
    expect(folder.values).toEqual({ NEW: value, OLD: value });
  });

  it("consumers-moved: a rotation leaves the old name as it is", async () => {
    folder.person("OLD", canary());
    const [first, second] = [canary(), canary()];
    await folder.up(inPhase("added", first));
    await folder.up(inPhase("consumers-moved", second));
    expect(folder.values).toEqual({ NEW: second, OLD: first });
    expect(await folder.up(inPhase("consumers-moved", second))).toBe("same");
  });

  it("old-deleted: the old name goes, and comes back with the value of then", async () => {
    folder.person("OLD", canary(), { comment: "a person's" });
    const [first, second, third] = [canary(), canary(), canary()];
    await folder.up(inPhase("added", first));
    await folder.up(inPhase("consumers-moved", second));
    await folder.up(inPhase("old-deleted", second));
    expect(folder.values).toEqual({ NEW: second });
    await folder.up(inPhase("old-deleted", third));
    await folder.up(inPhase("added", third));
    expect(folder.values).toEqual({ NEW: third, OLD: third });
    expect(world.present("OLD").comment).toBe("a person's");
    const fourth = canary();
    await folder.up(inPhase("added", fourth));
    expect(folder.values).toEqual({ NEW: fourth, OLD: fourth });
  });

  it("back to added after a rotation in consumers-moved writes both", async () => {
    folder.person("OLD", canary());
    await folder.up(inPhase("added", canary()));
    const value = canary();
    await folder.up(inPhase("consumers-moved", value));
    await folder.up(inPhase("added", value));
    expect(folder.values).toEqual({ NEW: value, OLD: value });
  });

  it("old-deleted: an old name that never was ours is a hand-off, and stays", async () => {
    const theirs = canary();
    folder.person("OLD", theirs);
    const value = canary();
    await folder.up(inPhase("old-deleted", value));
    expect(folder.values).toEqual({ NEW: value, OLD: theirs });
    expect(folder.handOffs).toEqual([{ kind: "changed", names: ["OLD"] }]);
  });

  it("destroy takes both names away, but for an old one that was written to since", async () => {
    folder.person("OLD", canary());
    await folder.up(inPhase("added", canary()));
    await folder.destroy();
    expect(world.state.secrets).toEqual([]);
    folder.person("OLD", canary());
    await folder.up(inPhase("added", canary()));
    folder.rotate("OLD", canary());
    await folder.destroy();
    expect(Object.keys(folder.values)).toEqual(["OLD"]);
  });

  const merged = (value: string): Wanted => ({
    issued: { NEW: value },
    formerNames: { NEW: { OLD: "added", OLDER: "added" } },
  });

  it("merges two old names that hold one value", async () => {
    const [before, value] = [canary(), canary()];
    folder.person("OLD", before);
    folder.person("OLDER", before);
    await folder.up(merged(value));
    expect(folder.values).toEqual({ NEW: value, OLD: value, OLDER: value });
    const rotated = canary();
    await folder.up(merged(rotated));
    expect(folder.values).toEqual({ NEW: rotated, OLD: rotated, OLDER: rotated });
  });

  it("hands off two old names that hold two values: the new name is written, they are not", async () => {
    const before = { OLD: canary(), OLDER: canary() };
    for (const [name, value] of Object.entries(before)) folder.person(name, value);
    const value = canary();
    await folder.up(merged(value));
    expect(folder.values).toEqual({ NEW: value, ...before });
    expect(folder.handOffs).toEqual([{ kind: "unequal", names: ["OLD", "OLDER"] }]);
    expect(JSON.stringify(folder.state)).not.toContain(before.OLD);
    folder.rotate("OLDER", before.OLD);
    expect(await folder.up(merged(value))).toBe("updated");
    expect(folder.values).toEqual({ NEW: value, OLD: value, OLDER: value });
  });

  it.each(["drop-before", "drop-after"] as const)(
    "a rotation whose answer is lost is finished by the next up: %s",
    async (kind) => {
      folder.person("OLD", canary());
      folder.person("OLDER", world.present("OLD").value);
      await folder.up(merged(canary()));
      inject(world.vendor, { kind, method: "PATCH", path: batch, times: 0 });
      await failureOf(folder.up(merged(canary())));
      world.vendor.faults.clear();
      const value = canary();
      await folder.up(merged(value));
      expect(folder.values).toEqual({ NEW: value, OLD: value, OLDER: value });
      expect(folder.handOffs).toEqual([]);
      await folder.destroy();
      expect(world.state.secrets).toEqual([]);
    },
  );
});

describe("a preview", () => {
  it.each([
    ["added", "consumers-moved"],
    ["consumers-moved", "old-deleted"],
    ["old-deleted", "added"],
  ] as const)("shows the change from %s to %s", async (from, to) => {
    folder.person("OLD", canary());
    const wanted = (phase: RenamePhase): Wanted => ({
      custody: ["NEW"],
      formerNames: { NEW: { OLD: phase } },
    });
    await folder.up(wanted(from));
    expect(folder.state?.entries["NEW"]?.formerNames).toEqual({ OLD: { phase: from, meaning: from } });
    expect(await folder.up(wanted(to))).toBe("updated");
    expect(folder.state?.entries["NEW"]?.formerNames).toEqual({ OLD: { phase: to, meaning: to } });
  });
});
