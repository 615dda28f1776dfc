import { STATUS_CODES } from "node:http";

import Cloudflare, { APIConnectionError, APIError, APIUserAbortError } from "cloudflare";

export interface CloudflareOptions {
  /** Address of the API with its path, e.g. `https://api.cloudflare.com/client/v4`. */
  baseUrl: string;
  apiToken?: string | undefined;
  apiKey?: string | undefined;
  apiUserServiceKey?: string | undefined;
  email?: string | undefined;
  userAgent: string;
  signal: AbortSignal;
}

/** What Cloudflare refused: method, address, status, and the code and message of each error. */
export class CloudflareError extends Error {
  constructor(
    message: string,
    /** Undefined where there was no answer. */
    readonly status: number | undefined,
  ) {
    super(message);
  }
}

/** A field of an answer, by Cloudflare's name of it. */
export type View = Record<string, unknown>;

/**
 * How often a call is repeated that is not answered, or answered with 408, 409, 429 or 5xx. The real plugin's client
 * tries ten times more, with pauses of up to half a minute (cloudflare-go v7, internal/requestconfig).
 */
const RETRIES = 2;

/** Cloudflare's API, below its base address. */
export class CloudflareApi {
  private readonly sdk: Cloudflare;

  constructor(private readonly options: CloudflareOptions) {
    this.sdk = new Cloudflare({
      baseURL: options.baseUrl,
      // Null and not undefined: the configuration has looked into the environment already.
      apiToken: options.apiToken ?? null,
      apiKey: options.apiKey ?? null,
      apiEmail: options.email ?? null,
      userServiceKey: options.apiUserServiceKey ?? null,
      maxRetries: RETRIES,
      // CLOUDFLARE_LOG would have it print bodies, with the values in them.
      logLevel: "off",
      defaultHeaders: { "user-agent": options.userAgent },
    });
  }

  get(path: readonly string[]): Promise<View> {
    return this.call("get", path);
  }

  /** What is there, or undefined where Cloudflare answers 404. */
  async find(path: readonly string[]): Promise<View | undefined> {
    try {
      return await this.get(path);
    } catch (error) {
      if (error instanceof CloudflareError && error.status === 404) return undefined;
      throw error;
    }
  }

  /**
   * Never repeated: a creation whose answer was lost may have happened, and nothing would tell of the first one. The
   * real plugin repeats it like any other call.
   */
  post(path: readonly string[], body: object): Promise<View> {
    return this.call("post", path, { body, maxRetries: 0 });
  }

  /** @param mints whether the answer has a value that no later one shows: then it is not repeated either */
  put(path: readonly string[], body: object, { mints = false } = {}): Promise<View> {
    return this.call("put", path, { body, ...(mints && { maxRetries: 0 }) });
  }

  async delete(path: readonly string[]): Promise<void> {
    await this.call("delete", path);
  }

  private async call(
    method: "get" | "post" | "put" | "delete",
    path: readonly string[],
    options: { body?: object; maxRetries?: number } = {},
  ): Promise<View> {
    const address = `/${path.map(encodeURIComponent).join("/")}`;
    const what = `${method.toUpperCase()} "${this.options.baseUrl.replace(/\/$/, "")}${address}"`;
    // One for each call, because the SDK leaves its listener on the signal.
    const signal = AbortSignal.any([this.options.signal]);
    let answer: { result?: unknown } | undefined;
    try {
      answer = await this.sdk.request({ method, path: address, signal, ...options });
    } catch (error) {
      throw failureOf(what, error);
    }
    const result = typeof answer === "object" ? answer.result : undefined;
    if (typeof result !== "object" || result === null)
      throw new CloudflareError(`failed to deserialize http request: ${what}: no result in the answer`, 200);
    return result as View;
  }
}

/** In the words of the real plugin, but with the codes and messages alone of the answer. */
function failureOf(what: string, error: unknown): CloudflareError {
  const failed = "failed to make http request";
  if (error instanceof APIUserAbortError)
    return new CloudflareError(`${failed}: ${what}: cancelled`, undefined);
  if (error instanceof APIConnectionError)
    return new CloudflareError(`${failed}: ${what}: ${reasonOf(error)}`, undefined);
  // Any other message may quote what was sent, e.g. a header that cannot be one.
  if (!(error instanceof APIError) || typeof error.status !== "number")
    return new CloudflareError(
      `${failed}: ${what}: the call could not be made, or its answer not read`,
      undefined,
    );
  const status: number = error.status;
  const said = [error.errors]
    .flat()
    .flatMap(entriesOf)
    .map(({ code, message }) => `${message} (${code})`);
  const answered = `${status} ${STATUS_CODES[status] ?? ""}`.trim();
  return new CloudflareError([`${failed}: ${what}: ${answered}`, ...said].join(": "), status);
}

/** An error of the envelope, with those that it comes from. */
function entriesOf(entry: unknown): { code: number; message: string }[] {
  const { code, message, error_chain: chain } = (entry ?? {}) as View;
  const causes = Array.isArray(chain) ? (chain as unknown[]).flatMap(entriesOf) : [];
  return [{ code: Number(code), message: typeof message === "string" ? message : "" }, ...causes];
}

/** Go's words for a call that was not answered. */
function reasonOf({ cause }: { cause?: unknown }): string {
  for (let at = cause as Failure | undefined; at != null; at = at.cause)
    if (at.code === "ECONNREFUSED") return "connect: connection refused";
  return "EOF";
}

interface Failure {
  code?: unknown;
  cause?: Failure;
}
