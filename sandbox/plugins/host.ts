import { createRequire } from "node:module";

import type * as AwsPlugin from "./aws";
import type * as CloudflarePlugin from "./cloudflare";
import type * as GitHubPlugin from "./github";
import { type Plugin } from "./kit/plugin";
import { servePlugin } from "./kit/server";
import type * as RandomPlugin from "./random";

/**
 * Usage: `host.ts github random`. Prints `github:PORT,random:PORT` once all are served, for
 * PULUMI_DEBUG_PROVIDERS, and serves until SIGTERM. The shim preloads the parent watch, so that it ends with the engine.
 */

// What a plugin needs takes longer to load than the server to start, so each is loaded at its first request.
const load = createRequire(__filename);
const plugins: Record<string, () => Plugin<unknown>> = {
  aws: () => (load("./aws") as typeof AwsPlugin).aws,
  cloudflare: () => (load("./cloudflare") as typeof CloudflarePlugin).cloudflare,
  github: () => (load("./github") as typeof GitHubPlugin).github,
  random: () => (load("./random") as typeof RandomPlugin).random,
};

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

process.on("SIGTERM", () => {
  process.exit(0);
});

main(process.argv.slice(2)).catch(() => {
  process.stderr.write("error: the stand-in plugins could not be served on a loopback port\n");
  process.exit(1);
});
