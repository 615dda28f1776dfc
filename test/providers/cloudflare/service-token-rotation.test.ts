import {
  placeOf,
  requireOverlap,
  rotationFaults,
  type ServiceTokenRotation,
} from "../../../providers/cloudflare/service-token-rotation";

const now = new Date("2026-12-01T00:00:00Z");
const future = "2026-12-01T00:00:01Z";
const name = "raxx:staging:CF_ACCESS_SVC_VAULT";
const recorded: ServiceTokenRotation = { name, generation: "2026-11-22", version: 2 };

function faultsOf(changes: Partial<ServiceTokenRotation>, olds = [recorded]): string[] {
  return rotationFaults(olds, [{ ...recorded, previousExpiresAt: future, ...changes }], now);
}

describe("from the recorded rotation", () => {
  it("nothing is wrong where nothing changes, whenever its end was or is moved to", () => {
    expect(faultsOf({})).toEqual([]);
    expect(faultsOf({ previousExpiresAt: "2026-11-30T23:59:59Z" })).toEqual([]);
  });

  it("a rotation needs a higher version, another generation and an end in the future", () => {
    expect(faultsOf({ version: 3, generation: "2026-12-01" })).toEqual([]);
  });

  it("there is no way back to a lower version", () => {
    const [fault, ...more] = faultsOf({ version: 1, generation: "2026-11-01" });
    expect(more).toEqual([]);
    expect(fault).toMatch(/^CF_ACCESS_SVC_VAULT is at version 2 \(2026-11-22\), and version 1 is no more: /);
    expect(fault).toContain(
      "pulumi config set --path raxx:generations.CF_ACCESS_SVC_VAULT.version 2 --stack staging and pulumi config set --path raxx:generations.CF_ACCESS_SVC_VAULT.current 2026-11-22 --stack staging",
    );
  });

  it("another generation at the same version would rotate nothing", () => {
    expect(faultsOf({ generation: "2026-12-01" })).toEqual([
      "CF_ACCESS_SVC_VAULT has another current (2026-12-01, it was 2026-11-22) at the same version 2, so that nothing would be rotated: pulumi config set --path raxx:generations.CF_ACCESS_SVC_VAULT.version 3 --stack staging and pulumi config set --path raxx:generations.CF_ACCESS_SVC_VAULT.previousExpiresAt TIME --stack staging, or set current back",
    ]);
  });

  it("a higher version with the same generation would be another secret under one name", () => {
    expect(faultsOf({ version: 3 })).toEqual([
      expect.stringMatching(
        /is to rotate to version 3, but its current is still 2026-11-22, .*\.current DATE --stack staging/,
      ),
    ]);
  });

  it.each([now.toISOString(), "2026-11-30T23:59:59Z", undefined])("no rotation ends at %s", (end) => {
    const wanted = { name, generation: "2026-12-01", version: 3 };
    expect(
      rotationFaults(
        [recorded],
        [{ ...wanted, ...(end === undefined ? {} : { previousExpiresAt: end }) }],
        now,
      ),
    ).toEqual([
      expect.stringMatching(/would end the secret in use at once .*\.previousExpiresAt TIME --stack staging/),
    ]);
  });

  it("a token that is not recorded may be at any version", () => {
    expect(faultsOf({ previousExpiresAt: "2026-01-01T00:00:00Z" }, [])).toEqual([]);
    expect(faultsOf({ version: 1 }, [{ ...recorded, name: "raxx:staging:CF_ACCESS_SVC_CONSOLE" }])).toEqual(
      [],
    );
  });
});

describe("what was put into an Access policy, and so is distributed,", () => {
  const admitted = "2026-11-22 Ada Lovelace";
  const atPlaces = { ...recorded, admitted };

  it("stays that: without the evidence its places would lose it", () => {
    const missing =
      'CF_ACCESS_SVC_VAULT was put into an Access policy (2026-11-22 Ada Lovelace) and stands at its places, which would lose it without that evidence: pulumi config set --path raxx:generations.CF_ACCESS_SVC_VAULT.admitted "2026-11-22 Ada Lovelace" --stack staging';
    expect(faultsOf({}, [atPlaces])).toEqual([missing]);
    expect(faultsOf({ version: 3, generation: "2026-12-01" }, [atPlaces])).toEqual([missing]);
    expect(faultsOf({ version: 1 }, [atPlaces])).toEqual([expect.stringMatching(/no more/), missing]);
  });

  it("may have its evidence first, the same or another one later", () => {
    expect(faultsOf({ admitted })).toEqual([]);
    expect(faultsOf({ admitted }, [])).toEqual([]);
    expect(faultsOf({ admitted }, [atPlaces])).toEqual([]);
    expect(faultsOf({ admitted: "2026-12-01 Bo" }, [atPlaces])).toEqual([]);
  });

  it("was not put there on a day to come", () => {
    expect(faultsOf({ admitted: "2026-12-02 Ada" }, [])).toEqual([
      'CF_ACCESS_SVC_VAULT cannot have been put into an Access policy on 2026-12-02, which is still to come: pulumi config set --path raxx:generations.CF_ACCESS_SVC_VAULT.admitted "$(date -u +%F) NAME" --stack staging',
    ]);
  });

  it("is asked of no token that has none, nor of one for another's", () => {
    expect(faultsOf({})).toEqual([]);
    expect(faultsOf({}, [recorded, { ...atPlaces, name: "raxx:staging:CF_ACCESS_SVC_CONSOLE" }])).toEqual([]);
  });
});

describe("an update", () => {
  const at = (clientSecretVersion?: number, end?: string): Record<string, unknown> => ({
    name,
    ...(clientSecretVersion === undefined ? {} : { clientSecretVersion }),
    ...(end === undefined ? {} : { previousClientSecretExpiresAt: end }),
  });
  const past = "2026-11-30T23:59:59Z";

  it.each([
    ["the first rotation", at(), at(2, past)],
    ["a later one", at(2, future), at(3, past)],
    ["one without an end", at(2, future), at(3)],
  ])("is refused where it is %s and would end the secret in use", (_what, olds, news) => {
    expect(() => {
      requireOverlap(olds, news, now);
    }).toThrow(/^the rotation of CF_ACCESS_SVC_VAULT would end the secret in use at once/);
  });

  it.each([
    ["rotates with an end in the future", at(1), at(2, future)],
    ["moves the end into the past without a rotation", at(2, future), at(2, past)],
    ["changes something else", at(), at()],
    ["brings a version down, which Cloudflare judges", at(3, past), at(2, past)],
  ])("is let pass where it %s", (_what, olds, news) => {
    expect(() => {
      requireOverlap(olds, news, now);
    }).not.toThrow();
  });
});

it("says how to set what belongs to a name at Cloudflare", () => {
  const { token, set } = placeOf(`${name}:2026-11-22`);
  expect([token, set("version", "2")]).toEqual([
    "CF_ACCESS_SVC_VAULT",
    "pulumi config set --path raxx:generations.CF_ACCESS_SVC_VAULT.version 2 --stack staging",
  ]);
});
