import { locateEngine } from "../../../sandbox/engine/locate";
import { shimFolder } from "../../../sandbox/environment";
import { locateMoto } from "../../../sandbox/vendors/aws/install";
import { installHerokuCli } from "./heroku-cli";

/** Builds the engine and installs the CLI before any worker starts, so that two of them do not do it side by side. */
export default async function engineOnce(): Promise<void> {
  await locateEngine({
    skipDirectories: [shimFolder],
    onProgress: (line) => process.stderr.write(`${line}\n`),
  });
  await locateMoto({ onProgress: (line) => process.stderr.write(`${line}\n`) });
  installHerokuCli();
}
