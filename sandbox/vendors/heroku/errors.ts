/** An answer in Heroku's error envelope: `{ id, message, url?, resource? }`. */
export class HerokuError extends Error {
  constructor(
    readonly status: number,
    readonly id: string,
    message: string,
    readonly extra: { url?: string; resource?: string } = {},
  ) {
    super(message);
    this.name = "HerokuError";
  }

  body(): Record<string, string> {
    return { ...this.extra, id: this.id, message: this.message };
  }
}

export function unauthorized(): HerokuError {
  return new HerokuError(401, "unauthorized", "Invalid credentials provided.");
}

/** The text was seen in public code and issues of 2013 to 2026. */
export function scopeForbidden(): HerokuError {
  const message = "The scope of this OAuth authorization does not allow access to this resource.";
  return new HerokuError(403, "forbidden", message);
}

/** Heroku tells an app of somebody else (403) from an app that does not exist (404). */
export function appForbidden(app: string): HerokuError {
  return new HerokuError(403, "forbidden", `You do not have access to the app ${app}.`);
}

export function notFound(
  resource: "app" | "authorization" | "client" | "dyno" | "formation" | "release",
): HerokuError {
  return new HerokuError(404, "not_found", `Couldn't find that ${resource}.`, { resource });
}

export function invalidParams(message: string): HerokuError {
  return new HerokuError(422, "invalid_params", message);
}

export function rateLimited(): HerokuError {
  const message =
    "Your account reached the API rate limit\nPlease wait a few minutes before making new requests";
  return new HerokuError(429, "rate_limit", message, {
    url: "https://devcenter.heroku.com/articles/platform-api-reference#rate-limits",
  });
}

const ids: Record<number, string> = {
  400: "bad_request",
  401: "unauthorized",
  402: "delinquent",
  403: "forbidden",
  404: "not_found",
  406: "not_acceptable",
  409: "conflict",
  410: "gone",
  // The error list has no 413 and no 415; that they share the id of 400 is probable only.
  413: "bad_request",
  415: "bad_request",
  416: "requested_range_not_satisfiable",
  422: "invalid_params",
  429: "rate_limit",
  503: "maintenance",
};

const messages: Record<number, string> = {
  400: "Request invalid, validate usage and try again.",
  404: "The requested API endpoint was not found. Are you using the right HTTP verb (i.e. `GET` vs. `POST`), and did you specify your intended version with the `Accept` header?",
  503: "Heroku API is undergoing maintenance.",
};

/** The envelope for a status no route of ours has thrown: unknown routes, unreadable bodies, injected faults. */
export function herokuErrorBody(status: number): Record<string, string> {
  if (status === 401) return unauthorized().body();
  if (status === 429) return rateLimited().body();
  const id = ids[status] ?? (status >= 500 ? "internal_server_error" : "bad_request");
  return { id, message: messages[status] ?? (status >= 500 ? "Internal server error." : "Request failed.") };
}
