import { z } from "zod";

import { jsonText } from "../kit/check";
import { type Properties } from "../kit/properties";
import { GitHub, isGone } from "./client";

const delayMs = jsonText(z.int().min(0));

/** Delays between calls and a cache are accepted and not imitated: GitHub's limits are not those of a sandbox. */
export const config = z.strictObject({
  baseUrl: z.string().optional(),
  cachePath: z.string().optional(),
  insecure: jsonText(z.boolean()),
  legacyClient: jsonText(z.boolean()),
  maxPerPage: jsonText(z.int().min(1)),
  maxRetries: jsonText(z.int().min(0)),
  organization: z.string().optional(),
  owner: z.string().optional(),
  parallelRequests: jsonText(z.boolean()),
  readDelayMs: delayMs,
  retryDelayMs: delayMs,
  retryableErrors: jsonText(z.array(z.int())),
  token: z.string().optional(),
  writeDelayMs: delayMs,
});

export const secretConfig = ["token"];

const DOT_COM = "https://api.github.com/";

/** Reads the environment now, not before: the values may be those of a later moment than the process's start. */
export async function configure(given: Properties, { signal }: { signal: AbortSignal }): Promise<GitHub> {
  const settings = config.parse(given);
  const env = process.env;
  const token = firstOf(settings.token, env["GITHUB_TOKEN"]);
  const baseUrl = firstOf(settings.baseUrl, env["GITHUB_BASE_URL"], DOT_COM) ?? DOT_COM;
  // GITHUB_OWNER before the configured owner: the real plugin's order.
  const owner = firstOf(
    settings.organization,
    env["GITHUB_ORGANIZATION"],
    env["GITHUB_OWNER"],
    settings.owner,
  );
  if (settings.legacyClient === false && token !== undefined && owner === undefined)
    throw new Error("owner must be set when authenticating using the new client implementation");

  const client = new GitHub({
    baseUrl: restUrlOf(baseUrl, env),
    ...(token === undefined ? {} : { token }),
    maxRetries: settings.maxRetries ?? 3,
    retryDelayMs: settings.retryDelayMs ?? 1000,
    retryableErrors: settings.retryableErrors ?? [500, 502, 503, 504],
    parallelRequests: settings.parallelRequests ?? false,
    signal,
  });
  client.owner = owner ?? (token === undefined ? "" : await ownerOf(client));
  if (client.owner !== "") await lookUpOrganization(client);
  return client;
}

async function ownerOf(client: GitHub): Promise<string> {
  try {
    const { login } = await client.call((octokit) => octokit.rest.users.getAuthenticated());
    return login;
  } catch (error) {
    throw new Error(`owner cannot be found by token: ${(error as Error).message}`, { cause: error });
  }
}

/** A user's account is no organization, and that is as good; any other failure is one. */
async function lookUpOrganization(client: GitHub): Promise<void> {
  try {
    await client.call((octokit) => octokit.rest.orgs.get({ org: client.owner }));
  } catch (error) {
    if (isGone(error)) return;
    throw new Error(`failed to lookup organization "${client.owner}": ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function firstOf(...texts: (string | undefined)[]): string | undefined {
  return texts.find((text) => text !== undefined && text !== "");
}

const loopback = /^(127(\.\d{1,3}){3}|localhost|\[::1\])$/;

/** The address of the REST API: hosts that are not GitHub's own are GitHub Enterprise Servers, with a path in front. */
export function restUrlOf(baseUrl: string, env: NodeJS.ProcessEnv): string {
  if (!URL.canParse(baseUrl)) throw new Error("base url must be absolute");
  const url = new URL(baseUrl);
  if (env["RAXX_SANDBOX"] === "1" && !loopback.test(url.hostname))
    throw new Error(
      `base url ${url.origin} is not on this machine: in the sandbox set GITHUB_BASE_URL, or github:baseUrl, to an emulator on loopback`,
    );
  const path = url.pathname.replace(/\/*$/, "/");
  const isCloud = /^(api\.)?github\.com$|\.ghe\.com$/.test(url.host);
  if (!isCloud) return `${url.origin}${path.replace(/api\/v3\/$/, "")}api/v3`;
  if (url.protocol !== "https:")
    throw new Error("base url for github.com or ghe.com must use the https scheme");
  if (path !== "/")
    throw new Error(`base url for github.com or ghe.com must not contain a path, got ${path}`);
  return url.host.startsWith("api.") ? url.origin : `https://api.${url.host}`;
}
