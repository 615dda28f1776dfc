import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { checkout } from "../../../sandbox/home";
import { ScratchFolder } from "../scratch-folder";

const shim = join(checkout, "sandbox", "bin", "pulumi");
const scratch = new ScratchFolder();
afterAll(() => {
  scratch.remove();
});

/**
 * An engine that prints its arguments, one a line in angle brackets, and has the stack `selected` selected, or
 * `there` in the folder /else where.
 */
const engine = scratch.script(
  "engine",
  'case "$*" in',
  `"stack --show-name --non-interactive") echo "\${SELECTED-selected}"; exit "\${SELECT_CODE-0}" ;;`,
  '"--cwd=/else where stack --show-name --non-interactive") echo there; exit 0 ;;',
  "esac",
  `for arg in "$@"; do printf '<%s>\\n' "$arg"; done`,
  'exit "${CODE-0}"',
);
const environment = {
  PATH: "/usr/bin:/bin",
  RAXX_SANDBOX_ENGINE: engine,
  RAXX_SANDBOX_STACK_FILES: "/copies",
};

/** What the shim says where it does not become the engine. */
function refused(args: string[], other: NodeJS.ProcessEnv = {}): { said: string; code: number | null } {
  const ran = spawnSync(shim, args, { env: { ...environment, ...other }, encoding: "utf8" });
  expect(ran.stdout).toBe("");
  return { said: ran.stderr, code: ran.status };
}

function run(args: string[], other: NodeJS.ProcessEnv = {}): { args: string[]; code: number | null } {
  const ran = spawnSync(shim, args, { env: { ...environment, ...other }, encoding: "utf8" });
  const printed = ran.stdout === "" ? [] : ran.stdout.slice(1, -2).split(">\n<");
  return { args: printed, code: ran.status };
}

/** The arguments that the engine is to get for a stack. */
function withCopyOf(stack: string, args: string[]): { args: string[]; code: number } {
  return { args: [`--config-file=/copies/Pulumi.${stack}.yaml`, ...args], code: 0 };
}

function untouched(args: string[]): { args: string[]; code: number } {
  return { args, code: 0 };
}

const covered = [
  "preview",
  "pre",
  "up",
  "update",
  "refresh",
  "destroy",
  "down",
  "dn",
  "import",
  "watch",
].concat(...["config", "conf", "cfg", "logs"]);

it.each(covered)("pulumi %s is given the copy of the stack that it names", (command) => {
  const args = [command, "--stack", "prod"];
  expect(run(args)).toEqual(withCopyOf("prod", args));
});

it.each([
  ["--stack prod", ["--stack", "prod"]],
  ["--stack=prod", ["--stack=prod"]],
  ["-s prod", ["-s", "prod"]],
  ["-s=prod", ["-s=prod"]],
  ["-sprod", ["-sprod"]],
  ["--stack org/project/prod", ["--stack", "org/project/prod"]],
  ["--stack=organization/prod", ["--stack=organization/prod"]],
])("takes %s, after the command and before it", (_how, flags) => {
  expect(run(["up", ...flags, "--yes"])).toEqual(withCopyOf("prod", ["up", ...flags, "--yes"]));
  expect(run([...flags, "up", "--yes"])).toEqual(withCopyOf("prod", [...flags, "up", "--yes"]));
});

it.each([
  [["-fys", "prod"]],
  [["-ysprod"]],
  [["-yfrjdes=prod"]],
  [["-Qs", "prod"]],
  [["-ydC", "/else where", "-ys", "prod"]],
  [["-m", "-sother", "-s", "prod"]],
  [["-ym", "-sother", "-sprod"]],
  [["-tsome:urn", "-s", "prod"]],
])("finds the stack among short flags in one word: %j", (flags) => {
  expect(run(["up", ...flags])).toEqual(withCopyOf("prod", ["up", ...flags]));
});

it.each([
  [["import", "-fstate.json", "--yes"]],
  [["import", "-f", "-sx", "--yes"]],
  [["logs", "-rsome", "-f"]],
  [["up", "-y=true"]],
  [["up", "-pys"]],
])("takes the value of another flag for no stack: %j", (args) => {
  expect(run(args)).toEqual(withCopyOf("selected", args));
});

it.each([[["-C", "/else where"]], [["--cwd=/else where"]], [["-yC/else where"]], [["-C=/else where"]]])(
  "asks for the stack that is selected in the folder of %j",
  (flags) => {
    expect(run(["up", ...flags])).toEqual(withCopyOf("there", ["up", ...flags]));
  },
);

it("takes the last where a stack is named twice, as pulumi does", () => {
  const args = ["up", "--stack", "prod", "-s", "staging"];
  expect(run(args)).toEqual(withCopyOf("staging", args));
});

it.each(["staging", "org/project/staging"])("takes the selected stack %s where none is named", (selected) => {
  expect(run(["preview", "--diff"], { SELECTED: selected })).toEqual(
    withCopyOf("staging", ["preview", "--diff"]),
  );
});

