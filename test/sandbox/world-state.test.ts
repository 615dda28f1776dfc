import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { SandboxError } from "../../sandbox/error";
import { sandboxHome, type SandboxHome } from "../../sandbox/home";
import { ensureWorld, worldNames } from "../../sandbox/world-state";
import { ScratchFolder } from "./scratch-folder";

const databaseFiles = ["aws.json", "cloudflare.json", "github.json", "heroku.json", "infisical.json"];

let scratch: ScratchFolder;
let home: SandboxHome;
beforeEach(() => {
  scratch = new ScratchFolder();
  home = sandboxHome({ RAXX_SANDBOX_HOME: scratch.path("home") });
});
afterEach(() => {
  scratch.remove();
});

function refusal(run: () => unknown): SandboxError {
  try {
    run();
  } catch (error) {
    if (error instanceof SandboxError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

function databases(): Record<string, string> {
  const files = readdirSync(home.vendors).map((name) => [
    name,
    readFileSync(join(home.vendors, name), "utf8"),
  ]);
  return Object.fromEntries(files) as Record<string, string>;
}

it("seeds the open world where none is named", () => {
  const state = ensureWorld(home);
  expect(state.name).toBe("open");
  expect(Object.keys(databases()).sort()).toEqual(databaseFiles);
  expect(Object.keys(state).sort()).toEqual([
    "adopt",
    "cloudflareAccount",
    "cloudflareZones",
    "credentials",
    "infisicalProject",
    "name",
    "previousAdopt",
    "supplied",
    "vendors",
  ]);
});

it("seeds once: a second call finds the same credentials and leaves the vendors alone", () => {
  const first = ensureWorld(home, "open");
  const before = databases();
  expect(ensureWorld(home)).toEqual(first);
  expect(ensureWorld(home, "open")).toEqual(first);
  expect(databases()).toEqual(before);
});

it("does not undo what the vendors did since", () => {
  ensureWorld(home);
  writeFileSync(join(home.vendors, "heroku.json"), "{}");
  ensureWorld(home);
  expect(databases()["heroku.json"]).toBe("{}");
});

it("keeps what holds values from everybody else", () => {
  ensureWorld(home);
  const files = [home.world, ...Object.keys(databases()).map((name) => join(home.vendors, name))];
  for (const file of files) expect(statSync(file).mode & 0o777).toBe(0o600);
});

it("refuses another world than the one that was seeded, and names the commands", () => {
  const { credentials } = ensureWorld(home);
  const { message } = refusal(() => ensureWorld(home, "batch-2026-05-06"));
  expect(message).toBe(
    "this sandbox is the world open: ./raxx sandbox reset, then start it again with --world batch-2026-05-06",
  );
  for (const value of Object.values(credentials)) expect(message).not.toContain(value);
});

it("refuses a world that there is not, names those that there are, and makes nothing", () => {
  const { message } = refusal(() => ensureWorld(home, "nowhere"));
  expect(message).toBe(`there is no world nowhere: use --world ${worldNames.join(" or --world ")}`);
  expect(existsSync(home.root)).toBe(false);
});

it("makes a half-made world anew, so that vendors and credentials belong together", () => {
  const first = ensureWorld(home);
  const before = databases();
  rmSync(home.world);
  writeFileSync(join(home.vendors, "left.calls.jsonl"), "{}");
  const second = ensureWorld(home);
  expect(second.credentials["HEROKU_API_KEY"]).not.toBe(first.credentials["HEROKU_API_KEY"]);
  const after = databases();
  expect(Object.keys(after).sort()).toEqual(databaseFiles);
  expect(after["heroku.json"]).toContain(second.credentials["HEROKU_API_KEY"]);
  expect(after["heroku.json"]).not.toBe(before["heroku.json"]);
});

it("refuses a sandbox that was made with other vendors, and says how to start over", () => {
  const { vendors, ...older } = ensureWorld(home);
  const entries = Object.entries({ vendors, ...older });
  const withoutRecords = Object.fromEntries(entries.filter(([key]) => key !== "adopt"));
  expect(vendors).toContain("github");
  for (const state of [older, { ...older, vendors: ["heroku"] }, withoutRecords]) {
    writeFileSync(home.world, JSON.stringify(state));
    expect(refusal(() => ensureWorld(home)).message).toMatch(/other vendors: \.\/raxx sandbox reset/);
  }
});
