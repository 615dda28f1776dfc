import { VendorError, type VendorFault } from "../errors";

/** What is kept of an error of the SDK's, before anything of it is put into words. */
export interface Refusal {
  /** Absent where no answer came at all. */
  status?: number;
  /** AWS's word for it, e.g. `NoSuchEntity`; absent where it is not an answer of AWS's API. */
  code?: string;
  requestId?: string;
}

/** What stands in the way. */
export type Trouble =
  /** The access key is not known, or the signature is not of its secret. */
  | "unauthorized"
  /** A temporary credential has run out. */
  | "expired"
  /** The access key is known, and may not. */
  | "forbidden"
  /** It is not there. */
  | "missing"
  /** It is there already. */
  | "exists"
  /** As many as AWS allows are there. */
  | "quota"
  /** It cannot go while something belongs to it. */
  | "bound"
  /** The request is not one that AWS takes. */
  | "refused"
  /** Too many calls, or another change of the same thing at the same time: this one was not carried out. */
  | "limited"
  /** A fault of AWS's own. */
  | "unavailable"
  /** No answer came. */
  | "silent"
  /** Not an answer of AWS's API. */
  | "foreign";

/** A {@link VendorError} that knows what stands in the way. */
export class AwsError extends VendorError {
  constructor(
    fault: VendorFault,
    readonly trouble: Trouble,
    /** The permission that the call needs: `iam:ListAccessKeys`. */
    readonly action: string,
  ) {
    super(fault);
  }
}

/**
 * The same trouble has a name for each of the protocols: https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
 * and https://docs.aws.amazon.com/systems-manager/latest/APIReference/CommonErrors.html
 */
const troubles: Readonly<Partial<Record<string, Trouble>>> = {
  InvalidClientTokenId: "unauthorized",
  UnrecognizedClientException: "unauthorized",
  SignatureDoesNotMatch: "unauthorized",
  InvalidSignatureException: "unauthorized",
  IncompleteSignature: "unauthorized",
  MissingAuthenticationToken: "unauthorized",
  MissingAuthenticationTokenException: "unauthorized",
  ExpiredToken: "expired",
  ExpiredTokenException: "expired",
  AccessDenied: "forbidden",
  AccessDeniedException: "forbidden",
  NoSuchEntity: "missing",
  ParameterNotFound: "missing",
  InvalidResourceId: "missing",
  EntityAlreadyExists: "exists",
  ParameterAlreadyExists: "exists",
  DeleteConflict: "bound",
  LimitExceeded: "quota",
  ParameterLimitExceeded: "quota",
  Throttling: "limited",
  ThrottlingException: "limited",
  TooManyUpdates: "limited",
  ConcurrentModification: "limited",
};

export function troubleOf({ status, code }: Refusal): Trouble {
  if (status === undefined) return "silent";
  const known = code === undefined ? undefined : troubles[code];
  if (known !== undefined) return known;
  if (status === 429) return "limited";
  if (status >= 500) return "unavailable";
  return code === undefined ? "foreign" : "refused";
}

/** What it means and what to do; `action` is the permission that the call needs, `on` what it is about. */
export function explain(trouble: Trouble, code: string, action: string, on: string): string {
  switch (trouble) {
    case "unauthorized":
      return "the access key is unknown, inactive or deleted, or its secret or the clock of this machine is wrong; export a valid AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or AWS_PROFILE) and run again";
    case "expired":
      return "the session of these AWS credentials has ended; log in again (with a profile: aws sso login), export the new credentials and run again";
    case "forbidden":
      return `the AWS credentials of this run may not; allow them ${action}${on === "" ? "" : ` on ${on}`}, or export others, and run again`;
    case "missing":
      return "it does not exist; run again, and report this line if it stays";
    case "exists":
      return "it exists already, and this stack did not make it; look at it at https://console.aws.amazon.com, and delete it where nobody uses it, then run again";
    case "quota":
      return "there are as many as AWS allows; delete one that nobody uses, at https://console.aws.amazon.com, and run again";
    case "bound":
      return "something belongs to it that this stack did not make; look at it at https://console.aws.amazon.com/iam, remove what nobody uses, and run again";
    case "refused":
      return `the request was refused (${code}); nothing was changed`;
    case "limited":
      return "there were too many calls at once; wait a minute and run again";
    case "unavailable":
      return "the vendor has a problem; see https://health.aws.amazon.com and run again";
    case "silent":
      return "check the network, the region in aws:region and AWS_ENDPOINT_URL, then run again";
    case "foreign":
      return "this is not an answer of AWS's API; check AWS_ENDPOINT_URL (unset it to use AWS itself), and whether a proxy stands in between";
  }
}
