import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { access, mkdtemp, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";

import { cacheFolder, makeCacheFolder, outcome } from "../../cache";
import { SandboxError } from "../../error";
import { type Command, findPython, minimumPython, type Python, withInstaller } from "./python";

/** A Python with moto's packages. */
export interface Moto {
  python: string;
  /** The folder of the packages, for PYTHONPATH. */
  packages: string;
}

export interface LocateMotoOptions {
  /**
   * Called with a line now and then while moto is being installed, which takes a minute.
   * @default nothing is reported
   */
  onProgress?: (line: string) => void;
  /** @default 12 000 */
  progressEveryMs?: number;
  /** @default ten minutes */
  timeoutMs?: number;
  /**
   * What an error tells the reader to run again.
   * @default "./raxx sandbox up"
   */
  command?: string;
  /** @default process.env */
  env?: NodeJS.ProcessEnv;
}

/** The folder of what is written in Python. */
export const motoSource = join(__dirname, "moto");

const requirements = join(motoSource, "requirements.txt");
const leftoverAgeMs = 3_600_000;

/**
 * Finds the pinned moto in the cache folder, and installs it there where it is missing, with the checksums of the
 * lock file. The packages stand in a plain folder rather than in a virtual environment: that can be moved to its
 * place in one step, and needs no more of Python than any pip.
 *
 * @throws SandboxError where there is no Python, no pip, or no package index
 */
export async function locateMoto(options: LocateMotoOptions = {}): Promise<Moto> {
  const env = options.env ?? process.env;
  const again = `then run ${options.command ?? "./raxx sandbox up"} again`;
  const python = await findPython(env);
  if (python === undefined) {
    throw new SandboxError(
      `the emulated AWS needs Python >= ${minimumPython}, and none is on PATH: install it (https://www.python.org/downloads/, or python3 and python3-venv of your system), ${again}`,
    );
  }
  const cache = cacheFolder("moto", env);
  const target = join(cache, `${await lockHash()}-${python.tag}`);
  if (!(await exists(target))) await install(python, cache, target, again, { ...options, env });
  return { python: python.binary, packages: target };
}

async function install(
  python: Python,
  cache: string,
  target: string,
  again: string,
  options: LocateMotoOptions & { env: NodeJS.ProcessEnv },
): Promise<void> {
  await makeCacheFolder(cache);
  await removeLeftovers(cache);
  const say = options.onProgress ?? (() => undefined);
  // Beside its place, so that whoever sees the folder sees all of it, also when two install at once.
  const work = await mkdtemp(join(cache, "installing-"));
  try {
    const started = Date.now();
    const found = await withInstaller(python, options.env, (installer) =>
      run(installer, work, { cache, again, started, say }, options),
    );
    if (!found) {
      throw new SandboxError(
        `the emulated AWS needs pip to install moto, and ${python.binary} has neither pip nor venv: install one of them (python3-venv or python3-pip of your system, or uv), ${again}`,
      );
    }
    await rename(join(work, "packages"), target).catch(async (error: unknown) => {
      // Another was quicker; both are equal.
      if (!(await exists(target))) throw error;
    });
    say(`moto is installed (${seconds(started)})`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function run(
  installer: Command,
  work: string,
  {
    cache,
    again,
    started,
    say,
  }: { cache: string; again: string; started: number; say: (line: string) => void },
  options: LocateMotoOptions & { env: NodeJS.ProcessEnv },
): Promise<void> {
  say("installing moto, which emulates AWS, with pip: about a minute, once on this machine");
  const logFile = join(work, "install.log");
  // It may name a private index: for the owner only.
  const log = await open(logFile, "w", 0o600);
  const [program, ...args] = installer;
  const child = spawn(
    program,
    [...args, "--require-hashes", "--target", join(work, "packages"), "--requirement", requirements],
    {
      env: withoutTarget(options.env),
      stdio: ["ignore", log.fd, log.fd],
    },
  );
  const timer = setInterval(() => {
    say(`installing moto: ${seconds(started)}`);
  }, options.progressEveryMs ?? 12_000);
  // Not spawn's own timeout: where the program cannot be run, that one keeps this process alive until it is over.
  const tooLate = setTimeout(() => child.kill(), options.timeoutMs ?? 600_000);
  try {
    const failure = await outcome(child);
    if (failure === undefined) return;
    const kept = join(cache, "install.log");
    await rename(logFile, kept);
    throw new SandboxError(
      `installing moto for the emulated AWS ${failure}, the log is ${kept}: where it finds no packages, name an index that can be reached (PIP_INDEX_URL, or UV_INDEX_URL for uv) or a folder of wheels (PIP_FIND_LINKS), ${again}`,
    );
  } finally {
    clearInterval(timer);
    clearTimeout(tooLate);
    await log.close();
  }
}

/** pip takes settings from the environment, and some of them contradict our target. */
function withoutTarget(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const contradicting = /^PIP_(USER|TARGET|PREFIX|ROOT|REQUIRE_VIRTUALENV)$/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !contradicting.test(name)));
}

/** Another list of packages is another installation. */
async function lockHash(): Promise<string> {
  return createHash("sha256")
    .update(await readFile(requirements))
    .digest("hex")
    .slice(0, 12);
}

/** Deletes what killed installations left behind; what is an hour old belongs to nobody. */
async function removeLeftovers(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (!name.startsWith("installing-")) continue;
    const path = join(cache, name);
    const changed = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => Date.now(),
    );
    if (Date.now() - changed > leftoverAgeMs) await rm(path, { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function seconds(started: number): string {
  return `${Math.round((Date.now() - started) / 1000)} s`;
}
