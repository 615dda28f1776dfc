import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { SandboxError } from "../../sandbox/error";
import { sandboxHome, type SandboxHome } from "../../sandbox/home";
import {
  runningVendors,
  startVendors,
  stopVendors,
  type RunningVendors,
} from "../../sandbox/vendors-process";
import { ensureWorld } from "../../sandbox/world-state";
import { vendorNames } from "../../sandbox/worlds/world";
import { ScratchFolder } from "./scratch-folder";

let scratch: ScratchFolder;
let home: SandboxHome;
beforeEach(() => {
  scratch = new ScratchFolder();
  home = sandboxHome({ RAXX_SANDBOX_HOME: scratch.path("home") });
});
afterEach(async () => {
  await stopVendors(home);
  scratch.remove();
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Waits for the process to be gone, for ten seconds at most. */
async function gone(pid: number): Promise<boolean> {
  for (let attempt = 0; attempt < 100 && isAlive(pid); attempt += 1) await sleep(100);
  return !isAlive(pid);
}

async function apps(vendors: RunningVendors, key: string): Promise<Record<string, string>[]> {
  const headers = { accept: "application/vnd.heroku+json; version=3", authorization: `Bearer ${key}` };
  const answer = await fetch(`${vendors.endpoints.heroku}/apps`, { headers });
  return (await answer.json()) as Record<string, string>[];
}

/** The first of so many ports in a row that are free: below those that the system hands out to others meanwhile. */
async function freePorts(count: number): Promise<number> {
  for (let tries = 0; tries < 50; tries += 1) {
    const first = 20_000 + Math.floor(Math.random() * 10_000);
    const servers: Server[] = [];
    for (let port = first; port < first + count; port += 1) {
      const server = await listening(port);
      if (server !== undefined) servers.push(server);
    }
    for (const server of servers) await closed(server);
    if (servers.length === count) return first;
  }
  throw new Error(`no ${count} free ports in a row`);
}

/** Undefined where the port is in use. */
async function listening(port: number): Promise<Server | undefined> {
  const server = createServer();
  server.listen(port, "127.0.0.1");
  return await once(server, "listening").then(
    () => server,
    () => undefined,
  );
}

async function closed(server: Server): Promise<void> {
  server.close();
  await once(server, "close");
}

async function refusal(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof SandboxError)) throw new Error(`expected a SandboxError, got ${String(error)}`);
  return error.message;
}

it("runs on when the command that started it runs for longer than a start may take", async () => {
  ensureWorld(home);
  const startTimeoutMs = 20_000;
  const start = Date.now();
  const vendors = await startVendors(home, { startTimeoutMs });
  await sleep(start + startTimeoutMs + 500 - Date.now());
  expect(await runningVendors(home)).toEqual(vendors);
}, 60_000);

it("says so, and leaves no process, where the start takes too long", async () => {
  ensureWorld(home);
  const message = await refusal(startVendors(home, { startTimeoutMs: 1 }));
  expect(message).toContain("the vendors did not start in time");
  expect(await runningVendors(home)).toBeUndefined();
});

it("starts once, is found by a second start, and serves the seeded world", async () => {
  const { credentials } = ensureWorld(home);
  const vendors = await startVendors(home);
  expect(await startVendors(home)).toEqual(vendors);
  expect(await runningVendors(home)).toEqual(vendors);
  expect(isAlive(vendors.pid)).toBe(true);
  for (const url of Object.values(vendors.endpoints)) expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const names = (await apps(vendors, credentials["HEROKU_API_KEY"] ?? "")).map(({ name }) => name);
  expect(names).toContain("raxx-api-prod");
});

it("ends on stop, and holds afterwards what it held before", async () => {
  const key = ensureWorld(home).credentials["HEROKU_API_KEY"] ?? "";
  const first = await startVendors(home);
  const url = `${first.endpoints.heroku}/apps/raxx-api-prod/config-vars`;
  const headers = {
    accept: "application/vnd.heroku+json; version=3",
    authorization: `Bearer ${key}`,
    "content-type": "application/json",
  };
  const written = await fetch(url, { method: "PATCH", headers, body: JSON.stringify({ WRITTEN: "before" }) });
  expect(written.status).toBe(200);

  expect(await stopVendors(home)).toBe(true);
  expect(await gone(first.pid)).toBe(true);
  expect(await runningVendors(home)).toBeUndefined();
  expect(existsSync(home.running)).toBe(false);

  const second = await startVendors(home);
  expect(second.pid).not.toBe(first.pid);
  const read = await fetch(`${second.endpoints.heroku}/apps/raxx-api-prod/config-vars`, { headers });
  expect(await read.json()).toMatchObject({ WRITTEN: "before" });
});

it("is not running where nothing was started, and a stop says so", async () => {
  expect(await runningVendors(home)).toBeUndefined();
  expect(await stopVendors(home)).toBe(false);
});

