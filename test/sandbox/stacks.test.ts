import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import { SandboxError } from "../../sandbox/error";
import { checkout, sandboxHome, type SandboxHome } from "../../sandbox/home";
import { ensureStacks, stackFile, stacks } from "../../sandbox/stacks";
import { type WorldState } from "../../sandbox/world-state";
import { ScratchFolder } from "./scratch-folder";

interface StackFile {
  encryptionsalt?: string;
  config: Record<string, unknown> & { "raxx:generations": Record<string, unknown> };
}

/** What a person gives: several lines, and none that a shell leaves alone. */
const sshKey = `-----BEGIN KEY-----\n$(id) "${randomBytes(20).toString("hex")}"\n-----END KEY-----\n`;
const world: WorldState = {
  name: "open",
  vendors: [],
  credentials: {},
  cloudflareAccount: "a".repeat(32),
  cloudflareZones: { "raxx.app": "b".repeat(32) },
  infisicalProject: "the-project",
  supplied: { prod: { freescoutSshKey: sshKey } },
  previousAdopt: { prod: { HK_PLATFORM_FULL: ["the-old-authorization"] } },
  adopt: { prod: { "dns/raxx.app/spf": "the-zone/the-record" } },
};
const salt = "v1:c2FsdA==:v1:bm9uY2U=:Y2hlY2s=";
const tracked = ["Pulumi.yaml", ...stacks.map((stack) => `Pulumi.${stack}.yaml`)];

let scratch: ScratchFolder;
let home: SandboxHome;
let environment: NodeJS.ProcessEnv;
beforeEach(() => {
  jest.useFakeTimers({ now: new Date("2027-01-31T23:59:59Z"), doNotFake: ["nextTick", "setImmediate"] });
  scratch = new ScratchFolder();
  home = sandboxHome({ RAXX_SANDBOX_HOME: scratch.path("home") });
  environment = { PATH: `${scratch.path("bin")}:/usr/bin:/bin` };
  // A pulumi that does to files what `stack init` does: the stack in the backend, the salt in the stack file.
  const state = `${home.backend}/.pulumi/stacks/raxx-credentials`;
  scratch.script(
    "bin/pulumi",
    `echo "$*" >> "${scratch.path("calls")}"`,
    `[ "$1" = stack ] || exec cat > "${scratch.path("given")}"`,
    `mkdir -p "${state}" && echo {} > "${state}/$3.json"`,
    `echo "encryptionsalt: ${salt}" >> "${home.stackFiles}/Pulumi.$3.yaml"`,
  );
});
afterEach(() => {
  scratch.remove();
  jest.useRealTimers();
});

function ensure(): void {
  ensureStacks(home, world, environment);
}
function text(stack: string): string {
  return readFileSync(stackFile(home, stack), "utf8");
}
function edit(stack: string, change: (text: string) => string): void {
  writeFileSync(stackFile(home, stack), change(text(stack)));
}
function copyOf(stack: string): StackFile {
  return parse(text(stack)) as StackFile;
}
function original(stack: string): StackFile {
  return parse(readFileSync(join(checkout, `Pulumi.${stack}.yaml`), "utf8")) as StackFile;
}
function calls(): string[] {
  return existsSync(scratch.path("calls"))
    ? readFileSync(scratch.path("calls"), "utf8").trim().split("\n")
    : [];
}

