import { renameMeaning } from "../../catalog";

describe("what an old name means for a run", () => {
  it.each([
    ["added", "custody", "stays as it is; both names follow each other"],
    ["added", "issued", "written too where it stands"],
    ["consumers-moved", "custody", "stays as it is, no longer written: to be deleted with the next deploy"],
    ["consumers-moved", "issued", "stays as it is, no longer written: to be deleted with the next deploy"],
    ["old-deleted", "custody", "deleted"],
    ["old-deleted", "issued", "deleted"],
  ] as const)("in phase %s of a token that is %s: %s", (phase, kind, meaning) => {
    expect(renameMeaning(phase, kind)).toBe(meaning);
  });
});
