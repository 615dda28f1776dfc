import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";

/** The folder of the checkout that this file belongs to. */
export const checkout = dirname(__dirname);

/** Where one checkout's sandbox keeps its things: outside the checkout, because the vendors' databases hold values. */
export interface SandboxHome {
  root: string;
  /** Pulumi's state backend. */
  backend: string;
  pulumiHome: string;
  passphraseFile: string;
  /** The generated copies of the stack files. */
  stackFiles: string;
  /** The vendors' databases and call logs. */
  vendors: string;
  /** What was seeded: the world's name, this run's credentials, what goes into the stack files. */
  world: string;
  /** Written by the vendors' process while it runs. */
  running: string;
  /** What the vendors' process prints. */
  vendorsLog: string;
}

export function sandboxHome(environment: NodeJS.ProcessEnv): SandboxHome {
  const root = environment["RAXX_SANDBOX_HOME"] ?? defaultRoot(environment);
  return {
    root,
    backend: join(root, "backend"),
    pulumiHome: join(root, "pulumi-home"),
    passphraseFile: join(root, "passphrase"),
    stackFiles: join(root, "stack-files"),
    vendors: join(root, "vendors"),
    world: join(root, "world.json"),
    running: join(root, "running.json"),
    vendorsLog: join(root, "vendors.log"),
  };
}

function defaultRoot(environment: NodeJS.ProcessEnv): string {
  const state = environment["XDG_STATE_HOME"] ?? join(homedir(), ".local", "state");
  const digest = createHash("sha256").update(checkout).digest("hex").slice(0, 8);
  return join(state, "raxx", "sandboxes", `${basename(checkout)}-${digest}`);
}
