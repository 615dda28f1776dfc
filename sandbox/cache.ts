import { type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { access, constants, mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

import { SandboxError } from "./error";

/** Where what is made once on a machine is kept for all checkouts. */
export function cacheFolder(name: string, env: NodeJS.ProcessEnv): string {
  // A relative XDG_CACHE_HOME is to be ignored: https://specifications.freedesktop.org/basedir-spec/latest/
  const base = env.XDG_CACHE_HOME;
  const root = base !== undefined && isAbsolute(base) ? base : join(env.HOME ?? homedir(), ".cache");
  return join(root, "raxx", name);
}

/** @throws SandboxError where it cannot be written to */
export async function makeCacheFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? "unknown error";
    throw new SandboxError(
      `the cache folder ${folder} cannot be used (${reason}); set XDG_CACHE_HOME to a folder that can be written`,
    );
  }
}

/** Undefined where the process ended well, else what went wrong. */
export async function outcome(child: ChildProcess): Promise<string | undefined> {
  try {
    const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
    if (code === 0) return undefined;
    return code === null ? `was ended by ${String(signal)}` : `failed with exit code ${code}`;
  } catch (error) {
    return `could not be started (${String((error as NodeJS.ErrnoException).code)})`;
  }
}
