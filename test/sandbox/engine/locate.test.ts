import { chmod, mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { SandboxError } from "../../../sandbox/error";
import { ENGINE_COMPANIONS, locateEngine } from "../../../sandbox/engine/locate";
import { readRequirements } from "../../../sandbox/engine/requirements";
import { Scratch } from "./scratch";

const PINNED = readRequirements().pulumi;
const SOURCE = join(__dirname, "../../../sandbox/engine");

let scratch: Scratch;
beforeEach(async () => {
  scratch = await Scratch.create();
});
afterEach(async () => {
  await scratch.remove();
});

async function goRuns(): Promise<string[]> {
  return (await readFile(scratch.folder("go-runs"), "utf8").catch(() => ""))
    .split("\n")
    .filter((line) => line !== "");
}

async function refusal(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof SandboxError)) throw new Error(`expected a SandboxError, got ${String(error)}`);
  return error.message;
}

describe("an engine on PATH", () => {
  it("is used as it is when it is the pinned version", async () => {
    const binary = await scratch.pulumi("bin", PINNED);

    expect(await locateEngine({ env: scratch.env("bin") })).toEqual({
      binary,
      directory: dirname(binary),
      version: PINNED,
      origin: "path",
    });
  });

  it("is used when it is newer", async () => {
    await scratch.pulumi("bin", "3.999.1");

    expect(await locateEngine({ env: scratch.env("bin") })).toMatchObject({
      version: "3.999.1",
      origin: "path",
    });
  });

  it("is passed over for a later one when it is too old", async () => {
    await scratch.pulumi("old", "3.9.0");
    const binary = await scratch.pulumi("new", PINNED);

    expect(await locateEngine({ env: scratch.env("old", "new") })).toMatchObject({ binary });
  });

  it("is passed over when it stands in a folder to skip, or in one linked to it", async () => {
    await scratch.pulumi("shim", PINNED);
    await symlink(scratch.folder("shim"), scratch.folder("linked"));
    const binary = await scratch.pulumi("real", PINNED);

    const found = await locateEngine({
      env: scratch.env("shim", "linked", "real"),
      skipDirectories: [scratch.folder("shim")],
    });

    expect(found.binary).toBe(binary);
  });

  it("is passed over when it cannot tell its version", async () => {
    await scratch.script("broken", "exit 3");
    await scratch.script("bin/pulumi", "exit 3");
    await scratch.script("talker/pulumi", "echo hello");
    const binary = await scratch.pulumi("good", PINNED);

    expect(await locateEngine({ env: scratch.env("bin", "talker", "good") })).toMatchObject({ binary });
  });

  it("is passed over when it is a folder or may not be run", async () => {
    await mkdir(scratch.folder("a/pulumi"), { recursive: true });
    await scratch.write("b/pulumi", "#!/bin/sh\n");
    const binary = await scratch.pulumi("c", PINNED);

    expect(await locateEngine({ env: scratch.env("a", "b", "c") })).toMatchObject({ binary });
  });
});

describe("without an engine and without Go", () => {
  it("names both ways out and the command to run again", async () => {
    const message = await refusal(
      locateEngine({ env: scratch.env("bin"), command: "./raxx sandbox status" }),
    );

    expect(message).toBe(
      `no usable Pulumi engine: neither pulumi nor go is on PATH; install Pulumi >= ${PINNED} ` +
        `(https://www.pulumi.com/docs/install/) or Go >= ${readRequirements().go} (https://go.dev/doc/install), ` +
        "then run ./raxx sandbox status again",
    );
  });

  it("names the engine on PATH that is too old", async () => {
    const old = await scratch.pulumi("bin", "3.100.0");

    expect(await refusal(locateEngine({ env: scratch.env("bin") }))).toContain(
      `${old} is version 3.100.0, older than ${PINNED}, and go is not on PATH`,
    );
  });

  it("uses the engine that was built earlier", async () => {
    await scratch.go("bin");
    const first = await locateEngine({ env: scratch.env("bin") });

    expect(await locateEngine({ env: scratch.env() })).toEqual(first);
  });
});

