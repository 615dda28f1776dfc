import { readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import * as messages from "@pulumi/pulumi/proto/language_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { readRequirements } from "../../../sandbox/engine/requirements";
import { FakeEngine } from "./fake-engine";
import { Host } from "./host";
import { Scratch } from "./scratch";

const CHECKOUT = join(__dirname, "../../..");
type Json = Parameters<typeof Struct.fromJavaScript>[0];

let scratch: Scratch;
let engine: FakeEngine;
let host: Host;
beforeEach(async () => {
  scratch = await Scratch.create();
  await symlink(join(CHECKOUT, "node_modules"), scratch.folder("node_modules"));
  await scratch.write(
    "package.json",
    JSON.stringify({ version: "1.2.3", main: "index.js", dependencies: { semver: "*" } }),
  );
  engine = await FakeEngine.start();
  host = await Host.start(scratch.root, engine.address);
});
afterEach(async () => {
  await host.stop();
  engine.stop();
  await scratch.remove();
});

function infoOf(directory: string, options: Json): messages.ProgramInfo {
  return new messages.ProgramInfo()
    .setRootDirectory(directory)
    .setProgramDirectory(directory)
    .setEntryPoint(".")
    .setOptions(Struct.fromJavaScript(options));
}

function programOf(options: Json = {}): messages.RunRequest {
  return new messages.RunRequest()
    .setInfo(infoOf(scratch.root, options))
    .setPwd(scratch.root)
    .setProject("scratch")
    .setStack("dev")
    .setOrganization("organization")
    .setParallel(4)
    .setDryrun(true)
    .setMonitorAddress(engine.address);
}

describe("a program", () => {
  /** Runs a program that notes what it sees. */
  async function seen(request: messages.RunRequest): Promise<Record<string, unknown>> {
    await scratch.write(
      "index.js",
      `const pulumi = require("@pulumi/pulumi");
       require("node:fs").writeFileSync("seen.json", JSON.stringify({
         env: process.env, commandLine: require("node:child_process").execFileSync("ps", ["-ww", "-o", "args=", "-p", process.pid], { encoding: "utf8" }), title: process.title,
         cwd: process.cwd(), project: pulumi.getProject(), stack: pulumi.getStack(), dryRun: pulumi.runtime.isDryRun(),
         config: new pulumi.Config().get("greeting") }));`,
    );
    const response = await host.run(request);
    expect([response.getError(), ...engine.errors]).toEqual([""]);
    return JSON.parse(await readFile(scratch.folder("seen.json"), "utf8")) as Record<string, unknown>;
  }

  it("gets its configuration from the environment, never from its arguments", async () => {
    const request = programOf();
    request.getConfigMap().set("scratch:greeting", "s3cret-greeting");
    request.setConfigsecretkeysList(["scratch:greeting"]);

    const { env, config, commandLine } = await seen(request);

    expect(config).toBe("s3cret-greeting");
    expect(env).toMatchObject({
      PULUMI_CONFIG: '{"scratch:greeting":"s3cret-greeting"}',
      PULUMI_CONFIG_SECRET_KEYS: '["scratch:greeting"]',
    });
    expect(commandLine).toContain("--stack=dev");
    expect(commandLine).not.toContain("s3cret");
  });

  it("gets its project, its stack and the kind of run", async () => {
    expect(await seen(programOf())).toMatchObject({
      project: "scratch",
      stack: "dev",
      dryRun: true,
      cwd: scratch.root,
    });
  });

  it("is TypeScript unless the runtime's options say otherwise", async () => {
    expect((await seen(programOf())).env).toMatchObject({ PULUMI_NODEJS_TYPESCRIPT: "true" });
    expect((await seen(programOf({ typescript: false }))).env).not.toHaveProperty("PULUMI_NODEJS_TYPESCRIPT");
  });

  it("gets the node options of the runtime, quotes taken into account", async () => {
    expect(await seen(programOf({ nodeargs: '--no-deprecation --title="two words"' }))).toMatchObject({
      title: "two words",
    });
  });

  it("does not inherit the number of the process to watch", async () => {
    expect((await seen(programOf())).env).not.toHaveProperty("RAXX_WATCH_PARENT");
  });

  it("that has told its error already makes the engine stop without another word", async () => {
    await scratch.write("index.js", 'throw new (require("@pulumi/pulumi").RunError)("no such stack");');

    const response = await host.run(programOf());

    expect([response.getBail(), response.getError()]).toEqual([true, ""]);
    expect(engine.errors).toEqual(["no such stack"]);
  });

  it("that ends well is reported as such", async () => {
    await scratch.write("index.js", "module.exports = {};");

    const response = await host.run(programOf());

    expect([response.getBail(), response.getError()]).toEqual([false, ""]);
  });

  it("that ends with another code is reported with that code", async () => {
    await scratch.write("index.js", "process.exit(5);");

    const response = await host.run(programOf());

    expect([response.getBail(), response.getError()]).toEqual([false, "the program exited with code 5"]);
  });

  it("that is killed is reported with the signal", async () => {
    await scratch.write("index.js", "process.kill(process.pid, 'SIGTERM');");

    expect((await host.run(programOf())).getError()).toBe("the program was ended by SIGTERM");
  });

  it("without installed packages is reported with the command that installs them", async () => {
    const elsewhere = await Scratch.create();
    await elsewhere.write("package-lock.json", "{}");
    await elsewhere.write("stacks/package.json", "{}");
    const request = programOf().setInfo(infoOf(elsewhere.folder("stacks"), {}));

    const response = await host.run(request);
    await elsewhere.remove();

    expect(response.getError()).toBe(
      `the packages of this project are not installed: run npm ci in ${elsewhere.root}`,
    );
  });
});

describe("a plugin", () => {
  const pluginOf = (kind: string, folder: string): messages.RunPluginRequest =>
    new messages.RunPluginRequest()
      .setInfo(infoOf(scratch.folder(folder), {}))
      .setKind(kind)
      .setPwd(scratch.root)
      .setArgsList(["--logtostderr", "127.0.0.1:4321"])
      .setEnvList([`PATH=${process.env.PATH ?? ""}`, "FROM_ENGINE=a=b"]);

  it("has its output and its exit code passed on", async () => {
    await scratch.write("plugin/package.json", JSON.stringify({ main: "index.js" }));
    await scratch.write(
      "plugin/index.js",
      "console.log(process.env.FROM_ENGINE, process.cwd()); console.error('careful'); process.exit(6);",
    );

    expect(await host.runPlugin(pluginOf("resource", "plugin"))).toEqual({
      stdout: `a=b ${scratch.root}\n`,
      stderr: "careful\n",
      exitCode: 6,
    });
  });

  it("of kind analyzer runs as a policy pack, in the folder of the pack", async () => {
    await scratch.write("policy/package.json", JSON.stringify({ version: "0.0.1", main: "index.ts" }));
    await scratch.write(
      "policy/index.ts",
      "console.log(process.cwd(), module.parent?.filename); process.exit(0);",
    );

    const { stdout, exitCode } = await host.runPlugin(pluginOf("analyzer", "policy"));

    expect(stdout).toMatch(/^\S+\/policy \S+\/run-policy-pack\/run\.js\n$/);
    expect(exitCode).toBe(0);
  });
});

describe("the language host", () => {
  it("tells the version of the project's SDK and of node", async () => {
    expect(await host.pluginVersion()).toBe(readRequirements().pulumi);
    expect((await host.about(infoOf(scratch.root, {}))).getVersion()).toBe(process.version);
  });

  it("lists the direct dependencies with the versions that are installed", async () => {
    const manifest = JSON.parse(
      await readFile(join(CHECKOUT, "node_modules/semver/package.json"), "utf8"),
    ) as {
      version: string;
    };

    const found = await host.dependencies(infoOf(scratch.root, {}));

    expect(found.map((entry) => entry.toObject())).toEqual([{ name: "semver", version: manifest.version }]);
  });

  it("asks for no plugin in advance", async () => {
    expect(await host.requiredPackages(infoOf(scratch.root, {}))).toEqual([]);
  });

  it("does not start without installed packages, and says what to run", async () => {
    const elsewhere = await Scratch.create();
    await elsewhere.write("package.json", "{}");

    const failure = await Host.start(elsewhere.root, engine.address).then(
      () => "it started",
      (error: unknown) => (error instanceof Error ? error.message : "no error"),
    );
    await elsewhere.remove();

    expect(failure).toBe(`the packages of this project are not installed: run npm ci in ${elsewhere.root}\n`);
  });
});
