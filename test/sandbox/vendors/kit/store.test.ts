import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { bodyKeys, CallLog } from "../../../../sandbox/vendors/kit/call-log";
import { Store } from "../../../../sandbox/vendors/kit/store";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "store-"));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

test("a store is on disk from its first moment", () => {
  const file = join(directory, "deep", "vendor.json");
  Store.open(file, () => ({ count: 1 }));
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ count: 1 });
});

test("a store that was there before ignores the seed", () => {
  const file = join(directory, "vendor.json");
  const first = Store.open(file, () => ({ count: 1 }));
  first.state.count = 2;
  first.save();
  const again = Store.open(file, () => {
    throw new Error("seeded twice");
  });
  expect(again.state).toEqual({ count: 2 });
});

test("only the owner may read what a vendor holds and what it logged", () => {
  const [store, calls] = [join(directory, "vendor.json"), join(directory, "calls.jsonl")];
  Store.open(store, () => ({})).save();
  new CallLog(calls).append({ time: "", method: "GET", path: "/", status: 200, keys: [] });
  expect(statSync(store).mode & 0o777).toBe(0o600);
  expect(statSync(calls).mode & 0o777).toBe(0o600);
});

test("a log that nobody wrote to is empty", () => {
  expect(new CallLog(join(directory, "calls.jsonl")).read()).toEqual([]);
});

test("the keys of a body are those of an object, one level deep", () => {
  expect(bodyKeys({ FOO: { BAR: 1 } })).toEqual(["FOO"]);
  for (const body of [undefined, null, "text", 1, ["a"]]) expect(bodyKeys(body)).toEqual([]);
});
