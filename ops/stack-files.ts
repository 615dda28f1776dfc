import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { UserError } from "@raxx/providers/errors";
import { parse } from "yaml";
import { z } from "zod";

import { type Token, type TokenGenerations } from "../catalog";
import { readGenerations } from "../catalog/configured-generations";
import { type Environment } from "../catalog/taxonomy";
import { type GenerationsByEnvironment } from "./documents/facts";

const stackFileSchema = z.object({ config: z.object({ "raxx:generations": z.unknown() }) });

/** Where the stack files are that count: inside the sandbox its copies, else those of the checkout. */
export function stackFilesFolder(): string {
  const copies = process.env["RAXX_SANDBOX_STACK_FILES"] ?? "";
  // A shell may still have the variables of a sandbox that was reset.
  return existsSync(copies) ? copies : dirname(__dirname);
}

/** The generations in `Pulumi.prod.yaml` and `Pulumi.staging.yaml` of a folder. */
export function trackedGenerations(root: string, catalog: readonly Token[]): GenerationsByEnvironment {
  return { prod: generationsIn("prod", root, catalog), staging: generationsIn("staging", root, catalog) };
}

function generationsIn(
  environment: Environment,
  root: string,
  catalog: readonly Token[],
): ReadonlyMap<string, TokenGenerations> {
  const file = `Pulumi.${environment}.yaml`;
  const read = stackFileSchema.safeParse(parseStackFile(join(root, file), file));
  if (!read.success) {
    throw new UserError(`${file} has no raxx:generations: see the README, "Stack configuration"`);
  }
  const faults: string[] = [];
  const generations = readGenerations(read.data.config["raxx:generations"], catalog, environment, faults);
  if (faults.length > 0) throw new UserError(`in ${file}: ${faults.join("\n")}`);
  return generations;
}

function parseStackFile(path: string, name: string): unknown {
  try {
    return parse(readFileSync(path, "utf8"));
  } catch {
    // The parser's own message quotes the file, which holds what an operator pasted.
    throw new UserError(`${name} cannot be read: restore it with git checkout ${name}`);
  }
}
