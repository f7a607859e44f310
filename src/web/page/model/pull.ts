import type { Tone } from "./status.ts";

/** A pull request as the API shows it. */
export interface Pull {
  key: string;
  url: string;
  number: number;
  projectId: string;
  sessionId: string | null;
  title: string;
  author: string;
  status: string;
  state: string;
  ci: string;
  review: string;
  mergeability: string;
  mergeReasons: string[];
  isReady: boolean;
  headRef: string;
  headSha: string;
  baseRef: string;
  unresolvedThreads: number;
  additions: number;
  deletions: number;
  changedFiles: number;
  updatedAt: string;
  observedAt: string;
}

export interface PullCheck {
  name: string;
  status: string;
  conclusion: string;
  url: string;
  summary: string;
  failingStep: string;
  logTail?: string;
}

export interface PullReview {
  id: string;
  author: string;
  association: string;
  isBot: boolean;
  state: string;
  body: string;
  url: string;
  submittedAt: string;
}

export interface PullComment {
  id: string;
  author: string;
  association: string;
  isBot: boolean;
  body: string;
  url: string;
  createdAt: string;
}

export interface PullThread {
  id: string;
  path: string;
  line: number | null;
  isOutdated: boolean;
  comments: PullComment[];
}

/** A pull request with why it stands where it stands. */
export interface PullDetails extends Pull {
  obstacles: { reason: string; text: string }[];
  conflictFiles: string[];
  checks: PullCheck[];
  reviews: PullReview[];
  threads: PullThread[];
  stackedOn: { key: string; number: number; title: string } | null;
}

/** Those that wait for something first, the ready ones on top; then the last changed. */
export function inOrder(pulls: readonly Pull[]): Pull[] {
  const rank = (pull: Pull) => (pull.isReady ? 0 : isOpenPull(pull) ? 1 : 2);
  return pulls.toSorted((a, b) => rank(a) - rank(b) || b.updatedAt.localeCompare(a.updatedAt));
}

/** Whether it can still be merged. */
export function isOpenPull({ state }: Pick<Pull, "state">): boolean {
  return state === "open" || state === "draft";
}

/** The colour of a check, a review or a state of CI. */
export function toneOfVerdict(verdict: string): Tone {
  if (/^(?:passing|passed|approved|mergeable|merged)$/.test(verdict)) return "ready";
  if (/^(?:failing|failed|cancelled|changes_requested|conflicting)$/.test(verdict)) return "red";
  return /^(?:pending|in_progress|queued)$/.test(verdict) ? "work" : "quiet";
}
