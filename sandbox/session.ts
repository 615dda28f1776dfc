import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { join } from "node:path";

import { locateEngine } from "./engine/locate";
import { environmentOf, sandboxVariables, shimFolder, type SandboxVariables } from "./environment";
import { SandboxError } from "./error";
import { checkout, claimHome, sandboxHome, type SandboxHome } from "./home";
import { standInsFor } from "./plugins/stand-ins";
import { ensureStacks } from "./stacks";
import { locateMoto } from "./vendors/aws/install";
import { startVendors, type StartVendorsOptions } from "./vendors-process";
import { ensureWorld, type WorldState } from "./world-state";

/** A sandbox that is ready: vendors running, engine there, stacks made. */
export interface Session {
  home: SandboxHome;
  world: WorldState;
  variables: SandboxVariables;
  environment: NodeJS.ProcessEnv;
}

export interface SessionOptions extends StartVendorsOptions {
  /** @default the world that was seeded, else `open` */
  world?: string;
}

/** Makes ready whatever is missing, says what takes long, and is quick where all is there. */
export async function openSession(options: SessionOptions = {}): Promise<Session> {
  const outer = process.env;
  const home = sandboxHome(outer);
  const world = await claimHome(home, () => ensureWorld(home, options.world));
  const engine = await locateEngine({ skipDirectories: [shimFolder], onProgress: note });
  await locateMoto({ onProgress: note, env: outer });
  const vendors = await startVendors(home, options);
  const standIns = await standInsFor(home, engine.binary, outer);
  const variables = sandboxVariables(home, vendors, world, engine, standIns, outer);
  const environment = environmentOf(variables, outer);
  // A claim of its own: the engine may take minutes to get ready, and nobody needs to wait for that here.
  await claimHome(home, () => {
    ensureStacks(home, world, environment);
  });
  return { home, world, variables, environment };
}

/** Runs a command inside the sandbox, in the caller's terminal. Returns its exit code. */
export async function runInside(session: Session, command: string, args: string[]): Promise<number> {
  const child = spawn(command, args, { stdio: "inherit", env: session.environment });
  return await exitOf(child, command);
}

/**
 * Runs plain `pulumi` on a stack, from the checkout, and throws where it fails: with what to do, where that is
 * known, since Pulumi's own words do not know of the sandbox.
 */
export async function pulumi(
  session: Session,
  stack: string,
  args: string[],
  failure: string,
): Promise<void> {
  const child = spawn("pulumi", [...args, "--stack", stack, "--non-interactive"], {
    cwd: checkout,
    env: session.environment,
    stdio: ["inherit", "inherit", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString("utf8");
    process.stderr.write(chunk);
  });
  if ((await exitOf(child, "pulumi")) === 0) return;
  throw new SandboxError(`stack ${stack} ${failure}: ${remedy(said, stack, session.home)}`);
}

/** Whether the stack's state holds no resource. */
export function isEmpty(session: Session, stack: string): boolean {
  const exported = spawnSync("pulumi", ["stack", "export", "--stack", stack], {
    cwd: checkout,
    env: session.environment,
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
  });
  if (exported.status !== 0) return false;
  const { deployment } = JSON.parse(exported.stdout) as { deployment: { resources?: unknown[] } };
  return (deployment.resources ?? []).length === 0;
}

function remedy(said: string, stack: string, home: SandboxHome): string {
  if (said.includes("incorrect passphrase")) {
    return `the passphrase in ${home.passphraseFile} is not the one it was made with; put that one back, or start over with ./raxx sandbox reset`;
  }
  if (said.includes("locked")) {
    return `another run holds it, or was cut off; wait for it, or free it with ./raxx sandbox exec -- pulumi cancel --yes --stack ${stack}`;
  }
  if (said.includes("failed to load checkpoint")) {
    const file = join(home.backend, ".pulumi", "stacks", "raxx-credentials", `${stack}.json`);
    return `a run was killed while it wrote the state; put the one before back with cp '${file}.bak' '${file}', then run this again`;
  }
  return "what was done is kept; put right what is said above, then run this again";
}

async function exitOf(child: ChildProcess, command: string): Promise<number> {
  // The terminal sends Ctrl-C to the child too; it decides when to end.
  const ignore = (): void => undefined;
  process.on("SIGINT", ignore);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once("error", () => {
        reject(new SandboxError(`${command} cannot be run: is it installed and on PATH?`));
      });
      child.once("close", (code, signal) => {
        resolve(code ?? (signal === "SIGKILL" ? 137 : 143));
      });
    });
  } finally {
    process.off("SIGINT", ignore);
  }
}

/** Progress goes to standard error: standard output is what was asked for. */
export function note(line: string): void {
  console.error(line);
}
