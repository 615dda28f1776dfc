/** The reader fixes it. The message ends with the exact command or setting. */
export class UserError extends Error {
  override readonly name = "UserError";
}

/** What a vendor did, safe to print: no body, no header, no query string is ever part of it. */
export interface VendorFault {
  /** E.g. `heroku`. */
  vendor: string;
  /** What was asked for, in words: `read the account`. */
  operation: string;
  /** HTTP status; absent where no answer came. */
  status?: number;
  /** What it means and what to do about it. */
  meaning: string;
  /** Whether the same call may succeed later without anybody changing anything. */
  retryable: boolean;
  /** The vendor's id of the request, for its support. */
  requestId?: string;
}

/** A vendor's refusal or silence. Branch on the fields, never on the text. */
export class VendorError extends Error {
  override readonly name = "VendorError";
  readonly operation: string;
  readonly status: number | undefined;
  readonly retryable: boolean;
  readonly requestId: string | undefined;

  constructor(fault: VendorFault) {
    const answer = fault.status === undefined ? "gave no answer" : `answered ${fault.status}`;
    const request = fault.requestId === undefined ? "" : ` (request ${fault.requestId})`;
    super(`${fault.vendor} ${answer} when asked to ${fault.operation}${request}: ${fault.meaning}`);
    this.operation = fault.operation;
    this.status = fault.status;
    this.retryable = fault.retryable;
    this.requestId = fault.requestId;
  }
}

/**
 * A write that may have been carried out, in part or in whole. The engine records these properties and updates the
 * resource in the next run whatever its inputs are, so that nothing stands anywhere that the state does not know of.
 */
export class PartialFailure extends Error {
  override readonly name = "PartialFailure";

  constructor(
    override readonly cause: unknown,
    readonly id: string,
    readonly properties: object,
  ) {
    super("a write failed half way");
  }
}

/** Whether the error is a vendor's answer with this status. */
export function isStatus(error: unknown, status: number): boolean {
  return error instanceof VendorError && error.status === status;
}
