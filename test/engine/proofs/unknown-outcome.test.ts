import { type VendorName } from "../../../sandbox/worlds/world";
import { day, mainJob, TestSandbox } from "../support/sandbox";
import { secretsIn } from "../support/vault";
import { appsOf, configVars } from "../support/vendors";

let sandbox: TestSandbox;

beforeAll(async () => {
  sandbox = await TestSandbox.open(mainJob);
  expect((await sandbox.up("prod")).code).toBe(0);
}, 600_000);

afterAll(() => sandbox.close());
afterEach(() => sandbox.clearFaults());

/** Every place of staging whose value is not that of a living authorization: a consumer that is cut off. */
function stranded(): string[] {
  const heroku = sandbox.heroku();
  const alive = heroku.authorizations.map(({ access_token }) => access_token.token);
  const places = appsOf.staging.map((app) => [app, configVars(heroku, app)["HEROKU_API_KEY"]] as const);
  const vault = secretsIn(sandbox.infisical(), "staging", "/MooseQuest/heroku").get(
    "HK_PLATFORM_FULL",
  )?.value;
  return [...places, ["vault", vault] as const]
    .filter(([, value]) => value !== undefined && !alive.includes(value))
    .map(([place]) => place);
}

const lostWrites: [string, VendorName, Parameters<TestSandbox["fault"]>[1]][] = [
  [
    "the apps' answers are lost",
    "heroku",
    { kind: "drop-after", method: "PATCH", path: "/apps/*", times: 0 },
  ],
  [
    "the vault's answer is lost",
    "infisical",
    { kind: "drop-after", method: "PATCH", path: "*/batch", times: 0 },
  ],
  [
    "the vault cannot be read again",
    "infisical",
    { kind: "status", status: 500, method: "GET", path: "*/v4/secrets", call: 2, times: 0 },
  ],
];

describe("a write that was carried out although the run failed", () => {
  it.each(lostWrites)(
    "strands nobody when the operator goes back: %s",
    async (_what, vendor, fault) => {
      sandbox.setGenerations("staging", { current: day(-1) });
      expect((await sandbox.up("staging")).code).toBe(0);
      await sandbox.fault(vendor, fault);
      sandbox.setGenerations("staging", { current: day(0) });
      const failed = await sandbox.up("staging");
      expect(failed.code).not.toBe(0);
      expect(failed.output).not.toMatch(/\n\s+at /);
      expect(stranded()).toEqual([]);
      await sandbox.clearFaults();

      sandbox.setGenerations("staging", { current: day(-1) });
      expect((await sandbox.up("staging")).code).toBe(0);

      expect(stranded()).toEqual([]);
      const markers = sandbox.heroku().authorizations.map(({ description }) => description);
      expect(markers.filter((marker) => marker.startsWith("raxx:staging:"))).toEqual([
        `raxx:staging:HK_PLATFORM_FULL:${day(-1)}`,
      ]);
    },
    180_000,
  );

  it.each(lostWrites)(
    "is taken away by a destroy right after it: %s",
    async (_what, vendor, fault) => {
      await sandbox.fault(vendor, fault);
      sandbox.setGenerations("staging", { current: day(0) });
      expect((await sandbox.up("staging")).code).not.toBe(0);
      await sandbox.clearFaults();

      const { code } = await sandbox.pulumi(["destroy", "--yes", "--skip-preview", "--stack", "staging"]);

      expect(code).toBe(0);
      expect(stranded()).toEqual([]);
      expect(secretsIn(sandbox.infisical(), "staging", "/MooseQuest/heroku").size).toBe(0);
      sandbox.setGenerations("staging", { current: day(-1) });
      expect((await sandbox.up("staging")).code).toBe(0);
    },
    180_000,
  );

  it("is taken away too where it was the very first write", async () => {
    expect((await sandbox.pulumi(["destroy", "--yes", "--skip-preview", "--stack", "staging"])).code).toBe(0);
    await sandbox.fault("heroku", { kind: "drop-after", method: "PATCH", path: "/apps/*", times: 0 });
    await sandbox.fault("infisical", { kind: "drop-after", method: "POST", path: "*/batch", times: 0 });
    expect((await sandbox.up("staging")).code).not.toBe(0);
    await sandbox.clearFaults();
    expect((await sandbox.pulumi(["destroy", "--yes", "--skip-preview", "--stack", "staging"])).code).toBe(0);
    expect(stranded()).toEqual([]);
    for (const app of appsOf.staging) {
      expect(configVars(sandbox.heroku(), app)["HEROKU_API_KEY"]).toBeUndefined();
    }
  }, 180_000);
});

describe("an address that is not the vault", () => {
  it("is not believed when it says that everything is gone", async () => {
    sandbox.setGenerations("staging", { current: day(0) });
    expect((await sandbox.up("staging")).code).toBe(0);
    const wrong = { INFISICAL_SITE_URL: sandbox.url("heroku") };
    const destroy = ["destroy", "--yes", "--skip-preview", "--stack", "staging"];
    const { code, output } = await sandbox.pulumi(destroy, wrong);
    expect(code).not.toBe(0);
    expect(output).toContain("this is not the vault");
    expect(stranded()).toEqual([]);
    expect(secretsIn(sandbox.infisical(), "staging", "/MooseQuest/heroku").size).toBe(4);
  }, 120_000);
});
