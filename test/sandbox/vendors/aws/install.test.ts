import { existsSync, readdirSync, readFileSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";

import { SandboxError } from "../../../../sandbox/error";
import { locateMoto, type LocateMotoOptions } from "../../../../sandbox/vendors/aws";
import { ScratchFolder } from "../../scratch-folder";

const lock = join(__dirname, "../../../../sandbox/vendors/aws/moto/requirements.txt");

let scratch: ScratchFolder;
beforeEach(() => {
  scratch = new ScratchFolder();
});
afterEach(() => {
  scratch.remove();
});

const cache = () => scratch.path("cache/raxx/moto");
const lines = (file: string) =>
  existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line !== "")
    : [];
/** Each line is one installation: the program and its arguments. */
const runs = () => lines(scratch.path("runs"));

/** With the programs of these folders only. */
function locate(folders: string[], options: LocateMotoOptions = {}, extra: NodeJS.ProcessEnv = {}) {
  const PATH = folders.map((name) => scratch.path(name)).join(":");
  const env = { ...extra, PATH, HOME: scratch.path("home"), XDG_CACHE_HOME: scratch.path("cache") };
  return locateMoto({ ...options, env });
}

interface Fake {
  /** @default fake-311-linux */
  tag?: string;
  /** Modules it has. @default pip */
  modules?: ("pip" | "venv" | "virtualenv")[];
  /** What its pip does, with the target folder as $2. @default it makes the folder */
  install?: string[];
}

function fakePython(
  name: string,
  { tag = "fake-311-linux", modules = ["pip"], install = ['/bin/mkdir -p "$2/moto"'] }: Fake = {},
): string {
  const pip = [
    '[ "$3" = --version ] && exit 0',
    `echo "$0 $*" >> '${scratch.path("runs")}'`,
    'while [ "$1" != --target ]; do shift; done',
    ...install,
  ];
  const inside = modules.includes("pip") ? "" : fakePython("inside/python", { tag, install });
  const make = [
    "for last; do :; done",
    '/bin/mkdir -p "$last/bin"',
    `/bin/cp '${inside}' "$last/bin/python"`,
  ];
  return scratch.script(
    name,
    `[ "$1" = -c ] && { echo '${tag}'; exit 0; }`,
    ...modules.flatMap((module) => [
      `if [ "$2" = ${module} ]; then`,
      ...(module === "pip" ? pip : make),
      "exit 0; fi",
    ]),
    "exit 1",
  );
}

async function refusal(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof SandboxError)) throw new Error(`expected a SandboxError, got ${String(error)}`);
  return error.message;
}

describe("the lock file", () => {
  it("pins moto and all it needs by version and checksum, and names no index", () => {
    const text = readFileSync(lock, "utf8").replaceAll("\\\n", "");
    const entries = lines(lock).filter((line) => /^[a-z]/i.test(line));
    expect(entries.length).toBeGreaterThan(15);
    for (const line of text.split("\n").filter((one) => one !== "" && !one.startsWith("#"))) {
      expect(line).toMatch(/^[\w.-]+==[\w.]+ .*--hash=sha256:[0-9a-f]{64}/);
    }
    expect(text).toMatch(/^moto==5\.2\.5 /m);
    expect(text).not.toMatch(/https?:|--index-url|--find-links/);
  });
});

