import { join } from "node:path";

import { isExecutable } from "../engine/find-on-path";

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
export async function installedPlugins(
  wanted: readonly PluginName[],
  places: PluginPlaces,
): Promise<Record<string, string | undefined>> {
  const found = wanted.map(async (plugin) => [plugin.name, await findPlugin(plugin, places)] as const);
  return Object.fromEntries(await Promise.all(found));
}

async function findPlugin({ name, version }: PluginName, places: PluginPlaces): Promise<string | undefined> {
  const folders = [places.engine, ...places.path, join(places.plugins, `resource-${name}-v${version}`)];
  for (const folder of folders) {
    const file = join(folder, `pulumi-resource-${name}`);
    if (await isExecutable(file)) return file;
  }
  return undefined;
}
