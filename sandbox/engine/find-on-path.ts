import { constants } from "node:fs";
import { access, realpath, stat } from "node:fs/promises";
import { delimiter, isAbsolute, join, sep } from "node:path";

/**
 * Every executable file of that name on PATH, in order.
 *
 * @param skipped folders that do not count, with all that is below them
 */
export async function findOnPath(
  name: string,
  path: string | undefined,
  skipped: readonly string[] = [],
): Promise<string[]> {
  const skippedReal = await Promise.all(skipped.map(real));
  const found: string[] = [];
  for (const folder of (path ?? "").split(delimiter).filter(isAbsolute)) {
    const folderReal = await real(folder);
    if (skippedReal.some((skip) => folderReal === skip || folderReal.startsWith(skip + sep))) continue;
    const file = join(folder, name);
    if (!found.includes(file) && (await isExecutable(file))) found.push(file);
  }
  return found;
}

/** The folder with its links followed; a folder that does not exist stays as it is written. */
async function real(folder: string): Promise<string> {
  return realpath(folder).catch(() => folder);
}

/** Whether it is a file that may be run. */
export async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}
