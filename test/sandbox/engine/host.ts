import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import * as grpc from "@grpc/grpc-js";
import { LanguageRuntimeClient } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/language_pb";
import type { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";

const LAUNCHER = join(__dirname, "../../../sandbox/engine/pulumi-language-nodejs");

export interface PluginRun {
  stdout: string;
  stderr: string;
  exitCode: number;
}

/** A running language host, spoken to as the engine does. */
export class Host {
  private constructor(
    private readonly child: ChildProcess,
    private readonly client: LanguageRuntimeClient,
  ) {}

  /** @throws Error with what the host wrote, when it ends instead of printing a port */
  static async start(directory: string, engineAddress: string): Promise<Host> {
    const child = spawn(LAUNCHER, [engineAddress], { cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
    const complaints = text(child.stderr);
    const port = await Promise.race([
      once(createInterface(child.stdout), "line").then((line) => String(line[0])),
      once(child, "close").then(async () => {
        throw new Error(await complaints);
      }),
    ]);
    return new Host(child, new LanguageRuntimeClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure()));
  }

  async stop(): Promise<void> {
    this.client.close();
    const closed = once(this.child, "close");
    this.child.kill();
    await closed;
  }

  async run(request: messages.RunRequest): Promise<messages.RunResponse> {
    return promisify<messages.RunRequest, messages.RunResponse>(this.client.run.bind(this.client))(request);
  }

  async runPlugin(request: messages.RunPluginRequest): Promise<PluginRun> {
    const seen: PluginRun = { stdout: "", stderr: "", exitCode: -1 };
    for await (const part of this.client.runPlugin(request) as AsyncIterable<messages.RunPluginResponse>) {
      seen.stdout += Buffer.from(part.getStdout_asU8()).toString();
      seen.stderr += Buffer.from(part.getStderr_asU8()).toString();
      if (part.hasExitcode()) seen.exitCode = part.getExitcode();
    }
    return seen;
  }

  async pluginVersion(): Promise<string> {
    const ask = promisify<Empty, PluginInfo>(this.client.getPluginInfo.bind(this.client));
    return (await ask(new Empty())).getVersion();
  }

  async about(info: messages.ProgramInfo): Promise<messages.AboutResponse> {
    const ask = promisify<messages.AboutRequest, messages.AboutResponse>(this.client.about.bind(this.client));
    return ask(new messages.AboutRequest().setInfo(info));
  }

  async dependencies(info: messages.ProgramInfo): Promise<messages.DependencyInfo[]> {
    const ask = promisify<messages.GetProgramDependenciesRequest, messages.GetProgramDependenciesResponse>(
      this.client.getProgramDependencies.bind(this.client),
    );
    return (await ask(new messages.GetProgramDependenciesRequest().setInfo(info))).getDependenciesList();
  }

  async requiredPackages(info: messages.ProgramInfo): Promise<unknown[]> {
    const ask = promisify<messages.GetRequiredPackagesRequest, messages.GetRequiredPackagesResponse>(
      this.client.getRequiredPackages.bind(this.client),
    );
    return (await ask(new messages.GetRequiredPackagesRequest().setInfo(info))).getPackagesList();
  }
}
