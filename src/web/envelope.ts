import { AoError, type ErrorCode } from "../error.ts";
import type { ErrorBody, ErrorWord } from "./schema/error.ts";

/** A refusal of the HTTP layer itself, before any verb of the engine ran. */
export class Refusal extends Error {
  override readonly name = "Refusal";

  constructor(
    readonly status: number,
    /** Stable, for programs. */
    readonly code: string,
    message: string,
    readonly details?: Record<string, unknown>,
  ) {
    super(message);
  }
}

const words: Record<number, ErrorWord> = {
  400: "bad_request",
  401: "unauthorized",
  403: "forbidden",
  404: "not_found",
  405: "method_not_allowed",
  409: "conflict",
  413: "too_large",
  415: "unsupported_media_type",
  422: "unprocessable",
  429: "too_many_requests",
  500: "internal",
  503: "unavailable",
  504: "timeout",
};

const answers: Record<ErrorCode, { status: number; code: string }> = {
  failed: { status: 422, code: "FAILED" },
  usage: { status: 400, code: "INVALID_REQUEST" },
  not_found: { status: 404, code: "NOT_FOUND" },
  conflict: { status: 409, code: "CONFLICT" },
  unavailable: { status: 503, code: "UNAVAILABLE" },
  timeout: { status: 504, code: "TIMEOUT" },
  interrupted: { status: 503, code: "INTERRUPTED" },
};

/** Reasons whose status says more than that of their kind. */
const statuses: Record<string, number> = {
  INVALID_PR_REF: 400,
  PR_PROJECT_MISMATCH: 422,
  SESSION_NOT_CLAIMABLE: 422,
  SESSION_NO_WORKSPACE: 422,
};

/**
 * The one place where a failure becomes an answer. What nobody expected is told to `onUnexpected`
 * and answered without its text: that may hold anything.
 */
export function failureResponse(
  error: unknown,
  requestId: string,
  onUnexpected: (error: unknown) => void,
): Response {
  if (error instanceof Refusal) {
    const { status, code, message, details } = error;
    return envelope(status, { code, message, requestId, ...(details && { details }) });
  }
  if (error instanceof AoError) {
    const { message, reason, hint } = error;
    const { status, code } = answers[error.code];
    const details = { ...error.details, ...(hint === undefined ? {} : { hint }) };
    const body = { code: reason ?? code, message, requestId, details };
    return envelope((reason && statuses[reason]) || status, body);
  }
  onUnexpected(error);
  const message = "something unexpected went wrong; the log of the daemon has it";
  return envelope(500, { code: "INTERNAL_ERROR", message, requestId });
}

/** A successful answer as JSON. */
export function jsonResponse(status: number, value: unknown): Response {
  return Response.json(value, { status });
}

function envelope(status: number, body: Omit<ErrorBody, "error">): Response {
  const error = words[status] ?? "internal";
  return jsonResponse(status, { error, ...body } satisfies ErrorBody);
}