it.each([[["up", "--yes"]], [["config"]], [["stack", "rm"]], [["stack", "rename", "other"]]])(
  "stops %j where no stack is selected: pulumi would write the tracked stack file",
  (args) => {
    expect(refused(args, { SELECT_CODE: "255" })).toEqual({
      said: "error: no stack is selected: name one with --stack prod or --stack staging\n",
      code: 1,
    });
  },
);

it.each([
  [["up", "--help"]],
  [["config", "set", "-h"]],
  [["stack", "rm", "-yh"]],
  [["stack", "select", "-ch"]],
])("lets %j help where no stack is selected", (args) => {
  expect(run(args, { SELECT_CODE: "255" })).toEqual(untouched(args));
});

it.each([
  [["stack", "select", "--create", "other"]],
  [["stack", "select", "other", "-c"]],
  [["stack", "select", "-cs", "other"]],
  [["stack", "select", "--create=true", "other"]],
])("refuses %j, which writes a stack file into the checkout", (args) => {
  expect(refused(args)).toEqual({
    said: "error: in the sandbox make a stack with pulumi stack init NAME\n",
    code: 1,
  });
});

it.each([
  [["up", "--stack", "prod", "--config-file", "mine.yaml"]],
  [["up", "--config-file=mine.yaml", "--stack", "prod"]],
  [["--config-file", "mine.yaml", "config", "-s", "prod"]],
])("leaves a --config-file of one's own alone: %j", (args) => {
  expect(run(args)).toEqual(untouched(args));
});

it.each([
  [["config", "set", "key", "-s", "prod", "--", "-v"]],
  [["config", "set", "--stack", "prod", "key", "--", "--config-file"]],
  [["config", "set", "-s", "prod", "key", "--", "--stack"]],
  [["config", "set", "-s", "prod", "key", "--", "--stack=staging"]],
])("takes what follows -- for no flag: %j", (args) => {
  expect(run(args)).toEqual(withCopyOf("prod", args));
});

it("takes the selected stack for config set k -- -v", () => {
  const args = ["config", "set", "k", "--", "-v"];
  expect(run(args)).toEqual(withCopyOf("selected", args));
});

it.each([
  [["-C", "stack", "up", "-s", "prod"]],
  [["--cwd", "config", "up", "-s", "prod"]],
  [["--color", "always", "up", "-s", "prod"]],
  [["--color=always", "up", "-s", "prod"]],
  [["-v", "9", "up", "-s", "prod"]],
  [["-v=9", "--logtostderr", "up", "-s", "prod"]],
  [["--tracing", "file:trace", "-e", "up", "-s", "prod"]],
  [["--otel-traces", "file://traces", "up", "-s", "prod"]],
])("finds the command behind flags that every command takes: %j", (args) => {
  expect(run(args)).toEqual(withCopyOf("prod", args));
});

it.each([
  [["stack", "export", "--stack", "prod"]],
  [["stack", "--show-name"]],
  [["stack", "ls"]],
  [["stack", "select", "up"]],
  [["stack", "select", "-s", "prod"]],
  [["stack", "select", "--create=false", "prod"]],
  [["--color", "up", "version"]],
  [["version"]],
  [["--help"]],
  [[]],
])("leaves a command that takes no --config-file untouched: %j", (args) => {
  expect(run(args)).toEqual(untouched(args));
});

it.each([
  [["stack", "init", "prod"]],
  [["stack", "new", "prod"]],
  [["stack", "rm", "-ysprod"]],
  [["stack", "rm", "-y", "--", "prod"]],
  [["stack", "rm", "--yes", "prod"]],
  [["--color", "never", "stack", "-s", "prod", "rename", "other"]],
  [["stack", "change-secrets-provider", "passphrase", "--stack", "prod"]],
])("runs %j beside the copies: it writes or deletes the stack file of its folder", (args) => {
  expect(run(args)).toEqual({ args: ["--cwd=/copies", ...args], code: 0 });
});

it.each([
  [["stack", "rm", "--yes"]],
  [["stack", "rename", "other"]],
  [["stack", "change-secrets-provider", "passphrase"]],
])("names the stack for %j: another may be selected beside the copies", (args) => {
  expect(run(args)).toEqual({ args: ["--cwd=/copies", "--stack=selected", ...args], code: 0 });
});

it("runs beside the copies where another folder is named, with the stack that is selected there", () => {
  expect(run(["-C", "/else where", "stack", "rename", "--", "other"]).args).toEqual([
    ...[
      "--cwd=/copies",
      "--stack=there",
      "-C",
      "/else where",
      "stack",
      "rename",
      "--cwd=/copies",
      "--",
      "other",
    ],
  ]);
  expect(run(["stack", "init", "a b", "-C/else where"]).args).toEqual([
    ...["--cwd=/copies", "stack", "init", "a b", "-C/else where", "--cwd=/copies"],
  ]);
});

