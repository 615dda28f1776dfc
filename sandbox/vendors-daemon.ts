import { rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import writeFileAtomic from "write-file-atomic";

import { lineOf, SandboxError } from "./error";
import { claimant, dropClaim, sandboxHome, takeClaim, textOf, type SandboxHome } from "./home";
import { isStarting, runningVendors, type DaemonMessage, type RunningVendors } from "./vendors-process";
import { startAws } from "./vendors/aws";
import { cloudflare, startNameServer } from "./vendors/cloudflare";
import { awsRegion } from "./vendors/aws/records";
import { github } from "./vendors/github";
import { heroku, webPath } from "./vendors/heroku";
import { infisical } from "./vendors/infisical";
import { type RunningVendor, startVendor, type Vendor } from "./vendors/kit/vendor";
import { type VendorName, vendorNames } from "./worlds/world";

/*
 * The process that hosts the vendors. It ends on SIGTERM, or by itself when nobody has called for a while: all it
 * knows is on disk.
 */

const home = sandboxHome(process.env);

async function main([firstPort = "0", idleMinutes = "60"]: string[]): Promise<void> {
  const other = await claim(home);
  if (other !== undefined) {
    tell({ endpoints: other.endpoints, nameServer: other.nameServer });
    return;
  }
  const base = Number(firstPort);
  let idle: NodeJS.Timeout | undefined;
  const stop = (): void => {
    forget();
    process.exit(0);
  };
  const onRequest = (): void => {
    clearTimeout(idle);
    idle = setTimeout(stop, Number(idleMinutes) * 60_000);
  };
  const place = (name: VendorName) => ({
    directory: home.vendors,
    port: base === 0 ? 0 : base + vendorNames.indexOf(name),
    onRequest,
  });
  const start = <State extends object>(vendor: Vendor<State>): Promise<RunningVendor<State>> =>
    startVendor(vendor, place(vendor.name as VendorName));
  const hub = await start(github);
  const zones = await start(cloudflare);
  const endpoints = {
    heroku: (await start(heroku)).url,
    infisical: (await start(infisical)).url,
    github: hub.url,
    cloudflare: zones.url,
    aws: (await startAws(place("aws"))).url,
  };
  const { address: nameServer } = await startNameServer(zones.store.state, {
    port: base === 0 ? 0 : base + vendorNames.length,
    onRequest,
  });
  hub.store.state.internet = internetOf(endpoints);
  hub.store.save();
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  onRequest();
  const running: RunningVendors = { pid: process.pid, endpoints, nameServer };
  writeFileAtomic.sync(home.running, JSON.stringify(running), { mode: 0o600 });
  tell({ endpoints, nameServer });
}

/** What a workflow's run reaches of the world outside: public origin → where it is here. */
function internetOf({ heroku: api, aws }: RunningVendors["endpoints"]): Record<string, string> {
  return {
    "https://api.heroku.com": api,
    "https://console.raxx.app": api + webPath("raxx-console-prod"),
    [`https://sts.${awsRegion}.amazonaws.com`]: aws,
    "https://raxx-console-staging.herokuapp.com": api + webPath("raxx-console-staging"),
  };
}

/** Two starts at once must not serve one database twice: the first takes the file, the other gets to know it. */
async function claim({ running }: SandboxHome): Promise<RunningVendors | undefined> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (takeClaim(running) !== undefined) return undefined;
    const text = textOf(running);
    const found = await runningVendors(home);
    if (found !== undefined) return found;
    // Unless it has changed since it was tried: then it may be the note of vendors that have just come up.
    dropClaim(running, () => !isStarting(home) && textOf(running) === text);
    await sleep(100);
  }
  throw new SandboxError(
    `another start of the vendors does not come to an end: remove ${running} and start again`,
  );
}

/** Takes the note of this process away, and leaves that of another. */
function forget(): void {
  if (claimant(home.running) === process.pid) rmSync(home.running, { force: true });
}

function tell(message: DaemonMessage): void {
  process.send?.(message, () => {
    process.disconnect();
  });
}

main(process.argv.slice(2)).catch((error: unknown) => {
  forget();
  tell({ fault: faultOf(error) });
  process.exitCode = 1;
  setTimeout(() => process.exit(1), 100);
});

function faultOf(error: unknown): string {
  if (error instanceof SandboxError) return error.message;
  const { code, port } = error as NodeJS.ErrnoException & { port?: number };
  return code === "EADDRINUSE"
    ? `port ${port} is in use: choose another with --port, or leave --port out to take free ones`
    : `the vendors did not start: ${lineOf(error)}`;
}
