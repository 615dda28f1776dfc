/** An answer in GitHub's error envelope: `{ message, errors?, documentation_url, status }`. */
export class GitHubError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly extra: { errors?: unknown[]; url?: string } = {},
    readonly headers: Record<string, string> = {},
  ) {
    super(message);
    this.name = "GitHubError";
  }

  body(path: string): object {
    const { message, status } = this;
    return { message, ...this.extra, documentation_url: documentationOf(path), status: String(status) };
  }
}

export function badCredentials(): GitHubError {
  return new GitHubError(401, "Bad credentials");
}

export function requiresAuthentication(): GitHubError {
  return new GitHubError(401, "Requires authentication");
}

export function notFound(): GitHubError {
  return new GitHubError(404, "Not Found");
}

/** The text is documented for fine-grained tokens. */
export function permissionMissing(): GitHubError {
  return new GitHubError(403, "Resource not accessible by personal access token");
}

/** What a classic token gets where its scopes or its user do not suffice; that all routes say so is probable. */
export function adminRightsMissing(): GitHubError {
  return new GitHubError(403, "Must have admin rights to Repository.");
}

/** For what the route's schema refuses: the text begins with `Invalid request.` and says which field. */
export function invalidRequest(problem: string): GitHubError {
  return new GitHubError(422, `Invalid request.\n\n${problem}`);
}

/** For what the schema takes and the data does not. `errors` has the documented members. */
export function validationFailed(message: string, resource: string, field: string): GitHubError {
  return new GitHubError(422, message, { errors: [{ resource, field, code: "custom", message }] });
}

const pages: [RegExp, string][] = [
  [/\/secrets(\/|$)/, "/actions/secrets"],
  [/\/variables(\/|$)/, "/actions/variables"],
  [/\/actions\/workflows/, "/actions/workflows"],
  [/\/actions\/runs/, "/actions/workflow-runs"],
  [/\/actions\/jobs/, "/actions/workflow-jobs"],
  [/\/environments/, "/deployments/environments"],
  [/^\/repos(itories)?\//, "/repos/repos"],
  [/^\/orgs\//, "/orgs/orgs"],
  [/^\/users?(\/|$)/, "/users/users"],
  [/^\/rate_limit/, "/rate-limit/rate-limit"],
];

/** GitHub names the page of the single operation; which page alone is enough here. */
function documentationOf(path: string): string {
  const plain = path.replace(/^\/api\/v3/, "");
  return `https://docs.github.com/rest${pages.find(([pattern]) => pattern.test(plain))?.[1] ?? ""}`;
}

const messages: Record<number, string> = {
  400: "Problems parsing JSON",
  401: "Bad credentials",
  403: "Forbidden",
  404: "Not Found",
  409: "Conflict",
  413: "Payload Too Large",
  415: "Unsupported Media Type",
  422: "Validation Failed",
  429: "API rate limit exceeded",
  500: "Server Error",
  502: "Server Error",
  503: "Service unavailable",
};

/** The envelope for a status no route of ours has thrown: unknown routes, unreadable bodies, injected faults. */
export function gitHubErrorBody(status: number, path: string): object {
  return new GitHubError(status, messages[status] ?? (status >= 500 ? "Server Error" : "Error")).body(path);
}