it("does not take another process, or another sandbox, for its own", async () => {
  const other = sandboxHome({ RAXX_SANDBOX_HOME: scratch.path("other") });
  const vendors = await startVendors(home);
  ensureWorld(other);
  writeFileSync(other.running, JSON.stringify(vendors));
  expect(await runningVendors(other)).toBeUndefined();
  expect(await stopVendors(other)).toBe(false);
  expect(existsSync(other.running)).toBe(false);
  expect(await runningVendors(home)).toEqual(vendors);
});

it("starts anew where a killed process left its note", async () => {
  const first = await startVendors(home);
  process.kill(first.pid, "SIGKILL");
  expect(await gone(first.pid)).toBe(true);
  expect(existsSync(home.running)).toBe(true);
  const second = await startVendors(home);
  expect(second.pid).not.toBe(first.pid);
  expect(await runningVendors(home)).toEqual(second);
});

it("takes the ports that are asked for, and names the one that is in use", async () => {
  const port = (await freePorts(vendorNames.length + 2)) + 1;
  const server = await listening(port);
  try {
    const said = (taken: number): string =>
      `port ${taken} is in use: choose another with --port, or leave --port out to take free ones`;
    expect(await refusal(startVendors(home, { port }))).toBe(said(port));
    // The second vendor's port, when the first one's is free.
    expect(await refusal(startVendors(home, { port: port - 1 }))).toBe(said(port));
    expect(await runningVendors(home)).toBeUndefined();
    expect(existsSync(home.running)).toBe(false);
  } finally {
    if (server !== undefined) await closed(server);
  }
  const { endpoints, nameServer } = await startVendors(home, { port: port - 1 });
  expect(nameServer).toBe(`127.0.0.1:${port + vendorNames.length - 1}`);
  expect(endpoints).toEqual({
    heroku: `http://127.0.0.1:${port - 1}`,
    infisical: `http://127.0.0.1:${port}`,
    github: `http://127.0.0.1:${port + 1}`,
    cloudflare: `http://127.0.0.1:${port + 2}`,
    aws: `http://127.0.0.1:${port + 3}`,
  });
});

it("does not run on other ports than those that are asked for", async () => {
  const port = await freePorts(vendorNames.length + 1);
  const { endpoints } = await startVendors(home, { port });
  const said = `the vendors already run on ${Object.values(endpoints).join(", ")}: ./raxx sandbox stop first`;
  expect(await refusal(startVendors(home, { port: port === 5000 ? 5001 : 5000 }))).toBe(said);
  expect((await runningVendors(home))?.endpoints).toEqual(endpoints);
  expect(await stopVendors(home)).toBe(true);
  const again = await startVendors(home, { port });
  expect(await startVendors(home, { port })).toEqual(again);
});

it("stops vendors that are about to run, rather than forget them", async () => {
  const starting = startVendors(home);
  while (!existsSync(home.running)) await sleep(5);
  expect(await stopVendors(home)).toBe(true);
  const { pid } = await starting.catch(() => ({ pid: 0 }));
  if (pid !== 0) expect(await gone(pid)).toBe(true);
  expect(await runningVendors(home)).toBeUndefined();
});

it("does not start a second time beside vendors that do not answer", async () => {
  const { pid } = await startVendors(home);
  process.kill(pid, "SIGSTOP");
  try {
    const said = `the vendors' process ${pid} does not answer: wait a little, or end it with kill -9 ${pid}`;
    expect(await refusal(startVendors(home))).toBe(said);
    expect(await refusal(stopVendors(home))).toBe(said);
    expect(existsSync(home.running)).toBe(true);
  } finally {
    process.kill(pid, "SIGCONT");
  }
});

it("stops by itself when nobody calls, and not before", async () => {
  const idleMs = 1500;
  const { pid } = await startVendors(home, { idleMinutes: idleMs / 60_000 });
  // Three calls, each later than the one before by less than it waits, together longer.
  for (let call = 0; call < 3; call += 1) {
    await sleep(idleMs * 0.5);
    expect(await runningVendors(home)).toMatchObject({ pid });
  }
  expect(await gone(pid)).toBe(true);
  expect(existsSync(home.running)).toBe(false);
});

it("does not start over a database that cannot be read, and shows nothing of it", async () => {
  ensureWorld(home);
  const broken = `{"token":"${scratch.root}"`;
  writeFileSync(join(home.vendors, "heroku.json"), broken);
  const said = await refusal(startVendors(home));
  expect(said).toMatch(/^the vendors did not start: error: unexpected SyntaxError at sandbox\//);
  expect(said).not.toContain(scratch.root);
  expect(readFileSync(join(home.vendors, "heroku.json"), "utf8")).toBe(broken);
  expect(readFileSync(home.vendorsLog, "utf8")).toBe("");
});