it("hands arguments on as they are, with spaces, quotes and empty ones", () => {
  const args = ["config", "set", "-s", "prod", "a key", `it's "quoted" $HOME \`id\` \\ *`, "", "two\nlines"];
  expect(run(args)).toEqual(withCopyOf("prod", args));
});

it("takes a folder of copies whose name has spaces", () => {
  const { args } = run(["up", "-s", "prod"], { RAXX_SANDBOX_STACK_FILES: "/the copies" });
  expect(args[0]).toBe("--config-file=/the copies/Pulumi.prod.yaml");
});

it.each(["up", "version"])("ends %s with the code that pulumi ends with", (command) => {
  expect(run([command, "-s", "prod"], { CODE: "42" }).code).toBe(42);
});

it.each([["up", "-s", "prod"], ["version"]])(
  "becomes pulumi itself, so that signals reach it: %s",
  async (...args) => {
    const waiting = scratch.script("waiting", "trap 'echo stopped; exit 7' INT", "echo $$", "read line");
    const child = spawn(shim, args, { env: { ...environment, RAXX_SANDBOX_ENGINE: waiting } });
    let printed = "";
    child.stdout.on("data", (text: Buffer) => {
      printed += text.toString();
      if (printed === `${child.pid ?? 0}\n`) child.kill("SIGINT");
    });
    const [code] = (await once(child, "close")) as [number | null];
    expect(printed).toBe(`${child.pid ?? 0}\nstopped\n`);
    expect(code).toBe(7);
  },
);

it("says where to run it when it runs outside a sandbox", () => {
  const ran = spawnSync(shim, ["up"], { env: { PATH: "/usr/bin:/bin" }, encoding: "utf8" });
  expect(ran.status).not.toBe(0);
  expect(ran.stderr).toContain("run it inside ./raxx sandbox exec");
});

describe("the stand-in providers", () => {
  /** An engine that says who it is and where its providers are, and waits for them to be asked. */
  const telling = scratch.script("telling", 'echo "$$ ${PULUMI_DEBUG_PROVIDERS-none}"');
  const home = scratch.path("home");
  const standIns = {
    PATH: process.env["PATH"],
    RAXX_SANDBOX_ENGINE: telling,
    PULUMI_HOME: home,
    RAXX_SANDBOX_STAND_INS: "github random",
    RAXX_SANDBOX_STAND_INS_LOG: join(home, "stand-ins.log"),
  };
  beforeAll(() => {
    mkdirSync(home);
  });
  const printed = (args: string[], other: NodeJS.ProcessEnv = {}): string =>
    spawnSync(shim, args, { env: { ...environment, ...standIns, ...other }, encoding: "utf8" }).stdout;

  it.each(["preview", "up", "refresh", "destroy", "import"])("are attached to pulumi %s", (command) => {
    expect(printed([command, "-s", "prod"])).toMatch(/^\d+ github:\d+,random:\d+\n$/);
    expect(readdirSync(home)).toEqual(["stand-ins.log"]);
  });

  it("are attached also where the file of the stack is named", () => {
    expect(printed(["up", "--config-file=mine.yaml"])).toMatch(/ github:\d+,random:\d+\n$/);
  });

  it.each([
    ["version"],
    ["config", "get", "a", "-s", "prod"],
    ["stack", "export", "-s", "prod"],
    ["up", "--help"],
  ])("are not started for pulumi %s", (...args) => {
    expect(printed(args)).toMatch(/ none\n$/);
  });

  it("are none where the real plugins are installed", () => {
    expect(printed(["up", "-s", "prod"], { RAXX_SANDBOX_STAND_INS: "" })).toMatch(/ none\n$/);
  });

  it.each([50, 200])("leave nothing behind where the run is stopped after %d ms", async (ms) => {
    const child = spawn(shim, ["up", "-s", "prod"], {
      env: { ...environment, ...standIns },
      stdio: "ignore",
    });
    await sleep(ms);
    child.kill("SIGINT");
    await once(child, "close");
    expect(readdirSync(home)).toEqual(["stand-ins.log"]);
  });

  it("end with pulumi", async () => {
    const port = Number(/github:(\d+)/.exec(printed(["up", "-s", "prod"]))?.[1]);
    for (let attempt = 0; attempt < 100 && (await isOpen(port)); attempt += 1) await sleep(100);
    expect(await isOpen(port)).toBe(false);
  });

  it("that do not start are said in one line, and pulumi is not run", () => {
    const ran = spawnSync(shim, ["up", "-s", "prod"], {
      env: { ...environment, ...standIns, RAXX_SANDBOX_STAND_INS: "no-such-one" },
      encoding: "utf8",
    });
    expect(ran.stdout).toBe("");
    expect(ran.stderr).toBe(
      `error: the stand-in providers did not start: see ${standIns.RAXX_SANDBOX_STAND_INS_LOG}\n`,
    );
    expect(ran.status).toBe(1);
    expect(readFileSync(standIns.RAXX_SANDBOX_STAND_INS_LOG, "utf8")).toContain(
      "no stand-in for no-such-one",
    );
  });
});

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => {
      resolve(false);
    });
  });
}