describe("a copy that is made", () => {
  it.each(stacks)("has today as the generation of every token of %s", (stack) => {
    ensure();
    const adopt = stack === "prod" ? { previousAdopt: ["the-old-authorization"] } : {};
    const generations = Object.keys(original(stack).config["raxx:generations"]);
    const today = { current: "2027-01-31" };
    const inPlace = { ...today, version: 1, admitted: "2027-01-31 sandbox" };
    expect(copyOf(stack).config["raxx:generations"]).toEqual({
      ...Object.fromEntries(generations.map((token) => [token, today])),
      CF_ACCESS_SVC_CONSOLE: inPlace,
      CF_ACCESS_SVC_VAULT: inPlace,
      HK_PLATFORM_FULL: { ...today, ...adopt },
    });
  });

  it.each(stacks)("leaves it to a person to say of %s what was put into a policy", (stack) => {
    const tracked = JSON.stringify(original(stack));
    expect(tracked).toContain("CF_ACCESS_SVC_VAULT");
    expect(tracked).not.toContain("admitted");
  });

  it.each(stacks)("quotes the date of %s, which Pulumi would read as a time", (stack) => {
    ensure();
    expect(text(stack)).toContain('current: "2027-01-31"');
  });

  it.each(stacks)("keeps every other key of the tracked file of %s", (stack) => {
    ensure();
    const { "raxx:generations": generations, ...others } = copyOf(stack).config;
    expect(generations).toBeDefined();
    expect({ "raxx:generations": original(stack).config["raxx:generations"], ...others }).toEqual({
      ...original(stack).config,
      "raxx:infisicalProject": "the-project",
      "raxx:cloudflareAccount": world.cloudflareAccount,
      "raxx:cloudflareZones": world.cloudflareZones,
      ...(stack === "prod" ? { "raxx:adopt": world.adopt["prod"] } : {}),
    });
  });

  it("is beside a copy of the project file, from which stack init runs", () => {
    ensure();
    expect(readdirSync(home.stackFiles).sort()).toEqual(tracked.sort());
    expect(readFileSync(join(home.stackFiles, "Pulumi.yaml"), "utf8")).toBe(
      readFileSync(join(checkout, "Pulumi.yaml"), "utf8"),
    );
  });

  it("can be read by its owner only, as can the passphrase", () => {
    ensure();
    for (const file of [home.passphraseFile, ...stacks.map((stack) => stackFile(home, stack))]) {
      expect(statSync(file).mode & 0o077).toBe(0);
    }
  });
});

describe("a copy that is there", () => {
  it("is not written when nothing is new, salt included", () => {
    ensure();
    const before = stacks.map(text);
    const inodes = stacks.map((stack) => statSync(stackFile(home, stack)).ino);
    jest.setSystemTime(new Date("2027-03-01T00:00:00Z"));
    ensure();
    expect(stacks.map(text)).toEqual(before);
    expect(stacks.map((stack) => statSync(stackFile(home, stack)).ino)).toEqual(inodes);
    expect(copyOf("prod").encryptionsalt).toBe(salt);
  });

  it("keeps its edits: generations, a dropped list, a key of its own, comments", () => {
    ensure();
    edit("prod", (before) =>
      before
        .replace(
          'current: "2027-01-31"',
          'current: "2027-02-02.2" # rotated by hand\n      previous: "2027-01-31"',
        )
        .replace(/\n *previousAdopt:.*\n.*the-old-authorization.*/, "")
        .replace("config:", "config:\n  raxx:mine: kept"),
    );
    const edited = copyOf("prod");
    expect(edited.config["raxx:generations"]).toMatchObject({
      HK_PLATFORM_FULL: { current: "2027-02-02.2", previous: "2027-01-31" },
    });
    ensure();
    expect(copyOf("prod")).toEqual(edited);
    expect(text("prod")).toContain("# rotated by hand");
  });

  it("gets a token that is new in the tracked file, with today's date and what is adopted", () => {
    ensure();
    edit("prod", (before) =>
      before.replace("HK_PLATFORM_FULL:", "HK_OTHER_FULL:").replace('"2027-01-31"', '"2027-01-01"'),
    );
    jest.setSystemTime(new Date("2027-03-01T00:00:00Z"));
    ensure();
    expect(copyOf("prod").config["raxx:generations"]).toMatchObject({
      HK_OTHER_FULL: { current: "2027-01-01", previousAdopt: ["the-old-authorization"] },
      HK_PLATFORM_FULL: { current: "2027-03-01", previousAdopt: ["the-old-authorization"] },
    });
    expect(text("prod")).toContain('current: "2027-03-01"');
  });

  it("gets a key that is new in the tracked file", () => {
    ensure();
    edit("staging", (before) => before.replace("raxx:herokuApps:", "raxx:other:"));
    ensure();
    expect(copyOf("staging").config["raxx:herokuApps"]).toEqual(
      original("staging").config["raxx:herokuApps"],
    );
  });

  it.each([
    ["no YAML", "config: [\n  raxx:generations: {\n"],
    ["with a key twice", "config:\n  raxx:mine: 1\n  raxx:mine: 2\n"],
    ["empty", ""],
    ["without a config", "encryptionsalt: v1:abc\n"],
    ["with a list for a config", "config:\n  - one\n"],
    ["with a text for generations", "config:\n  raxx:generations:   nonsense\n"],
  ])("is left as it is, to the byte, where it is %s", (_what, broken) => {
    ensure();
    writeFileSync(stackFile(home, "prod"), broken);
    ensure();
    expect(text("prod")).toBe(broken);
  });
});

