import { join } from "node:path";

import { type SandboxHome } from "./home";
import { CallLog, isWriting, type Call } from "./vendors/kit/call-log";
import { vendorNames, type VendorName } from "./worlds/world";

/** Vendor → how many calls it has seen so far. */
export type CallMark = Readonly<Record<VendorName, number>>;

export function callMark(home: SandboxHome): CallMark {
  return Object.fromEntries(vendorNames.map((vendor) => [vendor, callsOf(home, vendor).length])) as CallMark;
}

/** What the vendors were asked since: `calls: heroku 9 (4 writing), infisical none, github 12 (3 writing)`. */
export function callsSince(home: SandboxHome, mark: CallMark): string {
  const counts = vendorNames.map((vendor) => {
    const calls = callsOf(home, vendor).slice(mark[vendor]);
    if (calls.length === 0) return `${vendor} none`;
    const writes = calls.filter(isWriting).length;
    return `${vendor} ${calls.length} (${writes} writing)`;
  });
  return `calls: ${counts.join(", ")}`;
}

function callsOf(home: SandboxHome, vendor: VendorName): Call[] {
  return new CallLog(join(home.vendors, `${vendor}.calls.jsonl`)).read();
}
