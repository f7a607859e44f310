import type { CheckFacts, CheckStatus } from "../domain/observation.ts";
import type { CiState, Mergeability, PrState, ReviewState } from "../domain/pr.ts";

/** The state of a pull request in one word. */
export function prState(state: string, isDraft: boolean): PrState {
  if (state === "MERGED") return "merged";
  if (state === "CLOSED") return "closed";
  return isDraft ? "draft" : "open";
}

/**
 * GitHub's summary of all checks; no checks at all is `none`, which counts as passing. A failure
 * that only an older run of the same check had is none any more.
 */
export function ciState(
  rollup: string | null,
  checks: readonly CheckFacts[],
  hasAll: boolean,
): CiState {
  if (rollup === null) return checks.length === 0 ? "none" : "unknown";
  if (rollup === "SUCCESS") return "passing";
  if (rollup === "PENDING" || rollup === "EXPECTED") return "pending";
  if (rollup !== "FAILURE" && rollup !== "ERROR") return "unknown";
  const isBad = ({ status }: CheckFacts) => status === "failed" || status === "cancelled";
  if (!hasAll || checks.some(isBad)) return "failing";
  const isRunning = checks.some(({ status }) => status === "queued" || status === "in_progress");
  return isRunning ? "pending" : "passing";
}

/** The status of a check run (Checks API). */
export function checkRunStatus(status: string, conclusion: string | null): CheckStatus {
  switch (conclusion) {
    case "SUCCESS":
    case "NEUTRAL":
      return "passed";
    case "FAILURE":
    case "TIMED_OUT":
    case "ACTION_REQUIRED":
    case "STARTUP_FAILURE":
      return "failed";
    case "CANCELLED":
      return "cancelled";
    case "SKIPPED":
    case "STALE":
      return "skipped";
    default:
      return runningStatus(status);
  }
}

/** The status of a commit status (Statuses API), as older services report. */
export function contextStatus(state: string): CheckStatus {
  if (state === "SUCCESS") return "passed";
  if (state === "FAILURE" || state === "ERROR") return "failed";
  return state === "PENDING" || state === "EXPECTED" ? "in_progress" : "unknown";
}

/** The decision of all reviews together. */
export function reviewState(decision: string | null): ReviewState {
  if (decision === "APPROVED") return "approved";
  if (decision === "CHANGES_REQUESTED") return "changes_requested";
  return decision === "REVIEW_REQUIRED" ? "review_required" : "none";
}

/** Whether it could be merged, and what stands in the way (DESIGN §10; first match wins). */
export function mergeability(facts: {
  mergeable: string;
  mergeStateStatus: string;
  state: PrState;
  ci: CiState;
  review: ReviewState;
}): { mergeability: Mergeability; reasons: string[] } {
  const { mergeable, mergeStateStatus, state, ci, review } = facts;
  if (mergeStateStatus === "DIRTY" || mergeable === "CONFLICTING") {
    return { mergeability: "conflicting", reasons: ["conflicts"] };
  }
  const reasons = [
    ...(state === "draft" ? ["draft"] : []),
    ...(ci === "failing" ? ["ci_failing"] : []),
    ...(review === "changes_requested" || review === "review_required" ? [review] : []),
    ...(mergeStateStatus === "BEHIND" ? ["behind_base"] : []),
    ...(mergeStateStatus === "BLOCKED" ? ["blocked_by_rules"] : []),
  ];
  // GitHub still computes, so whether it conflicts is not known.
  if (mergeable === "UNKNOWN" && state !== "merged" && state !== "closed") {
    return { mergeability: "unknown", reasons };
  }
  if (reasons.length > 0) return { mergeability: "blocked", reasons };
  if (mergeStateStatus === "UNSTABLE")
    return { mergeability: "unstable", reasons: ["ci_unstable"] };
  const isClean = ["CLEAN", "HAS_HOOKS", ""].includes(mergeStateStatus);
  if (mergeable === "MERGEABLE" && isClean) return { mergeability: "mergeable", reasons: [] };
  return { mergeability: "unknown", reasons: [] };
}

function runningStatus(status: string): CheckStatus {
  if (["QUEUED", "PENDING", "REQUESTED", "WAITING"].includes(status)) return "queued";
  return status === "IN_PROGRESS" ? "in_progress" : "unknown";
}
