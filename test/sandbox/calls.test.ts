import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { callMark, callsSince } from "../../sandbox/calls";
import { sandboxHome, type SandboxHome } from "../../sandbox/home";
import { CallLog } from "../../sandbox/vendors/kit/call-log";
import { ScratchFolder } from "./scratch-folder";

let folder: ScratchFolder;
let home: SandboxHome;
beforeEach(() => {
  folder = new ScratchFolder();
  home = sandboxHome({ RAXX_SANDBOX_HOME: folder.root });
  mkdirSync(home.vendors);
});
afterEach(() => {
  folder.remove();
});

function call(vendor: string, method: string, path: string): void {
  const log = new CallLog(join(home.vendors, `${vendor}.calls.jsonl`));
  log.append({ time: "2026-11-22T00:00:00Z", method, path, status: 200, keys: [] });
}

it("counts what each vendor was asked since, and how much of it could change something", () => {
  call("heroku", "PATCH", "/apps/a/config-vars");
  const mark = callMark(home);
  call("infisical", "POST", "/api/v1/auth/universal-auth/login");
  call("infisical", "GET", "/api/v4/secrets");
  call("infisical", "POST", "/api/v4/secrets/batch");
  call("infisical", "DELETE", "/api/v4/secrets/batch");
  call("aws", "POST", "SSM GetParameter");
  call("aws", "POST", "IAM CreateUser");
  call("cloudflare", "GET", "/client/v4/user/tokens/verify");
  expect(callsSince(home, mark)).toBe(
    "calls: heroku none, infisical 4 (2 writing), github none, cloudflare 1 (0 writing), aws 2 (1 writing)",
  );
});
