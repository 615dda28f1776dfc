import { retag, tagsIn, withoutEmptyTags } from "../../../../sandbox/plugins/aws/tags";
import { UNKNOWN } from "../../../../sandbox/plugins/kit/properties";

describe("tags", () => {
  it("are changed by what differs, and by no call where nothing does", async () => {
    const calls: unknown[] = [];
    const by = {
      remove: (keys: string[]) => Promise.resolve(calls.push(keys)),
      add: (tags: object) => Promise.resolve(calls.push(tags)),
    };
    await retag({ same: "0", other: "1", gone: "2" }, { same: "0", other: "3", fresh: "4" }, by);
    expect(calls).toEqual([["gone"], { other: "3", fresh: "4" }]);
    await retag({ same: "0" }, { same: "0" }, by);
    await retag(undefined, undefined, by);
    expect(calls).toHaveLength(2);
  });

  it("of AWS's own are not recorded", () => {
    expect(tagsIn([{ Key: "aws:ours", Value: "1" }])).toEqual({ tagsAll: {} });
    expect(
      tagsIn([
        { Key: "aws:ours", Value: "1" },
        { Key: "a", Value: "" },
      ]),
    ).toEqual({
      tags: { a: "" },
      tagsAll: { a: "" },
    });
    expect(tagsIn(undefined)).toEqual({ tagsAll: {} });
  });

  it("that are none are not there, and those to come are", () => {
    expect(withoutEmptyTags({ name: "a", tags: {} })).toEqual({ name: "a" });
    const toCome = { tags: UNKNOWN } as unknown as { tags: Record<string, string> };
    expect(withoutEmptyTags(toCome)).toEqual({ tags: UNKNOWN });
  });
});
