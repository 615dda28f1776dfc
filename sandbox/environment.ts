import { devNull } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

import { checkout, type SandboxHome } from "./home";
import { awsRegion } from "./vendors/aws/records";
import { type SeededWorld } from "./worlds/world";
import { type RunningVendors } from "./vendors-process";

/** The folder with the `pulumi` that finds the generated stack files: first on PATH inside the sandbox. */
export const shimFolder = join(checkout, "sandbox", "bin");

/** Variables of vendors and of Pulumi: what is inherited must never reach a real account, or another backend. */
const inherited =
  /^(HEROKU|INFISICAL|CF|CLOUDFLARE|GITHUB|GH|AWS|SLACK|POSTMARK|STRIPE|ALPACA|ANTHROPIC|PULUMI|RAXX)_/;

export interface SandboxVariables {
  /** What the sandbox sets. */
  set: Record<string, string>;
  /** What is inherited and taken away. */
  cleared: string[];
}

/** What a process needs in order to talk to this sandbox and to nothing else. */
export function sandboxVariables(
  home: SandboxHome,
  vendors: RunningVendors,
  world: Pick<SeededWorld, "credentials">,
  engine: { binary: string },
  standIns: readonly string[],
  outer: NodeJS.ProcessEnv,
): SandboxVariables {
  const path = [shimFolder, dirname(engine.binary), outer["PATH"] ?? ""].join(delimiter);
  const set: Record<string, string> = {
    RAXX_SANDBOX: "1",
    RAXX_SANDBOX_HOME: home.root,
    RAXX_SANDBOX_ENGINE: engine.binary,
    RAXX_SANDBOX_STACK_FILES: home.stackFiles,
    // Providers that the shim serves, because their plugins are not installed.
    RAXX_SANDBOX_STAND_INS_LOG: home.standInsLog,
    RAXX_SANDBOX_STAND_INS: standIns.join(" "),
    HEROKU_API_URL: vendors.endpoints.heroku,
    // The Heroku CLI's own name for the endpoint.
    HEROKU_HOST: vendors.endpoints.heroku,
    // The CLI sends its bearer token to this service too, whatever HEROKU_HOST says.
    HEROKU_PARTICLEBOARD_URL: vendors.endpoints.heroku,
    HEROKU_SKIP_NEW_VERSION_CHECK: "1",
    DISABLE_TELEMETRY: "true",
    INFISICAL_SITE_URL: vendors.endpoints.infisical,
    GITHUB_BASE_URL: `${vendors.endpoints.github}/`,
    CLOUDFLARE_BASE_URL: `${vendors.endpoints.cloudflare}/client/v4`,
    RAXX_DNS_RESOLVER: vendors.nameServer,
    AWS_ENDPOINT_URL: vendors.endpoints.aws,
    AWS_REGION: awsRegion,
    // The SDK writes on standard error that it will want a newer Node some day.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    // A profile of the operator's would be read before the key that is set here.
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    ...world.credentials,
    PULUMI_HOME: home.pulumiHome,
    // Pulumi reads it as a URL: a % or a # in the path must be escaped.
    PULUMI_BACKEND_URL: pathToFileURL(home.backend).href,
    PULUMI_CONFIG_PASSPHRASE_FILE: home.passphraseFile,
    // A destroy needs the program, and its hooks.
    PULUMI_RUN_PROGRAM: "true",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PATH: path,
  };
  const cleared = Object.keys(outer).filter((name) => inherited.test(name) && set[name] === undefined);
  return { set, cleared };
}

/** The environment of a process inside the sandbox. */
export function environmentOf(
  { set, cleared }: SandboxVariables,
  outer: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  const kept = Object.entries(outer).filter(([name]) => !cleared.includes(name));
  return { ...Object.fromEntries(kept), ...set };
}

/** Lines for a shell to evaluate. */
export function exportLines({ set, cleared }: SandboxVariables): string {
  const lines = [
    ...cleared.sort().map((name) => `unset ${name}`),
    ...Object.entries(set).map(([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'`),
  ];
  return lines.join("\n");
}
