import { spawnSync, type SpawnSyncReturns } from "node:child_process";

/** `pulumi stack export`: the state of a stack, its secrets encrypted. `error` is set where there is no pulumi. */
export function exportStack(stack: string): SpawnSyncReturns<string> {
  return spawnSync("pulumi", ["stack", "export", "--stack", stack, "--non-interactive"], {
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
  });
}
