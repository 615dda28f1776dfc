import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { tokens, type Token } from "../catalog";
import { type GenerationsByEnvironment } from "./documents/facts";
import { rotationIndex } from "./documents/rotation-index";
import { secretInventory } from "./documents/secret-inventory";
import { tokenIndex } from "./documents/token-index";
import { trackedGenerations } from "./stack-files";

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
