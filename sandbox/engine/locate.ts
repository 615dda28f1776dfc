import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { gte, parse } from "semver";
import writeFileAtomic from "write-file-atomic";
import { cacheFolder, makeCacheFolder } from "../cache";
import { SandboxError } from "../error";
import { buildEngine } from "./build";
import { findOnPath, isExecutable } from "./find-on-path";
import { readRequirements } from "./requirements";

/** A `pulumi` that can run this project. */
export interface Engine {
  binary: string;
  /** Folder of the binary. It belongs first on PATH: the engine prefers a language host from PATH to the one beside it. */
  directory: string;
  /** Without a leading `v`. */
  version: string;
  /** `path`: installed on the machine and used as it is. `built`: the pinned one, from our cache folder. */
  origin: "path" | "built";
}

export interface LocateEngineOptions {
  /**
   * Folders of PATH in which a `pulumi` does not count: our own shim would find itself.
   * @default []
   */
  skipDirectories?: readonly string[];
  /**
   * Called with a line now and then while an engine is being built, which takes minutes.
   * @default nothing is reported
   */
  onProgress?: (line: string) => void;
  /** @default 12 000 */
  progressEveryMs?: number;
  /**
   * What an error tells the reader to run again.
   * @default "./raxx sandbox up"
   */
  command?: string;
  /**
   * PATH, HOME and XDG_CACHE_HOME are read from here.
   * @default process.env
   */
  env?: NodeJS.ProcessEnv;
}

/** What stands beside a built engine; the engine counts executables in its own folder as bundled with it. */
export const ENGINE_COMPANIONS = [
  "pulumi-language-nodejs",
  "pulumi-resource-pulumi-nodejs",
  "language-host.cjs",
  "dynamic-provider.cjs",
  "project-packages.cjs",
  "parent-watch.cjs",
] as const;

const EXECUTABLE = 0o755;
const VERSION_TIMEOUT_MS = 20_000;

/**
 * Finds an engine: one on PATH that is new enough, else the pinned one in the cache folder, which is built there with Go
 * when it is missing.
 *
 * @throws SandboxError when there is neither an engine nor a Go to build one with, or when the build fails
 */
export async function locateEngine(options: LocateEngineOptions = {}): Promise<Engine> {
  const env = options.env ?? process.env;
  const cache = cacheFolder("engine", env);
  const required = readRequirements();

  const skipped = [...(options.skipDirectories ?? []), cache];
  const installed = await findInstalled(env, skipped, required.pulumi);
  if (installed.engine !== undefined) return installed.engine;

  const directory = join(cache, `v${required.pulumi}-${await sumHash()}`);
  const binary = join(directory, "pulumi");
  if (!(await isExecutable(binary))) {
    const again = `then run ${options.command ?? "./raxx sandbox up"} again`;
    const install = `install Pulumi >= ${required.pulumi} (https://www.pulumi.com/docs/install/)`;
    const [go] = await findOnPath("go", env.PATH);
    if (go === undefined) {
      const old =
        installed.tooOld === undefined
          ? "neither pulumi nor go is on PATH"
          : `${installed.tooOld}, and go is not on PATH`;
      throw new SandboxError(
        `no usable Pulumi engine: ${old}; ${install} or Go >= ${required.go} (https://go.dev/doc/install), ${again}`,
      );
    }
    await makeCacheFolder(cache);
    await buildEngine({
      go,
      target: binary,
      version: required.pulumi,
      env,
      onProgress: options.onProgress ?? (() => undefined),
      progressEveryMs: options.progressEveryMs ?? 12_000,
      wayOut: `put right what it says or ${install}, ${again}`,
    });
  }
  await refreshCompanions(directory);
  return { binary, directory, version: required.pulumi, origin: "built" };
}

/** The first `pulumi` on PATH that is new enough; failing that, a clause about one that is not. */
async function findInstalled(
  env: NodeJS.ProcessEnv,
  skipped: readonly string[],
  minimum: string,
): Promise<{ engine?: Engine; tooOld?: string }> {
  let tooOld: string | undefined;
  for (const binary of await findOnPath("pulumi", env.PATH, skipped)) {
    const version = await versionOf(binary, env);
    if (version === undefined) continue;
    if (gte(version, minimum))
      return { engine: { binary, directory: dirname(binary), version, origin: "path" } };
    tooOld ??= `${binary} is version ${version}, older than ${minimum}`;
  }
  return tooOld === undefined ? {} : { tooOld };
}

/** Undefined when it cannot be run, or says something else: a broken `pulumi` is as good as none. */
async function versionOf(binary: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(binary, ["version"], {
      env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" },
      timeout: VERSION_TIMEOUT_MS,
    });
    return parse(stdout.trim())?.version;
  } catch {
    return undefined;
  }
}

/** The checksums name every module that goes into the engine: another list is another engine. */
async function sumHash(): Promise<string> {
  const sums = await readFile(join(__dirname, "go.sum"));
  return createHash("sha256").update(sums).digest("hex").slice(0, 12);
}

/** Puts this checkout's launchers and language host beside the engine, where they are not there already. */
async function refreshCompanions(directory: string): Promise<void> {
  for (const name of ENGINE_COMPANIONS) {
    const wanted = await readFile(join(__dirname, name));
    const target = join(directory, name);
    const present = await readFile(target).catch(() => undefined);
    if (present?.equals(wanted) === true && (await isExecutable(target))) continue;
    // Atomic, since an engine of another checkout may be starting it right now.
    await writeFileAtomic(target, wanted, { mode: EXECUTABLE });
  }
}
