import { spawn } from "node:child_process";
import { copyFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { checkout } from "../../sandbox/home";
import { vendorNames } from "../../sandbox/worlds/world";
import { descendants, processes } from "./support/processes";
import { day, mainJob, TestSandbox } from "./support/sandbox";
import { configVars, tokensMarked } from "./support/vendors";

let sandbox: TestSandbox;

beforeAll(async () => {
  sandbox = await TestSandbox.open(mainJob);
  sandbox.setGenerations("prod", { current: day(0), previousAdopt: [] });
}, 600_000);

afterAll(() => sandbox.close());

async function until(what: string, condition: () => boolean, seconds: number): Promise<void> {
  for (let tries = 0; tries < seconds * 10; tries += 1) {
    if (condition()) return;
    await sleep(100);
  }
  throw new Error(`not within ${seconds} s: ${what}`);
}

/**
 * Waits until the run does nothing but wait for Heroku. A kill while the engine writes a checkpoint may leave an empty
 * one in a backend of files: see the README, "Against the real vendors".
 */
async function quiet(): Promise<void> {
  for (let before = -1, now = calls(); now !== before; before = now, now = calls()) await sleep(1500);
}

function calls(): number {
  return vendorNames.reduce((sum, vendor) => sum + sandbox.calls(vendor).length, 0);
}

/** The tests of this file are one story: each goes on where the one before it stopped. */
describe("a run that is killed between the mint and its record", () => {
  it("leaves no process behind", async () => {
    const mark = sandbox.mark("heroku");
    // The proof of the new token, after its mint.
    await sandbox.fault("heroku", { kind: "delay", delayMs: 60_000, path: "/account", call: 4 });
    const engine = spawn(
      "pulumi",
      ["up", "--yes", "--skip-preview", "--stack", "prod", "--non-interactive"],
      {
        cwd: checkout,
        env: sandbox.session.environment,
        stdio: "ignore",
      },
    );
    const minted = (): boolean => sandbox.calls("heroku", mark).some(({ method }) => method === "POST");
    await until("the mint", minted, 60);
    await quiet();
    const children = descendants(engine.pid ?? 0).map(({ pid }) => pid);
    expect(children.length).toBeGreaterThanOrEqual(3);

    engine.kill("SIGKILL");

    const alive = (): number[] =>
      processes()
        .map(({ pid }) => pid)
        .filter((pid) => children.includes(pid));
    await until("its children's end", () => alive().length === 0, 10);
    expect(tokensMarked(sandbox.heroku(), `raxx:prod:HK_PLATFORM_FULL:${day(0)}`)).toHaveLength(1);
  }, 120_000);

  it("tells the next run that the stack is locked, and how to free it", async () => {
    await sandbox.clearFaults();
    const { code, output } = await sandbox.raxx("sandbox", "up");
    expect(code).not.toBe(0);
    expect(output).toContain("./raxx sandbox exec -- pulumi cancel --yes --stack prod");
    expect(output).not.toMatch(/\n\s+at /);
  }, 60_000);

  it("takes over what the killed run minted, and mints nothing again", async () => {
    expect((await sandbox.pulumi(["cancel", "--yes", "--stack", "prod"])).code).toBe(0);
    sandbox.keep(mainJob);
    const mark = sandbox.mark("heroku");
    const { code, output } = await sandbox.up("prod");
    expect(output).not.toContain("error:");
    expect(code).toBe(0);
    expect(sandbox.calls("heroku", mark).filter(({ method }) => method === "POST")).toEqual([]);
    const [token, ...others] = tokensMarked(sandbox.heroku(), `raxx:prod:HK_PLATFORM_FULL:${day(0)}`);
    expect(others).toEqual([]);
    expect(configVars(sandbox.heroku(), "raxx-api-prod")["HEROKU_API_KEY"]).toBe(token);
  }, 120_000);
});

it("a state that was cut off while it was written is put back by the command that the message says", async () => {
  const file = join(sandbox.session.home.backend, ".pulumi", "stacks", "raxx-credentials", "prod.json");
  truncateSync(file);
  const { code, output } = await sandbox.raxx("sandbox", "up");
  expect(code).not.toBe(0);
  const [, from = "", to = ""] = /put the one before back with cp '([^']+)' '([^']+)'/.exec(output) ?? [];
  expect(to).toBe(file);
  copyFileSync(from, to);
  sandbox.keep(mainJob);
  const again = await sandbox.up("prod");
  expect(again.output).not.toMatch(/\d+ (created|updated|deleted|replaced)/);
  expect(again.code).toBe(0);
}, 120_000);
