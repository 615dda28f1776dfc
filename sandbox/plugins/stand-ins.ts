import { existsSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";

import { type SandboxHome } from "../home";
import { installedPlugins, type PluginName } from "./installed";

/** The bridged providers of the program, each with a stand-in of ours. */
const bridged = ["aws", "cloudflare", "github", "random"] as const;

/**
 * The providers that need a stand-in: those whose real plugin is not installed. The sandbox has a Pulumi home of its
 * own, so what is installed in the operator's is linked into it.
 */
export async function standInsFor(
  home: SandboxHome,
  engine: string,
  outer: NodeJS.ProcessEnv,
): Promise<string[]> {
  const plugins = join(home.pulumiHome, "plugins");
  const operators = join(outer["PULUMI_HOME"] ?? join(outer["HOME"] ?? homedir(), ".pulumi"), "plugins");
  if (!existsSync(plugins) && operators !== plugins && isFolder(operators)) symlinkSync(operators, plugins);
  const path = (outer["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const found = await installedPlugins(bridged.map(pluginOf), { path, engine: dirname(engine), plugins });
  return bridged.filter((name) => found[name] === undefined);
}

/** The engine asks for the plugin of the SDK's version, and for no other. */
function pluginOf(name: string): PluginName {
  const manifest = require.resolve(`@pulumi/${name}/package.json`);
  const { pulumi } = JSON.parse(readFileSync(manifest, "utf8")) as { pulumi: { version: string } };
  return { name, version: pulumi.version };
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
