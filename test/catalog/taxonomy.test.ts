import fc from "fast-check";

import {
  cadenceDays,
  parseTokenName,
  tagSlugs,
  vendors,
  type RotationTag,
  type Tags,
} from "../../catalog/taxonomy";

const word = fc.stringMatching(/^[A-Z0-9]{1,10}$/);
const firstWord = word.map((text) => `X${text}`);
const words = (first: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(first, fc.array(word, { maxLength: 4 })).map(([head, more]) => [head, ...more].join("_"));
const vendor = fc.constantFrom(...(Object.keys(vendors) as (keyof typeof vendors)[]));

describe("parseTokenName", () => {
  it("accepts whatever the grammar makes, and reads its parts back", () => {
    fc.assert(
      fc.property(
        vendor,
        words(word),
        fc.option(words(firstWord), { nil: undefined }),
        (code, rest, suffix) => {
          const parsed = parseTokenName(`${code}_${rest}${suffix === undefined ? "" : `__${suffix}`}`);
          expect(parsed).toEqual(
            suffix === undefined ? { vendor: code, rest } : { vendor: code, rest, companion: suffix },
          );
        },
      ),
    );
  });

  it("refuses a name with any character that is neither upper-case letter, digit nor underscore", () => {
    const foreign = fc.string({ minLength: 1, maxLength: 1 }).filter((text) => !/[A-Z0-9_]/.test(text));
    fc.assert(
      fc.property(vendor, words(word), foreign, fc.nat(), (code, rest, character, position) => {
        const name = `${code}_${rest}`;
        const cut = position % (name.length + 1);
        expect(parseTokenName(name.slice(0, cut) + character + name.slice(cut))).toHaveProperty("broken");
      }),
    );
  });

  it("refuses whatever follows no vendor code, and names the codes", () => {
    const code = word.filter((text) => !Object.hasOwn(vendors, text) && /^[A-Z]/.test(text));
    fc.assert(
      fc.property(code, words(word), (other, rest) => {
        expect(parseTokenName(`${other}_${rest}`)).toEqual({
          broken: `${other} is no vendor code (one of ${Object.keys(vendors).join(", ")})`,
        });
      }),
    );
  });

  const notWords = "it is not upper-case words joined by single underscores";
  const notCompanion = "its companion suffix is not upper-case words joined by single underscores";
  it.each([
    ["", notWords],
    ["_", notWords],
    ["hk_platform_full", notWords],
    ["Hk_PLATFORM_FULL", notWords],
    ["HK-PLATFORM-FULL", notWords],
    ["HK PLATFORM FULL", notWords],
    ["HK_PLATFORM_FULL\n", notWords],
    ["_HK_PLATFORM_FULL", notWords],
    ["HK_PLATFORM_FULL_", notWords],
    ["1HK_PLATFORM", notWords],
    ["HK_", notWords],
    ["HK", "no function follows the vendor code"],
    ["HK__EXPIRES_AT", "no function follows the vendor code"],
    ["__EXPIRES_AT", notWords],
    ["HK_PLATFORM_FULL__", notCompanion],
    ["HK_PLATFORM_FULL___EXPIRES_AT", notCompanion],
    ["HK_PLATFORM_FULL__expires_at", notCompanion],
    ["HK_PLATFORM_FULL__EXPIRES_AT_", notCompanion],
    ["HK_PLATFORM__FULL__EXPIRES_AT", "it has more than one companion suffix (__)"],
    ["HK_PLATFORM____FULL", "it has more than one companion suffix (__)"],
  ])("says of %j which rule it breaks", (name, broken) => {
    expect(parseTokenName(name)).toEqual({ broken });
  });

  it.each([
    ["HEROKU_API_KEY", "HEROKU"],
    ["HKX_PLATFORM_FULL", "HKX"],
    ["PLATFORM_HK_FULL", "PLATFORM"],
    ["CONSTRUCTOR_FULL", "CONSTRUCTOR"],
  ])("says of %s that %s is no vendor code", (name, code) => {
    expect(parseTokenName(name)).toEqual({
      broken: expect.stringMatching(`^${code} is no vendor code `) as string,
    });
  });

  it("reads the names of the taxonomy", () => {
    expect(parseTokenName("HK_PLATFORM_FULL")).toEqual({ vendor: "HK", rest: "PLATFORM_FULL" });
    expect(parseTokenName("CF_ACCESS_SVC_VAULT__CLIENT_ID")).toEqual({
      vendor: "CF",
      rest: "ACCESS_SVC_VAULT",
      companion: "CLIENT_ID",
    });
  });
});

describe("tagSlugs", () => {
  const tags: fc.Arbitrary<Tags> = fc.record({
    function: fc.constant("platform-api"),
    sensitivity: fc.constantFrom("critical", "high", "medium", "low"),
    consumer: fc.constantFrom("ci", "console", "agent", "operator", "raptor", "terraform"),
    rotation: fc.constantFrom(...(Object.keys(cadenceDays) as RotationTag[])),
  });

  it("gives one slug of each dimension, sorted, that Infisical takes", () => {
    fc.assert(
      fc.property(tags, (some) => {
        const slugs = tagSlugs(some);
        expect(slugs).toEqual([
          `consumer-${some.consumer}`,
          `function-${some.function}`,
          `rotation-${some.rotation}`,
          `sensitivity-${some.sensitivity}`,
        ]);
        for (const slug of slugs) expect(slug).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      }),
    );
  });

  it("does not depend on the order in which the tags were written", () => {
    const written: Tags = {
      sensitivity: "low",
      rotation: "annual",
      function: "platform-api",
      consumer: "operator",
    };
    expect(tagSlugs(written)).toEqual([
      "consumer-operator",
      "function-platform-api",
      "rotation-annual",
      "sensitivity-low",
    ]);
  });
});

it("counts the days of every cadence as its name has them", () => {
  expect(cadenceDays).toEqual({ "30d": 30, "60d": 60, "90d": 90, "180d": 180, annual: 365 });
});
