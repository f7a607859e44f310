import type { CheckFacts, ReviewFacts } from "../../domain/observation.ts";
import { isOpen } from "../../domain/pr.ts";
import { isoTime } from "../../domain/time.ts";
import { findPr, listChecks, type PrRow, readDiscussion } from "../../store/observation.ts";
import { prsOfSession } from "../../store/pr.ts";
import { getSession } from "../../store/session.ts";
import type { Engine } from "../engine.ts";
import { pullView } from "./pull.ts";

/** A pull request of a session, without logs and without what was said inline. */
export interface PullSummary {
  url: string;
  number: number;
  title: string;
  state: PrRow["state"];
  provider: "github";
  /** `owner/repo`, lower-cased. */
  repo: string;
  author: string;
  sourceBranch: string;
  targetBranch: string;
  headSha: string;
  additions: number;
  deletions: number;
  changedFiles: number;
  ci: {
    state: PrRow["ci"];
    /** Of the head commit, while it is open and CI fails. */
    failingChecks: Pick<CheckFacts, "name" | "status" | "conclusion" | "url">[];
  };
  review: {
    decision: PrRow["review"];
    hasUnresolvedHumanComments: boolean;
    unresolvedBy: UnresolvedBy[];
    reviews: SummaryReview[];
  };
  mergeability: {
    state: PrRow["mergeability"];
    reasons: string[];
    prUrl: string;
    conflictFiles: string[];
  };
  createdAt: string;
  updatedAt: string;
  observedAt: string;
  ciObservedAt: string | null;
  reviewObservedAt: string | null;
}

interface UnresolvedBy {
  reviewerId: string;
  count: number;
  links: { url: string; file: string; line: number | null }[];
  isBot: boolean;
}

interface SummaryReview {
  reviewerId: string;
  verdict: ReviewFacts["state"];
  body: string;
  reviewUrl: string;
  submittedAt: string;
  isBot: boolean;
}

/** The pull requests of a session: open ones first, then last changed first. Throws `not_found`. */
export function sessionPulls(
  engine: Engine,
  sessionId: string,
): { sessionId: string; prs: PullSummary[] } {
  getSession(engine.store, sessionId);
  const rows = prsOfSession(engine.store, sessionId)
    .map(({ key }) => findPr(engine.store, key))
    .filter((row) => row !== undefined);
  // A repository that was transferred can have left the same one under two keys.
  const seen = new Set<string>();
  const distinct = rows.filter(({ number, headRef, headSha }) => {
    const mark = `${number} ${headRef} ${headSha}`;
    return !seen.has(mark) && seen.add(mark);
  });
  const ordered = [...distinct.filter(isOpen), ...distinct.filter((row) => !isOpen(row))];
  return { sessionId, prs: ordered.map((row) => summaryOf(engine, row)) };
}

function summaryOf(engine: Engine, row: PrRow): PullSummary {
  const { url, number, title, state, author, headSha, additions, deletions, changedFiles } = row;
  const { createdAt, updatedAt, observedAt, mergeReasons } = pullView(row);
  const conflictFiles: unknown = JSON.parse(row.conflictFiles);
  return {
    ...{ url, number, title, state },
    provider: "github",
    repo: row.key.slice(row.key.indexOf("/") + 1, row.key.lastIndexOf("#")),
    author,
    sourceBranch: row.headRef,
    targetBranch: row.baseRef,
    ...{ headSha, additions, deletions, changedFiles },
    ci: { state: row.ci, failingChecks: failingChecks(engine, row) },
    review: reviewOf(engine, row),
    mergeability: {
      state: row.mergeability,
      reasons: mergeReasons,
      prUrl: url,
      conflictFiles: Array.isArray(conflictFiles) ? conflictFiles.map(String) : [],
    },
    ...{ createdAt, updatedAt, observedAt },
    ciObservedAt: isoTime(row.ciObservedAt),
    reviewObservedAt: isoTime(row.reviewObservedAt),
  };
}

function failingChecks(engine: Engine, row: PrRow): PullSummary["ci"]["failingChecks"] {
  if (row.ci !== "failing" || !isOpen(row)) return [];
  return listChecks(engine.store, row.key, row.headSha)
    .filter(({ status }) => status === "failed" || status === "cancelled")
    .map(({ name, status, conclusion, url }) => ({ name, status, conclusion, url }));
}

function reviewOf(engine: Engine, row: PrRow): PullSummary["review"] {
  const { reviews, threads, comments } = readDiscussion(engine.store, row.key);
  const unresolved = new Map<string, UnresolvedBy>();
  for (const { id, path: file, line, isResolved } of threads) {
    const first = comments.find(({ threadId }) => threadId === id);
    if (isResolved || !first) continue;
    const { login: reviewerId, isBot, url } = first;
    const known = unresolved.get(reviewerId) ?? { reviewerId, count: 0, links: [], isBot };
    known.count += 1;
    known.links.push({ url, file, line });
    unresolved.set(reviewerId, known);
  }
  return {
    decision: row.review,
    hasUnresolvedHumanComments: row.unresolvedThreads > 0,
    unresolvedBy: [...unresolved.values()],
    reviews: reviews.map(({ login, state, body, url, submittedAt, isBot }) => ({
      reviewerId: login,
      verdict: state,
      body,
      reviewUrl: url,
      submittedAt: isoTime(submittedAt),
      isBot,
    })),
  };
}
