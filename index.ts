import * as pulumi from "@pulumi/pulumi";
import { environmentFaults, HerokuAccount } from "@raxx/providers";

import { readStackConfiguration, tokens, type StackConfiguration } from "./catalog";
import { type Credential } from "./components/credential";
import { HerokuApp } from "./components/heroku-app";
import { HerokuAuthorizationToken } from "./components/heroku-authorization-token";
import { Vault } from "./components/vault";

withholdDebugLog();
const configuration = readConfiguration();
const { environment, herokuApps } = configuration;

const heroku = new HerokuAccount("heroku", { apps: Object.values(herokuApps).sort() });
const credentials = issue(configuration);

for (const [role, app] of Object.entries(herokuApps)) {
  const held = configVarsOf(role);
  if (Object.keys(held).length === 0) continue;
  const appId = heroku.appId(app);
  new HerokuApp(app, { app, appId, accountId: heroku.accountId, credentials: held });
}
new Vault("vault", {
  projectId: configuration.infisicalProject,
  environment,
  createTags: environment === "prod",
  folders: vaultFolders(),
});

/**
 * Pulumi's SDK writes what it registers, secrets in plain text, into its debug log, which `--event-log` keeps and
 * `--debug` prints. This program holds nothing else than credentials, so it has no debug log.
 */
function withholdDebugLog(): void {
  const log: { debug: typeof pulumi.log.debug } = pulumi.log;
  log.debug = () => Promise.resolve();
}

/** Stops with everything that is wrong, before any resource is declared. */
function readConfiguration(): StackConfiguration {
  const raxx = new pulumi.Config("raxx");
  const object = (key: string): unknown => {
    try {
      return raxx.getObject(key);
    } catch {
      // Not an object: the schema says so, with what to do. Pulumi's own error takes long and quotes the value.
      return raxx.get(key);
    }
  };
  const read = readStackConfiguration(
    {
      stack: pulumi.getStack(),
      environment: raxx.get("environment"),
      generations: object("generations"),
      herokuApps: object("herokuApps"),
      infisicalProject: raxx.get("infisicalProject"),
    },
    tokens,
  );
  const faults = environmentFaults(process.env);
  if ("faults" in read) faults.unshift(...read.faults);
  else if (![undefined, "", read.infisicalProject].includes(process.env["INFISICAL_PROJECT_ID"])) {
    faults.push(
      "INFISICAL_PROJECT_ID is not the project in raxx:infisicalProject: export the credentials of that project, or correct the stack configuration",
    );
  }
  if (faults.length > 0 || "faults" in read) throw new pulumi.RunError(faults.join("\n"));
  return read;
}

/** The credentials of this environment that have a generation. */
function issue({ generations }: StackConfiguration): Credential[] {
  return tokens.flatMap((token) => {
    const own = generations.get(token.name);
    if (own === undefined) return [];
    const args = { token, generations: own, stack: environment, accountId: heroku.accountId };
    return [new HerokuAuthorizationToken(token.name, args)];
  });
}

function configVarsOf(role: string): Record<string, Credential> {
  const vars: Record<string, Credential> = {};
  for (const credential of credentials) {
    for (const place of credential.token.destinations) {
      if (place.kind === "heroku-config-var" && place.app === role) vars[place.key] = credential;
    }
  }
  return vars;
}

function vaultFolders(): Record<string, Credential[]> {
  const folders: Record<string, Credential[]> = {};
  for (const credential of credentials) {
    for (const place of credential.token.destinations) {
      if (place.kind === "vault") (folders[place.folder] ??= []).push(credential);
    }
  }
  return folders;
}
