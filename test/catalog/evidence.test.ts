import { randomUUID } from "node:crypto";

import { batchHandOffs } from "../../catalog";
import { readEvidence } from "../../catalog/configured-evidence";
import { parseEvidence } from "../../catalog/evidence";

const set = "pulumi config set --path raxx:handOffs.";

function read(raw: unknown, environment: "prod" | "staging" = "prod"): { found: string[]; faults: string[] } {
  const faults: string[] = [];
  return { found: [...readEvidence(raw, environment, faults).keys()], faults };
}

describe("evidence", () => {
  it.each(["2026-05-06 Ada Lovelace", "2026-11-22 Kristerpher", "2026-02-28 D’Arcy O'Neil-Ó Briain"])(
    "is a day and a name: %s",
    (text) => {
      const evidence = parseEvidence(text);
      expect(`${evidence?.day.toFormat("yyyy-MM-dd") ?? ""} ${evidence?.who ?? ""}`).toBe(text);
    },
  );

  it.each([
    ...[
      "",
      "Ada Lovelace",
      "2026-05-06",
      "2026-05-06 ",
      "2026-02-30 Ada",
      "06.05.2026 Ada",
      "yes",
      "2026-05-06 x",
    ],
    ...["2026-05-06 $(id)", "2026-05-06 hunter2", "2026-05-06  Ada", 20260506, true, null, undefined],
  ])("is not %j", (text) => {
    expect(parseEvidence(text)).toBeUndefined();
  });
});

describe("raxx:handOffs", () => {
  it("has the evidence of what is done; nothing of it is nothing", () => {
    expect(read({ "workspace-verified": "2026-05-06 Ada Lovelace" })).toEqual({
      found: ["workspace-verified"],
      faults: [],
    });
    for (const nothing of [undefined, null, "", {}]) expect(read(nothing)).toEqual({ found: [], faults: [] });
  });

  it.each(["Ada Lovelace", "2026-05-06", "done", 7])("is refused without a day and a name: %j", (text) => {
    const { found, faults } = read({ "ops-group": text });
    expect(found).toEqual([]);
    expect(faults).toEqual([
      `raxx:handOffs.ops-group does not say on which day it was done, and by whom: ${set}ops-group "$(date -u +%F) NAME" --stack prod`,
    ]);
  });

  it("is refused under a name that no hand-off goes by, and neither it nor what it says is quoted", () => {
    const [pasted, value] = [randomUUID(), randomUUID()];
    const [fault = "", ...more] = read({ [pasted]: value }).faults;
    expect(more).toEqual([]);
    expect(fault).toContain("there are: heroku-keychain, ");
    expect([fault.includes(pasted), fault.includes(value)]).toEqual([false, false]);
  });

  it("is refused for what the configuration itself proves", () => {
    expect(read({ "workspace-dkim": "2026-05-06 Ada Lovelace" }).faults).toEqual([
      expect.stringContaining("no hand-off goes by"),
    ]);
  });

  it("is refused where what comes before is not done, or later", () => {
    const started = { "workspace-dkim-started": "2026-05-06 Ada Lovelace" };
    expect(read({ ...started, "workspace-mail-tested": "2026-05-07 Ada Lovelace" }).faults).toEqual([]);
    expect(read({ ...started, "workspace-mail-tested": "2026-05-05 Ada Lovelace" }).faults).toEqual([
      expect.stringContaining("workspace-dkim-started was done on a later day, which comes before it"),
    ]);
    expect(read({ "secondary-domain": "2026-05-06 Ada Lovelace" }).faults).toEqual([
      `raxx:handOffs.secondary-domain is said to be done, but secondary-domain-decided is not said to be done, which comes before it: ${set}secondary-domain-decided "$(date -u +%F) NAME" --stack prod`,
    ]);
  });

  it("stands in prod's file alone", () => {
    expect(read({ "ops-group": "2026-05-06 Ada Lovelace" }, "staging").faults).toEqual([
      expect.stringContaining("stands in the stack file of prod alone"),
    ]);
  });

  it.each([[["a"]], ["a"], [7]])("is a map, not %j", (raw) => {
    expect(read(raw).faults).toEqual([expect.stringMatching(/^raxx:handOffs is not of the form/)]);
  });
});

describe("the text of each hand-off", () => {
  it("names no document that the reader would have to look up", () => {
    expect(batchHandOffs.length).toBeGreaterThan(5);
    for (const { steps } of batchHandOffs) {
      const text = JSON.stringify(steps);
      expect(text).not.toMatch(/docs\/|\.md\b|runbook|README|see (the|section)/i);
    }
  });
});
