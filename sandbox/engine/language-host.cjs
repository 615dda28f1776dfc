// @ts-check
// The engine's language host for Node.js programs. Pulumi's own is a Go program that no package registry serves; this
// one speaks the same gRPC service through the stubs that @pulumi/pulumi ships. It prints its port as its first line.

const { Buffer } = require("node:buffer");
const { spawn } = require("node:child_process");
const { existsSync, readFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const { join } = require("node:path");
const { nearestWith, notInstalled, resolveFrom, resolveOrExit } = require("./project-packages.cjs");

/** @typedef {{ request: any, write(message: unknown): void, end(): void, on(event: string, then: () => void): void }} Call */
/** @typedef {(error: unknown, reply?: unknown) => void} Reply */

// The stubs and the gRPC library have to be one and the same copy, so all come from the SDK's own folder.
const fromSdk = createRequire(resolveOrExit("@pulumi/pulumi/package.json"));
const grpc = fromSdk("@grpc/grpc-js");
const { Empty } = fromSdk("google-protobuf/google/protobuf/empty_pb");
const messages = fromSdk("@pulumi/pulumi/proto/language_pb");
const { PluginInfo } = fromSdk("@pulumi/pulumi/proto/plugin_pb");
const { LanguageRuntimeService } = fromSdk("@pulumi/pulumi/proto/language_grpc_pb");
const sdkVersion = fromSdk("@pulumi/pulumi/package.json").version;

/** Exit code of `cmd/run` when it has told the user everything already. */
const ALREADY_REPORTED = 32;
/** The same ceiling as the SDK's: a stack with many resources passes the 4 MB default. */
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;
// The engine hands over its address last, after the logging flags.
const engineAddress = process.argv.at(-1) ?? "";

/**
 * Splits a command line's worth of options as a shell would, quotes included.
 * @param {string} line
 * @returns {string[]}
 */
function words(line) {
  const parts = line.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
  return parts.map((part) => part.replace(/"([^"]*)"|'([^']*)'/g, (_, double, single) => double ?? single));
}

/**
 * The runtime's options of Pulumi.yaml, with the defaults of Pulumi's own host.
 * @param {any} info
 */
function optionsOf(info) {
  const options = info?.getOptions()?.toJavaScript() ?? {};
  return {
    typescript: options.typescript !== false,
    tsconfig: typeof options.tsconfig === "string" ? options.tsconfig : "",
    nodeArgs: words(typeof options.nodeargs === "string" ? options.nodeargs : ""),
  };
}

/**
 * Starts node on one of the SDK's entry points, bound to the life of this process.
 * @param {string[]} args
 * @param {{ cwd: string, env: Record<string, string | undefined>, nodeArgs: string[], stdio: any }} options
 */
function startNode(args, { cwd, env, nodeArgs, stdio }) {
  // One word, "--require=…": as two words the SDK takes it for a custom module loader and changes how it loads modules.
  const watch = `--require=${join(__dirname, "parent-watch.cjs")}`;
  return spawn(process.execPath, [watch, ...nodeArgs, ...args], {
    cwd,
    env: { ...env, RAXX_WATCH_PARENT: String(process.pid) },
    stdio,
  });
}

/**
 * Command line of `cmd/run`. Configuration is not here: it may be secret, and every user of a machine sees arguments.
 * @param {any} request
 * @returns {string[]}
 */
function runArguments(request) {
  const flags = {
    monitor: request.getMonitorAddress(),
    engine: engineAddress,
    organization: request.getOrganization(),
    project: request.getProject(),
    "root-directory": request.getInfo()?.getRootDirectory(),
    stack: request.getStack(),
    pwd: request.getPwd(),
    "query-mode": String(request.getQuerymode()),
    parallel: String(request.getParallel()),
  };
  const given = Object.entries(flags).flatMap(([name, value]) => (value ? [`--${name}=${value}`] : []));
  const entryPoint = request.getInfo()?.getEntryPoint() || request.getProgram() || ".";
  return [...given, ...(request.getDryrun() ? ["--dry-run"] : []), entryPoint, ...request.getArgsList()];
}

/**
 * @param {Call} call
 * @param {Reply} reply
 */
function run(call, reply) {
  const { request } = call;
  const response = new messages.RunResponse();
  const directory = request.getInfo()?.getProgramDirectory() || request.getPwd();
  const entry = resolveFrom(directory, "@pulumi/pulumi/cmd/run");
  if (entry === undefined) return reply(null, response.setError(notInstalled(directory)));

  const options = optionsOf(request.getInfo());
  const env = {
    ...process.env,
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toObject())),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    ...(options.typescript ? { PULUMI_NODEJS_TYPESCRIPT: "true" } : {}),
    ...(options.tsconfig ? { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig } : {}),
  };
  const program = startNode([entry, ...runArguments(request)], {
    cwd: request.getPwd(),
    env,
    nodeArgs: options.nodeArgs,
    stdio: ["ignore", "inherit", "inherit"],
  });
  call.on("cancelled", () => program.kill());
  program.on("error", (error) =>
    reply(null, response.setError(`the program could not be started: ${error.message}`)),
  );
  program.on("exit", (code, signal) => {
    if (code === ALREADY_REPORTED) response.setBail(true);
    else if (signal !== null) response.setError(`the program was ended by ${signal}`);
    else if (code !== 0) response.setError(`the program exited with code ${code}`);
    reply(null, response);
  });
}

