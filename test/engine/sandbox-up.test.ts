import { execFileSync } from "node:child_process";

import { checkout } from "../../sandbox/home";
import { vendorNames, type VendorName } from "../../sandbox/worlds/world";
import { AwsOf } from "./support/aws";
import { TestSandbox, writes } from "./support/sandbox";
import { secretsIn } from "./support/vault";
import { appsOf, configVars, foreign, releaseCount, tokensMarked } from "./support/vendors";

const stacks = ["prod", "staging"] as const;
const today = new Date().toISOString().slice(0, 10);

let sandbox: TestSandbox;
let before: string;
/** Of each stack, how many resources its first run made. */
let made: number[];

beforeAll(async () => {
  sandbox = await TestSandbox.open();
  before = foreign(sandbox);
}, 600_000);

afterAll(() => sandbox.close());

/** The tests of this file are one story: each goes on where the one before it stopped. */
describe("./raxx sandbox up", () => {
  it("provisions both stacks and prints what went where", async () => {
    const tracked = trackedChanges();
    const { code, output } = await sandbox.raxx("sandbox", "up");
    made = output.split("Resources:").slice(1).map(countOf);

    expect(made).toHaveLength(stacks.length);
    for (const vendor of vendorNames) expect(said(output, vendor)).toBe(sandbox.calls(vendor).length);
    expect(output).toMatch(/prod +│ HK_PLATFORM_FULL +│ Heroku authorization/);
    expect(output).toContain("vault staging /MooseQuest/heroku/HK_PLATFORM_FULL (+3 companions)");
    expect(output).toContain("raxx-api-prod HEROKU_API_KEY");
    expect(code).toBe(0);
    expect(trackedChanges()).toBe(tracked);
  }, 300_000);

  it.each(stacks)(
    "mints one authorization for %s and sets its value on both apps in one release each",
    (stack) => {
      const state = sandbox.heroku();
      const [token, ...others] = tokensMarked(state, `raxx:${stack}:HK_PLATFORM_FULL:${today}`);
      expect(others).toEqual([]);
      expect(token).toMatch(/^HRKU-/);
      for (const app of appsOf[stack]) {
        expect(configVars(state, app)["HEROKU_API_KEY"]).toBe(token);
        // Initial release, the seeded config vars, a deploy, and ours.
        expect(releaseCount(state, app)).toBe(4);
      }
    },
  );

  it.each(stacks)("writes the value with companions, tags and metadata into the vault's %s", (stack) => {
    const state = sandbox.infisical();
    const secrets = secretsIn(state, stack, "/MooseQuest/heroku");
    const minted = sandbox
      .heroku()
      .authorizations.find(({ description }) => description === `raxx:${stack}:HK_PLATFORM_FULL:${today}`);
    const values = Object.fromEntries([...secrets].map(([name, { value }]) => [name, value]));
    const expiry = new Date(Date.parse(today) + 104 * 86_400_000).toISOString().replace(".000Z", "Z");
    const value = minted?.access_token.token;
    // In prod the vault has two old names for it, which somebody may still read.
    const oldNames = { HEROKU_API_KEY: value, HEROKU_PLATFORM_API_TOKEN: value };
    expect(values).toEqual({
      ...(stack === "prod" ? oldNames : {}),
      HK_PLATFORM_FULL: value,
      HK_PLATFORM_FULL__AUTH_ID: minted?.id,
      HK_PLATFORM_FULL__EXPIRES_AT: expiry,
      HK_PLATFORM_FULL__SCOPES: "global",
    });
    for (const { name, tagIds, metadata } of secrets.values()) {
      if (Object.hasOwn(oldNames, name)) continue;
      const slugs = tagIds.map((id) => state.tags.find((tag) => tag.id === id)?.slug).sort();
      expect(slugs).toEqual(["consumer-ci", "function-platform-api", "rotation-90d", "sensitivity-critical"]);
      expect(metadata).toContainEqual(expect.objectContaining({ key: "function", value: "platform-api" }));
    }
  });

  it("gives the two environments values of their own", () => {
    const [prod] = tokensMarked(sandbox.heroku(), `raxx:prod:HK_PLATFORM_FULL:${today}`);
    const [staging] = tokensMarked(sandbox.heroku(), `raxx:staging:HK_PLATFORM_FULL:${today}`);
    expect(prod).not.toBe(staging);
  });

  it("lets Heroku expire the authorization 104 days after its generation", () => {
    const [first] = sandbox
      .heroku()
      .authorizations.filter(({ description }) => description.startsWith("raxx:"));
    const expiry = Date.parse(first?.access_token.expires_at ?? "");
    expect(expiry / 86_400_000).toBeCloseTo(Date.parse(today) / 86_400_000 + 104, 2);
  });

  it("changes nothing and makes no writing call when it is run again", async () => {
    const marks = vendorNames.map((vendor) => [vendor, sandbox.mark(vendor)] as const);
    const { code, output } = await sandbox.raxx("sandbox", "up");
    expect([...output.matchAll(/^ +(\d+) unchanged$/gm)].map(([, count]) => Number(count))).toEqual(made);
    expect(code).toBe(0);
    for (const [vendor, mark] of marks) expect(writes(sandbox.calls(vendor, mark))).toEqual([]);
  }, 240_000);

  it("runs the plain pulumi preview with the policy pack", async () => {
    const { code, output } = await sandbox.raxx(
      ...["sandbox", "exec", "--", "pulumi", "preview", "--stack", "prod", "--policy-pack", "policy"],
    );
    expect(output).toContain("raxx@v0.1.0 (local: policy)");
    expect(output).toContain(`${made[0]} unchanged`);
    expect(code).toBe(0);
  }, 180_000);

  it.each(stacks)(
    "sees no drift in %s",
    async (stack) => {
      const { code, output } = await sandbox.pulumi([
        ...["refresh", "--yes", "--skip-preview", "--expect-no-changes", "--stack", stack],
      ]);
      expect(output).toContain("unchanged");
      expect(code).toBe(0);
    },
    120_000,
  );

  it("keeps every resource's state small, whatever the providers' size", async () => {
    const { output } = await sandbox.pulumi(["stack", "export", "--stack", "prod"]);
    const { deployment } = JSON.parse(output) as {
      deployment: { resources: { urn: string; inputs?: { __provider?: string } }[] };
    };
    const shells = deployment.resources.flatMap(({ inputs }) => inputs?.__provider ?? []);
    expect(shells.length).toBeGreaterThan(12);
    expect(Math.max(...shells.map((text) => text.length))).toBeLessThan(3000);
  }, 60_000);

  it("destroys what is ours and leaves everything else as it was", async () => {
    for (const stack of [...stacks].reverse()) {
      const { code, output } = await sandbox.pulumi(["destroy", "--yes", "--skip-preview", "--stack", stack]);
      expect(output).toContain("deleted");
      expect(code).toBe(0);
    }
    const heroku = sandbox.heroku();
    expect(foreign(sandbox)).toBe(before);
    expect(heroku.authorizations.filter(({ description }) => description.startsWith("raxx:"))).toEqual([]);
    const { tokens, service_tokens } = sandbox.cloudflare();
    expect([...tokens, ...service_tokens].filter(({ name }) => name.startsWith("raxx:"))).toEqual([]);
    expect(sandbox.infisical().identities.filter(({ name }) => name.startsWith("raxx-"))).toEqual([]);
    const aws = new AwsOf(sandbox);
    expect((await aws.users()).filter((name) => name.startsWith("raxx-"))).toEqual([]);
    expect((await aws.parameterNames()).filter((name) => !name.startsWith("/raxx/freescout/"))).toEqual([]);
    for (const app of [...appsOf.prod, ...appsOf.staging]) {
      expect(configVars(heroku, app)["HEROKU_API_KEY"]).toBeUndefined();
    }
    for (const stack of stacks)
      expect(secretsIn(sandbox.infisical(), stack, "/MooseQuest/heroku").size).toBe(0);
    // That of prod was there before us.
    expect(sandbox.infisical().folders.filter(({ name }) => name === "heroku")).toHaveLength(1);
  }, 300_000);
});

/** How many calls to a vendor the output counts, of all stacks together. */
function said(output: string, vendor: VendorName): number {
  const counts = [...output.matchAll(new RegExp(`^calls: .*\\b${vendor} (\\d+) \\(`, "gm"))];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

/** The tracked files of the checkout that differ from the commit, by git's own account. */
function trackedChanges(): string {
  return execFileSync("git", ["status", "--porcelain", "--untracked-files=no"], {
    cwd: checkout,
    encoding: "utf8",
  });
}

/** What a run made and took over, by its last lines. */
function countOf(lines: string): number {
  const counts = [...lines.matchAll(/^ +[+=] (\d+) (?:created|imported)$/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}
