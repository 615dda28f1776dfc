import { spawnSync } from "node:child_process";
import { join } from "node:path";

import { token } from "../../catalog/token";
import { listOf, tableOf, type Listed, type ListOptions } from "../../ops/token-list";
import { generation } from "../components/fixtures";
import { ScratchFolder } from "../sandbox/scratch-folder";

const root = join(__dirname, "..", "..");

const tokens = [
  token({
    name: "HK_PLATFORM_FULL",
    purpose: "p",
    tags: { function: "platform-api", sensitivity: "critical", consumer: "ci", rotation: "90d" },
    vendorScopes: ["global"],
    environments: ["prod", "staging"],
    issuer: { kind: "heroku-authorization", scope: ["global"] },
    destinations: [],
    sop: "heroku.md",
  }),
  token({
    name: "CF_DNS_EDIT",
    purpose: "p",
    tags: { function: "dns-edit", sensitivity: "high", consumer: "terraform", rotation: "30d" },
    alsoUsedBy: ["ci"],
    vendorScopes: ["Zone > DNS > Edit"],
    environments: ["prod"],
    issuer: { kind: "cloudflare-api-token" },
    destinations: [],
    sop: "cloudflare.md",
  }),
  token({
    name: "STR_BILLING_WRITE",
    purpose: "p",
    tags: {
      function: "billing-write",
      sensitivity: "critical",
      consumer: "raptor",
      rotation: "non-rotating",
    },
    vendorScopes: ["Invoices: write"],
    environments: ["prod"],
    dev: true,
    issuer: { kind: "custody" },
    destinations: [],
    sop: "stripe.md",
  }),
];
function on(day: string): { current: ReturnType<typeof generation>; previousAdopt: readonly string[] } {
  return { current: generation(day), previousAdopt: [] };
}
const generations = {
  prod: new Map([
    ["HK_PLATFORM_FULL", on("2026-05-06")],
    ["STR_BILLING_WRITE", on("2025-01-01")],
  ]),
  staging: new Map([["HK_PLATFORM_FULL", on("2026-05-07.2")]]),
};

function listed(options: ListOptions, today = "2026-08-04"): Listed[] {
  return listOf(options, { tokens, generations, today });
}
function names(options: ListOptions): string[] {
  return listed(options).map(({ name }) => name);
}
const all = ["HK_PLATFORM_FULL", "CF_DNS_EDIT", "STR_BILLING_WRITE"];

it("lists every token, with the generation of each environment and the day on which it is due", () => {
  expect(names({})).toEqual(all);
  expect(listed({})[0]).toEqual({
    name: "HK_PLATFORM_FULL",
    vendor: "HK",
    function: "platform-api",
    sensitivity: "critical",
    consumers: ["ci"],
    rotation: "90d",
    issuer: "heroku-authorization",
    environments: [
      { environment: "prod", generation: "2026-05-06", due: "2026-08-04" },
      { environment: "staging", generation: "2026-05-07.2", due: "2026-08-05" },
    ],
  });
});

it("gives no day to what has no generation, and none to what does not rotate", () => {
  expect(
    listed({})
      .slice(1)
      .map(({ environments }) => environments),
  ).toEqual([
    [{ environment: "prod" }],
    [{ environment: "prod", generation: "2025-01-01" }, { environment: "dev" }],
  ]);
});

it.each<[ListOptions, string[]]>([
  [{ vendor: ["CF"] }, ["CF_DNS_EDIT"]],
  [{ vendor: ["CF", "HK"] }, ["HK_PLATFORM_FULL", "CF_DNS_EDIT"]],
  [{ vendor: ["PM"] }, []],
  [{ tag: ["function:dns-edit"] }, ["CF_DNS_EDIT"]],
  [{ tag: ["function:dns-edit", "function:platform-api"] }, ["HK_PLATFORM_FULL", "CF_DNS_EDIT"]],
  [{ tag: ["sensitivity:critical", "rotation:90d"] }, ["HK_PLATFORM_FULL"]],
  [{ tag: ["sensitivity:critical", "function:dns-edit"] }, []],
  [{ tag: ["consumer:ci"] }, ["HK_PLATFORM_FULL"]],
  [{ consumer: ["ci"] }, ["HK_PLATFORM_FULL", "CF_DNS_EDIT"]],
  [{ consumer: ["raptor", "terraform"] }, ["CF_DNS_EDIT", "STR_BILLING_WRITE"]],
  [{ environment: "staging" }, ["HK_PLATFORM_FULL"]],
  [{ environment: "dev" }, ["STR_BILLING_WRITE"]],
  [{ vendor: ["CF", "STR"], consumer: ["ci"] }, ["CF_DNS_EDIT"]],
  [{ due: true, vendor: ["CF"] }, []],
])("filters by %j", (options, expected) => {
  expect(names(options)).toEqual(expected);
});

it("shows only the environment that is asked for", () => {
  expect(listed({ environment: "staging" })[0]?.environments).toEqual([
    { environment: "staging", generation: "2026-05-07.2", due: "2026-08-05" },
  ]);
});

it.each<[string, string | true, string[]]>([
  ["2026-08-03", true, []],
  ["2026-08-04", true, ["prod"]],
  ["2026-08-05", true, ["prod", "staging"]],
  ["2020-01-01", "2026-08-04", ["prod"]],
  ["2020-01-01", "2026-12-31", ["prod", "staging"]],
])("finds due, on %s by %s, the environments %j", (today, due, expected) => {
  const environments = listed({ due }, today).flatMap((one) => one.environments);
  expect(environments.map(({ environment }) => environment)).toEqual(expected);
});

