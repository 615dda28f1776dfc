import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

import { checkout } from "../../../sandbox/home";

const tools = join(checkout, "test", "tools");

/** The real Heroku CLI. */
export const herokuCli = join(tools, "node_modules", ".bin", "heroku");

export function installHerokuCli(): void {
  // Npm writes it last: without it an install was cut off.
  if (existsSync(join(tools, "node_modules", ".package-lock.json"))) return;
  execFileSync("npm", ["ci", "--ignore-scripts", "--loglevel=error"], { cwd: tools, stdio: "ignore" });
}
