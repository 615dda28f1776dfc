import { chmodSync } from "node:fs";

import { installedPlugins } from "../../../sandbox/plugins/installed";
import { ScratchFolder } from "../scratch-folder";

const github = { name: "github", version: "6.15.0" };
const random = { name: "random", version: "4.21.2" };

describe("the plugins that are installed", () => {
  let scratch: ScratchFolder;
  beforeEach(() => {
    scratch = new ScratchFolder();
  });
  afterEach(() => {
    scratch.remove();
  });
  const find = () =>
    installedPlugins([github, random], {
      path: [scratch.path("bin"), scratch.path("usr")],
      engine: scratch.path("engine"),
      plugins: scratch.path("plugins"),
    });

  it("are none where there is no such executable", async () => {
    scratch.write("bin/pulumi-resource-githubby", "");
    expect(await find()).toEqual({ github: undefined, random: undefined });
  });

  it("are found on PATH, beside the engine, and in the folder of their version", async () => {
    const onPath = scratch.script("usr/pulumi-resource-github");
    const inFolder = scratch.script("plugins/resource-random-v4.21.2/pulumi-resource-random");
    expect(await find()).toEqual({ github: onPath, random: inFolder });
    const bundled = scratch.script("engine/pulumi-resource-github");
    expect((await find())["github"]).toBe(bundled);
  });

  it("are not of another version, and can be run", async () => {
    scratch.script("plugins/resource-random-v4.21.1/pulumi-resource-random");
    chmodSync(scratch.script("bin/pulumi-resource-github"), 0o644);
    scratch.script("usr/pulumi-resource-random/inner");
    expect(await find()).toEqual({ github: undefined, random: undefined });
  });
});
