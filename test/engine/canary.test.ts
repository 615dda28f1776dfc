import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { checkout } from "../../sandbox/home";
import { vendorNames } from "../../sandbox/worlds/world";
import { AwsOf } from "./support/aws";
import { filesBelow, leaks, type Searched } from "./support/canary";
import { processes } from "./support/processes";
import { day, everythingPrinted, TestSandbox } from "./support/sandbox";
import { VaultPerson } from "./support/vault-person";
import { linesOf, liveValues, searchable } from "./support/vendors";

let sandbox: TestSandbox;
const values = new Set<string>();
let temporary: string;
let watch: NodeJS.Timeout;
const commandLines = new Set<string>();
const environments = new Set<string>();

/** Lives through all that an operator does, the failures too, and then looks for what it left behind. */
beforeAll(async () => {
  sandbox = await TestSandbox.open();
  temporary = join(sandbox.session.home.root, "tmp");
  mkdirSync(temporary);
  watch = setInterval(() => {
    for (const { commandLine, environment } of processes()) {
      commandLines.add(commandLine);
      environments.add(environment);
    }
  }, 50);
  const events = join(sandbox.session.home.root, "events.json");
  const change = { TMPDIR: temporary };
  await see();
  expect((await sandbox.up("prod", change)).code).toBe(0);
  await rotateInCustody();
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
  await see();
  sandbox.setGenerations("staging", { current: day(1) });
  sandbox.setGenerations("staging", { current: day(1), previous: day(0) }, "RAXX_AUDIT_INGEST");
  await sandbox.fault("github", { kind: "status", status: 500, method: "PUT", times: 0 });
  await sandbox.fault("infisical", { kind: "status", status: 500, method: "PATCH", times: 0 });
  expect((await sandbox.up("staging", change)).code).not.toBe(0);
  await sandbox.clearFaults();
  await see();
  expect((await sandbox.pulumi(["preview", "--json", "--stack", "staging"], change)).code).toBe(0);
  const diff = ["preview", "--diff", "--stack", "staging", "--policy-pack", "policy"];
  expect((await sandbox.pulumi(diff, change)).code).toBe(0);
  expect((await sandbox.up("staging", change)).code).toBe(0);
  await sandbox.pulumi(["refresh", "--yes", "--stack", "staging"], change);
  await sandbox.pulumi(["stack", "export", "--stack", "staging"], change);
  await sandbox.pulumi(["stack", "output", "--json", "--stack", "staging"], change);
  await sandbox.pulumi(["refresh", "--yes", "--stack", "prod"], change);
  rotateIssued();
  await sandbox.fault("aws", { kind: "status", status: 500, path: "SSM PutParameter", times: 0 });
  await sandbox.fault("cloudflare", { kind: "status", status: 500, method: "PUT", times: 0 });
  expect((await sandbox.up("prod", change)).code).not.toBe(0);
  await sandbox.clearFaults();
  expect((await sandbox.up("prod", change)).code).toBe(0);
  await see();
  await sandbox.raxx("sandbox", "status");
  await sandbox.raxx("sandbox", "exec", "--", "./raxx", "vault", "audit");
  expect((await sandbox.pulumi(["destroy", "--yes", "--stack", "staging"], change)).code).toBe(0);
  await see();
  clearInterval(watch);
}, 1_200_000);

afterAll(async () => {
  clearInterval(watch);
  await sandbox.close();
});

/** Adds what is alive by now to what is searched for. */
async function see(): Promise<void> {
  const { credentials, supplied } = sandbox.session.world;
  const ofAws = await new AwsOf(sandbox).secretValues();
  const more = [...ofAws, ...Object.values(supplied).flatMap((one) => Object.values(one))].flatMap(linesOf);
  for (const value of [...liveValues(sandbox, credentials), ...searchable(more)]) values.add(value);
}

/** One token of each vendor, with an overlap. */
function rotateIssued(): void {
  const overlap = { current: `${day(0)}.2`, previous: day(0) };
  for (const name of ["AWS_BILLING_READ", "CF_DNS_EDIT_RAXX_APP", "INF_APP_READER"] as const)
    sandbox.setGenerations("prod", overlap, name);
  const admitted = `${day(0)} sandbox`;
  const inPlace = { current: `${day(0)}.2`, version: 2, previousExpiresAt: `${day(7)}T00:00:00Z`, admitted };
  sandbox.setGenerations("prod", inPlace, "CF_ACCESS_SVC_VAULT");
}

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
  const databases = [...vendorNames.map((vendor) => `${vendor}.json`), "aws.moto"];
  return filesBelow(home.root, [...databases.map((name) => join(home.vendors, name)), home.world]);
}

/**
 * An environment without the variables that are there to hand a value over. The engine gives the program its decrypted
 * configuration in `PULUMI_CONFIG`. A workflow's step gets a secret by its `env` alone, at GitHub as on the emulated
 * runner, and its shell hands it on to what it calls; only the names that our workflow has, and only there.
 */
function withoutHandedOver(environment: string): string {
  const variables = environment.split("\0");
  const ofStep = variables.includes("GITHUB_ACTIONS=true") ? ["AWS_SECRET_ACCESS_KEY"] : [];
  const names = ["PULUMI_CONFIG", ...ofStep];
  return variables.filter((one) => !names.some((name) => one.startsWith(`${name}=`))).join("\n");
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
    // 4 apps' own vars, old and new tokens, this run's credentials, what was supplied and is in custody: keys line by line.
    expect(values.size).toBeGreaterThanOrEqual(150);
    for (const form of [/^HRKU-/, /^cfut_/, /^cfast_/, /^[\w-]+\.[\w-]+\.[\w-]+$/, /^[A-Za-z0-9+/]{40}$/])
      expect([...values].filter((value) => form.test(value)).length).toBeGreaterThanOrEqual(2);
  });

  it("in state, history, plan, stack files, call logs, event log or temporary files", () => {
    const searched = places();
    const names = searched.map(({ name }) => name).join("\n");
    for (const name of ["prod.json", "staging.json", "events.json", "plan.json"])
      expect(names).toContain(name);
    expect(leaks([...values], searched)).toEqual([]);
  });

  it("in anything that a command printed", () => {
    const content = Buffer.from(everythingPrinted());
    expect(content.length).toBeGreaterThan(10_000);
    expect(leaks([...values], [{ name: "console output", content }])).toEqual([]);
  });

  it("in any process's arguments", () => {
    const lines = [...commandLines];
    expect(lines.some((line) => line.includes("dynamic-provider"))).toBe(true);
    expect(leaks([...values], [{ name: "arguments", content: Buffer.from(lines.join("\n")) }])).toEqual([]);
  });

  it("in any process's environment, but for the credentials of the run and what cannot go another way", () => {
    const own = Object.values(sandbox.session.world.credentials);
    const whole = [{ name: "environments", content: Buffer.from([...environments].join("\n")) }];
    expect(leaks(own, whole)).not.toEqual([]);
    const others = [...values].filter((value) => !own.includes(value));
    expect(leaks(others, whole)).not.toEqual([]);
    const rest = Buffer.from([...environments].map(withoutHandedOver).join("\n"));
    expect(leaks(others, [{ name: "environments", content: rest }])).toEqual([]);
  });

  it("in the checkout", () => {
    expect(leaks([...values], checkoutFiles())).toEqual([]);
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
