import { spawn } from "node:child_process";

import { locateEngine } from "./engine/locate";
import { environmentOf, sandboxVariables, shimFolder, type SandboxVariables } from "./environment";
import { SandboxError } from "./error";
import { checkout, sandboxHome, type SandboxHome } from "./home";
import { ensureStacks } from "./stacks";
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
  const world = ensureWorld(home, options.world);
  const engine = await locateEngine({ skipDirectories: [shimFolder], onProgress: note });
  const vendors = await startVendors(home, options);
  const variables = sandboxVariables(home, vendors, world, engine, outer);
  const environment = environmentOf(variables, outer);
  ensureStacks(home, world, environment);
  return { home, world, variables, environment };
}

/** Runs a command inside the sandbox, in the caller's terminal. Returns its exit code. */
export async function runInside(
  session: Session,
  command: string,
  args: string[],
  cwd?: string,
): Promise<number> {
  const child = spawn(command, args, {
    stdio: "inherit",
    env: session.environment,
    ...(cwd === undefined ? {} : { cwd }),
  });
  // The terminal sends Ctrl-C to the child too; it decides when to end.
  const ignore = (): void => undefined;
  process.on("SIGINT", ignore);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once("error", () => {
        reject(new SandboxError(`${command} cannot be run: is it installed and on PATH?`));
      });
      child.once("exit", (code, signal) => {
        resolve(code ?? (signal === "SIGKILL" ? 137 : 143));
      });
    });
  } finally {
    process.off("SIGINT", ignore);
  }
}

/** Runs plain `pulumi` on a stack, from the checkout. */
export function pulumi(session: Session, stack: string, args: string[]): Promise<number> {
  return runInside(session, "pulumi", [...args, "--stack", stack, "--non-interactive"], checkout);
}

/** Progress goes to standard error: standard output is what was asked for. */
export function note(line: string): void {
  console.error(line);
}
