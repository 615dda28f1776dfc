import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import writeFileAtomic from "write-file-atomic";

import { SandboxError } from "./error";
import { makeHome, type SandboxHome } from "./home";
import { Store } from "./vendors/kit/store";
import { seedOpenWorld } from "./worlds/open";
import { type SeededWorld, vendorNames } from "./worlds/world";

const worlds: Record<string, () => SeededWorld> = { open: seedOpenWorld };

export const worldNames = Object.keys(worlds);

/** What is remembered of a seeded world; the vendors' databases are the vendors' own. */
export interface WorldState extends Omit<SeededWorld, "databases"> {
  name: string;
  /** Those that were seeded. */
  vendors: readonly string[];
}

/** The world of this sandbox; seeded now where there is none yet. For one process at a time: see `claimHome`. */
export function ensureWorld(home: SandboxHome, wanted?: string): WorldState {
  if (existsSync(home.world)) {
    const state = JSON.parse(readFileSync(home.world, "utf8")) as WorldState;
    // Its zones had no records for mail either, at first.
    if (String(state.vendors) !== String(vendorNames) || !("adopt" in state)) {
      throw new SandboxError(
        "this sandbox was made by another version of this checkout, which had other vendors: ./raxx sandbox reset, then run this again",
      );
    }
    if (wanted !== undefined && wanted !== state.name) {
      throw new SandboxError(
        `this sandbox is the world ${state.name}: ./raxx sandbox reset, then start it again with --world ${wanted}`,
      );
    }
    return state;
  }
  const name = wanted ?? "open";
  const seed = worlds[name];
  if (seed === undefined) {
    throw new SandboxError(`there is no world ${name}: use --world ${worldNames.join(" or --world ")}`);
  }
  const { databases, ...rest } = seed();
  makeHome(home);
  // Left by a start that was cut off before the world was complete.
  rmSync(home.vendors, { recursive: true, force: true });
  for (const vendor of vendorNames)
    Store.open<object>(join(home.vendors, `${vendor}.json`), () => databases[vendor]);
  const state: WorldState = { name, vendors: vendorNames, ...rest };
  writeFileAtomic.sync(home.world, JSON.stringify(state), { mode: 0o600 });
  return state;
}
