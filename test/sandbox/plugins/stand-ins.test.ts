import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { sandboxHome, type SandboxHome } from "../../../sandbox/home";
import { standInsFor } from "../../../sandbox/plugins/stand-ins";
import { ScratchFolder } from "../scratch-folder";

let scratch: ScratchFolder;
let home: SandboxHome;
let outer: NodeJS.ProcessEnv;
beforeEach(() => {
  scratch = new ScratchFolder();
  home = sandboxHome({ RAXX_SANDBOX_HOME: scratch.path("sandbox") });
  mkdirSync(home.pulumiHome, { recursive: true });
  mkdirSync(scratch.path("engine"));
  outer = { HOME: scratch.path("home"), PATH: scratch.path("bin") };
});
afterEach(() => {
  scratch.remove();
});

const standIns = (): Promise<string[]> => standInsFor(home, scratch.path("engine/pulumi"), outer);
const plugins = (): string => join(home.pulumiHome, "plugins");

/** What the SDK in this checkout asks for. */
function version(name: string): string {
  const manifest = require.resolve(`@pulumi/${name}/package.json`);
  return (JSON.parse(readFileSync(manifest, "utf8")) as { pulumi: { version: string } }).pulumi.version;
}

it("are all where no real plugin is installed", async () => {
  expect(await standIns()).toEqual(["aws", "cloudflare", "github", "random"]);
  expect(existsSync(plugins())).toBe(false);
});

it.each(["bin", "engine"])("are not needed for a plugin in %s", async (folder) => {
  mkdirSync(scratch.path(folder), { recursive: true });
  scratch.script(`${folder}/pulumi-resource-github`, "exit 1");
  expect(await standIns()).toEqual(["aws", "cloudflare", "random"]);
});

describe("with plugins in the operator's Pulumi home", () => {
  function install(root: string, folder: string, name: string): void {
    mkdirSync(scratch.path(`${root}/plugins/${folder}`), { recursive: true });
    scratch.script(`${root}/plugins/${folder}/pulumi-resource-${name}`, "exit 1");
  }

  it("are not needed for those, which the sandbox's own home gets to see", async () => {
    install("home/.pulumi", `resource-random-v${version("random")}`, "random");
    expect(await standIns()).toEqual(["aws", "cloudflare", "github"]);
    expect(readdirSync(plugins())).toEqual([`resource-random-v${version("random")}`]);
    // And a second time.
    expect(await standIns()).toEqual(["aws", "cloudflare", "github"]);
  });

  it("are needed where the plugin is of another version than the SDK", async () => {
    install("home/.pulumi", "resource-random-v0.0.1", "random");
    expect(await standIns()).toEqual(["aws", "cloudflare", "github", "random"]);
  });

  it.each(["aws", "cloudflare"])("are not needed for %s where it is there", async (name) => {
    install("home/.pulumi", `resource-${name}-v${version(name)}`, name);
    expect(await standIns()).toEqual(["aws", "cloudflare", "github", "random"].filter((one) => one !== name));
  });

  it("looks in PULUMI_HOME where that is set", async () => {
    outer["PULUMI_HOME"] = scratch.path("other");
    install("home/.pulumi", `resource-random-v${version("random")}`, "random");
    install("other", `resource-github-v${version("github")}`, "github");
    expect(await standIns()).toEqual(["aws", "cloudflare", "random"]);
  });

  it("does not link the sandbox's home to itself", async () => {
    outer["PULUMI_HOME"] = home.pulumiHome;
    mkdirSync(plugins());
    expect(await standIns()).toEqual(["aws", "cloudflare", "github", "random"]);
    expect(lstatSync(plugins()).isSymbolicLink()).toBe(false);
  });

  it("loses nothing of the operator's when the sandbox's home is removed", async () => {
    install("home/.pulumi", `resource-random-v${version("random")}`, "random");
    await standIns();
    rmSync(home.pulumiHome, { recursive: true, force: true });
    expect(readdirSync(scratch.path("home/.pulumi/plugins"))).toHaveLength(1);
  });
});
