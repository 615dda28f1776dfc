import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import { PluginAttach, type PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";

import { PluginClient } from "./plugin-client";

const root = join(__dirname, "../../..");
const host = [
  `--require=${join(root, "node_modules/tsx/dist/cjs/index.cjs")}`,
  join(root, "sandbox/plugins/host.ts"),
];

async function firstLine(child: ChildProcess): Promise<string> {
  let text = "";
  child.stdout?.setEncoding("utf8");
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    if (text.includes("\n")) break;
  }
  return text;
}

describe("the host of the stand-ins", () => {
  it("says in one line where it serves, and ends at SIGTERM", async () => {
    const child = spawn(process.execPath, [...host, "github", "random"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const line = await firstLine(child);
    expect(line).toMatch(/^github:\d+,random:\d+\n$/);
    for (const [name, version] of [
      ["github", "6.15.0"],
      ["random", "4.21.2"],
    ] as const) {
      const client = new PluginClient(Number(new RegExp(`${name}:(\\d+)`).exec(line)?.[1]));
      const info = await client.ask<PluginInfo>((reply) => client.rpc.getPluginInfo(new Empty(), reply));
      expect(info.getVersion()).toBe(version);
      await client.ask<Empty>((reply) => client.rpc.attach(new PluginAttach(), reply));
      client.close();
    }
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  it("ends when its parent has ended", async () => {
    const watch = `--require=${join(root, "sandbox/engine/parent-watch.cjs")}`;
    const script = `RAXX_WATCH_PARENT=$$ node "$2" "$0" "$1" random & sleep 2; echo $!; exec sleep 0.1`;
    const child = spawn("sh", ["-c", script, ...host, watch], { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    for await (const chunk of child.stdout) text += String(chunk);
    // The host holds the pipe as well: that it has ended means that the host has.
    expect(text).toMatch(/^random:\d+\n\d+\n$/);
  });

  it.each([
    [["vault"], "error: no stand-in for vault: name some of aws, cloudflare, github, random\n"],
    [[], "error: no plugin named: name some of aws, cloudflare, github, random\n"],
  ])("refuses %j in one line", async (names, line) => {
    const child = spawn(process.execPath, [...host, ...names], { stdio: ["ignore", "ignore", "pipe"] });
    let text = "";
    for await (const chunk of child.stderr) text += String(chunk);
    expect(text).toBe(line);
    const code = child.exitCode ?? ((await once(child, "exit"))[0] as number);
    expect(code).toBe(1);
  });
});
