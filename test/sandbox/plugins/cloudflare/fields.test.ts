import { sentTime } from "../../../../sandbox/plugins/cloudflare/fields";

describe("a time that is sent", () => {
  it.each([
    ["2030-01-31T00:00:00Z", "2030-01-31T00:00:00Z"],
    ["2030-01-31T00:00:00.123Z", "2030-01-31T00:00:00Z"],
    ["2030-01-31T00:00:00.5+02:00", "2030-01-31T00:00:00+02:00"],
  ])("has no fractions of a second: %s", (given, sent) => {
    expect(sentTime(given)).toBe(sent);
  });
});
