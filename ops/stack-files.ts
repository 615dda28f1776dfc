import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { UserError } from "@raxx/providers/errors";
import { parse } from "yaml";
import { z } from "zod";

import { mailDomains, type Token, type TokenGenerations } from "../catalog";
import { readEvidence } from "../catalog/configured-evidence";
import { readGenerations } from "../catalog/configured-generations";
import { readMailDomains, type WantedMailDomain } from "../catalog/configured-mail-domains";
import { type Evidence } from "../catalog/evidence";
import { type Environment } from "../catalog/taxonomy";
import { type GenerationsByEnvironment } from "./documents/facts";

const stackFileSchema = z.object({ config: z.record(z.string(), z.unknown()) });

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
  const file = fileOf(environment);
  const raw = configurationIn(root, file)["raxx:generations"];
  if (raw === undefined) {
    throw new UserError(`${file} has no raxx:generations: see the README, "Stack configuration"`);
  }
  return withoutFaults(file, (faults) => readGenerations(raw, catalog, environment, faults));
}

/** What persons have said to be done, in `Pulumi.prod.yaml` of a folder. */
export function trackedEvidence(root: string): ReadonlyMap<string, Evidence> {
  const file = fileOf("prod");
  const raw = configurationIn(root, file)["raxx:handOffs"];
  return withoutFaults(file, (faults) => readEvidence(raw, "prod", faults));
}

/** The mail domains in `Pulumi.prod.yaml` of a folder, with their DKIM keys. */
export function trackedMailDomains(root: string): WantedMailDomain[] {
  const file = fileOf("prod");
  const raw = configurationIn(root, file)["raxx:mailDomains"];
  return withoutFaults(file, (faults) => readMailDomains(raw, mailDomains, "prod", faults));
}

function fileOf(environment: Environment): string {
  return `Pulumi.${environment}.yaml`;
}

function configurationIn(root: string, file: string): Record<string, unknown> {
  return stackFileSchema.safeParse(parseStackFile(join(root, file), file)).data?.config ?? {};
}

function withoutFaults<T>(file: string, read: (faults: string[]) => T): T {
  const faults: string[] = [];
  const found = read(faults);
  if (faults.length > 0) throw new UserError(`in ${file}: ${faults.join("\n")}`);
  return found;
}

function parseStackFile(path: string, name: string): unknown {
  try {
    return parse(readFileSync(path, "utf8"));
  } catch {
    // The parser's own message quotes the file, which holds what an operator pasted.
    throw new UserError(`${name} cannot be read: restore it with git checkout ${name}`);
  }
}
