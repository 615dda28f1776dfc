import { createRequire } from "node:module";

import type * as GitHubPlugin from "./github";
import { type Plugin } from "./kit/plugin";
import { servePlugin } from "./kit/server";
import type * as RandomPlugin from "./random";

/** Usage: `host.ts github random`. Prints `github:PORT,random:PORT` once all are served, for PULUMI_DEBUG_PROVIDERS. */

// What a plugin needs takes longer to load than the server to start, so each is loaded at its first request.
const load = createRequire(__filename);
const plugins: Record<string, () => Plugin<unknown>> = {
  github: () => (load("./github") as typeof GitHubPlugin).github,
  random: () => (load("./random") as typeof RandomPlugin).random,
};

const POLL_MS = 250;
/** Read at once: a parent that ends while the ports are being opened must not be mistaken for the next one. */
const parent = Number(process.env["RAXX_WATCH_PARENT"]) || process.ppid;

async function main(names: string[]): Promise<void> {
  const unknown = names.filter((name) => !Object.hasOwn(plugins, name));
  if (names.length === 0 || unknown.length > 0) {
    const fault = unknown.length > 0 ? `no stand-in for ${unknown.join(", ")}` : "no plugin named";
    process.stderr.write(`error: ${fault}: name some of ${Object.keys(plugins).join(", ")}\n`);
    process.exit(1);
  }
  const served = await Promise.all(
    names.map(async (name) => {
      const { port } = await servePlugin(plugins[name] ?? (() => never(name)));
      return `${name}:${port}`;
    }),
  );
  process.stdout.write(`${served.join(",")}\n`);
}

function never(name: string): never {
  throw new Error(`no stand-in for ${name}`);
}

function end(): void {
  process.exit(0);
}

process.on("SIGTERM", end);
// Node would print the error with its stack, which may quote a value.
process.on("uncaughtException", () => {
  process.stderr.write("error: the stand-in plugins ended unexpectedly: this is a fault of the sandbox\n");
  process.exit(1);
});
// The engine attached to these servers is the parent, by exec; it does not stop what it did not start.
setInterval(() => {
  if (process.ppid !== parent) end();
}, POLL_MS);

main(process.argv.slice(2)).catch(() => {
  process.stderr.write("error: the stand-in plugins could not be served on a loopback port\n");
  process.exit(1);
});
