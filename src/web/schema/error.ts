import * as v from "valibot";

/** The body of every answer that is no success. */
export const errorSchema = v.object({
  /** The kind of failure, one word for each status. */
  error: v.picklist([
    "bad_request",
    "unauthorized",
    "forbidden",
    "not_found",
    "method_not_allowed",
    "conflict",
    "too_large",
    "unsupported_media_type",
    "unprocessable",
    "too_many_requests",
    "internal",
    "unavailable",
    "timeout",
  ]),
  /** For programs; stable. */
  code: v.string(),
  /** For people. */
  message: v.string(),
  requestId: v.string(),
  details: v.optional(v.record(v.string(), v.unknown())),
});

export type ErrorBody = v.InferOutput<typeof errorSchema>;
export type ErrorWord = ErrorBody["error"];
