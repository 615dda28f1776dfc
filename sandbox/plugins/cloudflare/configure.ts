import { version } from "@pulumi/cloudflare/package.json";
import { z } from "zod";

import { type Properties } from "../kit/properties";
import { CloudflareApi } from "./client";

export const config = z.strictObject({
  apiKey: z.string().optional(),
  apiToken: z.string().optional(),
  apiUserServiceKey: z.string().optional(),
  baseUrl: z.string().optional(),
  email: z.string().optional(),
  userAgentOperatorSuffix: z.string().optional(),
});

export const secretConfig = ["apiKey", "apiToken", "apiUserServiceKey"];

const PUBLIC_API = "https://api.cloudflare.com/client/v4";

/** Reads the environment now, not before: the values may be those of a later moment than the process's start. */
export function configure(given: Properties, { signal }: { signal: AbortSignal }): CloudflareApi {
  const settings = config.parse(given);
  const env = process.env;
  const apiToken = firstOf(settings.apiToken, env["CLOUDFLARE_API_TOKEN"]);
  const apiKey = firstOf(settings.apiKey, env["CLOUDFLARE_API_KEY"]);
  const email = firstOf(settings.email, env["CLOUDFLARE_EMAIL"]);
  // The real plugin looks at what is configured only. Of what the environment has, a line break would end up in a header.
  if (apiToken !== undefined && !/^[0-9A-Za-z\-_]{40,80}$/.test(apiToken))
    throw new Error(
      "the API token must have 40 to 80 characters, of a-z, A-Z, 0-9, hyphens and underscores: set CLOUDFLARE_API_TOKEN, or cloudflare:apiToken",
    );
  if (apiKey !== undefined && !/^[0-9A-Za-z\-_]{37,60}$/.test(apiKey))
    throw new Error(
      "the API key must have 37 to 60 characters, of a-z, A-Z, 0-9, hyphens and underscores: set CLOUDFLARE_API_KEY, or cloudflare:apiKey",
    );
  if (apiKey !== undefined && email === undefined)
    throw new Error("an API key needs the email of its user: set CLOUDFLARE_EMAIL, or cloudflare:email");
  const suffix = settings.userAgentOperatorSuffix ?? env["CLOUDFLARE_USER_AGENT_OPERATOR_SUFFIX"];
  return new CloudflareApi({
    baseUrl: baseUrlOf(firstOf(settings.baseUrl, env["CLOUDFLARE_BASE_URL"]) ?? PUBLIC_API, env),
    apiToken,
    apiKey,
    email,
    apiUserServiceKey: firstOf(settings.apiUserServiceKey, env["CLOUDFLARE_API_USER_SERVICE_KEY"]),
    userAgent: `terraform-provider-cloudflare ${suffix ?? `pulumi/${version}`}`.trim(),
    signal,
  });
}

function firstOf(...texts: (string | undefined)[]): string | undefined {
  return texts.find((text) => text !== undefined && text !== "");
}

const loopback = /^(127(\.\d{1,3}){3}|localhost|\[::1\])$/;

/** The address as it was given: the path is part of it. */
export function baseUrlOf(given: string, env: NodeJS.ProcessEnv): string {
  if (!URL.canParse(given)) throw new Error("the base URL of Cloudflare's API must be absolute");
  const { hostname, origin } = new URL(given);
  if (env["RAXX_SANDBOX"] === "1" && !loopback.test(hostname))
    throw new Error(
      `base URL ${origin} is not on this machine: in the sandbox set CLOUDFLARE_BASE_URL, or cloudflare:baseUrl, to an emulator on loopback`,
    );
  return given;
}
