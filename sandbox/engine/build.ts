import { spawn } from "node:child_process";
import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { outcome } from "../cache";
import { SandboxError } from "../error";

const PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
const VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";
const LEFTOVER_AGE_MS = 60 * 60 * 1000;

export interface BuildOptions {
  /** The `go` to build with. */
  go: string;
  /** Where the finished binary goes. */
  target: string;
  /** Version to build, without a leading `v`. */
  version: string;
  env: NodeJS.ProcessEnv;
  onProgress: (line: string) => void;
  progressEveryMs: number;
  /** What to do about a build that fails; ends the error's message. */
  wayOut: string;
}

/**
 * Builds the engine beside its target and moves it there in one step, so that whoever sees the target sees a whole
 * engine: also when two build at once (the last one wins, both are equal) or when one is killed. There is no lock, since a
 * lock outlives a killed holder, and two builds at once only cost time.
 */
export async function buildEngine(options: BuildOptions): Promise<void> {
  const { target, version, onProgress } = options;
  const folder = dirname(target);
  const workPrefix = `${folder}.building-`;
  await removeLeftovers(workPrefix);
  const work = await mkdtemp(workPrefix);
  try {
    const started = Date.now();
    onProgress(`building the Pulumi engine v${version} with Go: some minutes, once on this machine`);
    await runGo(options, work, () => seconds(Date.now() - started));
    await mkdir(folder, { recursive: true });
    await rename(join(work, "pulumi"), target);
    onProgress(`the Pulumi engine is built (${seconds(Date.now() - started)})`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function runGo(options: BuildOptions, work: string, elapsed: () => string): Promise<void> {
  const binary = join(work, "pulumi");
  const logFile = join(work, "build.log");
  const log = await open(logFile, "w");
  const flags = ["-v", "-mod=readonly", "-ldflags", `-s -w -X ${VERSION_VARIABLE}=v${options.version}`];
  const go = spawn(options.go, ["build", ...flags, "-o", binary, PACKAGE], {
    cwd: __dirname,
    // Without cgo no C compiler is needed. A go.work somewhere above the checkout must not change the build.
    env: { ...options.env, CGO_ENABLED: "0", GOWORK: "off" },
    stdio: ["ignore", log.fd, log.fd],
  });
  let ended = false;
  const timer = setInterval(() => {
    void lastStep(logFile).then((step) => {
      // The log may have taken longer to read than the rest of the build.
      if (!ended) options.onProgress(`building the Pulumi engine: ${elapsed()}${step}`);
    });
  }, options.progressEveryMs);
  try {
    const failure = await outcome(go);
    if (failure !== undefined || !(await exists(binary))) {
      const kept = `${dirname(options.target)}.build.log`;
      await rename(logFile, kept);
      throw new SandboxError(
        `building the Pulumi engine with Go ${failure ?? "left no binary"}, the log is ${kept}; ${options.wayOut}`,
      );
    }
  } finally {
    ended = true;
    clearInterval(timer);
    await log.close();
  }
}

/** How far Go has come: with `-v` it logs a line for each module it downloads, then for each package it compiles. */
async function lastStep(logFile: string): Promise<string> {
  // The build may end, and take its log along, between a tick and this read.
  const lines = await readFile(logFile, "utf8").then(
    (text) => text.split("\n").filter((line) => line !== ""),
    () => [],
  );
  const downloads = lines.filter((line) => line.startsWith("go: downloading")).length;
  if (lines.length > downloads) return `, ${lines.length - downloads} packages compiled`;
  return downloads > 0 ? `, ${downloads} modules downloaded` : "";
}

/** Deletes what killed builds left behind. A build takes minutes, so what is an hour old belongs to nobody. */
async function removeLeftovers(prefix: string): Promise<void> {
  const folder = dirname(prefix);
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (!path.startsWith(prefix)) continue;
    const age = await stat(path).then(
      (found) => Date.now() - found.mtimeMs,
      () => 0,
    );
    if (age > LEFTOVER_AGE_MS) await rm(path, { recursive: true, force: true });
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

function seconds(elapsedMs: number): string {
  const total = Math.round(elapsedMs / 1000);
  return total < 60 ? `${total} s` : `${Math.floor(total / 60)} min ${total % 60} s`;
}