describe("with Go", () => {
  it("builds the pinned version once, with the checksums of the checkout", async () => {
    await scratch.go("bin");
    const env = scratch.env("bin");

    const first = await locateEngine({ env });
    const second = await locateEngine({ env });

    expect(first).toMatchObject({ version: PINNED, origin: "built" });
    expect(second).toEqual(first);
    expect(first.directory).toMatch(
      new RegExp(`/home/\\.cache/raxx/engine/v${PINNED.replaceAll(".", "\\.")}-[0-9a-f]{12}$`),
    );
    const runs = await goRuns();
    expect(runs).toHaveLength(1);
    expect(runs[0]).toContain("-mod=readonly");
    expect(runs[0]).toContain(`common/version.Version=v${PINNED} `);
  });

  it("builds when the engine on PATH is too old", async () => {
    await scratch.pulumi("bin", "3.100.0");
    await scratch.go("bin");

    expect(await locateEngine({ env: scratch.env("bin") })).toMatchObject({ origin: "built" });
  });

  it("takes the cache folder of XDG_CACHE_HOME, unless that is relative", async () => {
    await scratch.go("bin");
    const env = scratch.env("bin");

    const absolute = await locateEngine({ env: { ...env, XDG_CACHE_HOME: scratch.folder("xdg") } });
    const relative = await locateEngine({ env: { ...env, XDG_CACHE_HOME: "xdg" } });

    expect(absolute.directory.startsWith(scratch.folder("xdg/raxx/engine/"))).toBe(true);
    expect(relative.directory.startsWith(scratch.folder("home/.cache/"))).toBe(true);
  });

  it("takes an engine of its own on PATH for the built one", async () => {
    await scratch.go("bin");
    const built = await locateEngine({ env: scratch.env("bin") });
    await writeFile(built.binary, `#!/bin/sh\necho v${PINNED}\n`);

    const env = { ...scratch.env(), PATH: built.directory };

    expect(await locateEngine({ env })).toEqual(built);
  });

  it("says where the log of a failed build is, and leaves nothing half made", async () => {
    await scratch.go("bin", "echo some compiler output >&2", "exit 2");

    const message = await refusal(locateEngine({ env: scratch.env("bin") }));

    const log = /the log is (\S+);/.exec(message)?.[1] ?? "";
    expect(message).toMatch(/^building the Pulumi engine with Go failed with exit code 2, /);
    expect(message).toContain(`install Pulumi >= ${PINNED} `);
    expect(message).not.toContain("compiler output");
    expect(await readFile(log, "utf8")).toBe("some compiler output\n");
    expect(await readdir(dirname(log))).toEqual([log.slice(dirname(log).length + 1)]);
  });

  it("takes a build that leaves no binary for a failed one", async () => {
    await scratch.script("bin/go", "exit 0");

    expect(await refusal(locateEngine({ env: scratch.env("bin") }))).toMatch(
      /with Go left no binary, the log is /,
    );
  });

  it("takes a Go that cannot be started for a failed build", async () => {
    await scratch.write("bin/go", "#!/no/such/interpreter\n", 0o755);

    expect(await refusal(locateEngine({ env: scratch.env("bin") }))).toMatch(
      /could not be started \(ENOENT\)/,
    );
  });

  it("builds again after a failure", async () => {
    await scratch.script("bin/go", "exit 1");
    await refusal(locateEngine({ env: scratch.env("bin") }));
    await scratch.go("bin");

    expect(await locateEngine({ env: scratch.env("bin") })).toMatchObject({ origin: "built" });
  });

  it("gives two builds at once the same whole engine", async () => {
    await scratch.go("bin", "sleep 0.3");
    const env = scratch.env("bin");

    const [one, two] = await Promise.all([locateEngine({ env }), locateEngine({ env })]);

    expect(one).toEqual(two);
    expect(await goRuns()).toHaveLength(2);
    expect(await readdir(dirname(one.directory))).toEqual([
      one.directory.slice(dirname(one.directory).length + 1),
    ]);
    expect((await readdir(one.directory)).sort()).toEqual(["pulumi", ...ENGINE_COMPANIONS].sort());
  });

  it("deletes what a killed build left an hour ago, and keeps a younger one", async () => {
    await scratch.go("bin");
    const env = scratch.env("bin");
    const { directory } = await locateEngine({ env });
    await Promise.all([mkdir(`${directory}.building-old`), mkdir(`${directory}.building-new`)]);
    const long = new Date(Date.now() - 2 * 60 * 60 * 1000);
    await utimes(`${directory}.building-old`, long, long);
    await chmod(join(directory, "pulumi"), 0o644);

    await locateEngine({ env });

    const left = (await readdir(dirname(directory))).filter((name) => name.includes(".building-"));
    expect(left).toEqual([`${directory.slice(dirname(directory).length + 1)}.building-new`]);
  });

  it("reports what it does and how far it is", async () => {
    await scratch.go(
      "bin",
      "echo go: downloading x v1 >&2",
      "sleep 0.3",
      "echo x/one >&2",
      "echo x/two >&2",
      "sleep 0.3",
    );
    const lines: string[] = [];

    await locateEngine({
      env: scratch.env("bin"),
      onProgress: (line) => lines.push(line),
      progressEveryMs: 50,
    });

    expect(lines[0]).toBe(
      `building the Pulumi engine v${PINNED} with Go: some minutes, once on this machine`,
    );
    expect(lines).toContain("building the Pulumi engine: 0 s, 1 modules downloaded");
    expect(lines.some((line) => line.endsWith("2 packages compiled"))).toBe(true);
    expect(lines.at(-1)).toMatch(/^the Pulumi engine is built \(\d+ s\)$/);
  });

  it("says so when the cache folder cannot be used", async () => {
    await scratch.go("bin");
    const file = await scratch.write("occupied", "");

    const message = await refusal(locateEngine({ env: { ...scratch.env("bin"), XDG_CACHE_HOME: file } }));

    expect(message).toBe(
      `the cache folder ${file}/raxx/engine cannot be used (ENOTDIR); set XDG_CACHE_HOME to a folder that can be written`,
    );
  });
});

describe("what stands beside a built engine", () => {
  it("is the checkout's, and can be run", async () => {
    await scratch.go("bin");

    const { directory } = await locateEngine({ env: scratch.env("bin") });

    for (const name of ENGINE_COMPANIONS) {
      expect(await readFile(join(directory, name), "utf8")).toBe(await readFile(join(SOURCE, name), "utf8"));
      expect((await stat(join(directory, name))).mode & 0o111).toBe(0o111);
    }
  });

  it("is put right when it differs, and left alone when it does not", async () => {
    await scratch.go("bin");
    const env = scratch.env("bin");
    const { directory } = await locateEngine({ env });
    const [changed, same] = [join(directory, "language-host.cjs"), join(directory, "parent-watch.cjs")];
    await writeFile(changed, "// of another checkout\n");
    const before = await stat(same);

    await locateEngine({ env });

    expect(await readFile(changed, "utf8")).toBe(await readFile(join(SOURCE, "language-host.cjs"), "utf8"));
    expect((await stat(same)).ino).toBe(before.ino);
  });
});
