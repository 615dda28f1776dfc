import { messageOf } from "@raxx/providers/boundary";
import { Command } from "commander";

import { status } from "./status";

async function main(): Promise<void> {
  const program = new Command("raxx")
    .description("Mints, distributes, checks, rotates and revokes every machine credential of Raxx")
    .showHelpAfterError("(raxx --help lists the verbs)");
  program
    .command("status")
    .description("what was issued, and where it went, as the state of each stack has it")
    .option("--stack <name...>", "stacks to look at", ["prod", "staging"])
    .option("--json", "for programs")
    .action(status);
  // Listed here, run by ./raxx itself: what runs in production never imports the sandbox.
  program
    .command("sandbox")
    .description("the whole system on this machine, with emulated vendors and no account");
  await program.parseAsync();
}

main().catch((error: unknown) => {
  console.error(`error: ${messageOf(error)}`);
  process.exitCode = 1;
});
