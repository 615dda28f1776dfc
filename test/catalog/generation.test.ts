import fc from "fast-check";
import { Settings } from "luxon";

import {
  custodyExpiry,
  parseGeneration,
  vendorExpiry,
  vendorLifetimeSeconds,
  type Generation,
} from "../../catalog/generation";

const dayMs = 24 * 60 * 60 * 1000;

/** A UTC day as the calendar of JavaScript has it, which knows nothing of luxon. */
const day = fc
  .integer({ min: Date.UTC(2000, 0, 1) / dayMs, max: Date.UTC(2199, 11, 31) / dayMs })
  .map((count) => new Date(count * dayMs).toISOString().slice(0, 10));

function generation(text: string): Generation {
  const parsed = parseGeneration(text);
  if (parsed === undefined) throw new Error(`${text} names no generation`);
  return parsed;
}

describe("parseGeneration", () => {
  it("reads any UTC day back, with and without a number", () => {
    fc.assert(
      fc.property(day, fc.option(fc.integer({ min: 2, max: 9999 }), { nil: undefined }), (date, number) => {
        const name = number === undefined ? date : `${date}.${number}`;
        const parsed = generation(name);
        expect(parsed.name).toBe(name);
        expect(parsed.number).toBe(number ?? 1);
        expect(parsed.day.toMillis()).toBe(Date.parse(`${date}T00:00:00Z`));
        expect(parsed.day.zoneName).toBe("UTC");
      }),
    );
  });

  it("takes the form that Pulumi makes of an unquoted date, and keeps the name as written", () => {
    fc.assert(
      fc.property(day, (date) => {
        expect(generation(`${date} 00:00:00 +0000 UTC`).name).toBe(date);
      }),
    );
  });

  it.each([
    "",
    "today",
    "2026-11-22.1",
    "2026-11-22.01",
    "2026-11-22.02",
    "2026-11-22.0",
    "2026-11-22.",
    "2026-11-22.-2",
    "2026-11-22.2.3",
    "2026-11-22.2 ",
    " 2026-11-22",
    "2026-11-22\n",
    "2026-11",
    "2026-1-2",
    "26-11-22",
    "20261122",
    "2026-W47-7",
    "2026-326",
    "2026-13-01",
    "2026-00-10",
    "2026-04-31",
    "2026-11-00",
    "2026-02-29",
    "2100-02-29",
    "2026-11-22T00:00:00Z",
    "2026-11-22 00:00:01 +0000 UTC",
    "2026-11-22 00:00:00 +0100 CET",
  ])("refuses %j", (text) => {
    expect(parseGeneration(text)).toBeUndefined();
  });

  it.each(["2024-02-29", "2000-02-29", "2028-02-29.2"])("takes the leap day %s", (text) => {
    expect(generation(text).name).toBe(text);
  });
});

describe("vendorExpiry", () => {
  it("is the day of the generation, plus the cadence, plus fourteen days", () => {
    fc.assert(
      fc.property(day, fc.constantFrom(30, 60, 90, 180, 365), (date, cadence) => {
        const expiry = vendorExpiry(generation(date), cadence);
        expect(Date.parse(expiry) - Date.parse(date)).toBe((cadence + 14) * dayMs);
        expect(expiry).toMatch(/^\d{4}-\d{2}-\d{2}T00:00:00Z$/);
      }),
    );
  });

  it.each([
    ["2026-05-06", 90, "2026-08-18T00:00:00Z", "across months"],
    ["2026-11-22", 90, "2027-03-06T00:00:00Z", "across the end of a year"],
    ["2027-11-22", 90, "2028-03-05T00:00:00Z", "across a leap day"],
    ["2026-03-01", 30, "2026-04-14T00:00:00Z", "across the start of summer time"],
    ["2026-10-01", 30, "2026-11-14T00:00:00Z", "across the end of summer time"],
    ["2026-05-06.3", 365, "2027-05-20T00:00:00Z", "for a numbered generation"],
  ])("of %s at %d days is %s, %s", (date, cadence, expiry) => {
    expect(vendorExpiry(generation(date), cadence)).toBe(expiry);
  });

  it("does not depend on the zone of the machine", () => {
    const zone = Settings.defaultZone;
    try {
      for (const other of ["America/Los_Angeles", "Pacific/Kiritimati"]) {
        Settings.defaultZone = other;
        expect(vendorExpiry(generation("2026-03-01"), 30)).toBe("2026-04-14T00:00:00Z");
      }
    } finally {
      Settings.defaultZone = zone;
    }
  });
});

describe("vendorLifetimeSeconds", () => {
  it("ends when the vendor's expiry is, counted from the start of the generation's day", () => {
    fc.assert(
      fc.property(day, fc.constantFrom(30, 60, 90, 180, 365), (date, cadence) => {
        const end = Date.parse(date) + vendorLifetimeSeconds(cadence) * 1000;
        expect(end).toBe(Date.parse(vendorExpiry(generation(date), cadence)));
      }),
    );
  });
});

describe("custodyExpiry", () => {
  it("is the day of the generation, plus the days that the vendor lets it live", () => {
    fc.assert(
      fc.property(day, fc.integer({ min: 1, max: 3650 }), (date, lifetime) => {
        const expiry = custodyExpiry(generation(date), lifetime);
        expect(Date.parse(expiry) - Date.parse(date)).toBe(lifetime * dayMs);
        expect(expiry).toMatch(/^\d{4}-\d{2}-\d{2}T00:00:00Z$/);
      }),
    );
  });

  it.each([
    ["2026-04-30", 90, "2026-07-29T00:00:00Z", "across months"],
    ["2027-12-01", 90, "2028-02-29T00:00:00Z", "onto a leap day"],
    ["2026-04-30.2", 365, "2027-04-30T00:00:00Z", "for a numbered generation"],
  ])("of %s at %d days is %s, %s", (date, lifetime, expiry) => {
    expect(custodyExpiry(generation(date), lifetime)).toBe(expiry);
  });

  it("is non-expiring where the vendor sets no end, whatever the generation", () => {
    fc.assert(
      fc.property(day, (date) => {
        expect(custodyExpiry(generation(date))).toBe("non-expiring");
      }),
    );
  });
});
