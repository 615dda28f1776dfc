import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { request } from "undici";

import { SandboxError } from "./error";
import { checkout, isAlive, isHeld, makeHome, unusable, type SandboxHome } from "./home";
import { type VendorName } from "./worlds/world";

/** The vendors while they run. */
export interface RunningVendors {
  pid: number;
  /** Base URLs, on loopback. */
  endpoints: Record<VendorName, string>;
  /** The DNS server of Cloudflare's zones, as `127.0.0.1:5353`. */
  nameServer: string;
}

/** What the vendors' process tells the one that started it. */
export type DaemonMessage = Omit<RunningVendors, "pid"> | { fault: string };

export interface StartVendorsOptions {
  /** The first of the ports to take, one per vendor, and one for DNS. @default free ones */
  port?: number;
  /** Minutes without a call after which the vendors stop by themselves. @default 60 */
  idleMinutes?: number;
  /** How long their start may take. @default 60 000 */
  startTimeoutMs?: number;
}

/** The vendors of this sandbox, or undefined where they do not run. */
export async function runningVendors(home: SandboxHome): Promise<RunningVendors | undefined> {
  const running = recorded(home);
  if (running?.endpoints === undefined) return undefined;
  try {
    const { body } = await request(`${running.endpoints.heroku}/_sandbox/vendor`, {
      headersTimeout: 5000,
      bodyTimeout: 5000,
    });
    const { directory } = (await body.json()) as { directory?: string };
    return directory === home.vendors ? { ...running, endpoints: running.endpoints } : undefined;
  } catch (error) {
    // It may only be slow: to take it for gone would put a second process on its databases.
    const { code = "" } = error as NodeJS.ErrnoException;
    if (!/^UND_ERR_.*_TIMEOUT$/.test(code) || !isAlive(running.pid)) return undefined;
    throw new SandboxError(
      `the vendors' process ${running.pid} does not answer: wait a little, or end it with kill -9 ${running.pid}`,
    );
  }
}

/** Whether a process has claimed the vendors, and serves none of them yet. */
export function isStarting(home: SandboxHome): boolean {
  return recorded(home)?.endpoints === undefined && isHeld(home.running);
}

/** What the vendors' process wrote of itself; without endpoints until it serves them. */
function recorded(
  home: SandboxHome,
): (Omit<RunningVendors, "endpoints"> & Partial<Pick<RunningVendors, "endpoints">>) | undefined {
  try {
    return JSON.parse(readFileSync(home.running, "utf8")) as ReturnType<typeof recorded>;
  } catch {
    return undefined;
  }
}

/** Starts the vendors in a process of their own, or finds them running. */
export async function startVendors(
  home: SandboxHome,
  options: StartVendorsOptions = {},
): Promise<RunningVendors> {
  const running = await runningVendors(home);
  if (running !== undefined) return onPort(running, options);
  makeHome(home);
  const log = logOf(home);
  const child = spawn(
    process.execPath,
    [
      ...["--require", require.resolve("tsx/cjs")],
      join(checkout, "sandbox", "vendors-daemon.ts"),
      ...[String(options.port ?? 0), String(options.idleMinutes ?? 60)],
    ],
    {
      cwd: checkout,
      detached: true,
      stdio: ["ignore", log, log, "ipc"],
      env: { ...process.env, RAXX_SANDBOX_HOME: home.root },
    },
  );
  let tooLate: NodeJS.Timeout | undefined;
  const message = await new Promise<DaemonMessage>((resolve) => {
    child.once("message", (received) => {
      resolve(received as DaemonMessage);
    });
    child.once("exit", () => {
      resolve({ fault: `the vendors stopped at once: see ${home.vendorsLog}` });
    });
    child.once("error", () => {
      resolve({ fault: `the vendors cannot be run: look at the permissions of ${process.execPath}` });
    });
    tooLate = setTimeout(() => {
      child.kill();
      resolve({ fault: `the vendors did not start in time: see ${home.vendorsLog}, then try again` });
    }, options.startTimeoutMs ?? 60_000);
  });
  // The command that started them may run for long, and must not end them then.
  clearTimeout(tooLate);
  closeSync(log);
  child.unref();
  if (child.connected) child.disconnect();
  if ("fault" in message) throw new SandboxError(message.fault);
  return onPort({ ...message, pid: recorded(home)?.pid ?? 0 }, options);
}

/** The vendors, where they run on the port that was asked for. */
function onPort(vendors: RunningVendors, { port }: StartVendorsOptions): RunningVendors {
  const { heroku } = vendors.endpoints;
  if (port === undefined || new URL(heroku).port === String(port)) return vendors;
  const urls = Object.values(vendors.endpoints).join(", ");
  throw new SandboxError(`the vendors already run on ${urls}: ./raxx sandbox stop first`);
}

function logOf(home: SandboxHome): number {
  try {
    return openSync(home.vendorsLog, "a", 0o600);
  } catch (error) {
    throw unusable(home.vendorsLog, error);
  }
}

/** Ends the vendors' process and waits until it is gone. False where none ran. */
export async function stopVendors(home: SandboxHome): Promise<boolean> {
  // Those that are about to run would run on behind its back.
  for (let attempt = 0; attempt < 100 && isStarting(home); attempt += 1) await sleep(100);
  const running = await runningVendors(home);
  if (running === undefined) {
    try {
      rmSync(home.running, { force: true });
    } catch (error) {
      throw unusable(home.root, error);
    }
    return false;
  }
  // It may have ended by itself just now.
  if (isAlive(running.pid)) process.kill(running.pid, "SIGTERM");
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (!isAlive(running.pid)) return true;
    await sleep(100);
  }
  throw new SandboxError(
    `the vendors' process ${running.pid} does not end: end it with kill -9 ${running.pid}`,
  );
}
