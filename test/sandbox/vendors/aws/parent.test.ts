import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { isAlive } from "../../../../sandbox/home";
import { locateMoto } from "../../../../sandbox/vendors/aws";
import { ScratchFolder } from "../../scratch-folder";
import { startTimeoutMs } from "./harness";

let scratch: ScratchFolder;
beforeAll(() => locateMoto(), startTimeoutMs);
beforeEach(() => {
  scratch = new ScratchFolder();
});
afterEach(() => {
  scratch.remove();
});

async function host() {
  const child = spawn(
    process.execPath,
    ["--require", require.resolve("tsx/cjs"), join(__dirname, "host.ts"), scratch.root],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  return { child, ...(JSON.parse(line) as { url: string; motoPid: number }) };
}

async function gone(pid: number): Promise<boolean> {
  for (let attempt = 0; attempt < 50 && isAlive(pid); attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return !isAlive(pid);
}

it.each(["SIGTERM", "SIGKILL"] as const)(
  "moto ends with the process that started it, also by %s",
  async (signal) => {
    const { child, url, motoPid } = await host();
    expect(isAlive(motoPid)).toBe(true);
    expect((await fetch(`${url}/_sandbox/vendor`)).status).toBe(200);
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
    expect(await gone(motoPid)).toBe(true);
  },
  60_000,
);
