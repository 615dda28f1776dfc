import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

/** A temporary machine: folders for PATH, a HOME, and scripts that stand in for `pulumi` and `go`. */
export class Scratch {
  private constructor(readonly root: string) {}

  static async create(): Promise<Scratch> {
    return new Scratch(await mkdtemp(join(tmpdir(), "raxx-engine-test-")));
  }

  folder(name: string): string {
    return join(this.root, name);
  }

  async write(name: string, text: string, mode = 0o644): Promise<string> {
    const file = join(this.root, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    await chmod(file, mode);
    return file;
  }

  async script(name: string, ...lines: string[]): Promise<string> {
    // The scripts need a few tools, which the PATH of the tests does not have.
    return this.write(name, ["#!/bin/sh", "PATH=/usr/bin:/bin", ...lines, ""].join("\n"), 0o755);
  }

  async pulumi(folder: string, version: string): Promise<string> {
    return this.script(`${folder}/pulumi`, `[ "$1" = version ] && echo "v${version}"`);
  }

  /** A `go` that takes a moment, counts its runs in `go-runs`, and writes whatever follows `-o`. */
  async go(folder: string, ...before: string[]): Promise<string> {
    return this.script(
      `${folder}/go`,
      `echo "$*" >> "${this.folder("go-runs")}"`,
      ...before,
      `while [ "$1" != -o ]; do shift; done`,
      `printf '#!/bin/sh\\necho built\\n' > "$2"`,
      `chmod +x "$2"`,
    );
  }

  /** An environment in which nothing of the real machine is found. */
  env(...folders: string[]): NodeJS.ProcessEnv {
    return { PATH: folders.map((name) => this.folder(name)).join(delimiter), HOME: this.folder("home") };
  }

  async remove(): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }
}
