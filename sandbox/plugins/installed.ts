import { accessSync, constants, statSync } from "node:fs";
import { join } from "node:path";

/** Where a real plugin may be. All of them absolute. */
export interface PluginPlaces {
  /** The folders of PATH, in order. */
  path: readonly string[];
  /** The folder of the `pulumi` binary: what lies beside it counts as bundled with it. */
  engine: string;
  /** `plugins` in PULUMI_HOME, or in `~/.pulumi`. */
  plugins: string;
}

/** A provider's name, and the version of its SDK without a leading `v`: the engine asks for no other plugin. */
export interface PluginName {
  name: string;
  version: string;
}

/** For each provider the executable of its real plugin, or undefined where none is installed. */
export function installedPlugins(
  wanted: readonly PluginName[],
  places: PluginPlaces,
): Record<string, string | undefined> {
  return Object.fromEntries(wanted.map((plugin) => [plugin.name, findPlugin(plugin, places)]));
}

function findPlugin({ name, version }: PluginName, places: PluginPlaces): string | undefined {
  const executable = `pulumi-resource-${name}`;
  const candidates = [
    places.engine,
    ...places.path,
    join(places.plugins, `resource-${name}-v${version}`),
  ].map((folder) => join(folder, executable));
  return candidates.find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
