import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface Requirements {
  /** Version of the engine that is built, and the oldest one that is taken from PATH; without a leading `v`. */
  pulumi: string;
  /** Oldest Go that can build it. */
  go: string;
}

const ENGINE_MODULE = "github.com/pulumi/pulumi/pkg/v3";

/** Reads `go.mod`, the one place that pins the engine. */
export function readRequirements(): Requirements {
  const text = readFileSync(join(__dirname, "go.mod"), "utf8");
  return {
    pulumi: field(text, new RegExp(`^\\s*(?:require )?${ENGINE_MODULE} v(\\S+)`, "m")),
    go: field(text, /^go (\S+)/m),
  };
}

function field(text: string, pattern: RegExp): string {
  const value = pattern.exec(text)?.[1];
  if (value === undefined) throw new Error(`sandbox/engine/go.mod has no line like ${pattern.source}`);
  return value;
}
