import { Agent, type Dispatcher, interceptors, request } from "undici";
import { type z } from "zod";

import { VendorError } from "./errors";

/** One call to a vendor. */
export interface Call {
  /** What the call is for, in words; the only thing of it that errors name. */
  operation: string;
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Appended to the base URL; already encoded. */
  path: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: unknown;
  /**
   * Whether asking twice is the same as asking once. Only such calls are asked again after a 5xx or a lost
   * answer; a mint never is. A 429 was not carried out, so it is asked again whatever the call.
   */
  idempotent: boolean;
}

export interface Answer<T> {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** The JSON body, in the shape that was asked for. */
  body: T;
}

/** An answer that is not the vendor's JSON success, before anything of it is put into words. */
export interface Refusal {
  /** Absent where no answer came at all. */
  status?: number;
  /** Lower case, without parameters: `text/html`. */
  contentType?: string;
  /** The start of the body, to recognise known pages by. Never to be printed. */
  text: string;
}

export interface VendorHttpOptions {
  /** E.g. `heroku`. */
  vendor: string;
  baseUrl: string;
  /** Sent with every call. */
  headers: Record<string, string>;
  /** What a refusal means and what to do about it: one clause, with the command or setting that helps. */
  explain: (refusal: Refusal) => string;
  /** The header that holds the vendor's id of a request. */
  requestIdHeader?: string;
}

const userAgent = "raxx-credential-provisioning/0.1";
const answerTimeoutMs = 15_000;

// Two retries, half a second apart and growing, or what Retry-After says up to ten seconds.
const bounds = { maxRetries: 2, minTimeout: 500, maxTimeout: 10_000, throwOnError: false } as const;
const anyMethod: Dispatcher.HttpMethod[] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

const agent = new Agent({ connect: { timeout: answerTimeoutMs } });
const retryAll = agent.compose(
  interceptors.retry({ ...bounds, methods: anyMethod, statusCodes: [429, 500, 502, 503, 504] }),
);
const retryRefused = agent.compose(
  interceptors.retry({
    ...bounds,
    methods: anyMethod,
    statusCodes: [429],
    // The only failure that proves that nothing was sent.
    errorCodes: ["ECONNREFUSED"],
  }),
);

/**
 * JSON over HTTP, made for credentials: redirects are never followed (a followed redirect would carry the
 * value to a login page), only JSON counts as an answer, and errors carry no body, header or query string.
 */
export class VendorHttp {
  constructor(private readonly options: VendorHttpOptions) {}

  /** Throws a {@link VendorError} for everything but a 2xx with JSON of this shape. */
  async call<T>(call: Call, shape: z.ZodType<T>): Promise<Answer<T>> {
    const url = new URL(this.options.baseUrl.replace(/\/+$/, "") + call.path);
    for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value);
    let response: Dispatcher.ResponseData;
    let text: string;
    try {
      response = await request(url, {
        method: call.method,
        headers: {
          accept: "application/json",
          "user-agent": userAgent,
          ...(call.body === undefined ? {} : { "content-type": "application/json" }),
          ...this.options.headers,
          ...call.headers,
        },
        body: call.body === undefined ? null : JSON.stringify(call.body),
        dispatcher: call.idempotent ? retryAll : retryRefused,
        headersTimeout: answerTimeoutMs,
        bodyTimeout: answerTimeoutMs,
      });
      text = await response.body.text();
    } catch {
      // The cause is not kept: an HTTP library may put headers into it.
      throw this.fault(call, { text: "" });
    }
    const { statusCode: status, headers } = response;
    const contentType =
      String(headers["content-type"] ?? "")
        .split(";", 1)[0]
        ?.trim()
        .toLowerCase() ?? "";
    const ok = status >= 200 && status < 300;
    if (ok && (contentType === "application/json" || contentType.endsWith("+json"))) {
      const body = shape.safeParse(parseJson(text));
      if (body.success) return { status, headers, body: body.data };
    }
    throw this.fault(call, { status, contentType, text: text.slice(0, 4096) }, headers);
  }

  private fault(call: Call, refusal: Refusal, headers: Answer<unknown>["headers"] = {}): VendorError {
    const requestId = headers[this.options.requestIdHeader ?? "request-id"];
    const { status } = refusal;
    return new VendorError({
      vendor: this.options.vendor,
      operation: call.operation,
      meaning: this.options.explain(refusal),
      retryable: status === undefined || status === 429 || status >= 500,
      ...(status === undefined ? {} : { status }),
      ...(typeof requestId === "string" ? { requestId } : {}),
    });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
