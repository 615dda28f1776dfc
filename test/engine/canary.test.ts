import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { checkout } from "../../sandbox/home";
import { vendorNames } from "../../sandbox/worlds/world";
import { filesBelow, leaks, type Searched } from "./support/canary";
import { processes } from "./support/processes";
import { day, everythingPrinted, TestSandbox } from "./support/sandbox";
import { VaultPerson } from "./support/vault-person";
import { liveValues } from "./support/vendors";

let sandbox: TestSandbox;
let values: string[];
let temporary: string;
const commandLines = new Set<string>();
const environments = new Set<string>();

/** Lives through all that an operator does, the failures too, and then looks for what it left behind. */
beforeAll(async () => {
  sandbox = await TestSandbox.open();
  temporary = join(sandbox.session.home.root, "tmp");
  mkdirSync(temporary);
  const watch = setInterval(() => {
    for (const { commandLine, environment } of processes()) {
      commandLines.add(commandLine);
      environments.add(environment);
    }
  }, 50);
  const events = join(sandbox.session.home.root, "events.json");
  const change = { TMPDIR: temporary };
  const seen = (): void => {
    const found = liveValues(sandbox, sandbox.session.world.credentials);
    values = [...new Set([...((values as string[] | undefined) ?? []), ...found])];
  };
  seen();
  expect((await sandbox.up("prod", change)).code).toBe(0);
  await rotateInCustody();
  await sandbox.pulumi(["refresh", "--yes", "--skip-preview", "--stack", "prod"], change);
  const plan = [
    "preview",
    "--diff",
    "--save-plan",
    join(sandbox.session.home.root, "plan.json"),
    "--stack",
    "prod",
  ];
  expect((await sandbox.pulumi(plan, { ...change, PULUMI_EXPERIMENTAL: "true" })).code).toBe(0);
  const logged = ["up", "--yes", "--skip-preview", "--debug", "--stack", "staging", "--event-log", events];
  expect((await sandbox.pulumi(logged, { ...change, PULUMI_DEBUG_COMMANDS: "1" })).code).toBe(0);
  seen();
  sandbox.setGenerations("staging", { current: day(1) });
  sandbox.setGenerations("staging", { current: day(1), previous: day(0) }, "RAXX_AUDIT_INGEST");
  await sandbox.fault("github", { kind: "status", status: 500, method: "PUT", times: 0 });
  await sandbox.fault("infisical", { kind: "status", status: 500, method: "PATCH", times: 0 });
  expect((await sandbox.up("staging", change)).code).not.toBe(0);
  await sandbox.clearFaults();
  seen();
  expect((await sandbox.pulumi(["preview", "--json", "--stack", "staging"], change)).code).toBe(0);
  const diff = ["preview", "--diff", "--stack", "staging", "--policy-pack", "policy"];
  expect((await sandbox.pulumi(diff, change)).code).toBe(0);
  expect((await sandbox.up("staging", change)).code).toBe(0);
  await sandbox.pulumi(["refresh", "--yes", "--stack", "staging"], change);
  await sandbox.pulumi(["stack", "export", "--stack", "staging"], change);
  await sandbox.pulumi(["stack", "output", "--json", "--stack", "staging"], change);
  await sandbox.pulumi(["refresh", "--yes", "--stack", "prod"], change);
  expect((await sandbox.up("prod", change)).code).toBe(0);
  await sandbox.raxx("sandbox", "status");
  await sandbox.raxx("sandbox", "exec", "--", "./raxx", "vault", "audit");
  expect((await sandbox.pulumi(["destroy", "--yes", "--stack", "staging"], change)).code).toBe(0);
  seen();
  clearInterval(watch);
}, 600_000);

afterAll(() => sandbox.close());

/** Under the old name of one, so that the next up copies it; and of another under both, so that it is a hand-off. */
async function rotateInCustody(): Promise<void> {
  const person = new VaultPerson(sandbox);
  const names = ["ANTHROPIC_API_KEY", "ANT_CLAUDE_SDK"].map((name) => ["anthropic", name] as const);
  for (const [folder, name] of [["stripe", "STRIPE_RESTRICTED_KEY"] as const, ...names]) {
    await person.rotate("prod", `/MooseQuest/${folder}`, name, randomBytes(24).toString("hex"));
  }
}

/** Backend, Pulumi home, stack files, call logs, events, temporary files; not the vendors' own databases. */
function places(): Searched[] {
  const { home } = sandbox.session;
  const vendorsOwn = [...vendorNames.map((vendor) => join(home.vendors, `${vendor}.json`)), home.world];
  return filesBelow(home.root, vendorsOwn);
}

/** Every file that git tracks or would track, and what the build makes. */
function checkoutFiles(): Searched[] {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: checkout,
    encoding: "utf8",
  });
  const paths = listed
    .split("\0")
    .filter(
      (path) => path !== "" && statSync(join(checkout, path), { throwIfNoEntry: false })?.isFile() === true,
    );
  const tracked = paths.map((path) => ({ name: path, content: readFileSync(join(checkout, path)) }));
  return [...tracked, ...filesBelow(join(checkout, "providers", "dist"))];
}

describe("no value stands in plain text", () => {
  it("knows a good number of values to look for", () => {
    // 4 apps' own vars, old and new tokens, this run's credentials, and what is in custody: keys line by line.
    expect(values.length).toBeGreaterThanOrEqual(100);
  });

  it("in state, history, plan, stack files, call logs, event log or temporary files", () => {
    const searched = places();
    const names = searched.map(({ name }) => name).join("\n");
    for (const name of ["prod.json", "staging.json", "events.json", "plan.json"])
      expect(names).toContain(name);
    expect(leaks(values, searched)).toEqual([]);
  });

  it("in anything that a command printed", () => {
    const content = Buffer.from(everythingPrinted());
    expect(content.length).toBeGreaterThan(10_000);
    expect(leaks(values, [{ name: "console output", content }])).toEqual([]);
  });

  it("in any process's arguments", () => {
    const lines = [...commandLines];
    expect(lines.some((line) => line.includes("dynamic-provider"))).toBe(true);
    expect(leaks(values, [{ name: "arguments", content: Buffer.from(lines.join("\n")) }])).toEqual([]);
  });

  it("in any process's environment, but for the credentials of the run", () => {
    const own = Object.values(sandbox.session.world.credentials);
    const content = Buffer.from([...environments].join("\n"));
    expect(leaks(own, [{ name: "environments", content }])).not.toEqual([]);
    const others = values.filter((value) => !own.includes(value));
    expect(leaks(others, [{ name: "environments", content }])).toEqual([]);
  });

  it("in the checkout", () => {
    expect(leaks(values, checkoutFiles())).toEqual([]);
  });
});

describe("the search itself", () => {
  it.each(["utf8", "base64", "hex"] as const)("finds a value that was planted as %s", (encoding) => {
    const planted = randomBytes(24).toString("base64url");
    const file = join(sandbox.session.home.backend, "planted.txt");
    writeFileSync(file, `before ${Buffer.from(planted).toString(encoding)} after`);
    expect(leaks([planted], places())).toEqual([`${file} holds value 0`]);
    rmSync(file);
    expect(leaks([planted], places())).toEqual([]);
  });

  it("finds the bytes of a hexadecimal value that was planted as base64", () => {
    const planted = randomBytes(32);
    const file = join(sandbox.session.home.backend, "planted.txt");
    writeFileSync(file, `before ${planted.toString("base64")} after`);
    expect(leaks([planted.toString("hex")], places())).toEqual([`${file} holds value 0`]);
    rmSync(file);
  });
});