describe("moto", () => {
  it("is installed once, from the lock file, into the user's cache", async () => {
    const python = fakePython("bin/python3");
    const moto = await locate(["bin"]);
    expect(moto).toEqual({ python, packages: expect.stringContaining(`${cache()}/`) as string });
    expect(existsSync(join(moto.packages, "moto"))).toBe(true);
    expect(await locate(["bin"])).toEqual(moto);
    expect(runs()).toHaveLength(1);
    expect(runs()[0]).toContain(`--require-hashes --target `);
    expect(runs()[0]).toContain(`--requirement ${lock}`);
    expect(readdirSync(cache())).toHaveLength(1);
  });

  it("is another installation for another Python", async () => {
    fakePython("bin/python3");
    fakePython("new/python3", { tag: "fake-312-linux" });
    const [first, second] = [await locate(["bin"]), await locate(["new"])];
    expect(first.packages).not.toBe(second.packages);
  });

  it("passes over a Python that is too old, and one that cannot be run", async () => {
    scratch.script("old/python3", "exit 0");
    scratch.script("broken/python3", "exit 3");
    const python = fakePython("bin/python3.12");
    expect(await locate(["old", "broken", "bin"])).toMatchObject({ python });
  });

  it.each(["venv", "virtualenv"] as const)(
    "comes by the pip of a %s where Python has none",
    async (module) => {
      fakePython("bin/python3", { modules: [module] });
      await locate(["bin"]);
      expect(runs()[0]).toMatch(/raxx-python-\w+\/bin\/python -m pip install /);
    },
  );

  it("comes by a virtualenv program, or by uv, where Python has no module for it", async () => {
    const bare = fakePython("bare/python3", { modules: [] });
    const inside = scratch.path("inside/python");
    scratch.script(
      "tool/virtualenv",
      "for last; do :; done",
      `/bin/mkdir -p "$last/bin" && /bin/cp '${inside}' "$last/bin/python"`,
    );
    scratch.script(
      "uv/uv",
      '[ "$1" = --version ] && exit 0',
      `echo "$0 $*" >> '${scratch.path("runs")}'`,
      'while [ "$1" != --target ]; do shift; done',
      '/bin/mkdir -p "$2"',
    );
    await locate(["bare", "tool"]);
    expect(runs()[0]).toMatch(/bin\/python -m pip install /);
    scratch.drop("cache");
    // Its venv has no pip, as where ensurepip is missing.
    scratch.script(
      "hollow/python3",
      '[ "$1" = -c ] && { echo fake-311-linux; exit 0; }',
      '[ "$2" = venv ] && exit 0',
      "exit 1",
    );
    await locate(["hollow", "tool"]);
    expect(runs()[1]).toMatch(/bin\/python -m pip install /);
    scratch.drop("cache");
    await locate(["bare", "uv"]);
    expect(runs()[2]).toContain(
      `uv pip install --compile-bytecode --python ${bare} --require-hashes --target`,
    );
  });

  it("is installed whatever pip is set to do for the person", async () => {
    fakePython("bin/python3", { install: ['[ -z "$PIP_USER$PIP_TARGET" ] || exit 1', '/bin/mkdir -p "$2"'] });
    await locate(["bin"], {}, { PIP_USER: "1", PIP_TARGET: scratch.path("elsewhere") });
    expect(runs()[0]).toContain("--no-user");
  });

  it("says now and then how far it is", async () => {
    fakePython("bin/python3", { install: ["/bin/sleep 0.3", '/bin/mkdir -p "$2"'] });
    const said: string[] = [];
    await locate(["bin"], { onProgress: (line) => said.push(line), progressEveryMs: 100 });
    expect(said[0]).toMatch(/^installing moto, which emulates AWS/);
    expect(said.slice(1, -1)).toContain("installing moto: 0 s");
    expect(said.at(-1)).toMatch(/^moto is installed \(\d+ s\)$/);
  });

  it("is whole where two install it at once", async () => {
    fakePython("bin/python3", { install: ["/bin/sleep 0.2", '/bin/mkdir -p "$2/moto"'] });
    const [one, other] = await Promise.all([locate(["bin"]), locate(["bin"])]);
    expect(one).toEqual(other);
    expect(readdirSync(cache())).toEqual([one.packages.split("/").at(-1)]);
  });

  it("is installed after a try that was killed, whose leftovers go when they are old", async () => {
    scratch.write("cache/raxx/moto/installing-old/packages/half", "");
    scratch.write("cache/raxx/moto/installing-new/packages/half", "");
    const old = join(cache(), "installing-old");
    utimesSync(old, new Date(), new Date(Date.now() - 7_200_000));
    fakePython("bin/python3");
    await locate(["bin"]);
    expect(existsSync(old)).toBe(false);
    expect(existsSync(join(cache(), "installing-new"))).toBe(true);
  });
});

describe("one message with the ways out", () => {
  it("where there is no Python", async () => {
    scratch.script("old/python3", "exit 0");
    const message = await refusal(locate(["old"], { command: "./raxx sandbox start" }));
    expect(message).toContain("needs Python >= 3.10");
    expect(message).toContain("https://www.python.org/downloads/");
    expect(message).toContain("then run ./raxx sandbox start again");
  });

  it("where Python has no way to install", async () => {
    const python = fakePython("bin/python3", { modules: [] });
    const message = await refusal(locate(["bin"]));
    expect(message).toContain(`${python} has neither pip nor venv`);
    expect(message).toContain("python3-venv or python3-pip of your system, or uv");
    expect(message).toContain("then run ./raxx sandbox up again");
  });

  it("where no package index is reached, and the next try works", async () => {
    fakePython("bin/python3", { install: ["echo no such host", "exit 7"] });
    const message = await refusal(locate(["bin"]));
    const log = join(cache(), "install.log");
    expect(message).toContain(`failed with exit code 7, the log is ${log}`);
    expect(message).toContain("PIP_INDEX_URL");
    expect(message).toContain("then run ./raxx sandbox up again");
    expect(readFileSync(log, "utf8")).toContain("no such host");
    expect(statSync(log).mode & 0o077).toBe(0);
    expect(readdirSync(cache())).toEqual(["install.log"]);
    fakePython("bin/python3");
    await locate(["bin"]);
  });

  it("where it takes too long", async () => {
    fakePython("bin/python3", { install: ["exec /bin/sleep 20"] });
    const message = await refusal(locate(["bin"], { timeoutMs: 200 }));
    expect(message).toContain("was ended by SIGTERM");
  });

  it("where pip is gone when it is to run, and nothing goes on waiting for it", async () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    scratch.script("bin/python3", '[ "$1" = -c ] && { echo fake-311-linux; exit 0; }', '/bin/rm "$0"');
    const before = timers();
    expect(await refusal(locate(["bin"]))).toContain("could not be started (ENOENT)");
    expect(timers()).toBe(before);
  });

  it("where the cache folder cannot be used", async () => {
    fakePython("bin/python3");
    scratch.write("cache/raxx", "a file");
    const message = await refusal(locate(["bin"]));
    expect(message).toContain(`the cache folder ${cache()} cannot be used (`);
    expect(message).toContain("set XDG_CACHE_HOME");
  });
});
