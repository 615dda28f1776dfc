import { randomBytes } from "node:crypto";

import { ZodError, type z } from "zod";

import { type Membership } from "./records";

/** What every failing API call answers. */
export interface ErrorBody {
  reqId: string;
  statusCode: number;
  /** A sentence; for 422 the list of what is wrong. */
  message: unknown;
  error: string;
  details?: unknown;
}

/** An error that Infisical answers on purpose. */
export class InfisicalError extends Error {
  constructor(
    readonly status: number,
    readonly error: string,
    message: string,
    readonly details?: unknown,
  ) {
    super(message);
    this.name = "InfisicalError";
  }
}

const errorNames: Record<number, string> = {
  400: "BadRequest",
  401: "UnauthorizedError",
  403: "PermissionDenied",
  404: "NotFound",
  422: "ValidationFailure",
  429: "RateLimitExceeded",
};

export function badRequest(message: string, error = "BadRequest"): InfisicalError {
  return new InfisicalError(400, error, message);
}

export function unauthorized(message: string): InfisicalError {
  return new InfisicalError(401, "UnauthorizedError", message);
}

/** `error` is the vendor's operation where it names one, e.g. `CreateSecret`. */
export function notFound(message: string, error = "NotFound"): InfisicalError {
  return new InfisicalError(404, error, message);
}

/** A role that does not suffice. `details` are the rules the identity has for this action, as CASL reports them. */
export function permissionDenied(action: string, subject: string, membership: Membership): InfisicalError {
  const { pathPrefixes, environments, readValue } = membership;
  const rule = {
    action: [action],
    subject: [subject],
    conditions: { pathPrefixes, environments, readValue },
  };
  const details = membership.role === "no-access" ? [] : [rule];
  return new InfisicalError(
    403,
    "PermissionDenied",
    `You are not allowed to ${action} on ${subject}`,
    details,
  );
}

/** An organization's or a project's role that does not suffice for what is not a secret. */
export function notAllowed(action: string, subject: string): InfisicalError {
  return new InfisicalError(403, "PermissionDenied", `You are not allowed to ${action} on ${subject}`, []);
}

/** The caller may do such things, but not to one with these rights. */
export function boundary(message: string, action: string, subject: string): InfisicalError {
  const missingPermissions = [{ action, subject }];
  return new InfisicalError(403, "PermissionBoundaryError", message, { missingPermissions });
}

/** A JSON web token that does not verify is 403, not 401. */
export function tokenError(message: string): InfisicalError {
  return new InfisicalError(403, "TokenError", message);
}

/** The 422 envelope is the only one whose message is an array. */
export function validationFailure(path: string, message: string): ZodError {
  return new ZodError([{ code: "custom", path: [path], message, input: undefined }]);
}

export function envelope(status: number, message: unknown, error?: string, details?: unknown): ErrorBody {
  const body: ErrorBody = {
    reqId: `req-${randomBytes(7).toString("hex")}`,
    statusCode: status,
    message,
    error: error ?? errorNames[status] ?? "InternalServerError",
  };
  if (details !== undefined) body.details = details;
  return body;
}

/** The body for anything a handler threw. */
export function errorBodyOf(error: unknown): ErrorBody {
  if (error instanceof InfisicalError)
    return envelope(error.status, error.message, error.error, error.details);
  if (error instanceof ZodError) return envelope(422, error.issues.map(issueWithoutInput));
  const status = (error as { statusCode?: number }).statusCode ?? 500;
  return envelope(status, status < 500 ? (error as Error).message : "Something went wrong");
}

function issueWithoutInput({ code, path, message }: z.core.$ZodIssue): unknown {
  return { code, path, message };
}
