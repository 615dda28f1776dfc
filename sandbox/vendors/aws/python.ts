import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { findOnPath } from "../../engine/find-on-path";

/** A Python that moto runs on. */
export interface Python {
  binary: string;
  /** E.g. `cpython-311-x86_64-linux-gnu`: compiled packages are for this one only. */
  tag: string;
}

/** A program with its arguments so far. */
export type Command = readonly [program: string, ...args: string[]];

/** moto's own lower bound. */
const minimum = [3, 10] as const;
export const minimumPython = minimum.join(".");

const probeTimeoutMs = 30_000;
const names = ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10", "python"];

const probe = `
import sys, sysconfig
if sys.version_info >= (${minimum.join(", ")}):
    print((sysconfig.get_config_var("SOABI") or sys.implementation.cache_tag) + "-" + sys.platform)
`;

/** The first on PATH that is new enough. */
export async function findPython(env: NodeJS.ProcessEnv): Promise<Python | undefined> {
  for (const name of names) {
    for (const binary of await findOnPath(name, env.PATH)) {
      const tag = (await output([binary, "-c", probe], env))?.trim();
      if (tag !== undefined && /^[\w.-]+$/.test(tag)) return { binary, tag };
    }
  }
  return undefined;
}

/**
 * A way to install packages, which not every Python brings: Debian's has pip, venv and ensurepip in packages of
 * their own. Calls `use` with the first that is there; false where none is.
 *
 * `uv` is last, since it reads its own settings and not those of pip.
 */
export async function withInstaller(
  python: Python,
  env: NodeJS.ProcessEnv,
  use: (installer: Command) => Promise<void>,
): Promise<boolean> {
  const own: Command = [python.binary, "-m", "pip"];
  if (await works(own, env)) {
    await use([...own, ...pipInstall]);
    return true;
  }
  const work = await mkdtemp(join(tmpdir(), "raxx-python-"));
  try {
    const ofVenv: Command = [join(work, "bin", "python"), "-m", "pip"];
    const makers: Command[] = [
      [python.binary, "-m", "venv", work],
      [python.binary, "-m", "virtualenv", "--python", python.binary, work],
      ["virtualenv", "--python", python.binary, work],
    ];
    for (const maker of makers) {
      if ((await output(maker, env)) === undefined || !(await works(ofVenv, env))) continue;
      await use([...ofVenv, ...pipInstall]);
      return true;
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  if (!(await works(["uv"], env))) return false;
  // pip compiles by itself; without it every start would.
  await use(["uv", "pip", "install", "--compile-bytecode", "--python", python.binary]);
  return true;
}

/** What a person's own settings of pip must not change; the index is theirs. */
const pipInstall = ["install", "--no-user", "--no-input", "--disable-pip-version-check", "--retries", "2"];

async function works(command: Command, env: NodeJS.ProcessEnv): Promise<boolean> {
  return (await output([...command, "--version"], env)) !== undefined;
}

/** What it prints, or undefined where it cannot be run or fails. */
async function output([program, ...args]: Command, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    return (await promisify(execFile)(program, args, { env, timeout: probeTimeoutMs })).stdout;
  } catch {
    return undefined;
  }
}
