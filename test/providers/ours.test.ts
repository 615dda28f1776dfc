import fc from "fast-check";

import { afterFailure, isOurs, type Written } from "../../providers/ours";

const nothing: Written = { values: {}, uncertain: {} };

describe("what we know after writes", () => {
  it("takes for ours what was written last, and nothing else", () => {
    const written: Written = { values: { A: "1" }, uncertain: {} };
    expect(isOurs(written, "A", "1")).toBe(true);
    expect(isOurs(written, "A", "2")).toBe(false);
    expect(isOurs(written, "A", undefined)).toBe(false);
    expect(isOurs(written, "B", "1")).toBe(false);
  });

  it("takes both for ours after a write whose outcome is not known", () => {
    const written = afterFailure({ values: { A: "old", B: "kept" }, uncertain: {} }, { A: "new" });
    expect(written).toEqual({ values: { A: "new", B: "kept" }, uncertain: { A: ["old"] } });
    expect(isOurs(written, "A", "old")).toBe(true);
    expect(isOurs(written, "A", "new")).toBe(true);
  });

  it("has nothing uncertain after a first write that failed: it stands there or it does not", () => {
    expect(afterFailure(nothing, { A: "new" })).toEqual({ values: { A: "new" }, uncertain: {} });
  });

  it("forgets no value of ours, however many writes fail in a row", () => {
    const writes = fc.array(fc.dictionary(fc.constantFrom("A", "B"), fc.string({ minLength: 1 })), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(writes, (all) => {
        const written = all.reduce(afterFailure, nothing);
        for (const wanted of all) {
          for (const [key, value] of Object.entries(wanted)) expect(isOurs(written, key, value)).toBe(true);
        }
      }),
    );
  });
});
