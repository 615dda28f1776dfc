import { randomBytes } from "node:crypto";
import { join } from "node:path";

import { type RenamePhase } from "../../catalog";
import { checkout } from "../../sandbox/home";
import { TestSandbox, type Ran } from "./support/sandbox";
import { secretsIn } from "./support/vault";
import { VaultPerson } from "./support/vault-person";

const project = join(checkout, "test", "engine", "fixtures", "vault-rename");
const folders = ["/MooseQuest/anthropic", "/MooseQuest/alpaca", "/MooseQuest/heroku"];
const paper = { KEY_ID: "ALPACA_PAPER_API_KEY_ID", SECRET_KEY: "ALPACA_PAPER_API_SECRET_KEY" };

let sandbox: TestSandbox;
let person: VaultPerson;

beforeAll(async () => {
  sandbox = await TestSandbox.open();
  person = new VaultPerson(sandbox);
  expect((await sandbox.pulumi(["stack", "init", "fixture"])).code).toBe(0);
}, 600_000);

afterAll(() => sandbox.close());

function pulumi(
  verb: "up" | "preview" | "refresh",
  phase: RenamePhase,
  generation = "2026-05-06",
): Promise<Ran> {
  const how = verb === "preview" ? ["--diff"] : ["--yes", "--skip-preview"];
  const environment = { PHASE: phase, GENERATION: generation };
  return sandbox.pulumi([verb, ...how, "--stack", "fixture", "--cwd", project], environment);
}

async function up(phase: RenamePhase, generation?: string): Promise<string> {
  const { code, output } = await pulumi("up", phase, generation);
  expect(code).toBe(0);
  return output;
}

/** Name → value of the three tokens, old names and new ones. */
function held(): Record<string, string> {
  const all = folders.flatMap((folder) => [...secretsIn(sandbox.infisical(), "prod", folder).values()]);
  const named = all.filter(({ name }) => /PAPER|ANT_|ANTHROPIC|HEROKU|HK_/.test(name));
  return Object.fromEntries(
    named.filter(({ name }) => !/__(EXPIRES_AT)$/.test(name)).map(({ name, value }) => [name, value]),
  );
}

const newNames = [
  "ALP_PAPER_TRADING__KEY_ID",
  "ALP_PAPER_TRADING__SECRET_KEY",
  "ANT_CLAUDE_SDK",
  "HK_PLATFORM_FULL",
];
const oldNames = [
  "ALPACA_PAPER_API_KEY_ID",
  "ALPACA_PAPER_API_SECRET_KEY",
  "ANTHROPIC_API_KEY",
  "HEROKU_API_KEY",
  "HEROKU_PLATFORM_API_TOKEN",
];
/** Old name → new name. */
const pairs = {
  ALPACA_PAPER_API_KEY_ID: "ALP_PAPER_TRADING__KEY_ID",
  ALPACA_PAPER_API_SECRET_KEY: "ALP_PAPER_TRADING__SECRET_KEY",
  ANTHROPIC_API_KEY: "ANT_CLAUDE_SDK",
  HEROKU_API_KEY: "HK_PLATFORM_FULL",
  HEROKU_PLATFORM_API_TOKEN: "HK_PLATFORM_FULL",
};

function expectSame(): void {
  const now = held();
  for (const [old, name] of Object.entries(pairs)) expect([old, now[old]]).toEqual([old, now[name]]);
  expect(Object.keys(now).sort()).toEqual([...newNames, ...oldNames].sort());
}

/** A person rotates what is in custody under these names, and the program what it issues. */
async function rotate(phase: RenamePhase, generation: string, names: Record<string, string>): Promise<void> {
  const values = Object.values(names);
  expect(values.length).toBe(3);
  const [key = "", secretKey = "", single = ""] = Object.keys(names);
  await person.rotate("prod", "/MooseQuest/alpaca", key, values[0] ?? "");
  await person.rotate("prod", "/MooseQuest/alpaca", secretKey, values[1] ?? "");
  await person.rotate("prod", "/MooseQuest/anthropic", single, values[2] ?? "");
  await up(phase, generation);
}

function three(key: string, secretKey: string, single: string): Record<string, string> {
  return Object.fromEntries([key, secretKey, single].map((name) => [name, randomBytes(24).toString("hex")]));
}

