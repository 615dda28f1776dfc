import { randomBytes } from "node:crypto";

import { isDistributed, readGenerations, type TokenGenerations } from "../../catalog/configured-generations";
import { type Token } from "../../catalog/token";
import { tokenNamed } from "../components/fixtures";

const access: Token = {
  ...tokenNamed("CF_ACCESS_SVC_VAULT"),
  issuer: { kind: "cloudflare-access-service-token", application: "vault.raxx.app" },
};
const platform = tokenNamed("HK_PLATFORM_FULL");
const kept: Token = { ...tokenNamed("GH_READONLY"), issuer: { kind: "custody" } };

function read(
  entry: object,
  { name }: Token = access,
): { faults: string[]; found: TokenGenerations | undefined } {
  const faults: string[] = [];
  const found = readGenerations({ [name]: entry }, [access, platform, kept], "staging", faults);
  return { faults, found: found.get(name) };
}

const current = "2026-11-22";
const end = "2026-12-01T12:30:00Z";
const set = "pulumi config set --path raxx:generations.CF_ACCESS_SVC_VAULT";

describe("a token that rotates in place", () => {
  it("has a version, and after the first one the end of the secret before", () => {
    expect(read({ current, version: 1 })).toMatchObject({
      faults: [],
      found: { current: { name: current }, previousAdopt: [], inPlace: { version: 1 } },
    });
    const { faults, found } = read({ current, version: 2, previousExpiresAt: end });
    expect(faults).toEqual([]);
    expect(found?.inPlace).toEqual({ version: 2, previousExpiresAt: end });
  });

  it("may have a time without quotes, as Pulumi then gives it", () => {
    const { found } = read({ current, version: 2, previousExpiresAt: "2026-12-01 12:30:00 +0000 UTC" });
    expect(found?.inPlace?.previousExpiresAt).toBe(end);
  });

  it.each([undefined, null, 0, -1, 1.5, "1", "two", true, 2 ** 60])(
    "is refused with version %j",
    (version) => {
      const { faults } = read({ current, version });
      expect(faults).toEqual([
        expect.stringMatching(/^raxx:generations\.CF_ACCESS_SVC_VAULT\.version is no whole number from 1 on/),
      ]);
      expect(faults[0]).toContain(`${set}.version 1 --stack staging`);
    },
  );

  it("is refused with an end at version 1, since there is no secret before", () => {
    expect(read({ current, version: 1, previousExpiresAt: end }).faults).toEqual([
      expect.stringMatching(/previousExpiresAt .* there is none before version 1: remove it/),
    ]);
  });

  it("is refused without an end after version 1: Cloudflare would kill the secret in use", () => {
    const { faults } = read({ current, version: 2 });
    expect(faults).toEqual([
      expect.stringMatching(/previousExpiresAt is not set: .* before version 2 is good/),
    ]);
    expect(faults[0]).toContain(`${set}.previousExpiresAt TIME --stack staging`);
  });

  it.each([
    "2026-12-01",
    "2026-12-01T12:30",
    "2026-12-01T12:30:00",
    "2026-12-01T12:30:00+01:00",
    "2026-12-01T12:30:00.5Z",
    "2026-02-30T00:00:00Z",
    "tomorrow",
    "",
    7,
    null,
  ])("is refused with %j for an end", (previousExpiresAt) => {
    expect(read({ current, version: 2, previousExpiresAt }).faults).toEqual([
      expect.stringMatching(/previousExpiresAt is no time in UTC: .* as 2026-05-13T12:00:00Z/),
    ]);
  });

  describe("has been put into a policy by somebody,", () => {
    it.each(["2026-11-22 Ada Lovelace", "2026-11-22 Bo", "2027-01-31 Zoë O'Neill-Kováč", "2028-02-29 J. R."])(
      "as %j says",
      (admitted) => {
        const { faults, found } = read({ current, version: 1, admitted });
        expect(faults).toEqual([]);
        expect(found?.inPlace).toEqual({ version: 1, admitted });
      },
    );

    it("and has it said through its rotations", () => {
      const admitted = "2026-11-22 Ada";
      const entry = {
        current: "2027-02-20",
        version: 2,
        previousExpiresAt: "2027-02-27T00:00:00Z",
        admitted,
      };
      expect(read(entry)).toMatchObject({ faults: [], found: { inPlace: { version: 2, admitted } } });
    });

    it.each([
      "2026-11-22",
      "2026-11-22 ",
      "2026-11-22 A",
      "2026-11-22 A.",
      "2026-11-22  Ada",
      "2026-11-22 7",
      "2026-02-30 Ada",
      "2027-02-29 Ada",
      "22-11-2026 Ada",
      "2026-1-2 Ada",
      "2026-11-22.2 Ada",
      "2026-11-22T00:00:00Z Ada",
      "2026-11-22 Ada $(id)",
      '2026-11-22 Ada"',
      "2026-11-22 Ada\nBo",
      `2026-11-22 ${"a".repeat(65)}`,
      "Ada 2026-11-22",
      "Ada",
      "yes",
      "",
      true,
      7,
      null,
    ])("but not as %j says", (admitted) => {
      const { faults, found } = read({ current, version: 1, admitted });
      expect(faults).toEqual([
        `raxx:generations.CF_ACCESS_SVC_VAULT.admitted does not say when CF_ACCESS_SVC_VAULT was put into the policy of its application, and by whom: ${set}.admitted "$(date -u +%F) NAME" --stack staging`,
      ]);
      expect(found?.inPlace).not.toHaveProperty("admitted");
    });

    it("but not before it was made", () => {
      expect(read({ current, version: 1, admitted: "2026-11-21 Ada" }).faults).toEqual([
        expect.stringMatching(
          /\.admitted is a day before CF_ACCESS_SVC_VAULT was made \(2026-11-22\), .*\.admitted "\$\(date -u \+%F\) NAME" --stack staging$/,
        ),
      ]);
    });
  });

  it.each(["version", "previousExpiresAt", "previous", "previousAdopt", "admitted"])(
    "is not quoted where a credential stands in %s",
    (key) => {
      const pasted = randomBytes(20).toString("hex");
      const wrong = key === "previousAdopt" ? [pasted] : pasted;
      const { faults } = read({ current, version: 2, previousExpiresAt: end, [key]: wrong });
      expect(faults).toHaveLength(1);
      expect(faults[0]).not.toContain(pasted);
    },
  );

  it.each([
    ["previous", "2026-11-01"],
    ["previousAdopt", []],
  ])("keeps no earlier credential beside it: %s is refused", (key, value) => {
    expect(read({ current, version: 1, [key]: value }).faults).toEqual([
      `raxx:generations.CF_ACCESS_SVC_VAULT.${key} keeps an earlier credential beside the current one, but CF_ACCESS_SVC_VAULT rotates in place: remove it; the secret before is good until previousExpiresAt`,
    ]);
  });
});

describe.each([platform, kept])("$name, which does not rotate in place,", (token) => {
  it.each([
    ["version", 2],
    ["previousExpiresAt", end],
    ["admitted", "2026-11-22 Ada"],
  ])("is refused with %s", (key, value) => {
    const { faults, found } = read({ current, [key]: value }, token);
    expect(faults).toEqual([
      `raxx:generations.${token.name}.${key} is for what rotates in place, but each generation of ${token.name} is a credential of its own: remove it`,
    ]);
    expect(found).not.toHaveProperty("inPlace");
  });
});

it("what rotates in place is distributed once it has been put into a policy, all else always", () => {
  const distributed = (entry: object, token: Token): boolean | undefined => {
    const { found } = read(entry, token);
    return found && isDistributed(found);
  };
  expect(distributed({ current, version: 1 }, access)).toBe(false);
  expect(distributed({ current, version: 2, previousExpiresAt: end }, access)).toBe(false);
  expect(distributed({ current, version: 1, admitted: "2026-11-22 Ada" }, access)).toBe(true);
  expect(distributed({ current }, platform)).toBe(true);
  expect(distributed({ current }, kept)).toBe(true);
});
