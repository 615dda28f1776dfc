import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A temporary folder for files and for scripts that stand in for programs. */
export class ScratchFolder {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), "raxx-test-")));

  path(name: string): string {
    return join(this.root, name);
  }

  write(name: string, text: string): string {
    const file = this.path(name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  /** A shell script that can be run. */
  script(name: string, ...lines: string[]): string {
    const file = this.write(name, ["#!/bin/sh", ...lines, ""].join("\n"));
    chmodSync(file, 0o755);
    return file;
  }

  /** Deletes a file or a folder with what is in it. */
  drop(name: string): void {
    rmSync(this.path(name), { recursive: true });
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
