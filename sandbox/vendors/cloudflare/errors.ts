export interface ErrorEntry {
  code: number;
  message: string;
  documentation_url?: string;
  source?: { pointer: string };
  error_chain?: { code: number; message: string }[];
}

/** An answer in Cloudflare's envelope of failures. */
export class CloudflareError extends Error {
  constructor(
    readonly status: number,
    readonly errors: ErrorEntry[],
    readonly headers: Record<string, string> = {},
  ) {
    super(errors.map(({ message }) => message).join(", "));
    this.name = "CloudflareError";
  }

  body(): object {
    return failureBody(this.errors);
  }
}

export function failure(status: number, code: number, message: string): CloudflareError {
  return new CloudflareError(status, [{ code, message }]);
}

export function malformedHeader(code: number, header: string): CloudflareError {
  const chain = [{ code, message: `Invalid format for ${header} header` }];
  return new CloudflareError(400, [{ code: 6003, message: "Invalid request headers", error_chain: chain }]);
}

export function invalidToken(status: 400 | 401): CloudflareError {
  return failure(status, 1000, "Invalid API Token");
}

/**
 * A permission that the token has not, or has for another resource: 10000 of most routes, 9109 of users, accounts
 * and zones themselves. Since August 2026 with the address of the route's documentation:
 * https://developers.cloudflare.com/changelog/post/2026-08-20-contextual-403s/
 */
export function denied(code: 9109 | 10000, documentation: string): CloudflareError {
  const message = code === 9109 ? "Unauthorized to access requested resource" : "Authentication error";
  const documentation_url = `https://developers.cloudflare.com/api/resources/${documentation}`;
  return new CloudflareError(403, [{ code, message, documentation_url }]);
}

/**
 * For an id that is none. The status is probable: 400 in older reports, 404 in newer ones; a client that takes
 * every 404 for "gone" is to notice.
 */
export function noRoute(path: string): CloudflareError {
  return failure(404, 7003, couldNotRoute(path));
}

/** For what the tokens API does not take. The code is what it says for everything that is known. */
export function tokenRefused(message: string): CloudflareError {
  return failure(400, 1001, message);
}

/** Granting what one has not, or on a resource that is of another kind or does not exist. */
export function commonPermissionCheck(group: string): CloudflareError {
  return tokenRefused(`Failed common permission check against resources. (Permission group: "${group}")`);
}

/** The body for a status that no route chose: injected ones, unknown routes, bodies that cannot be read. */
export function cloudflareErrorBody(status: number, path: string): object {
  const known: Record<number, ErrorEntry> = {
    401: { code: 10000, message: "Authentication error" },
    403: { code: 10000, message: "Authentication error" },
    404: { code: 7003, message: couldNotRoute(path) },
    429: { code: 971, message: "Please wait and consider throttling your request speed" },
  };
  const other =
    status < 500
      ? { code: 9207, message: "Failed to parse request body, content-type must be application/json" }
      : // Probable.
        { code: 10001, message: "Internal server error" };
  return failureBody([known[status] ?? other]);
}

function couldNotRoute(path: string): string {
  return `Could not route to ${path}, perhaps your object identifier is invalid?`;
}

function failureBody(errors: ErrorEntry[]): object {
  return { success: false, errors, messages: [], result: null };
}
