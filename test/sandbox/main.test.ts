import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { checkout, sandboxHome } from "../../sandbox/home";
import { stopVendors } from "../../sandbox/vendors-process";
import { type WorldState } from "../../sandbox/world-state";
import { ScratchFolder } from "./scratch-folder";

let scratch: ScratchFolder;
beforeEach(() => {
  scratch = new ScratchFolder();
});
afterEach(async () => {
  await stopVendors(sandboxHome({ RAXX_SANDBOX_HOME: scratch.path("home") }));
  scratch.remove();
});

interface Ran {
  code: number | null;
  out: string;
  err: string;
}

/** `./raxx sandbox` with these arguments, run in the scratch folder. */
async function sandbox(args: string[], home: string): Promise<Ran> {
  const child = spawn(
    process.execPath,
    ["--require", require.resolve("tsx/cjs"), join(checkout, "sandbox", "main.ts"), ...args],
    { cwd: scratch.root, env: { ...process.env, RAXX_SANDBOX_HOME: home } },
  );
  const ran: Ran = { code: null, out: "", err: "" };
  child.stdout.on("data", (chunk: Buffer) => (ran.out += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (ran.err += chunk.toString("utf8")));
  [ran.code] = (await once(child, "close")) as [number | null];
  return ran;
}

it("seeds one world where several start at once, in the folder that is relative to the command's", async () => {
  const ran = await Promise.all(Array.from({ length: 4 }, () => sandbox(["start"], "home")));
  const [first] = ran;
  expect(first?.out).toContain("world       open");
  for (const each of ran) expect(each).toEqual({ code: 0, out: first?.out, err: "" });

  const home = sandboxHome({ RAXX_SANDBOX_HOME: scratch.path("home") });
  const { credentials } = JSON.parse(readFileSync(home.world, "utf8")) as WorldState;
  const url = /http:\S+/.exec(first?.out ?? "")?.[0] ?? "";
  const answer = await fetch(`${url}/apps`, {
    headers: {
      accept: "application/vnd.heroku+json; version=3",
      authorization: `Bearer ${credentials["HEROKU_API_KEY"] ?? ""}`,
    },
  });
  expect(answer.status).toBe(200);
  expect(readFileSync(join(home.vendors, "heroku.json"), "utf8")).toContain(credentials["HEROKU_API_KEY"]);
  expect(existsSync(home.claim)).toBe(false);
});

it.each(["start", "up", "env", "reset", "stop"])(
  "%s says in one line that a file is in the way of the sandbox's folder",
  async (verb) => {
    const file = scratch.write("file", "mine");
    const { code, err } = await sandbox([verb], file);
    expect(err).toMatch(/^error: .*cannot be made or written \(\w+\): .*RAXX_SANDBOX_HOME.*\n$/);
    expect(err).toContain(file);
    expect(code).toBe(1);
    expect(readFileSync(file, "utf8")).toBe("mine");
  },
);
