import { spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { request } from "undici";

import { SandboxError } from "./error";
import { checkout, type SandboxHome } from "./home";
import { type DaemonMessage } from "./vendors-daemon";

/** The vendors while they run. */
export interface RunningVendors {
  pid: number;
  /** Base URLs, on loopback. */
  endpoints: { heroku: string; infisical: string };
}

export interface StartVendorsOptions {
  /** The first of the ports to take, one per vendor. @default free ones */
  port?: number;
  /** Minutes without a call after which the vendors stop by themselves. @default 60 */
  idleMinutes?: number;
}

/** The vendors of this sandbox, or undefined where they do not run. */
export async function runningVendors(home: SandboxHome): Promise<RunningVendors | undefined> {
  if (!existsSync(home.running)) return undefined;
  const running = JSON.parse(readFileSync(home.running, "utf8")) as RunningVendors;
  try {
    const { body } = await request(`${running.endpoints.heroku}/_sandbox/vendor`, { headersTimeout: 5000 });
    const { directory } = (await body.json()) as { directory?: string };
    return directory === home.vendors ? running : undefined;
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
  return { pid: child.pid ?? 0, endpoints: message.endpoints };
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
    if ((await runningVendors(home)) === undefined) return true;
    await sleep(100);
  }
  throw new SandboxError(
    `the vendors' process ${running.pid} does not end: end it with kill -9 ${running.pid}`,
  );
}
