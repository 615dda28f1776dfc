import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import writeFileAtomic from "write-file-atomic";

import { SandboxError } from "./error";
import { makeHome, type SandboxHome } from "./home";
import { Store } from "./vendors/kit/store";
import { seedOpenWorld } from "./worlds/open";
import { type SeededWorld } from "./worlds/world";

const worlds: Record<string, () => SeededWorld> = { open: seedOpenWorld };

export const worldNames = Object.keys(worlds);

/** What is remembered of a seeded world; the vendors' databases are the vendors' own. */
export interface WorldState extends Omit<SeededWorld, "heroku" | "infisical"> {
  name: string;
}

/** The world of this sandbox; seeded now where there is none yet. For one process at a time: see `claimHome`. */
export function ensureWorld(home: SandboxHome, wanted?: string): WorldState {
  if (existsSync(home.world)) {
    const state = JSON.parse(readFileSync(home.world, "utf8")) as WorldState;
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
  const { heroku, infisical, ...rest } = seed();
  makeHome(home);
  // Left by a start that was cut off before the world was complete.
  rmSync(home.vendors, { recursive: true, force: true });
  Store.open(join(home.vendors, "heroku.json"), () => heroku);
  Store.open(join(home.vendors, "infisical.json"), () => infisical);
  const state: WorldState = { name, ...rest };
  writeFileAtomic.sync(home.world, JSON.stringify(state), { mode: 0o600 });
  return state;
}
