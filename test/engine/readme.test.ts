import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { checkout } from "../../sandbox/home";
import { run } from "./support/sandbox";

const readme = readFileSync(join(checkout, "README.md"), "utf8");
/** The README's commands, block by block, as a newcomer would paste them. */
const blocks = [...readme.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block]) => (block ?? "").trim());
const testCommand = "npm test";

describe("the README", () => {
  it("names one test command, which is what CI runs", () => {
    expect(blocks.filter((block) => block.includes(testCommand))).toEqual([testCommand]);
    expect(readFileSync(join(checkout, ".ci", "run"), "utf8")).toContain(testCommand);
  });

  it("has only commands that work, from the first to the last", async () => {
    const root = mkdtempSync(join(tmpdir(), "raxx-readme-test-"));
    const script = ["set -e", ...blocks.filter((block) => block !== testCommand)].join("\n");
    const environment = { ...process.env, RAXX_SANDBOX_HOME: join(root, "sandbox") };
    const { code, output } = await run("sh", ["-c", script], environment);
    rmSync(root, { recursive: true, force: true });

    expect(output).toContain("vault prod /MooseQuest/heroku/HK_PLATFORM_FULL (+3 companions)");
    expect(output).toContain('"conclusion":"success"');
    expect(output).toContain("Cloudflare Access sent its login page");
    expect(output).toContain("the sandbox is gone");
    expect(code).toBe(0);
  }, 900_000);
});
