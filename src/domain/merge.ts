import { label } from "./foreign.ts";
import type { CiState, Mergeability, PrState, ReviewState } from "./pr.ts";

/** Something that stands in the way of a merge. */
export interface Obstacle {
  reason:
    | "merged"
    | "closed"
    | "draft"
    | "conflicts"
    | "checks_failing"
    | "checks_pending"
    | "checks_unknown"
    | "changes_requested"
    | "review_required"
    | "unresolved_threads"
    | "behind_base"
    | "blocked_by_rules"
    | "unstable";
  /** As part of a sentence: `checks fail: test`. */
  text: string;
}

/** What the obstacles of a merge depend on. */
export interface MergeFacts {
  state: PrState;
  ci: CiState;
  review: ReviewState;
  mergeability: Mergeability;
  mergeReasons: readonly string[];
  unresolvedThreads: number;
  baseRef: string;
  conflictFiles: readonly string[];
  /** Names of the checks that failed or were cancelled, and of those that have not ended. */
  failing: readonly string[];
  running: readonly string[];
}

/**
 * What stands in the way of a merge by the rule of `isReadyToMerge`, worst first; where GitHub has
 * not said yet whether it can be merged, that alone is no obstacle.
 */
export function mergeObstacles(pr: MergeFacts): Obstacle[] {
  if (pr.state === "merged") return [{ reason: "merged", text: "it is merged already" }];
  if (pr.state === "closed") return [{ reason: "closed", text: "it is closed" }];
  const found = [...stateObstacles(pr), ...ciObstacles(pr), ...reviewObstacles(pr)];
  const isBehind = pr.mergeReasons.includes("behind_base");
  if (isBehind) found.push({ reason: "behind_base", text: `it is behind ${pr.baseRef}` });
  if (found.length > 0) return found;
  if (pr.mergeability === "blocked") {
    return [{ reason: "blocked_by_rules", text: `a rule of ${pr.baseRef} blocks it` }];
  }
  return pr.mergeability === "unstable"
    ? [{ reason: "unstable", text: "not all of its checks have passed" }]
    : [];
}

/** What only a change of the pull request itself can take away, and no person may overrule. */
const hard: readonly Obstacle["reason"][] = ["merged", "closed", "draft", "conflicts"];

/** Whether a person may leave an obstacle to GitHub's own rules. */
export function isOverruled({ reason }: Obstacle): boolean {
  return !hard.includes(reason);
}

function stateObstacles({ state, mergeability, baseRef, conflictFiles }: MergeFacts): Obstacle[] {
  const files = conflictFiles.length > 0 ? ` in ${listed(conflictFiles)}` : "";
  return [
    ...(state === "draft" ? [{ reason: "draft" as const, text: "it is a draft" }] : []),
    ...(mergeability === "conflicting"
      ? [{ reason: "conflicts" as const, text: `it conflicts with ${baseRef}${files}` }]
      : []),
  ];
}

function ciObstacles({ ci, failing, running }: MergeFacts): Obstacle[] {
  const names = (list: readonly string[]) => (list.length > 0 ? `: ${listed(list)}` : "");
  switch (ci) {
    case "failing":
      return [{ reason: "checks_failing", text: `checks fail${names(failing)}` }];
    case "pending":
      return [{ reason: "checks_pending", text: `checks have not ended${names(running)}` }];
    case "unknown":
      return [{ reason: "checks_unknown", text: "its checks are not known" }];
    default:
      return [];
  }
}

function reviewObstacles({ review, unresolvedThreads: count }: MergeFacts): Obstacle[] {
  const threads = count === 1 ? "1 review thread is" : `${count} review threads are`;
  return [
    ...(review === "changes_requested"
      ? [{ reason: review, text: "changes are requested" }]
      : review === "review_required"
        ? [{ reason: review, text: "a review is required" }]
        : []),
    ...(count > 0 ? [{ reason: "unresolved_threads" as const, text: `${threads} open` }] : []),
  ];
}

/** Names, which strangers chose, as part of a sentence; of many only the first. */
function listed(names: readonly string[]): string {
  const most = 5;
  const more = names.length > most ? ` and ${names.length - most} more` : "";
  return `${names
    .slice(0, most)
    .map((name) => label(name))
    .join(", ")}${more}`;
}
