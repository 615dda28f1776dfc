import { createHash, randomUUID } from "node:crypto";
import { accessSync, constants, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { SandboxError } from "./error";

/** The folder of the checkout that this file belongs to. */
export const checkout = dirname(__dirname);

/** Where one checkout's sandbox keeps its things: outside the checkout, because the vendors' databases hold values. */
export interface SandboxHome {
  root: string;
  /** Pulumi's state backend. */
  backend: string;
  pulumiHome: string;
  passphraseFile: string;
  /** The generated copies of the stack files. */
  stackFiles: string;
  /** The vendors' databases and call logs. */
  vendors: string;
  /** What was seeded: the world's name, this run's credentials, what goes into the stack files. */
  world: string;
  /** There while one process makes the world or the stacks. */
  claim: string;
  /** Written by the vendors' process while it runs. */
  running: string;
  /** What the vendors' process prints. */
  vendorsLog: string;
  /** What the stand-in providers print. */
  standInsLog: string;
}

export function sandboxHome(environment: NodeJS.ProcessEnv): SandboxHome {
  const named = environment["RAXX_SANDBOX_HOME"] ?? "";
  // Absolute from here on: the vendors and Pulumi run in other folders than the command.
  const root = named === "" ? defaultRoot(environment) : resolve(named);
  return {
    root,
    backend: join(root, "backend"),
    pulumiHome: join(root, "pulumi-home"),
    passphraseFile: join(root, "passphrase"),
    stackFiles: join(root, "stack-files"),
    vendors: join(root, "vendors"),
    world: join(root, "world.json"),
    claim: join(root, "claim.json"),
    running: join(root, "running.json"),
    vendorsLog: join(root, "vendors.log"),
    standInsLog: join(root, "stand-ins.log"),
  };
}

function defaultRoot(environment: NodeJS.ProcessEnv): string {
  const named = environment["XDG_STATE_HOME"] ?? "";
  // A relative one is to be ignored, says the XDG specification.
  const state = isAbsolute(named) ? named : join(homedir(), ".local", "state");
  const digest = createHash("sha256").update(checkout).digest("hex").slice(0, 8);
  return join(state, "raxx", "sandboxes", `${basename(checkout)}-${digest}`);
}

/** Makes the folders of the sandbox where they are missing, for their owner only. */
export function makeHome(home: SandboxHome): void {
  for (const folder of [home.root, home.backend, home.pulumiHome, home.stackFiles, home.vendors]) {
    try {
      makeFolder(folder);
      accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch (error) {
      throw unusable(folder, error);
    }
  }
}

/** One folder at a time: Node's recursive mkdir never ends where a folder says ENOENT, as those in /proc do. */
function makeFolder(folder: string): void {
  if (isFolder(folder)) return;
  if (dirname(folder) !== folder) makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!isFolder(folder)) throw error;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** The fault of a place where the sandbox cannot keep its things. */
export function unusable(path: string, error: unknown): SandboxError {
  const { code = "no reason given" } = error as NodeJS.ErrnoException;
  return new SandboxError(
    `the sandbox's ${path} cannot be made or written (${code}): put right what is in the way, or name another folder with RAXX_SANDBOX_HOME`,
  );
}

/**
 * Does the work while no other process does any on this sandbox: two commands at once on a fresh sandbox must not
 * seed it twice.
 */
export async function claimHome<T>(
  home: SandboxHome,
  work: () => T | Promise<T>,
  { waitMs = 120_000 }: { waitMs?: number } = {},
): Promise<T> {
  makeHome(home);
  const deadline = Date.now() + waitMs;
  let mine = takeClaim(home.claim);
  while (mine === undefined) {
    dropClaim(home.claim, () => !isHeld(home.claim));
    if (Date.now() >= deadline) {
      const pid = claimant(home.claim);
      throw new SandboxError(
        `another ./raxx sandbox${pid === undefined ? "" : `, process ${pid},`} is making this sandbox ready: wait until it is done, or remove ${home.claim} if it is none`,
      );
    }
    await sleep(50);
    mine = takeClaim(home.claim);
  }
  try {
    return await work();
  } finally {
    if (textOf(home.claim) === mine) rmSync(home.claim, { force: true });
  }
}

/** Takes a file for this process. Returns what it wrote there, or undefined where the file is already there. */
export function takeClaim(file: string): string | undefined {
  // No two claims are alike, so that one can be told from the next.
  const text = JSON.stringify({ pid: process.pid, claim: randomUUID() });
  try {
    writeFileSync(file, text, { flag: "wx", mode: 0o600 });
    return text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return undefined;
    throw unusable(file, error);
  }
}

/**
 * Removes a claim that nobody holds. Two may find the same one at once, and the slower must not remove what the
 * quicker has taken since: so only one, who makes the marker of just this claim, looks again and removes it.
 */
export function dropClaim(file: string, isStale: () => boolean): void {
  const text = textOf(file);
  if (text === undefined || !isStale()) return;
  const marker = `${file}.${createHash("sha256").update(text).digest("hex").slice(0, 12)}`;
  try {
    writeFileSync(marker, "", { flag: "wx", mode: 0o600 });
  } catch {
    return;
  }
  try {
    if (textOf(file) === text && isStale()) rmSync(file, { force: true });
  } finally {
    rmSync(marker, { force: true });
  }
}

/** Whether the process that took the file lives, or is just about to write its number into it. */
export function isHeld(file: string): boolean {
  const pid = claimant(file);
  if (pid !== undefined) return isAlive(pid);
  try {
    return Date.now() - statSync(file).mtimeMs < 5000;
  } catch {
    return false;
  }
}

/** The process that took the file, or undefined where it does not say. */
export function claimant(file: string): number | undefined {
  try {
    return (JSON.parse(textOf(file) ?? "") as { pid?: number }).pid;
  } catch {
    return undefined;
  }
}

/** What the file says, or undefined where it cannot be read. */
export function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Somebody else's process, which may not be asked.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
