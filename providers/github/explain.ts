import { VendorError, type VendorFault } from "../errors";

/** An answer of GitHub's, or of whoever stands in its place, before anything of it is put into words. */
export interface Refusal {
  /** Absent where no answer came at all. */
  status?: number;
  headers: Record<string, string | number | undefined>;
  /** The body. Never to be printed. */
  data?: unknown;
}

/** What stands in the way. */
export type Trouble =
  /** The token is not known. */
  | "unauthorized"
  /** The token is known, and may not. */
  | "forbidden"
  /** It is not there, or the token may not see it: GitHub says the same of both. */
  | "missing"
  /** The request is not one that GitHub takes. */
  | "refused"
  /** Too many calls of this token. */
  | "limited"
  /** A fault of GitHub's own. */
  | "unavailable"
  /** No answer came. */
  | "silent"
  /** Not an answer of GitHub's API. */
  | "foreign";

/** A {@link VendorError} that knows what stands in the way. */
export class GitHubError extends VendorError {
  constructor(
    fault: VendorFault,
    readonly trouble: Trouble,
  ) {
    super(fault);
  }
}

export function troubleOf(refusal: Refusal): Trouble {
  const { status } = refusal;
  if (status === undefined) return "silent";
  if (status === 429 || (status === 403 && isLimit(refusal))) return "limited";
  if (status >= 500) return "unavailable";
  // A proxy, or the web site instead of the API: its 404 says nothing about the repository.
  if (status < 400 || messageIn(refusal) === undefined) return "foreign";
  switch (status) {
    case 401:
      return "unauthorized";
    case 403:
      return "forbidden";
    case 404:
      return "missing";
    default:
      return "refused";
  }
}

/** What it means and what to do. What is forbidden or missing depends on the call, so its caller says it. */
export function explain(trouble: Exclude<Trouble, "forbidden" | "missing">): string {
  switch (trouble) {
    case "unauthorized":
      return "the token is unknown, expired or revoked; export a valid GITHUB_TOKEN (the fine-grained token GH_SECRETS_WRITE) and run again";
    case "refused":
      return "the request was refused as invalid; nothing was changed";
    case "limited":
      return "the token's rate limit is used up; wait, an hour at most, and run again";
    case "unavailable":
      return "the vendor has a problem; see https://www.githubstatus.com and run again";
    case "silent":
      return "check the network and GITHUB_BASE_URL, then run again";
    case "foreign":
      return "this is not an answer of GitHub's API; check GITHUB_BASE_URL (unset it to use https://api.github.com), and whether a proxy stands in between";
  }
}

/**
 * GitHub answers 403 to too many calls as well as to calls that are not allowed.
 * https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
 */
function isLimit(refusal: Refusal): boolean {
  const { headers } = refusal;
  if (String(headers["x-ratelimit-remaining"]) === "0" || headers["retry-after"] !== undefined) return true;
  return /rate limit/i.test(messageIn(refusal) ?? "");
}

/** Every refusal of GitHub's is JSON with a message. */
function messageIn({ data }: Refusal): string | undefined {
  if (typeof data !== "object" || data === null || !("message" in data)) return undefined;
  return typeof data.message === "string" ? data.message : undefined;
}
