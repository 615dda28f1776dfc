import { existsSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { Command, InvalidArgumentError, Option } from "commander";

import { callMark, callsSince } from "./calls";
import { exportLines } from "./environment";
import { lineOf } from "./error";
import { checkout, claimHome, sandboxHome } from "./home";
import { isEmpty, note, openSession, pulumi, runInside, type SessionOptions } from "./session";
import { stackFile, stacks } from "./stacks";
import { locateMoto } from "./vendors/aws/install";
import { runningVendors, startVendors, stopVendors } from "./vendors-process";
import { ensureWorld, worldNames } from "./world-state";

const startOptions = [
  new Option("--world <name>", "what the vendors hold before the first run").choices(worldNames),
  new Option("--port <number>", "first of the ports to take, one per vendor (default: free ones)").argParser(
    whole(1024, 65000),
  ),
  new Option(
    "--idle-minutes <number>",
    "stop by itself after so long without a call (default: 60)",
  ).argParser(whole(1, 24 * 60)),
];

function addOption(command: Command, option: Option): Command {
  return command.addOption(option);
}

async function main(): Promise<void> {
  const program = new Command("raxx sandbox")
    .description("the whole system on this machine, with emulated vendors and no account")
    .showHelpAfterError("(raxx sandbox --help lists the verbs)")
    .enablePositionalOptions();

  startOptions.reduce(addOption, program.command("start")).description("start the vendors").action(start);
  program.command("stop").description("stop the vendors; what they hold stays").action(stop);
  program.command("status").description("what runs, and where its files are").action(status);
  program.command("env").description('lines for a shell: eval "$(./raxx sandbox env)"').action(env);
  startOptions
    .reduce(addOption, program.command("up"))
    .description("provision both stacks, and say what was minted and where it went")
    .action(up);
  program.command("preview").description("say what up would do").action(preview);
  program.command("destroy").description("take away what is ours, and only that").action(destroy);
  program.command("reset").description("forget everything: vendors, state, stack files").action(reset);
  program
    .command("exec")
    .description("run a command inside, e.g. exec -- pulumi preview --stack prod")
    .argument("<command...>")
    .passThroughOptions()
    .action(exec);
  await program.parseAsync();
}

async function start(options: SessionOptions): Promise<void> {
  const home = sandboxHome(process.env);
  const world = await claimHome(home, () => ensureWorld(home, options.world));
  await locateMoto({ onProgress: note, command: "./raxx sandbox start" });
  const vendors = await startVendors(home, options);
  printVendors(world.name, vendors.endpoints);
}

async function stop(): Promise<void> {
  const stopped = await stopVendors(sandboxHome(process.env));
  console.log(stopped ? "vendors stopped" : "no vendors are running");
}

async function status(): Promise<void> {
  const home = sandboxHome(process.env);
  const vendors = await runningVendors(home);
  if (vendors === undefined) console.log("no vendors are running: ./raxx sandbox start");
  else printVendors((await claimHome(home, () => ensureWorld(home))).name, vendors.endpoints);
  console.log(`files       ${home.root}`);
  for (const stack of stacks) console.log(`${stack.padEnd(11)} ${stackFile(home, stack)}`);
}

async function env(): Promise<void> {
  console.log(exportLines((await openSession()).variables));
}

async function up(options: SessionOptions): Promise<void> {
  const session = await openSession(options);
  for (const stack of stacks) {
    note(`\n${stack}: pulumi up`);
    const mark = callMark(session.home);
    await pulumi(session, stack, ["up", "--yes", "--skip-preview"], "is not finished");
    note(callsSince(session.home, mark));
  }
  const told = await runInside(session, join(checkout, "raxx"), ["status"]);
  // 2: all is provisioned, and a person has still something to do.
  process.exitCode = told === 2 ? 0 : told;
}

async function preview(): Promise<void> {
  const session = await openSession();
  for (const stack of stacks) {
    note(`\n${stack}: pulumi preview`);
    await pulumi(session, stack, ["preview"], "cannot be previewed");
  }
}

async function destroy(): Promise<void> {
  const session = await openSession();
  for (const stack of [...stacks].reverse()) {
    note(`\n${stack}: pulumi destroy`);
    // The program runs in a destroy, and on an empty stack it would leave its components behind.
    if (isEmpty(session, stack)) continue;
    await pulumi(session, stack, ["destroy", "--yes", "--skip-preview"], "is not gone");
  }
}

async function reset(): Promise<void> {
  const home = sandboxHome(process.env);
  await stopVendors(home);
  // Only what is the sandbox's own: RAXX_SANDBOX_HOME may name a folder that holds other things.
  const { root, ...own } = home;
  for (const path of Object.values(own)) rmSync(path, { recursive: true, force: true });
  if (existsSync(root) && readdirSync(root).length === 0) rmdirSync(root);
  console.log("the sandbox is gone: ./raxx sandbox up makes a new one");
}

async function exec([command = "", ...args]: string[]): Promise<void> {
  process.exitCode = await runInside(await openSession(), command, args);
}

function printVendors(world: string, endpoints: Record<string, string>): void {
  console.log(`world       ${world}`);
  for (const [vendor, url] of Object.entries(endpoints)) console.log(`${vendor.padEnd(11)} ${url}`);
}

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`a whole number from ${least} to ${most} is needed.`);
  };
}

main().catch((error: unknown) => {
  console.error(lineOf(error));
  process.exitCode = 1;
});
