import { randomUUID } from "node:crypto";

import { type AwsCall, type Protocol } from "./call";

/** An error before it is written in the words of the service. */
export interface AwsError {
  kind: ErrorKind;
  message: string;
}

export type ErrorKind =
  | "unknown-key"
  | "wrong-signature"
  | "no-signature"
  | "denied"
  | "throttled"
  | "invalid"
  | "not-found"
  | "not-emulated"
  | "internal"
  | "unavailable";

export interface WrittenError {
  status: number;
  headers: Record<string, string>;
  body: string;
}

type Code = readonly [status: number, code: string];

/**
 * The same refusal has three names: https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html,
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/CommonErrors.html and
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
const codes: Record<ErrorKind, Record<Protocol, Code>> = {
  "unknown-key": {
    query: [403, "InvalidClientTokenId"],
    json: [400, "UnrecognizedClientException"],
    s3: [403, "InvalidAccessKeyId"],
  },
  "wrong-signature": {
    query: [403, "SignatureDoesNotMatch"],
    json: [400, "InvalidSignatureException"],
    s3: [403, "SignatureDoesNotMatch"],
  },
  "no-signature": {
    query: [403, "MissingAuthenticationToken"],
    json: [400, "MissingAuthenticationTokenException"],
    s3: [403, "AccessDenied"],
  },
  denied: {
    query: [403, "AccessDenied"],
    json: [400, "AccessDeniedException"],
    s3: [403, "AccessDenied"],
  },
  throttled: {
    query: [400, "Throttling"],
    json: [400, "ThrottlingException"],
    s3: [503, "SlowDown"],
  },
  invalid: {
    query: [400, "ValidationError"],
    json: [400, "ValidationException"],
    s3: [400, "InvalidRequest"],
  },
  "not-found": {
    query: [404, "NoSuchEntity"],
    json: [400, "ResourceNotFoundException"],
    s3: [404, "NoSuchKey"],
  },
  "not-emulated": {
    query: [400, "InvalidAction"],
    json: [400, "UnknownOperationException"],
    s3: [501, "NotImplemented"],
  },
  internal: {
    query: [500, "InternalFailure"],
    json: [500, "InternalServerError"],
    s3: [500, "InternalError"],
  },
  unavailable: {
    query: [503, "ServiceUnavailable"],
    json: [503, "ServiceUnavailableException"],
    s3: [503, "ServiceUnavailable"],
  },
};

export const unknownKey: AwsError = {
  kind: "unknown-key",
  message: "The security token included in the request is invalid.",
};
export const noSignature: AwsError = {
  kind: "no-signature",
  message: "Request is missing Authentication Token",
};

/** In the service's own envelope. `status` is for injected faults, which say it themselves. */
export function writeError(call: AwsCall, error: AwsError, status?: number): WrittenError {
  const [usual, code] = codes[error.kind][call.protocol];
  const requestId = randomUUID();
  const written = { status: status ?? usual };
  if (call.protocol === "json") {
    return {
      ...written,
      headers: { "content-type": "application/x-amz-json-1.1", "x-amzn-requestid": requestId },
      body: JSON.stringify({ __type: code, message: error.message }),
    };
  }
  const inner = `<Code>${code}</Code><Message>${escaped(error.message)}</Message>`;
  return {
    ...written,
    headers: { "content-type": "text/xml", "x-amzn-requestid": requestId },
    body:
      call.protocol === "s3"
        ? `<Error>${inner}<RequestId>${requestId}</RequestId></Error>`
        : `<ErrorResponse><Error><Type>Sender</Type>${inner}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
  };
}

/** An injected status, in words that fit it. */
export function faultError(status: number): AwsError {
  const kinds: Record<number, ErrorKind> = {
    400: "invalid",
    401: "unknown-key",
    403: "denied",
    404: "not-found",
    429: "throttled",
    503: "unavailable",
  };
  const kind = kinds[status] ?? (status < 500 ? "invalid" : "internal");
  return { kind, message: kind === "throttled" ? "Rate exceeded" : `injected fault ${status}` };
}

const motoKinds: Record<string, ErrorKind> = {
  InvalidClientTokenId: "unknown-key",
  InvalidAccessKeyId: "unknown-key",
  SignatureDoesNotMatch: "wrong-signature",
  AccessDenied: "denied",
};

/** The refusal that moto answered with, in whatever envelope, or undefined where it let the call through. */
export function refusalOf(status: number, body: string): AwsError | undefined {
  if (status !== 403) return undefined;
  const kind = motoKinds[/<Code>(\w+)<\/Code>/.exec(body)?.[1] ?? ""];
  if (kind === undefined) return undefined;
  return { kind, message: unescaped(/<Message>([^<]*)<\/Message>/.exec(body)?.[1] ?? "") };
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function unescaped(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