describe("a stack", () => {
  it("is made once", () => {
    ensure();
    ensure();
    expect(calls().filter((call) => call.startsWith("stack"))).toEqual([
      "stack init prod --non-interactive",
      "stack init staging --non-interactive",
    ]);
  });

  it("gets what a person gives, as a secret, once it is made and never again", () => {
    ensure();
    ensure();
    expect(calls()).toEqual([
      "stack init prod --non-interactive",
      "config set --secret raxx:freescoutSshKey --stack prod --non-interactive",
      "stack init staging --non-interactive",
    ]);
    expect(readFileSync(scratch.path("given"), "utf8")).toBe(sshKey);
  });

  it("that does not take what a person gives is named with what pulumi said, and how to start over", () => {
    scratch.script("bin/pulumi", '[ "$1" = stack ] && exit 0', "echo 'error: no salt' >&2", "exit 255");
    expect(ensure).toThrow(
      new SandboxError(
        "raxx:freescoutSshKey of prod was not set (error: no salt): ./raxx sandbox reset, then start it again",
      ),
    );
  });

  it("has nothing of what a person gives in the copy of its file, which pulumi alone encrypts", () => {
    ensure();
    for (const stack of stacks) expect(text(stack)).not.toContain(sshKey.split("\n")[1]);
  });

  it("that cannot be made is named with what pulumi said", () => {
    scratch.script("bin/pulumi", "echo 'error: no backend' >&2", "exit 255");
    expect(ensure).toThrow(new SandboxError("stack prod was not made: error: no backend"));
  });

  it("that another has made meanwhile is made", () => {
    scratch.script(
      "bin/pulumi",
      "echo \"error: stack 'organization/raxx/$3' already exists\" >&2",
      "exit 255",
    );
    expect(ensure).not.toThrow();
  });

  it("keeps its passphrase, which no other sandbox has", () => {
    ensure();
    const first = readFileSync(home.passphraseFile, "utf8");
    ensure();
    expect(readFileSync(home.passphraseFile, "utf8")).toBe(first);
    expect(first).toMatch(/^[\w-]{32}$/);
    const other = sandboxHome({ RAXX_SANDBOX_HOME: scratch.path("other") });
    ensureStacks(other, world, environment);
    expect(readFileSync(other.passphraseFile, "utf8")).not.toBe(first);
  });
});

it("never writes the tracked files", () => {
  const before = tracked.map((name) => [
    readFileSync(join(checkout, name), "utf8"),
    statSync(join(checkout, name)).mtimeMs,
  ]);
  ensure();
  edit("prod", () => "config: {}\n");
  ensure();
  expect(
    tracked.map((name) => [
      readFileSync(join(checkout, name), "utf8"),
      statSync(join(checkout, name)).mtimeMs,
    ]),
  ).toEqual(before);
});
