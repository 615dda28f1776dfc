import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

import { SandboxError } from "../../sandbox/error";
import { claimHome, makeHome, sandboxHome, type SandboxHome } from "../../sandbox/home";
import { ScratchFolder } from "./scratch-folder";

let scratch: ScratchFolder;
let home: SandboxHome;
beforeEach(() => {
  scratch = new ScratchFolder();
  home = sandboxHome({ RAXX_SANDBOX_HOME: scratch.path("home") });
});
afterEach(() => {
  scratch.remove();
});

async function refusal(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (error instanceof SandboxError) return error.message;
    throw error;
  }
  throw new Error("nothing was refused");
}

/** The number of a process that has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ["--version"]).pid;
}

describe("the folder", () => {
  it("is found from the folder of the command where its name is relative", () => {
    const { root, world } = sandboxHome({ RAXX_SANDBOX_HOME: "some/../place/" });
    expect(root).toBe(join(process.cwd(), "place"));
    expect(world).toBe(join(process.cwd(), "place", "world.json"));
  });

  it("is the usual one where the name is empty, and in XDG_STATE_HOME where that is absolute", () => {
    const usual = sandboxHome({}).root;
    expect(usual).toContain(join(homedir(), ".local", "state", "raxx", "sandboxes"));
    expect(sandboxHome({ RAXX_SANDBOX_HOME: "" }).root).toBe(usual);
    expect(sandboxHome({ XDG_STATE_HOME: "relative" }).root).toBe(usual);
    expect(sandboxHome({ XDG_STATE_HOME: "" }).root).toBe(usual);
    expect(sandboxHome({ XDG_STATE_HOME: "/state" }).root).toMatch(/^\/state\/raxx\/sandboxes\//);
  });

  it("is made for its owner only, with those above it", () => {
    home = sandboxHome({ RAXX_SANDBOX_HOME: scratch.path("a/b/home") });
    makeHome(home);
    makeHome(home);
    for (const path of ["a", "a/b", "a/b/home"]) {
      expect(statSync(scratch.path(path)).mode & 0o777).toBe(0o700);
    }
    expect(statSync(home.vendors).isDirectory()).toBe(true);
  });

  it.each([
    ["a file is in its place", "file"],
    ["a file is above it", "file/below/home"],
    // Node's own recursive mkdir never comes back from this one.
    ["nothing can be made there", "/proc/raxx/home"],
  ])("is named, with the variable, where %s", async (_why, name) => {
    scratch.write("file", "mine");
    home = sandboxHome({ RAXX_SANDBOX_HOME: name.startsWith("/") ? name : scratch.path(name) });
    expect(
      await refusal(() => {
        makeHome(home);
      }),
    ).toMatch(`${home.root} cannot be made or written (`);
    expect(await refusal(() => claimHome(home, () => undefined))).toContain("RAXX_SANDBOX_HOME");
    expect(readFileSync(scratch.path("file"), "utf8")).toBe("mine");
  });

  it("is named where a file is in the way of what belongs in it", async () => {
    mkdirSync(home.root);
    writeFileSync(home.vendors, "");
    expect(
      await refusal(() => {
        makeHome(home);
      }),
    ).toContain(`${home.vendors} cannot be made or written (`);
  });
});

describe("the claim", () => {
  it("is held while the work is done, and given back", async () => {
    expect(await claimHome(home, () => existsSync(home.claim))).toBe(true);
    expect(existsSync(home.claim)).toBe(false);
    await expect(claimHome(home, () => Promise.reject(new Error("it failed")))).rejects.toThrow("it failed");
    expect(existsSync(home.claim)).toBe(false);
  });

  it("lets one in at a time", async () => {
    let inside = 0;
    const most: number[] = [];
    const work = async (): Promise<void> => {
      inside += 1;
      most.push(inside);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 5 }, () => claimHome(home, work)));
    expect(most).toEqual([1, 1, 1, 1, 1]);
  });

  it("is taken over, by one only, from a process that has ended", async () => {
    makeHome(home);
    writeFileSync(home.claim, JSON.stringify({ pid: deadPid() }));
    let inside = 0;
    const work = async (): Promise<number> => {
      inside += 1;
      const now = inside;
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside -= 1;
      return now;
    };
    expect(await Promise.all([claimHome(home, work), claimHome(home, work)])).toEqual([1, 1]);
    expect(readdirSync(home.root).filter((name) => name.startsWith("claim"))).toEqual([]);
  });

  it("is taken over where nobody has written a name into it for a while", async () => {
    makeHome(home);
    writeFileSync(home.claim, "");
    expect(await refusal(() => claimHome(home, () => 1, { waitMs: 0 }))).toContain(home.claim);
    utimesSync(home.claim, 1, 1);
    expect(await claimHome(home, () => 1)).toBe(1);
  });

  it("says who holds it, and what to do, where it is not given back in time", async () => {
    makeHome(home);
    writeFileSync(home.claim, JSON.stringify({ pid: process.pid }));
    expect(await refusal(() => claimHome(home, () => 1, { waitMs: 150 }))).toBe(
      `another ./raxx sandbox, process ${process.pid}, is making this sandbox ready: wait until it is done, or remove ${home.claim} if it is none`,
    );
  });
});