it.each<[ListOptions, RegExp]>([
  [{ vendor: ["CF", "cf"] }, /^there is no vendor "cf": use one of ALP, ANT, AWS, CF, /],
  [{ tag: ["dns-edit"] }, /^--tag takes DIMENSION:TAG, .* function, sensitivity, consumer, rotation$/],
  [{ tag: ["function:dns:edit"] }, /^--tag takes DIMENSION:TAG, /],
  [{ tag: ["toString:x"] }, /^--tag takes DIMENSION:TAG, /],
  [{ tag: ["function:dns"] }, /^there is no tag of function "dns": use one of dns-edit, waf-edit, /],
  [{ tag: ["rotation:1d"] }, /^there is no tag of rotation "1d": use one of 30d, .*, non-rotating$/],
  [{ consumer: ["nobody"] }, /^there is no consumer "nobody": use one of ci, /],
  [{ environment: "test" }, /^there is no environment "test": use one of prod, staging, dev$/],
  [{ due: "2026-02-30" }, /^--due takes a day of the calendar as 2026-12-31, .*"2026-02-30"$/],
  [{ due: "tomorrow" }, /^--due takes a day of the calendar/],
  [{ due: "" }, /^--due takes a day of the calendar/],
])("refuses %j, and says what it may be", (options, message) => {
  expect(() => listed(options)).toThrow(message);
});

it("draws a line per token, and in it one per environment", () => {
  const lines = tableOf(listed({})).split("\n");
  const first = lines.findIndex((line) => line.includes("HK_PLATFORM_FULL"));
  expect(lines[first]).toMatch(/Heroku .*Heroku authorization .*prod .*2026-05-06 .*2026-08-04/);
  expect(lines[first + 1]).toMatch(/staging .*2026-05-07\.2 .*2026-08-05/);
  expect(lines.find((line) => line.includes("CF_DNS_EDIT"))).toMatch(/prod .*not issued .*-/);
  expect(lines.find((line) => line.includes("STR_BILLING_WRITE"))).toMatch(/2025-01-01 .*never/);
  expect(lines.find((line) => line.includes(" dev "))).toMatch(/not known/);
});

it("says so where nothing passes", () => {
  expect(tableOf([])).toBe("no token passes all the filters");
});

describe("on the command line", () => {
  let scratch: ScratchFolder;
  beforeEach(() => {
    scratch = new ScratchFolder();
  });
  afterEach(() => {
    scratch.remove();
  });

  function run(
    args: string[],
    env: NodeJS.ProcessEnv = {},
  ): { code: number | null; out: string; said: string } {
    const tsx = join(root, "node_modules/tsx/dist/cjs/index.cjs");
    const ran = spawnSync(
      process.execPath,
      ["--require", tsx, join(root, "ops/main.ts"), "token", "list", ...args],
      { encoding: "utf8", cwd: scratch.root, env },
    );
    return { code: ran.status, out: ran.stdout, said: ran.stderr };
  }
  function tokensIn(out: string): Listed[] {
    return (JSON.parse(out) as { version: 1; tokens: Listed[] }).tokens;
  }

  it("takes the generations of the tracked stack files, from whichever folder it is run", () => {
    const { code, out, said } = run(["--vendor", "HK", "RAXX", "--json"]);
    expect({ code, said }).toEqual({ code: 0, said: "" });
    const found = tokensIn(out);
    expect(found.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["HK_PLATFORM_FULL", "RAXX_AUDIT_INGEST"]),
    );
    const platform = found.find(({ name }) => name === "HK_PLATFORM_FULL");
    expect(platform?.environments).toEqual([
      expect.objectContaining({ environment: "prod", generation: expect.any(String) as string }),
      expect.objectContaining({ environment: "staging", generation: expect.any(String) as string }),
    ]);
    expect(run(["--vendor", "HK"]).out).toContain("HK_PLATFORM_FULL");
  });

  it("takes those of the sandbox's copies inside the sandbox", () => {
    const file = 'config:\n  raxx:generations:\n    HK_PLATFORM_FULL:\n      current: "2030-01-01"\n';
    for (const stack of ["prod", "staging"]) scratch.write(`Pulumi.${stack}.yaml`, file);
    const env = { RAXX_SANDBOX_STACK_FILES: scratch.root };
    const due = (day: string): string[] =>
      tokensIn(run(["--due", day, "--json"], env).out).map(({ name }) => name);
    expect(due("2030-03-31")).toEqual([]);
    expect(due("2030-04-01")).toEqual(["HK_PLATFORM_FULL"]);
  });

  it("takes the tracked ones where the sandbox's copies are gone with it", () => {
    const tracked = run(["--json"]);
    expect(run(["--json"], { RAXX_SANDBOX_STACK_FILES: scratch.path("reset") })).toEqual(tracked);
    expect(tracked.code).toBe(0);
  });

  it("combines several filters, each given once or more often", () => {
    const { out } = run([
      "--tag",
      "function:platform-api",
      "--tag",
      "function:ci-deploy",
      "--consumer",
      "ci",
      "--vendor",
      "HK",
      "--json",
    ]);
    expect(tokensIn(out).map(({ name }) => name)).toEqual(["HK_PLATFORM_FULL"]);
  });

  it.each([
    ["--vendor", "XX"],
    ["--tag", "function"],
    ["--due", "soon"],
  ])("refuses %s %s in one line", (...args) => {
    const { code, out, said } = run(args);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(said).toMatch(/^error: [^\n]*\n$/);
  });

  it("says what to do where a stack file is missing", () => {
    const { code, said } = run([], { RAXX_SANDBOX_STACK_FILES: scratch.root });
    expect(code).toBe(1);
    expect(said).toMatch(/^error: Pulumi\.prod\.yaml cannot be read: .*\n$/);
  });
});
