import { locateEngine } from "../../../sandbox/engine/locate";
import { shimFolder } from "../../../sandbox/environment";

/** Builds the engine before any worker starts, so that two of them do not build it side by side. */
export default async function engineOnce(): Promise<void> {
  await locateEngine({
    skipDirectories: [shimFolder],
    onProgress: (line) => process.stderr.write(`${line}\n`),
  });
}
