import { UserError } from "./errors";

/** The Heroku endpoint and the credential of this run, from the process environment. */
export interface HerokuEnvironment {
  url: string;
  apiKey: string;
}

/** The GitHub endpoint and the credential of this run. */
export interface GitHubEnvironment {
  url: string;
  token: string;
}

/** The vault endpoint and the credentials of this run: universal auth, behind Cloudflare Access. */
export interface InfisicalEnvironment {
  url: string;
  clientId: string;
  clientSecret: string;
  projectId: string;
  accessClientId: string;
  accessClientSecret: string;
}

const credentials = {
  GITHUB_TOKEN:
    "the fine-grained token GH_SECRETS_WRITE (Secrets, Variables, Environments and Actions of the repository)",
  HEROKU_API_KEY: "a Heroku authorization token with scope global",
  INFISICAL_CLIENT_ID: "the client id of the identity INF_PROVISIONER",
  INFISICAL_CLIENT_SECRET: "the client secret of the identity INF_PROVISIONER",
  INFISICAL_PROJECT_ID: "the id of the vault project",
  CF_ACCESS_CLIENT_ID: "the client id of the Access service token CF_ACCESS_SVC_VAULT",
  CF_ACCESS_CLIENT_SECRET: "the client secret of the Access service token CF_ACCESS_SVC_VAULT",
} as const;

const endpoints = {
  GITHUB_BASE_URL: "https://api.github.com",
  HEROKU_API_URL: "https://api.heroku.com",
  INFISICAL_SITE_URL: "https://vault.raxx.app",
} as const;

type Environment = Record<string, string | undefined>;

/**
 * Everything that is wrong with the environment of a run, one line each; empty where all is well.
 * Missing credentials are all named at once, and in the sandbox every endpoint has to be on loopback.
 */
export function environmentFaults(environment: Environment): string[] {
  const missing = Object.entries(credentials)
    .filter(([name]) => (environment[name] ?? "") === "")
    .map(([name, meaning]) => `${name} is not set: export ${meaning}`);
  const misplaced = (Object.keys(endpoints) as (keyof typeof endpoints)[]).flatMap((name) => {
    const fault = endpointFault(name, environment);
    return fault === undefined ? [] : [fault];
  });
  return [...missing, ...misplaced];
}

export function githubEnvironment(environment: Environment = process.env): GitHubEnvironment {
  return { url: endpoint("GITHUB_BASE_URL", environment), token: credential("GITHUB_TOKEN", environment) };
}

export function herokuEnvironment(environment: Environment = process.env): HerokuEnvironment {
  return { url: endpoint("HEROKU_API_URL", environment), apiKey: credential("HEROKU_API_KEY", environment) };
}

export function infisicalEnvironment(environment: Environment = process.env): InfisicalEnvironment {
  return {
    url: endpoint("INFISICAL_SITE_URL", environment),
    clientId: credential("INFISICAL_CLIENT_ID", environment),
    clientSecret: credential("INFISICAL_CLIENT_SECRET", environment),
    projectId: credential("INFISICAL_PROJECT_ID", environment),
    accessClientId: credential("CF_ACCESS_CLIENT_ID", environment),
    accessClientSecret: credential("CF_ACCESS_CLIENT_SECRET", environment),
  };
}

function credential(name: keyof typeof credentials, environment: Environment): string {
  const value = environment[name] ?? "";
  if (value === "") throw new UserError(`${name} is not set: export ${credentials[name]}`);
  return value;
}

function endpoint(name: keyof typeof endpoints, environment: Environment): string {
  const fault = endpointFault(name, environment);
  if (fault !== undefined) throw new UserError(fault);
  return addressOf(name, environment);
}

/** Credentials are sent to these addresses, so plain http goes to this machine only, and a sandbox stays on it. */
function endpointFault(name: keyof typeof endpoints, environment: Environment): string | undefined {
  const sandbox = environment["RAXX_SANDBOX"] === "1";
  const text = addressOf(name, environment);
  if (!URL.canParse(text)) return `${name} is not a URL: unset it to use ${endpoints[name]}`;
  const url = new URL(text);
  const loopback = ["127.0.0.1", "[::1]", "localhost"].includes(url.hostname);
  if (sandbox && !loopback) {
    return `${name} names ${url.host}, which is not on loopback: in the sandbox only emulated vendors are called; run it through ./raxx sandbox exec`;
  }
  if (url.protocol !== "https:" && !(url.protocol === "http:" && loopback)) {
    return `${name} has to start with https://: the credential would travel in the clear; unset it to use ${endpoints[name]}`;
  }
  return undefined;
}

function addressOf(name: keyof typeof endpoints, environment: Environment): string {
  const set = environment[name] ?? "";
  return set === "" ? endpoints[name] : set;
}
