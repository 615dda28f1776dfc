import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import writeFileAtomic from "write-file-atomic";
import { type Document, isMap, parseDocument } from "yaml";

import { SandboxError } from "./error";
import { checkout, makeHome, type SandboxHome } from "./home";
import { type WorldState } from "./world-state";

export const stacks = ["prod", "staging"] as const;

/** Where the generated copy of a stack's file is. */
export function stackFile(home: SandboxHome, stack: string): string {
  return join(home.stackFiles, `Pulumi.${stack}.yaml`);
}

/**
 * Backend, passphrase, stack files and stacks, each made where it is missing. For one process at a time: see
 * `claimHome`.
 */
export function ensureStacks(home: SandboxHome, world: WorldState, environment: NodeJS.ProcessEnv): void {
  makeHome(home);
  if (!existsSync(home.passphraseFile)) {
    writeFileAtomic.sync(home.passphraseFile, randomBytes(24).toString("base64url"), { mode: 0o600 });
  }
  writeFileAtomic.sync(
    join(home.stackFiles, "Pulumi.yaml"),
    readFileSync(join(checkout, "Pulumi.yaml"), "utf8"),
  );
  for (const stack of stacks) {
    writeStackFile(home, world, stack);
    if (existsSync(join(home.backend, ".pulumi", "stacks", "raxx-credentials", `${stack}.json`))) continue;
    const made = pulumi(["stack", "init", stack], environment);
    // By a person, or by a run that was cut off.
    if (made.status !== 0 && made.stderr.includes("already exists")) continue;
    if (made.status !== 0) throw new SandboxError(`stack ${stack} was not made: ${made.stderr.trim()}`);
    for (const [key, value] of Object.entries(world.supplied[stack] ?? {})) {
      const set = pulumi(["config", "set", "--secret", `raxx:${key}`, "--stack", stack], environment, value);
      // The stack is there now, so that another start would not come here again.
      if (set.status !== 0)
        throw new SandboxError(
          `raxx:${key} of ${stack} was not set (${set.stderr.trim()}): ./raxx sandbox reset, then start it again`,
        );
    }
  }
}

function pulumi(
  args: string[],
  environment: NodeJS.ProcessEnv,
  input = "",
): { status: number | null; stderr: string } {
  const options = { cwd: checkout, env: environment, encoding: "utf8", input } as const;
  const ran = spawnSync("pulumi", [...args, "--non-interactive"], options);
  // One that ended without reading its input has a status: its own words say why.
  if (ran.status === null) throw new SandboxError("pulumi cannot be run: look at its permissions");
  return ran;
}

/**
 * Copies the tracked stack file and fills in what is this sandbox's own. A copy that is there keeps what it says
 * and gets only what the tracked file has since been given: so changes made to it stay.
 */
function writeStackFile(home: SandboxHome, world: WorldState, stack: string): void {
  const file = stackFile(home, stack);
  const tracked = parseDocument(readFileSync(join(checkout, `Pulumi.${stack}.yaml`), "utf8"));
  const first = !existsSync(file);
  const document = first ? tracked.clone() : parseDocument(readFileSync(file, "utf8"));
  // What a person broke is left as it is: Pulumi and the program say what is wrong with it.
  if (document.errors.length > 0 || !isMap(document.get("config"))) return;
  for (const key of keysAt(tracked, ["config"])) {
    if (!document.hasIn(["config", key]))
      document.setIn(["config", key], tracked.getIn(["config", key], true));
  }
  const today = new Date().toISOString().slice(0, 10);
  const generations = ["config", "raxx:generations"];
  if (!isMap(document.getIn(generations))) return;
  for (const token of keysAt(tracked, generations)) {
    const place = [...generations, token];
    if (!first && document.hasIn(place)) continue;
    const adopt = world.previousAdopt[stack]?.[token];
    const inPlace = ["version", "previousExpiresAt"].filter((key) => tracked.hasIn([...place, key]));
    document.setIn(place, {
      current: today,
      ...(adopt === undefined ? {} : { previousAdopt: adopt }),
      ...Object.fromEntries(inPlace.map((key) => [key, tracked.getIn([...place, key])])),
      // The worlds have no Access policies that somebody could put it into, and everything is distributed there.
      ...(inPlace.length === 0 ? {} : { admitted: `${today} sandbox` }),
    });
  }
  if (first) {
    document.setIn(["config", "raxx:infisicalProject"], world.infisicalProject);
    document.setIn(["config", "raxx:cloudflareAccount"], world.cloudflareAccount);
    document.setIn(["config", "raxx:cloudflareZones"], world.cloudflareZones);
    const adopt = world.adopt[stack];
    if (adopt !== undefined) document.setIn(["config", "raxx:adopt"], adopt);
  }
  // Quoted, since Pulumi reads a bare 2026-05-06 as a time.
  const text = document.toString({ defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN" });
  if (first || text !== readFileSync(file, "utf8")) writeFileAtomic.sync(file, text, { mode: 0o600 });
}

function keysAt(document: Document, path: string[]): string[] {
  const node = document.getIn(path);
  return isMap(node) ? node.items.map(({ key }) => String(key)) : [];
}
