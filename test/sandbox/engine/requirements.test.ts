import { readFileSync } from "node:fs";
import { join } from "node:path";
import { valid } from "semver";
import { readRequirements } from "../../../sandbox/engine/requirements";

describe("the engine's requirements", () => {
  it("are versions", () => {
    const { pulumi, go } = readRequirements();

    expect(valid(pulumi)).toBe(pulumi);
    expect(go).toMatch(/^1\.\d+(\.\d+)?$/);
  });

  it("pin the engine to the version of the SDK", () => {
    const manifest = JSON.parse(readFileSync(join(__dirname, "../../../package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };

    expect(manifest.dependencies["@pulumi/pulumi"]).toBe(readRequirements().pulumi);
  });
});
