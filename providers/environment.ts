import { isIP } from "node:net";

import { UserError } from "./errors";

/** The Heroku endpoint and the credential of this run, from the process environment. */
export interface HerokuEnvironment {
  url: string;
  apiKey: string;
}

/** Cloudflare's endpoint, with its path, and the credential of this run. */
export interface CloudflareEnvironment {
  url: string;
  token: string;
}

/** Where AWS is reached; what is absent the SDK finds by itself. */
export interface AwsEnvironment {
  url?: string;
  credentials?: AwsCredentials;
}

export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
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
  CLOUDFLARE_API_TOKEN:
    "the user API token CF_TOKENS_MINT (API Tokens and Access: Service Tokens: Edit; DNS: Edit and Zone: Read of the zones)",
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
  // Each service of AWS has its own, which the SDK knows.
  AWS_ENDPOINT_URL: "",
  CLOUDFLARE_BASE_URL: "https://api.cloudflare.com/client/v4",
  GITHUB_BASE_URL: "https://api.github.com",
  HEROKU_API_URL: "https://api.heroku.com",
  INFISICAL_SITE_URL: "https://vault.raxx.app",
} as const;

/** A vendor that not every run calls. */
export type OptionalVendor = "aws" | "cloudflare" | "dns";

/** What only the runs need that call the vendor. */
const optional: Readonly<Partial<Record<string, OptionalVendor>>> = {
  AWS_ENDPOINT_URL: "aws",
  CLOUDFLARE_API_TOKEN: "cloudflare",
  CLOUDFLARE_BASE_URL: "cloudflare",
};

type Environment = Record<string, string | undefined>;

/**
 * Everything that is wrong with the environment of a run, one line each; empty where all is well.
 * Missing credentials are all named at once, and in the sandbox every endpoint has to be on loopback.
 * `needs` are the vendors that this run calls beside those that every run calls.
 */
export function environmentFaults(environment: Environment, needs: readonly OptionalVendor[] = []): string[] {
  const needed = (name: string): boolean => {
    const vendor = optional[name];
    return vendor === undefined || needs.includes(vendor);
  };
  const missing = Object.entries(credentials)
    .filter(([name]) => needed(name) && (environment[name] ?? "") === "")
    .map(([name, meaning]) => `${name} is not set: export ${meaning}`);
  const misplaced = (Object.keys(endpoints) as (keyof typeof endpoints)[]).filter(needed).flatMap((name) => {
    const fault = endpointFault(name, environment);
    return fault === undefined ? [] : [fault];
  });
  const aws = needs.includes("aws") ? [...awsCredentialFaults(environment), ...otherAws(environment)] : [];
  const dns = needs.includes("dns") ? resolverFaults(environment) : [];
  return [...missing, ...misplaced, ...aws, ...dns];
}

function awsCredentialFaults(environment: Environment): string[] {
  if (environment["RAXX_SANDBOX"] !== "1") return [];
  return ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
    .filter((name) => (environment[name] ?? "") === "")
    .map(
      (name) =>
        `${name} is not set: in the sandbox no other AWS credentials are looked for; run it through ./raxx sandbox exec`,
    );
}

/** The SDK and the bridged provider follow them before `AWS_ENDPOINT_URL`, which is what is looked at. */
function otherAws(environment: Environment): string[] {
  return ["AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL_SSM", "AWS_ENDPOINT_URL_STS"]
    .filter((name) => (environment[name] ?? "") !== "")
    .map(
      (name) => `${name} is set, but all of AWS is reached at AWS_ENDPOINT_URL, or at its own: unset ${name}`,
    );
}

/**
 * The credentials are those of the SDK's own chain, which may ask other services for them: the sandbox takes them from
 * the environment alone.
 */
export function awsEnvironment(environment: Environment = process.env): AwsEnvironment {
  const url = endpoint("AWS_ENDPOINT_URL", environment);
  if (environment["RAXX_SANDBOX"] !== "1") return url === "" ? {} : { url };
  const fault = awsCredentialFaults(environment)[0];
  if (fault !== undefined) throw new UserError(fault);
  const sessionToken = environment["AWS_SESSION_TOKEN"] ?? "";
  return {
    url,
    credentials: {
      accessKeyId: environment["AWS_ACCESS_KEY_ID"] ?? "",
      secretAccessKey: environment["AWS_SECRET_ACCESS_KEY"] ?? "",
      ...(sessionToken === "" ? {} : { sessionToken }),
    },
  };
}

/** The DNS server to ask, as `127.0.0.1:5353`; undefined where it is this machine's own. */
export function dnsResolver(environment: Environment = process.env): string | undefined {
  const [fault] = resolverFaults(environment);
  if (fault !== undefined) throw new UserError(fault);
  const address = environment["RAXX_DNS_RESOLVER"] ?? "";
  return address === "" ? undefined : address;
}

function resolverFaults(environment: Environment): string[] {
  const sandbox = environment["RAXX_SANDBOX"] === "1";
  const address = environment["RAXX_DNS_RESOLVER"] ?? "";
  const inside = "in the sandbox only its own is asked; run it through ./raxx sandbox exec";
  if (address === "") return sandbox ? [`RAXX_DNS_RESOLVER is not set: ${inside}`] : [];
  const [, v4, v6, port] = /^(?:([\d.]+)|\[([\da-f:.]+)\])(?::(\d+))?$/i.exec(address) ?? [];
  const ip = v4 ?? v6 ?? "";
  if (isIP(ip) === 0 || (port !== undefined && (Number(port) < 1 || Number(port) > 65_535))) {
    return [
      "RAXX_DNS_RESOLVER is no address of a DNS server: set it to one as 127.0.0.1:5353 or [::1]:5353, or unset it to ask this machine's own",
    ];
  }
  const loopback = ip.startsWith("127.") || ip === "::1";
  return sandbox && !loopback
    ? [`RAXX_DNS_RESOLVER names ${address}, which is not on loopback: ${inside}`]
    : [];
}

export function cloudflareEnvironment(environment: Environment = process.env): CloudflareEnvironment {
  return {
    url: endpoint("CLOUDFLARE_BASE_URL", environment),
    token: credential("CLOUDFLARE_API_TOKEN", environment),
  };
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
  if (text === "") {
    return sandbox
      ? `${name} is not set: in the sandbox only emulated vendors are called; run it through ./raxx sandbox exec`
      : undefined;
  }
  const own = endpoints[name] === "" ? "the vendor's own" : endpoints[name];
  if (!URL.canParse(text)) return `${name} is not a URL: unset it to use ${own}`;
  const url = new URL(text);
  const loopback = ["127.0.0.1", "[::1]", "localhost"].includes(url.hostname);
  if (sandbox && !loopback) {
    return `${name} names ${url.host}, which is not on loopback: in the sandbox only emulated vendors are called; run it through ./raxx sandbox exec`;
  }
  if (url.protocol !== "https:" && !(url.protocol === "http:" && loopback)) {
    return `${name} has to start with https://: the credential would travel in the clear; unset it to use ${own}`;
  }
  return undefined;
}

function addressOf(name: keyof typeof endpoints, environment: Environment): string {
  const set = environment[name] ?? "";
  return set === "" ? endpoints[name] : set;
}
