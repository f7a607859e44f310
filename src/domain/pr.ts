export type PrState = "draft" | "open" | "merged" | "closed";
export type CiState = "unknown" | "none" | "pending" | "passing" | "failing";
export type ReviewState = "none" | "approved" | "changes_requested" | "review_required";
export type Mergeability = "unknown" | "mergeable" | "conflicting" | "blocked" | "unstable";

/** The facts of a pull request from which statuses are derived. */
export interface PrFacts {
  key: string;
  url: string;
  number: number;
  sessionId: string | null;
  title: string;
  state: PrState;
  ci: CiState;
  review: ReviewState;
  mergeability: Mergeability;
  headRef: string;
  baseRef: string;
  unresolvedThreads: number;
}

/** What a session's pull requests call for, worst first. */
export const prLadder = [
  "ci_failed",
  "merge_conflict",
  "changes_requested",
  "draft",
  "ci_pending",
  "review_pending",
  "pr_open",
  "approved",
  "mergeable",
] as const;
export type PrRung = (typeof prLadder)[number];
export type PrStatus = PrRung | "merged" | "closed";

const problems: readonly PrRung[] = ["ci_failed", "merge_conflict", "changes_requested", "draft"];

/**
 * The status of all of a session's pull requests: the worst rung of the open ones, else `merged`
 * or `closed`, else null. A stacked child (its base is another open one's head) counts only
 * when it has a problem, since it waits for its parent anyway.
 */
export function prStatus(prs: readonly PrFacts[]): PrStatus | null {
  const open = prs.filter(isOpen);
  if (open.length === 0) return closedStatus(prs);
  const rungs = open
    .map((pr) => ({ rung: prRung(pr), isChild: open.some((one) => isParent(one, pr)) }))
    .filter(({ rung, isChild }) => !isChild || problems.includes(rung))
    .map(({ rung }) => rung);
  const counted = rungs.length > 0 ? rungs : open.map(prRung);
  return prLadder.find((rung) => counted.includes(rung)) ?? null;
}

/** A pull request from a fork's `main` into `main` is no parent of itself. */
function isParent(one: PrFacts, child: PrFacts): boolean {
  return one.key !== child.key && one.headRef === child.baseRef;
}

/** The rung of one open pull request. No CI at all counts as passing. */
export function prRung(pr: PrFacts): PrRung {
  if (pr.ci === "failing") return "ci_failed";
  if (pr.mergeability === "conflicting") return "merge_conflict";
  if (pr.review === "changes_requested" || pr.unresolvedThreads > 0) return "changes_requested";
  if (pr.state === "draft") return "draft";
  if (pr.ci === "pending") return "ci_pending";
  if (pr.review === "review_required") return "review_pending";
  const hasCi = pr.ci === "passing" || pr.ci === "none";
  if (hasCi && pr.mergeability === "mergeable") return "mergeable";
  return pr.review === "approved" ? "approved" : "pr_open";
}

/** Whether a pull request still waits for something. */
export function isOpen(pr: Pick<PrFacts, "state">): boolean {
  return pr.state === "open" || pr.state === "draft";
}

function closedStatus(prs: readonly PrFacts[]): PrStatus | null {
  if (prs.length === 0) return null;
  return prs.some((pr) => pr.state === "merged") ? "merged" : "closed";
}
