/** The kinds of expected failure; each has one exit code (DESIGN §12 of the command line). */
export type ErrorCode =
  "failed" | "usage" | "not_found" | "conflict" | "unavailable" | "timeout" | "interrupted";

/** The exit code of each kind of failure; 70 is kept for what nobody expected. */
export const exitCodes: Record<ErrorCode, number> = {
  failed: 1,
  usage: 2,
  not_found: 3,
  conflict: 4,
  unavailable: 5,
  timeout: 6,
  interrupted: 130,
};

/** What a program can know of a failure beside its kind; people read the message. */
export interface FailureFacts extends ErrorOptions {
  /** A stable name such as `PR_NOT_OPEN`. */
  reason?: string;
  details?: Record<string, unknown>;
}

/**
 * An expected failure, told to the person as `error: <message>` and `hint: <hint>`.
 * The message is lower case without a final period; the hint is one thing to type or do.
 */
export class AoError extends Error {
  override readonly name = "AoError";
  readonly reason: string | undefined;
  readonly details: Record<string, unknown> | undefined;

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly hint?: string,
    { reason, details, ...options }: FailureFacts = {},
  ) {
    super(message, options);
    this.reason = reason;
    this.details = details;
  }
}

/** The text of anything thrown, without its stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a system error such as `ENOENT`, or undefined for anything else. */
export function systemCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
