// @ts-check
// Finds the packages of the project that the engine works on. These files run from a cache folder, outside any
// checkout, so nothing of theirs may be required relative to themselves.

const { existsSync } = require("node:fs");
const { createRequire } = require("node:module");
const { dirname, join, resolve } = require("node:path");

/**
 * The nearest folder at or above `directory` that has `file`.
 * @param {string} directory
 * @param {string} file
 * @returns {string | undefined}
 */
function nearestWith(directory, file) {
  for (let folder = resolve(directory); ; folder = dirname(folder)) {
    if (existsSync(join(folder, file))) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

/**
 * One sentence that says what to run, where.
 * @param {string} directory
 * @returns {string}
 */
function notInstalled(directory) {
  const root =
    nearestWith(directory, "package-lock.json") ?? nearestWith(directory, "package.json") ?? directory;
  return `the packages of this project are not installed: run npm ci in ${root}`;
}

/**
 * Path of a module as the code in `directory` would get it, or undefined when its package is not installed.
 * @param {string} directory
 * @param {string} request
 * @returns {string | undefined}
 */
function resolveFrom(directory, request) {
  try {
    return createRequire(join(resolve(directory), "package.json")).resolve(request);
  } catch {
    return undefined;
  }
}

/**
 * Like `resolveFrom` with the working directory; ends the process with one message when nothing is found.
 * @param {string} request
 * @returns {string}
 */
function resolveOrExit(request) {
  const found = resolveFrom(process.cwd(), request);
  if (found !== undefined) return found;
  console.error(notInstalled(process.cwd()));
  process.exit(1);
}

module.exports = { nearestWith, notInstalled, resolveFrom, resolveOrExit };
