import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { checkout } from "../../sandbox/home";
import { mainJob, TestSandbox } from "./support/sandbox";
import { configVars, githubSecret } from "./support/vendors";

const before = process.env["PULUMI_HOME"];
let pulumiHome: string;
let sandbox: TestSandbox;

/** A plugin as it lies in an operator's Pulumi home: the engine starts it and reads its port. */
beforeAll(async () => {
  pulumiHome = mkdtempSync(join(tmpdir(), "raxx-pulumi-home-"));
  const manifest = require.resolve("@pulumi/random/package.json");
  const { pulumi } = JSON.parse(readFileSync(manifest, "utf8")) as { pulumi: { version: string } };
  const folder = join(pulumiHome, "plugins", `resource-random-v${pulumi.version}`);
  mkdirSync(folder, { recursive: true });
  const serve = [
    `const { servePlugin } = require("${checkout}/sandbox/plugins/kit/server");`,
    `const { random } = require("${checkout}/sandbox/plugins/random");`,
    "servePlugin(() => random).then(({ port }) => console.log(port));",
  ];
  const tsx = join(checkout, "node_modules", "tsx", "dist", "cjs", "index.cjs");
  const script = [
    "#!/bin/sh",
    `touch '${pulumiHome}/started'`,
    `exec node --require '${tsx}' -e '${serve.join(" ")}'`,
  ];
  writeFileSync(join(folder, "pulumi-resource-random"), `${script.join("\n")}\n`);
  chmodSync(join(folder, "pulumi-resource-random"), 0o755);
  process.env["PULUMI_HOME"] = pulumiHome;
  sandbox = await TestSandbox.open(mainJob);
}, 600_000);

afterAll(async () => {
  if (before === undefined) delete process.env["PULUMI_HOME"];
  else process.env["PULUMI_HOME"] = before;
  await sandbox.close();
  rmSync(pulumiHome, { recursive: true, force: true });
});

it("is used instead of the stand-in where it is installed", async () => {
  expect(sandbox.session.variables.set["RAXX_SANDBOX_STAND_INS"]).toBe("aws cloudflare github");
  expect(existsSync(join(pulumiHome, "started"))).toBe(false);

  const { code, output } = await sandbox.up("prod");

  expect(code).toBe(0);
  expect(output).not.toContain("warning");
  expect(existsSync(join(pulumiHome, "started"))).toBe(true);
  const value = githubSecret(sandbox.github(), "production", "CONSOLE_AUDIT_INGEST_TOKEN");
  const held = configVars(sandbox.heroku(), "raxx-console-prod")["CONSOLE_AUDIT_INGEST_TOKEN"];
  expect(value).toMatch(/^[\da-f]{64}$/);
  expect(value === held).toBe(true);
}, 120_000);
