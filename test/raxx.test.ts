import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, readFileSync, symlinkSync, utimesSync } from "node:fs";
import { join } from "node:path";

import { checkout } from "../sandbox/home";
import { ScratchFolder } from "./sandbox/scratch-folder";

/** What the launcher itself calls, beside node and npm. */
const tools = ["dirname", "find", "touch", "mkdir"];
const times = { old: new Date("2026-01-01T00:00:00Z"), new: new Date("2026-02-01T00:00:00Z") };

let scratch: ScratchFolder;
beforeEach(() => {
  scratch = new ScratchFolder();
  // A checkout in which everything is installed and compiled, in a folder whose name has a space.
  for (const name of [
    "package-lock.json",
    "node_modules/.package-lock.json",
    "providers/client.ts",
    "providers/dist/index.js",
    "providers/dist/.tsbuildinfo",
  ]) {
    dated(name, times.old);
  }
  copyFileSync(join(checkout, "raxx"), file("raxx"));
  chmodSync(file("raxx"), 0o755);
  scratch.write("bin/.keep", "");
  for (const tool of tools) symlinkSync(`/usr/bin/${tool}`, scratch.path(`bin/${tool}`));
  node("22.1.0");
  npm();
});
afterEach(() => {
  scratch.remove();
});

function file(name: string): string {
  return scratch.path(`check out/${name}`);
}
function dated(name: string, time: Date): void {
  scratch.write(`check out/${name}`, "");
  utimesSync(file(name), time, time);
}

/** The real node where it runs code for the launcher, told that it is another version; else prints its arguments. */
function node(version: string): void {
  const script = `Object.defineProperty(process, "versions", { value: { node: "${version}" } }); `;
  scratch.write("version.cjs", script);
  scratch.script(
    "bin/node",
    `if [ "$1" = --version ]; then echo v${version}; exit; fi`,
    `if [ "$1" = -e ]; then exec "${process.execPath}" --require "${scratch.path("version.cjs")}" "$@"; fi`,
    `for arg in "$@"; do printf '<%s>\\n' "$arg"; done`,
    'exit "${CODE-0}"',
  );
}
/** An npm that notes how it is called. */
function npm(...also: string[]): void {
  scratch.script("bin/npm", `echo "$PWD: $*" >> "${scratch.path("npm-calls")}"`, "echo npm speaks", ...also);
}
function npmCalls(): string[] {
  if (!existsSync(scratch.path("npm-calls"))) return [];
  return readFileSync(scratch.path("npm-calls"), "utf8").trim().split("\n");
}

function raxx(
  args: string[] = [],
  other: NodeJS.ProcessEnv = {},
): { code: number | null; out: string; said: string } {
  const env = { PATH: scratch.path("bin"), ...other };
  const ran = spawnSync(file("raxx"), args, { cwd: scratch.root, env, encoding: "utf8" });
  return { code: ran.status, out: ran.stdout, said: ran.stderr };
}

/** What node is started with for these arguments. */
function started(...args: string[]): string {
  const all = ["--require", file("node_modules/tsx/dist/cjs/index.cjs"), file("ops/main.ts"), ...args];
  return all.map((arg) => `<${arg}>\n`).join("");
}
const install = (): string => `${scratch.path("check out")}: ci --no-audit --no-fund --loglevel=error`;
const build = (): string => `${scratch.path("check out")}: run --silent build`;

it("runs the verb at once where nothing is missing, with the arguments as they are", () => {
  const args = ["status", "--stack", "prod", "a b", `it's "quoted" $HOME`, ""];
  expect(raxx(args)).toEqual({ code: 0, out: started(...args), said: "" });
  expect(npmCalls()).toEqual([]);
});

it("ends with the code of the verb", () => {
  expect(raxx(["status"], { CODE: "3" }).code).toBe(3);
});

describe("node", () => {
  it("is asked for where there is none", () => {
    scratch.script("bin/node", "exit 1");
    chmodSync(scratch.path("bin/node"), 0o644);
    expect(raxx()).toEqual({
      code: 1,
      out: "",
      said: "error: node is not on PATH: install Node.js 20.19 to 24 (https://nodejs.org), then run this again\n",
    });
  });

  it.each(["18.20.8", "20.18.3", "25.0.0", "8.17.0", "200.0.0"])("is refused at version %s", (version) => {
    node(version);
    expect(raxx()).toEqual({
      code: 1,
      out: "",
      said: `error: node is v${version}, but this needs 20.19 to 24: install one of these, then run this again\n`,
    });
    expect(npmCalls()).toEqual([]);
  });

  it.each(["20.19.0", "20.20.2", "21.0.0", "24.99.0"])("is taken at version %s", (version) => {
    node(version);
    expect(raxx(["status"])).toEqual({ code: 0, out: started("status"), said: "" });
  });
});

it("asks for npm where there is none", () => {
  chmodSync(scratch.path("bin/npm"), 0o644);
  expect(raxx()).toEqual({
    code: 1,
    out: "",
    said: "error: npm is not on PATH: install it with Node.js, then run this again\n",
  });
});

describe("packages", () => {
  it("are installed where there are none, and the verb runs then; its output is its own", () => {
    scratch.drop("check out/node_modules");
    npm("mkdir node_modules");
    const ran = raxx(["status"]);
    expect(npmCalls()).toEqual([install()]);
    expect(ran).toMatchObject({ code: 0, out: started("status") });
    expect(ran.said).toBe("installing packages (a minute or two, once)\nnpm speaks\n");
    expect(raxx(["status"]).said).toBe("");
  });

  it("are installed again where the lock file is newer, and only once", () => {
    dated("package-lock.json", times.new);
    expect(raxx().code).toBe(0);
    expect(raxx().code).toBe(0);
    expect(npmCalls()).toEqual([install()]);
  });

  it("that cannot be installed stop the run, and the next one tries again", () => {
    dated("package-lock.json", times.new);
    npm("exit 1");
    expect(raxx()).toMatchObject({
      code: 1,
      out: "",
      said: expect.stringMatching(/\nerror: npm ci failed: see above, then run this again\n$/) as string,
    });
    raxx();
    expect(npmCalls()).toEqual([install(), install()]);
  });
});

describe("the providers", () => {
  it.each(["providers/client.ts", "providers/heroku/new.ts"])("are compiled where %s is newer", (name) => {
    dated(name, times.new);
    expect(raxx(["status"])).toEqual({ code: 0, out: started("status"), said: "npm speaks\n" });
    expect(npmCalls()).toEqual([build()]);
  });

  it.each(["providers/dist/index.d.ts", "providers/notes.md"])(
    "are not compiled because %s is newer",
    (name) => {
      dated(name, times.new);
      expect(raxx().code).toBe(0);
      expect(npmCalls()).toEqual([]);
    },
  );

  it.each(["index.js", ".tsbuildinfo"])("are compiled where dist has no %s", (name) => {
    scratch.drop(`check out/providers/dist/${name}`);
    expect(raxx().code).toBe(0);
    expect(npmCalls()).toEqual([build()]);
  });

  it("that do not compile stop the run", () => {
    dated("providers/client.ts", times.new);
    npm("exit 2");
    expect(raxx()).toEqual({
      code: 1,
      out: "",
      said: "npm speaks\nerror: the providers do not compile: see above\n",
    });
  });
});
