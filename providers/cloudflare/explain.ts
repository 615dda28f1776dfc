import { z } from "zod";

import { VendorError, type VendorFault } from "../errors";

/** An answer of Cloudflare's, or of whoever stands in its place, before anything of it is put into words. */
export interface Refusal {
  /** Absent where no answer came at all. */
  status?: number;
  requestId?: string;
  /** The body. Never to be printed. */
  data?: unknown;
}

/** What stands in the way. */
export type Trouble =
  /** The token has not the form of one. */
  | "malformed"
  /** The token is not known. */
  | "unauthorized"
  /** The token is known, and may not; outside of verify it may also be dead. */
  | "forbidden"
  /** It is not there. */
  | "missing"
  /** There is no such address, or the id in it is none: that says nothing about what may be there. */
  | "unrouted"
  /** Access is not switched on in the account. */
  | "access-off"
  /** The request is not one that Cloudflare takes. */
  | "refused"
  /** Too many calls of this user. */
  | "limited"
  /** A fault of Cloudflare's own. */
  | "unavailable"
  /** No answer came. */
  | "silent"
  /** Not an answer of Cloudflare's API. */
  | "foreign";

/** A {@link VendorError} that knows what stands in the way. */
export class CloudflareError extends VendorError {
  constructor(
    fault: VendorFault,
    readonly trouble: Trouble,
  ) {
    super(fault);
  }
}

const failureSchema = z.object({
  success: z.literal(false),
  errors: z.array(z.object({ code: z.number().int() })),
});

/** A code of 403 that no permission cures, seen in use. */
const accessNotEnabled = 9999;

/** The codes are collected in https://developers.cloudflare.com/fundamentals/api/troubleshooting/ and in reports of users. */
export function troubleOf({ status, data }: Refusal): Trouble {
  if (status === undefined) return "silent";
  if (status === 429) return "limited";
  if (status >= 500) return "unavailable";
  const failure = failureSchema.safeParse(data);
  // A login page, a proxy, or the edge itself (error 1010), which all answer in words of their own.
  if (status < 400 || !failure.success) return "foreign";
  const codes = failure.data.errors.map(({ code }) => code);
  const has = (...some: number[]): boolean => some.some((code) => codes.includes(code));
  // Error 1000 came with 400 at times, and so did a missing permission.
  if (status === 401 || (status === 400 && has(1000))) return "unauthorized";
  if (has(6003)) return "malformed";
  if (status === 403 && has(accessNotEnabled)) return "access-off";
  if (status === 403 || (status === 400 && has(9109, 10000))) return "forbidden";
  if (has(7000, 7003)) return "unrouted";
  return status === 404 ? "missing" : "refused";
}

/** What it means and what to do. What is forbidden depends on the call, so its caller says it. */
export function explain(trouble: Exclude<Trouble, "forbidden">): string {
  switch (trouble) {
    case "malformed":
      return "CLOUDFLARE_API_TOKEN has not the form of an API token; export the token CF_TOKENS_MINT, which is neither a global API key nor an id, and run again";
    case "unauthorized":
      return "the token is unknown, expired or revoked; export a valid CLOUDFLARE_API_TOKEN (the token CF_TOKENS_MINT) and run again";
    case "missing":
      return "it does not exist, or is not this user's; run again, and report this line if it stays";
    case "unrouted":
      return "there is no such address or id; check CLOUDFLARE_BASE_URL, which has a path (unset it to use https://api.cloudflare.com/client/v4), and the ids in the stack configuration";
    case "access-off":
      return "Cloudflare Access is not enabled in the account; enable it at https://one.dash.cloudflare.com and run again";
    case "refused":
      return "the request was refused as invalid; nothing was changed";
    case "limited":
      return "the rate limit of the token's user is used up; wait five minutes and run again";
    case "unavailable":
      return "the vendor has a problem; see https://www.cloudflarestatus.com and run again";
    case "silent":
      return "check the network and CLOUDFLARE_BASE_URL, then run again";
    case "foreign":
      return "this is not an answer of Cloudflare's API; check CLOUDFLARE_BASE_URL (unset it to use https://api.cloudflare.com/client/v4), and whether a proxy stands in between";
  }
}
