import { spawn } from "node:child_process";
import { mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { request } from "undici";

import { SandboxError } from "./error";
import { checkout, type SandboxHome } from "./home";

/** The vendors while they run. */
export interface RunningVendors {
  pid: number;
  /** Base URLs, on loopback. */
  endpoints: { heroku: string; infisical: string };
}

/** What the vendors' process tells the one that started it. */
export type DaemonMessage = { endpoints: RunningVendors["endpoints"] } | { fault: string };

export interface StartVendorsOptions {
  /** The first of the ports to take, one per vendor. @default free ones */
  port?: number;
  /** Minutes without a call after which the vendors stop by themselves. @default 60 */
  idleMinutes?: number;
}

/** The vendors of this sandbox, or undefined where they do not run. */
export async function runningVendors(home: SandboxHome): Promise<RunningVendors | undefined> {
  const running = recorded(home);
  if (running?.endpoints === undefined) return undefined;
  try {
    const { body } = await request(`${running.endpoints.heroku}/_sandbox/vendor`, { headersTimeout: 5000 });
    const { directory } = (await body.json()) as { directory?: string };
    return directory === home.vendors ? { pid: running.pid, endpoints: running.endpoints } : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a process has claimed the vendors, and serves none of them yet. */
export function isStarting(home: SandboxHome): boolean {
  const claimed = recorded(home);
  return claimed !== undefined && claimed.endpoints === undefined && isAlive(claimed.pid);
}

/** What the vendors' process wrote of itself; without endpoints until it serves them. */
function recorded(home: SandboxHome): { pid: number; endpoints?: RunningVendors["endpoints"] } | undefined {
  try {
    return JSON.parse(readFileSync(home.running, "utf8")) as ReturnType<typeof recorded>;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Starts the vendors in a process of their own, or finds them running. */
export async function startVendors(
  home: SandboxHome,
  options: StartVendorsOptions = {},
): Promise<RunningVendors> {
  const running = await runningVendors(home);
  if (running !== undefined) return running;
  mkdirSync(home.vendors, { recursive: true, mode: 0o700 });
  const log = openSync(home.vendorsLog, "a", 0o600);
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
  const message = await new Promise<DaemonMessage>((resolve) => {
    child.once("message", (received) => {
      resolve(received as DaemonMessage);
    });
    child.once("exit", () => {
      resolve({ fault: `the vendors stopped at once: see ${home.vendorsLog}` });
    });
  });
  child.unref();
  if (child.connected) child.disconnect();
  if ("fault" in message) throw new SandboxError(message.fault);
  return { pid: recorded(home)?.pid ?? 0, endpoints: message.endpoints };
}

/** Ends the vendors' process and waits until it is gone. False where none ran. */
export async function stopVendors(home: SandboxHome): Promise<boolean> {
  const running = await runningVendors(home);
  if (running === undefined) {
    rmSync(home.running, { force: true });
    return false;
  }
  process.kill(running.pid, "SIGTERM");
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (!isAlive(running.pid)) return true;
    await sleep(100);
  }
  throw new SandboxError(
    `the vendors' process ${running.pid} does not end: end it with kill -9 ${running.pid}`,
  );
}
