import { messageOf } from "@raxx/providers/boundary";
import { Command } from "commander";

import { docs } from "./docs";
import { status } from "./status";
import { tokenCheck } from "./token-check";
import { tokenList } from "./token-list";
import { vaultAudit } from "./vault-audit";

async function main(): Promise<void> {
  const program = new Command("raxx")
    .description("Mints, distributes, checks, rotates and revokes every machine credential of Raxx")
    .showHelpAfterError("(raxx --help lists the verbs)");
  program
    .command("status")
    .description(
      "what was issued, where it went, and what is for a person to do, as the state of each stack has it",
    )
    .option("--stack <name...>", "stacks to look at", ["prod", "staging"])
    .option("--json", "for programs")
    .action(status);
  program
    .command("docs")
    .description("writes the documents in docs/ that follow from the catalog and the stack files")
    .action(() => {
      docs();
    });
  const token = program.command("token").description("the tokens of the catalog");
  token
    .command("check")
    .description("the provisioning checklist of one token: what is done, what is missing, what to look at")
    .argument("<name>", "as CF_DNS_EDIT_RAXX_APP")
    .option("--json", "for programs")
    .action(tokenCheck);
  token
    .command("list")
    .description(
      "the tokens that pass all the filters, with the generations of the stack files (in the sandbox, of its copies)",
    )
    .option("--vendor <code...>", "as CF; of several, any")
    .option("--tag <dimension:tag...>", "as function:dns-edit; of several of one dimension, any")
    .option("--consumer <name...>", "as ci, whether or not it is the one of the tag; of several, any")
    .option("--environment <name>", "prod, staging or dev: only what has a value of its own there")
    .option(
      "--due [day]",
      "only what has a generation whose rotation is due by that day, as 2026-12-31 (default: today, UTC)",
    )
    .option("--json", "for programs")
    .action(tokenList);
  const vault = program.command("vault").description("what stands in the vault");
  vault
    .command("audit")
    .description(
      "what stands in the vault against what the catalog and the stack files say (in the sandbox, its copies); changes nothing, exits with 2 where something is found",
    )
    .option("--environment <name...>", "environments of the vault to look at", ["prod", "staging", "dev"])
    .option("--json", "for programs")
    .action(vaultAudit);
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
