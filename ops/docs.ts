import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { UserError } from "@raxx/providers/errors";
import { parse } from "yaml";
import { z } from "zod";

import { tokens, type Token, type TokenGenerations } from "../catalog";
import { readGenerations } from "../catalog/configured-generations";
import { type Environment } from "../catalog/taxonomy";
import { type GenerationsByEnvironment } from "./documents/facts";
import { rotationIndex } from "./documents/rotation-index";
import { secretInventory } from "./documents/secret-inventory";
import { tokenIndex } from "./documents/token-index";

const stackFileSchema = z.object({ config: z.object({ "raxx:generations": z.unknown() }) });

/** `./raxx docs`: writes what follows from the catalog and the tracked stack files, so that nobody has to keep it in step. */
export function docs(): void {
  const root = join(__dirname, "..");
  for (const [path, text] of Object.entries(documents(tokens, trackedGenerations(root, tokens)))) {
    writeFileSync(join(root, path), text);
    console.log(path);
  }
}

/** Path in the repository → text. No clock and no network: the same catalog always gives the same documents. */
export function documents(
  catalog: readonly Token[],
  generations: GenerationsByEnvironment,
): Record<string, string> {
  return {
    "docs/rotation/INDEX.md": rotationIndex(catalog, generations),
    "docs/secret-inventory.md": secretInventory(catalog, generations),
    "docs/tokens.md": tokenIndex(catalog),
  };
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
