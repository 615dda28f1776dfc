import type * as sdk from "cloudflare";

import { once } from "../once";

const userAgent = "raxx-credential-provisioning/0.1";
/** For one try, its body included. */
const answerTimeoutMs = 15_000;
const maxRetries = 2;
const maxWaitSeconds = 10;
/** All others are dropped: keys and headers that the SDK finds in the environment, and what it tells of this machine. */
const headersOfCalls = ["accept", "api-version", "content-type"];

export interface TransportOptions {
  /** With its path: `https://api.cloudflare.com/client/v4`. */
  url: string;
  token: string;
}

/** Cloudflare's own client: quiet, patient within bounds, with this token alone, and never at another address. */
export function cloudflareSdk({ url, token }: TransportOptions): sdk.Cloudflare {
  const { Cloudflare } = library();
  return new Cloudflare({
    baseURL: url,
    apiToken: token,
    // CLOUDFLARE_LOG would have it print headers and bodies.
    logLevel: "off",
    timeout: answerTimeoutMs,
    maxRetries,
    fetch: (address, init) => answerOf(address, init, token),
  });
}

/** What the SDK throws where there was no answer, or one that is not a success. */
export function isSdkError(error: unknown): error is InstanceType<typeof sdk.APIError> {
  return error instanceof library().APIError;
}

/** It takes a second to load, which a run without a Cloudflare token need not wait for. */
const library = once((): typeof sdk => {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would load it in every process
  return require("cloudflare") as typeof sdk;
});

/** One try. A redirect is an answer like any other: followed, it would show the token to another host. */
async function answerOf(
  address: string | URL | Request,
  init: RequestInit = {},
  token: string,
): Promise<Response> {
  const headers = new Headers(init.headers);
  for (const name of [...headers.keys()]) if (!headersOfCalls.includes(name)) headers.delete(name);
  headers.set("authorization", `Bearer ${token}`);
  headers.set("user-agent", userAgent);
  const response = await fetch(address, { ...init, headers, redirect: "manual" });
  // With its body read, so that a body that breaks off counts as no answer, and is within the time.
  const body = await response.arrayBuffer();
  return new Response(body.byteLength === 0 ? null : body, {
    status: response.status,
    headers: withBoundedWait(response.headers),
  });
}

/** The SDK waits for as long as `Retry-After` says, be it five minutes; these headers tell it not to. */
function withBoundedWait(headers: Headers): Headers {
  const bounded = new Headers(headers);
  bounded.delete("retry-after-ms");
  bounded.delete("x-should-retry");
  const seconds = Number(headers.get("retry-after") ?? 0);
  if (!(seconds >= 0 && seconds <= maxWaitSeconds)) bounded.set("x-should-retry", "false");
  return bounded;
}
