import type { CiState, Mergeability, PrState, ReviewState } from "./pr.ts";

/** One check of one commit. */
export interface CheckFacts {
  name: string;
  status: CheckStatus;
  conclusion: string;
  url: string;
  /** What a check that has no log says of itself. */
  summary: string;
  /** Step that failed, and the end of its log; empty until they were fetched. */
  failingStep: string;
  logTail: string;
  /** Id of the job whose log can be fetched; absent for a check that is no Actions job. */
  jobId?: number;
}

export type CheckStatus =
  "unknown" | "queued" | "in_progress" | "passed" | "failed" | "skipped" | "cancelled";

/** Who wrote something, as GitHub tells it. */
export interface Author {
  login: string;
  /** `OWNER`, `MEMBER`, `CONTRIBUTOR`, `NONE` …; how far the text can be trusted. */
  association: string;
  isBot: boolean;
}

export interface ReviewFacts extends Author {
  id: string;
  state: "commented" | "approved" | "changes_requested" | "dismissed" | "pending";
  body: string;
  url: string;
  /** Unix milliseconds. */
  submittedAt: number;
}

export interface CommentFacts extends Author {
  id: string;
  /** Empty for a comment on the conversation itself. */
  threadId: string;
  body: string;
  url: string;
  createdAt: number;
}

export interface ThreadFacts {
  id: string;
  path: string;
  line: number | null;
  isResolved: boolean;
  isOutdated: boolean;
}

/** Reviews, threads and comments of a pull request. */
export interface DiscussionFacts {
  reviews: ReviewFacts[];
  threads: ThreadFacts[];
  comments: CommentFacts[];
  /** False when not every thread was listed: what is missing then is kept, not pruned. */
  isComplete: boolean;
  /** Only reviews and comments on the conversation from this time on were listed; absent: all. */
  reviewsSince?: number;
  commentsSince?: number;
  /** Threads of which not every comment was listed. */
  partialThreads?: string[];
}

/** All that one look at a pull request found. Times are Unix milliseconds. */
export interface PrObservation {
  key: string;
  url: string;
  number: number;
  state: PrState;
  ci: CiState;
  review: ReviewState;
  mergeability: Mergeability;
  mergeReasons: string[];
  title: string;
  author: string;
  headRef: string;
  headSha: string;
  /** `owner/repo` of the head, lower-cased; empty when that repository is gone. */
  headRepo: string;
  baseRef: string;
  baseSha: string;
  mergeSha: string | null;
  additions: number;
  deletions: number;
  changedFiles: number;
  createdAt: number;
  updatedAt: number;
  checks: CheckFacts[];
  /** True when there are checks and none is missing from the list. */
  hasAllChecks: boolean;
  /** Changes when something was said or decided. */
  reviewHash: string;
  /** What became of the last threads: neither a resolution nor a push changes anything else. */
  threadMarks: Pick<ThreadFacts, "id" | "isResolved" | "isOutdated">[];
  /** Absent: not looked at this time; what is stored stays. */
  discussion?: DiscussionFacts;
}

/** Whether a pull request could be merged now, by the rule of DESIGN §10. */
export function isReadyToMerge(
  pr: Pick<PrObservation, "state" | "ci" | "review" | "mergeability">,
  unresolvedHumanThreads: number,
): boolean {
  const hasCi = pr.ci === "passing" || pr.ci === "none";
  const isReviewed = pr.review === "approved" || pr.review === "none";
  return (
    pr.state === "open" &&
    hasCi &&
    isReviewed &&
    unresolvedHumanThreads === 0 &&
    pr.mergeability === "mergeable"
  );
}
