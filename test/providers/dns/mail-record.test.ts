import { meaningOf, recordOf, zoneText } from "../../../providers/dns/mail-record";

it.each([
  ["bare", "v=spf1 -all", "v=spf1 -all"],
  ["in quotation marks", '"v=spf1 -all"', "v=spf1 -all"],
  ["in pieces", '"v=spf1" " -all"', "v=spf1 -all"],
  ["escaped", '"a \\"b\\" \\\\"', 'a "b" \\'],
  ["a list of tags", "v=DMARC1 ;p=none;", "v=DMARC1; p=none"],
])("a text means the same %s", (_how, content, meaning) => {
  expect(meaningOf("TXT", content)).toBe(meaning);
});

it("a mail host means the same in any letters, and with a last dot", () => {
  expect(meaningOf("MX", "ASPMX.l.google.com.")).toBe("aspmx.l.google.com");
});

it("a text means the same once it is written to a zone", () => {
  for (const length of [1, 255, 256, 510, 511]) {
    const content = "x".repeat(length);
    const text = zoneText({ type: "TXT", content });
    expect(meaningOf("TXT", text)).toBe(content);
    for (const [, piece = ""] of text.matchAll(/"([^"]*)"/g)) expect(piece.length).toBeLessThanOrEqual(255);
  }
  expect(zoneText({ type: "MX", content: "aspmx.l.google.com" })).toBe("aspmx.l.google.com");
});

it("nothing of the engine's is kept of a record", () => {
  const record = { key: "mx", name: "raxx.app", type: "MX" as const, content: "a.b", priority: 1 };
  expect(recordOf({ ...record, __x: 1 } as never)).toEqual(record);
});
