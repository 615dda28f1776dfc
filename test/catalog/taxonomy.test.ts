import fc from "fast-check";

import {
  cadenceDays,
  companions,
  functionKeywords,
  functionTags,
  parseTokenName,
  splitFunction,
  tagSlugs,
  vendors,
  type CompanionSuffix,
  type FunctionTag,
  type RotationTag,
  type Tags,
} from "../../catalog/taxonomy";

const word = fc.stringMatching(/^[A-Z0-9]{1,10}$/);
const words = fc.array(word, { minLength: 1, maxLength: 5 }).map((list) => list.join("_"));
const vendor = fc.constantFrom(...(Object.keys(vendors) as (keyof typeof vendors)[]));
const suffix = fc.constantFrom(...(Object.keys(companions) as CompanionSuffix[]));
const tag = fc.constantFrom(...(Object.keys(functionTags) as FunctionTag[]));

describe("parseTokenName", () => {
  it("accepts whatever the grammar makes, and reads its parts back", () => {
    fc.assert(
      fc.property(vendor, words, fc.option(suffix, { nil: undefined }), (code, rest, companion) => {
        const parsed = parseTokenName(`${code}_${rest}${companion === undefined ? "" : `__${companion}`}`);
        expect(parsed).toEqual({ vendor: code, rest, ...(companion === undefined ? {} : { companion }) });
      }),
    );
  });

  it("refuses a name with any character that is neither upper-case letter, digit nor underscore", () => {
    const foreign = fc.string({ minLength: 1, maxLength: 1 }).filter((text) => !/[A-Z0-9_]/.test(text));
    fc.assert(
      fc.property(vendor, words, foreign, fc.nat(), (code, rest, character, position) => {
        const name = `${code}_${rest}`;
        const cut = position % (name.length + 1);
        expect(parseTokenName(name.slice(0, cut) + character + name.slice(cut))).toHaveProperty("broken");
      }),
    );
  });

  it("refuses whatever follows no vendor code, and names the codes", () => {
    const code = word.filter((text) => !Object.hasOwn(vendors, text) && /^[A-Z]/.test(text));
    fc.assert(
      fc.property(code, words, (other, rest) => {
        expect(parseTokenName(`${other}_${rest}`)).toEqual({
          broken: `${other} is no vendor code (one of ${Object.keys(vendors).join(", ")})`,
        });
      }),
    );
  });

  it("refuses a good name once it is broken in one place, with the rule that it breaks", () => {
    const breaks: [how: (name: string) => string, broken: RegExp][] = [
      [(name) => name.toLowerCase(), /^it is not upper-case words/],
      [(name) => `_${name}`, /^it is not upper-case words/],
      [(name) => `${name}_`, /^it is not upper-case words/],
      [(name) => ` ${name}`, /^it is not upper-case words/],
      [(name) => `${name}\n`, /^it is not upper-case words/],
      [(name) => `7${name}`, /^it is not upper-case words/],
      [(name) => name.replace("_", "-"), /^it is not upper-case words/],
      [(name) => name.replace("_", " "), /^it is not upper-case words/],
      [(name) => name.replace("_", ""), /is no vendor code/],
      [(name) => `QQ${name}`, /^QQ\w+ is no vendor code/],
      [(name) => name.slice(0, name.indexOf("_")), /^no function follows/],
      [
        (name) => name.replace("_", "__"),
        /is no companion|^its companion suffix is not|^no function follows/,
      ],
      [(name) => name.replace("_", "___"), /^its companion suffix is not/],
      [(name) => `${name}__`, /^its companion suffix is not/],
      [(name) => `${name}__EXPIRES`, /^EXPIRES is no companion/],
      [(name) => `${name}__SCOPES__EXPIRES_AT`, /^it has more than one companion suffix/],
    ];
    fc.assert(
      fc.property(vendor, words, fc.constantFrom(...breaks), (code, rest, [how, broken]) => {
        expect(parseTokenName(how(`${code}_${rest}`))).toEqual({
          broken: expect.stringMatching(broken) as string,
        });
      }),
    );
  });

  it("knows a companion by its whole suffix", () => {
    fc.assert(
      fc.property(
        vendor,
        words,
        words.filter((text) => /^[A-Z]/.test(text) && !Object.hasOwn(companions, text)),
        (code, rest, other) => {
          expect(parseTokenName(`${code}_${rest}__${other}`)).toEqual({
            broken: `${other} is no companion (one of ${Object.keys(companions).join(", ")})`,
          });
        },
      ),
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
    ["HK_PLATFORM.FULL", notWords],
    ["HK_PLATFORM_FÜLL", notWords],
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

describe("splitFunction", () => {
  it("tells keyword, scope and _FULL of any name that it can have, the longest keyword first", () => {
    const scope = fc.option(
      words.filter((text) => !/(^|_)FULL$/.test(text)),
      { nil: undefined },
    );
    const named = tag.chain((name) =>
      fc.tuple(fc.constant(name), fc.constantFrom(...functionKeywords[name])),
    );
    fc.assert(
      fc.property(named, scope, fc.boolean(), ([name, keyword], qualifier, full) => {
        const rest = [keyword, qualifier ?? [], full ? "FULL" : []].flat().join("_");
        const split = splitFunction(rest, name);
        expect(split?.full).toBe(full);
        expect([split?.keyword, split?.scope ?? []].flat().join("_")).toBe(
          [keyword, qualifier ?? []].flat().join("_"),
        );
        const longer = functionKeywords[name].filter((other) => other.length > (split?.keyword ?? "").length);
        expect(longer.filter((other) => `${rest}_`.startsWith(`${other}_`))).toEqual([]);
      }),
    );
  });

  it.each([
    ["DNS_EDIT_RAXX_APP", "dns-edit", { keyword: "DNS_EDIT", scope: "RAXX_APP", full: false }],
    ["PLATFORM_FULL", "platform-api", { keyword: "PLATFORM", full: true }],
    ["BILLING_FULL", "billing-read", { keyword: "BILLING", full: true }],
    ["BILLING_READ", "billing-read", { keyword: "BILLING_READ", full: false }],
    ["APP_DEV_BOT", "agent-identity", { keyword: "APP", scope: "DEV_BOT", full: false }],
    ["ACCESS_SVC_VAULT", "access-bypass", { keyword: "ACCESS_SVC", scope: "VAULT", full: false }],
    ["READONLY", "repo-read", { keyword: "READONLY", full: false }],
  ] as const)("splits %s of function:%s", (rest, name, split) => {
    expect(splitFunction(rest, name)).toEqual(split);
  });

  it.each([
    ["DNS_EDITOR", "dns-edit"],
    ["DNS", "dns-edit"],
    ["WAF_EDIT_RAXX_APP", "dns-edit"],
    ["RAXX_APP_DNS_EDIT", "dns-edit"],
    ["FULL", "platform-api"],
  ] as const)("finds no keyword in %s of function:%s", (rest, name) => {
    expect(splitFunction(rest, name)).toBeUndefined();
  });

  it("has keywords for every function, each of the grammar", () => {
    expect(Object.keys(functionKeywords)).toEqual(Object.keys(functionTags));
    for (const keyword of Object.values(functionKeywords).flat()) {
      expect(parseTokenName(`RAXX_${keyword}`)).toEqual({ vendor: "RAXX", rest: keyword });
      expect(keyword).not.toMatch(/FULL$/);
    }
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
