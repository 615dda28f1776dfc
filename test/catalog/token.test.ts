import { markerOf, renameMeaning } from "../../catalog";

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

describe("the marker", () => {
  it.each([
    ["of what a token has once", undefined, "raxx:prod:AWS_BILLING_READ"],
    ["of a generation", "2026-05-06.2", "raxx:prod:AWS_BILLING_READ:2026-05-06.2"],
  ])("%s says the stack and the token", (_, generation, expected) => {
    expect(markerOf("prod", "AWS_BILLING_READ", generation)).toBe(expected);
  });
});
