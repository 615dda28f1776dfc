import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { UserError } from "@raxx/providers";

import { tokens } from "../../catalog";
import { type GenerationsByEnvironment } from "../../ops/documents/facts";
import { stackFilesFolder, trackedGenerations } from "../../ops/stack-files";

describe("the stack files", () => {
  const folder = mkdtempSync(join(tmpdir(), "raxx-docs-"));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  const read = (prod: string): GenerationsByEnvironment => {
    const staging = 'config:\n  raxx:generations:\n    HK_PLATFORM_FULL: { current: "2026-05-06" }\n';
    writeFileSync(join(folder, "Pulumi.staging.yaml"), staging);
    writeFileSync(join(folder, "Pulumi.prod.yaml"), prod);
    return trackedGenerations(folder, tokens);
  };

  it("may have a date without quotes", () => {
    const found = read("config:\n  raxx:generations:\n    HK_PLATFORM_FULL:\n      current: 2026-05-07\n");
    expect(found.prod.get("HK_PLATFORM_FULL")?.current.name).toBe("2026-05-07");
  });

  it.each([
    ["no generations", "config:\n  raxx:environment: prod\n", /^Pulumi\.prod\.yaml has no raxx:generations/],
    ["an empty map", "config:\n  raxx:generations: {}\n", /^in Pulumi\.prod\.yaml: .*is empty/],
    ["no configuration", "{}\n", /^Pulumi\.prod\.yaml has no raxx:generations/],
    ["no YAML", "config: [canary-value\n", /^Pulumi\.prod\.yaml cannot be read: restore it with git/],
    [
      "a date that is none",
      "config:\n  raxx:generations:\n    HK_PLATFORM_FULL: { current: 2026-13-01 }\n",
      /^in Pulumi\.prod\.yaml: .*names no generation/,
    ],
  ])("are refused with %s, and what to do", (_what, text, said) => {
    expect(() => read(text)).toThrow(UserError);
    expect(() => read(text)).toThrow(said);
    expect(() => read(text)).not.toThrow(/canary-value/);
  });
});

describe("the folder of the stack files", () => {
  const before = process.env["RAXX_SANDBOX_STACK_FILES"];
  afterEach(() => {
    if (before === undefined) delete process.env["RAXX_SANDBOX_STACK_FILES"];
    else process.env["RAXX_SANDBOX_STACK_FILES"] = before;
  });
  const checkout = join(__dirname, "..", "..");

  it.each([
    ["in the sandbox that of its copies", tmpdir(), tmpdir()],
    ["outside the checkout", "", checkout],
    [
      "after a reset, in a shell that still has its variables, the checkout",
      join(tmpdir(), "no-such-folder"),
      checkout,
    ],
  ])("is %s", (_what, named, folder) => {
    process.env["RAXX_SANDBOX_STACK_FILES"] = named;
    expect(stackFilesFolder()).toBe(folder);
  });
});
