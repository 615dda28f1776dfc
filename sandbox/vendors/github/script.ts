import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { render, secretsOf, type TemplateContext } from "./templates";

export interface ScriptRun {
  /** Null where it was ended, or could not begin. */
  exitCode: number | null;
  /** What it printed, with every secret that it could have had as `***`. */
  log: string;
}

export interface ScriptOptions {
  /** What the script's tools reach of the world outside. */
  internet: Record<string, string>;
  /** Ends it. */
  signal: AbortSignal;
}

const maxLogLength = 64 * 1024;
/** As GitHub calls it for `shell: bash`: https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax */
const bash = ["--noprofile", "--norc", "-e", "-o", "pipefail"];

/**
 * Runs a step's script in bash, as it is written. All that it finds on PATH are the tools of this folder, so that it can
 * call nobody but whom they reach. A secret gets to it by the step's `env` alone.
 */
export async function runScript(
  { run, env }: { run: string; env: Record<string, string> },
  context: TemplateContext,
  { internet, signal }: ScriptOptions,
): Promise<ScriptRun> {
  const variables = Object.entries(env).map(([name, value]) => [name, render(value, context)]);
  const folder = mkdtempSync(join(tmpdir(), "raxx-runner-"));
  try {
    const script = join(folder, "script.sh");
    writeFileSync(script, run);
    const { exitCode, output } = await execute([...bash, script], {
      folder,
      signal,
      environment: {
        CI: "true",
        GITHUB_ACTIONS: "true",
        HOME: folder,
        ...(Object.fromEntries(variables) as Record<string, string>),
        PATH: installTools(folder),
        SANDBOX_INTERNET: JSON.stringify(internet),
      },
    });
    return { exitCode, log: masked(output, secretsOf(context)) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The folder that PATH names. */
function installTools(folder: string): string {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  const command = [
    process.execPath,
    // What node says about itself is no word of AWS's client.
    "--no-warnings",
    "--require",
    require.resolve("tsx/cjs"),
    join(__dirname, "tools", "aws.ts"),
  ];
  const file = join(bin, "aws");
  writeFileSync(file, `#!/bin/sh\nexec ${command.map(quoted).join(" ")} "$@"\n`);
  chmodSync(file, 0o700);
  return bin;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

function execute(
  args: string[],
  { folder, environment, signal }: { folder: string; environment: NodeJS.ProcessEnv; signal: AbortSignal },
): Promise<{ exitCode: number | null; output: string }> {
  return new Promise((resolve) => {
    // A group of its own, which its end takes away as a whole.
    const child = spawn("/bin/bash", args, {
      cwd: folder,
      env: environment,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const chunks: Buffer[] = [];
    let length = 0;
    const keep = (chunk: Buffer): void => {
      length += chunk.length;
      if (length <= maxLogLength) chunks.push(chunk);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    const end = (): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, "SIGKILL");
      } catch {
        // It has ended already.
      }
    };
    const done = (exitCode: number | null): void => {
      signal.removeEventListener("abort", end);
      // Cut off somewhere, it could end in a part of a secret that is not recognised as one.
      const output = length > maxLogLength ? "too much to keep\n" : Buffer.concat(chunks).toString("utf8");
      resolve({ exitCode, output });
    };
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
    child.once("error", () => {
      done(null);
    });
    child.once("close", done);
  });
}

/** Longest first: one may be part of another. GitHub masks the lines of a secret one by one, too. */
function masked(text: string, secrets: string[]): string {
  const lines = secrets.flatMap((secret) => [secret, ...secret.split("\n")]).filter((line) => line !== "");
  return [...new Set(lines)]
    .sort((one, other) => other.length - one.length)
    .reduce((rest, line) => rest.replaceAll(line, "***"), text);
}