/**
 * A policy pack, or a component provider written as a package.
 * @param {Call} call
 */
function runPlugin(call) {
  const { request } = call;
  const directory = request.getInfo().getProgramDirectory();
  const isPolicyPack = request.getKind() === "analyzer";
  const /** @type {string[]} */ args = request.getArgsList();
  const finish = (/** @type {number} */ code) => {
    call.write(new messages.RunPluginResponse().setExitcode(code));
    call.end();
  };

  const entry = resolveFrom(
    directory,
    `@pulumi/pulumi/cmd/${isPolicyPack ? "run-policy-pack" : "run-plugin"}`,
  );
  if (entry === undefined) {
    call.write(new messages.RunPluginResponse().setStderr(Buffer.from(`${notInstalled(directory)}\n`)));
    return finish(1);
  }
  const plugin = startNode(
    [entry, ...(isPolicyPack ? [args.at(-1) ?? "", directory] : [directory, ...args])],
    {
      // A pack reads its version from the package.json of the working directory.
      cwd: isPolicyPack ? directory : request.getPwd(),
      env: environmentOf(request.getEnvList()),
      nodeArgs: optionsOf(request.getInfo()).nodeArgs,
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  plugin.stdout?.on("data", (data) => call.write(new messages.RunPluginResponse().setStdout(data)));
  plugin.stderr?.on("data", (data) => call.write(new messages.RunPluginResponse().setStderr(data)));
  plugin.on("error", (error) =>
    console.error(`the plugin in ${directory} could not be started: ${error.message}`),
  );
  plugin.on("close", (code) => finish(code ?? 1));
  // The engine closes the stream when it needs the plugin no more.
  call.on("cancelled", () => plugin.kill());
}

/**
 * @param {string[]} list lines of NAME=value; the last one of a name counts
 * @returns {Record<string, string>}
 */
function environmentOf(list) {
  return Object.fromEntries(
    list.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}

/**
 * `pulumi install`. A folder without a lock file of its own uses the packages of a folder above.
 * @param {Call} call
 */
function installDependencies(call) {
  const directory = call.request.getInfo()?.getProgramDirectory() || call.request.getDirectory();
  if (!existsSync(join(directory, "package-lock.json"))) return call.end();
  const npm = spawn("npm", ["ci"], { cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
  npm.stdout.on("data", (data) => call.write(new messages.InstallDependenciesResponse().setStdout(data)));
  npm.stderr.on("data", (data) => call.write(new messages.InstallDependenciesResponse().setStderr(data)));
  npm.on("error", () =>
    console.error(`npm could not be started: install Node.js with npm, then ${notInstalled(directory)}`),
  );
  npm.on("close", () => call.end());
}

/**
 * Direct dependencies only: they are shown by `pulumi about` and recorded with an update, nothing depends on them.
 * @param {Call} call
 * @param {Reply} reply
 */
function getProgramDependencies(call, reply) {
  const directory = call.request.getInfo()?.getProgramDirectory() || call.request.getPwd();
  const root = nearestWith(directory, "package.json");
  const names =
    root === undefined ? [] : Object.keys(readManifest(join(root, "package.json")).dependencies ?? {});
  const found = names.flatMap((name) => {
    const folder = nearestWith(directory, join("node_modules", name, "package.json"));
    if (folder === undefined) return [];
    const { version } = readManifest(join(folder, "node_modules", name, "package.json"));
    return [new messages.DependencyInfo().setName(name).setVersion(version ?? "")];
  });
  reply(null, new messages.GetProgramDependenciesResponse().setDependenciesList(found));
}

/**
 * @param {string} file
 * @returns {{ version?: string, dependencies?: Record<string, string> }}
 */
function readManifest(file) {
  return JSON.parse(readFileSync(file, "utf8"));
}

/**
 * A method whose answer does not depend on the request.
 * @param {() => unknown} make
 * @returns {(call: Call, reply: Reply) => void}
 */
function always(make) {
  return (_call, reply) => reply(null, make());
}

const server = new grpc.Server({
  "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
  "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
});
server.addService(LanguageRuntimeService, {
  handshake: always(() => new messages.LanguageHandshakeResponse()),
  // None in advance: the engine looks a provider up when a resource asks for it, and finds the stand-ins that way.
  getRequiredPackages: always(() => new messages.GetRequiredPackagesResponse()),
  getRequiredPlugins: always(() => new messages.GetRequiredPluginsResponse()),
  getPluginInfo: always(() => new PluginInfo().setVersion(sdkVersion)),
  about: always(() =>
    new messages.AboutResponse().setExecutable(process.execPath).setVersion(process.version),
  ),
  runtimeOptionsPrompts: always(() => new messages.RuntimeOptionsResponse()),
  // On ^C the engine fails the program's next call; ending the program here could cut a hook in two.
  cancel: always(() => new Empty()),
  getProgramDependencies,
  installDependencies,
  run,
  runPlugin,
});
server.bindAsync(
  "127.0.0.1:0",
  grpc.ServerCredentials.createInsecure(),
  (/** @type {Error | null} */ error, /** @type {number} */ port) => {
    if (error !== null) throw error;
    console.log(String(port));
  },
);