/** The tests of this file are one story: each goes on where the one before it stopped. */
describe("a single value, a pair, and two old names for what we issue", () => {
  let first: Record<string, string>;

  it("are there under both names in phase added, and the old ones in custody are untouched", async () => {
    const before = sandbox.infisical().secrets;
    first = held();
    await up("added");
    expectSame();
    const now = held();
    for (const name of [paper.KEY_ID, paper.SECRET_KEY, "ANTHROPIC_API_KEY"]) {
      expect(now[name]).toBe(first[name]);
      expect(sandbox.infisical().secrets).toContainEqual(before.find((one) => one.name === name));
    }
  }, 120_000);

  it("change nothing in the next up, without a call to the vault", async () => {
    const mark = sandbox.mark("infisical");
    expect(await up("added")).not.toMatch(/updated|created/);
    expect(sandbox.calls("infisical", mark)).toEqual([]);
  }, 60_000);

  it("follow a rotation in phase added, under the old names", async () => {
    const values = three(paper.KEY_ID, paper.SECRET_KEY, "ANTHROPIC_API_KEY");
    await rotate("added", "2026-05-07", values);
    expectSame();
    expect(held()).toMatchObject(values);
  }, 120_000);

  it("show in a preview what the next phase does", async () => {
    const { code, output } = await pulumi("preview", "consumers-moved", "2026-05-07");
    expect(code).toBe(0);
    expect(output).toMatch(/ANTHROPIC_API_KEY[^]*"added" => "consumers-moved"/);
    expect(output).toContain("no longer written: to be deleted with the next deploy");
  }, 60_000);

  it("in phase consumers-moved, a rotation leaves the old names as they are", async () => {
    const before = held();
    await up("consumers-moved", "2026-05-07");
    expect(held()).toEqual(before);
    const values = three("ALP_PAPER_TRADING__KEY_ID", "ALP_PAPER_TRADING__SECRET_KEY", "ANT_CLAUDE_SDK");
    await rotate("consumers-moved", "2026-05-08", values);
    const now = held();
    expect(now).toMatchObject(values);
    for (const name of oldNames) expect(now[name]).toBe(before[name]);
    expect(now["HK_PLATFORM_FULL"]).not.toBe(before["HK_PLATFORM_FULL"]);
  }, 120_000);

  it("back to added, the old names get the newest values", async () => {
    const newest = held();
    await up("added", "2026-05-08");
    expectSame();
    for (const name of newNames) expect(held()[name]).toBe(newest[name]);
  }, 120_000);

  it("in phase old-deleted, the old names are gone, and a rotation does not bring them back", async () => {
    await up("consumers-moved", "2026-05-08");
    const before = held();
    await up("old-deleted", "2026-05-08");
    expect(Object.keys(held()).sort()).toEqual(newNames);
    for (const name of newNames) expect(held()[name]).toBe(before[name]);
    const values = three("ALP_PAPER_TRADING__KEY_ID", "ALP_PAPER_TRADING__SECRET_KEY", "ANT_CLAUDE_SDK");
    await rotate("old-deleted", "2026-05-09", values);
    expect(Object.keys(held()).sort()).toEqual(newNames);
    expect(held()).toMatchObject(values);
  }, 180_000);

  it("all the way back, every old name is there again with the newest value", async () => {
    await up("consumers-moved", "2026-05-09");
    expectSame();
    await up("added", "2026-05-09");
    expectSame();
  }, 120_000);

  it("two rotations at once that disagree are a hand-off, said in full, and nothing is written", async () => {
    await person.rotate(
      "prod",
      "/MooseQuest/anthropic",
      "ANTHROPIC_API_KEY",
      randomBytes(24).toString("hex"),
    );
    await person.rotate("prod", "/MooseQuest/anthropic", "ANT_CLAUDE_SDK", randomBytes(24).toString("hex"));
    const before = held();
    expect((await pulumi("refresh", "added", "2026-05-09")).code).toBe(0);
    const output = await up("added", "2026-05-09");
    expect(output).toMatch(/hand-off: names of ANT_CLAUDE_SDK that should hold the same value/);
    expect(held()).toEqual(before);
    await person.rotate("prod", "/MooseQuest/anthropic", "ANT_CLAUDE_SDK", before["ANTHROPIC_API_KEY"] ?? "");
    expect(await up("added", "2026-05-09")).not.toContain("hand-off");
    expectSame();
  }, 180_000);

  it("a value that is missing is a hand-off with its vendor's steps, in each run until it is there", async () => {
    const { ANT_CLAUDE_SDK: value = "" } = held();
    await person.remove("prod", "/MooseQuest/anthropic", "ANTHROPIC_API_KEY");
    await person.remove("prod", "/MooseQuest/anthropic", "ANT_CLAUDE_SDK");
    expect((await pulumi("refresh", "added", "2026-05-09")).code).toBe(0);
    for (const output of [await up("added", "2026-05-09"), await up("added", "2026-05-09")]) {
      expect(output).toContain("https://console.anthropic.com/settings/keys");
      expect(output).toMatch(/hand-off: ANT_CLAUDE_SDK is in custody, but ANT_CLAUDE_SDK is missing/);
    }
    await person.call("POST", "/v4/secrets/ANT_CLAUDE_SDK", {
      projectId: person.projectId,
      environment: "prod",
      secretPath: "/MooseQuest/anthropic",
      secretValue: value,
    });
    expect(await up("added", "2026-05-09")).not.toContain("hand-off");
    expect(held()["ANT_CLAUDE_SDK"]).toBe(value);
  }, 180_000);
});
