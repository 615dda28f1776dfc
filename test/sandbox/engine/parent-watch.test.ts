import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const WATCH = join(__dirname, "../../../sandbox/engine/parent-watch.cjs");

function node(code: string, watchedParent: number): Promise<{ stdout: string }> {
  return promisify(execFile)(process.execPath, [`--require=${WATCH}`, "-e", code], {
    env: { ...process.env, RAXX_WATCH_PARENT: String(watchedParent) },
  });
}

/** Polls until the process is gone; a zombie, which nobody has reaped yet, counts as gone. */
async function ended(pid: number, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (Date.now() < deadline) {
    const state = await promisify(execFile)("ps", ["-o", "stat=", "-p", String(pid)]).then(
      ({ stdout }) => stdout.trim(),
      () => "",
    );
    if (state === "" || state.startsWith("Z")) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

describe("a process that watches its parent", () => {
  it("ends by itself when it has nothing to do", async () => {
    expect((await node("console.log('done')", process.pid)).stdout).toBe("done\n");
  });

  it("keeps its exit code", async () => {
    await expect(node("process.exitCode = 7", process.pid)).rejects.toMatchObject({ code: 7, signal: null });
  });

  it("does not hand the number on to what it starts", async () => {
    expect((await node("console.log(String(process.env.RAXX_WATCH_PARENT))", process.pid)).stdout).toBe(
      "undefined\n",
    );
  });

  it("ends at once when its parent was gone before it started", async () => {
    await expect(node("setTimeout(() => {}, 20000)", 999_999_999)).rejects.toMatchObject({
      signal: "SIGKILL",
    });
  });

  it("ends within a second of its parent's death by SIGKILL", async () => {
    // GIVEN a parent whose child would stay for long
    const code = `
      const child = require("node:child_process").spawn(
        process.execPath, ["--require=" + process.argv[1], "-e", "setInterval(() => {}, 1000)"],
        { env: { ...process.env, RAXX_WATCH_PARENT: String(process.pid) }, stdio: "ignore" });
      console.log(child.pid);
      setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ["-e", code, WATCH], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(createInterface(parent.stdout), "line")) as [string];
    const child = Number(line);
    expect(await ended(child, 600)).toBe(false);

    // WHEN the parent is killed
    parent.kill("SIGKILL");

    // THEN the child follows
    expect(await ended(child, 1_000)).toBe(true);
  });
});
