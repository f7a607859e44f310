import type {
  CheckFacts,
  CommentFacts,
  DiscussionFacts,
  PrObservation,
  ReviewFacts,
  ThreadFacts,
} from "../domain/observation.ts";
import { AoError } from "../error.ts";
import type { Reader, Transaction } from "./store.ts";

/** A pull request as stored. Times are Unix milliseconds. */
export interface PrRow extends Omit<PrObservation, "checks" | "discussion" | "mergeReasons"> {
  projectId: string;
  sessionId: string | null;
  /** JSON lists of texts. */
  mergeReasons: string;
  conflictFiles: string;
  unresolvedThreads: number;
  observedAt: number;
  ciObservedAt: number | null;
  reviewObservedAt: number | null;
  createdAt: number;
}

/** Who a pull request belongs to. A null session is nobody. */
export interface PrOwner {
  projectId: string;
  sessionId: string | null;
}

/**
 * Writes one observation: scalars first (children look their session up through them), then
 * checks, reviews, threads and comments, all in the caller's transaction. Ownership and facts
 * change in one statement, so no event ever carries one without the other.
 */
export function writeObservation(
  tx: Transaction,
  seen: PrObservation,
  owner: PrOwner,
  conflictFiles: readonly string[] = [],
): void {
  const { checks, discussion, mergeReasons, ...scalars } = seen;
  const known = findPr(tx, seen.key);
  tx.change("prUpsert", {
    ...scalars,
    ...owner,
    mergeReasons: JSON.stringify(mergeReasons),
    conflictFiles: JSON.stringify(conflictFiles),
    // Counted again below, once the threads are there; the trigger's guard needs the final value.
    unresolvedThreads: discussion ? unresolvedIn(discussion) : (known?.unresolvedThreads ?? 0),
    reviewObservedAt: discussion ? tx.now : null,
    now: tx.now,
  });
  for (const check of checks) writeCheck(tx, seen, check);
  if (discussion) writeDiscussion(tx, seen.key, discussion);
}

/** A pull request by its key, or undefined. */
export function findPr(reader: Reader, key: string): PrRow | undefined {
  return reader.one<PrRow>("prRow", { key });
}

/** A pull request by its key. Throws `not_found`. */
export function getPr(reader: Reader, key: string): PrRow {
  const found = findPr(reader, key);
  if (!found) throw new AoError("not_found", `pull request ${key} not found`, "ao pr ls --all");
  return found;
}

/** Pull requests, last changed first; closed and merged ones only when asked for. */
export function listPrs(
  reader: Reader,
  filter: { projectId?: string | undefined; withClosed?: boolean },
): PrRow[] {
  const { projectId = null, withClosed = false } = filter;
  return reader.all<PrRow>("prRows", { projectId, withClosed: Number(withClosed) });
}

/** Checks of a pull request: of one commit, or its whole history. */
export function listChecks(
  reader: Reader,
  prKey: string,
  headSha: string | null,
): (CheckFacts & { headSha: string; createdAt: number })[] {
  return reader.all("prChecks", { prKey, headSha });
}

/** The last three statuses of a check, newest first: the brake of the CI loop. */
export function lastStatuses(reader: Reader, prKey: string, name: string): string[] {
  return reader.all<{ status: string }>("prCheckLast", { prKey, name }).map((row) => row.status);
}

/** The discussion of a pull request as stored. */
export function readDiscussion(reader: Reader, prKey: string): DiscussionFacts {
  const withFlags = <Row extends { isBot: number }>(row: Row) => ({
    ...row,
    isBot: row.isBot === 1,
  });
  type Stored<T> = Omit<T, "isBot"> & { isBot: number };
  return {
    isComplete: true,
    reviews: reader.all<Stored<ReviewFacts>>("prReviews", { prKey }).map(withFlags),
    comments: reader.all<Stored<CommentFacts>>("prComments", { prKey }).map(withFlags),
    threads: reader
      .all<
        Omit<ThreadFacts, "isResolved" | "isOutdated"> & Record<"isResolved" | "isOutdated", number>
      >("prThreads", { prKey })
      .map((row) => ({
        ...row,
        isResolved: row.isResolved === 1,
        isOutdated: row.isOutdated === 1,
      })),
  };
}

/** Threads that are not resolved and that a person has written in. */
export function unresolvedIn({ threads, comments }: DiscussionFacts): number {
  const human = new Set(comments.filter(({ isBot }) => !isBot).map(({ threadId }) => threadId));
  return threads.filter(({ id, isResolved }) => !isResolved && human.has(id)).length;
}

function writeCheck(tx: Transaction, seen: PrObservation, check: CheckFacts): void {
  const { jobId: _job, ...facts } = check;
  tx.change("prCheckUpsert", { ...facts, prKey: seen.key, headSha: seen.headSha, now: tx.now });
}

/** Upserts before pruning, so that a thread's resolution is an update that its trigger sees. */
function writeDiscussion(tx: Transaction, prKey: string, discussion: DiscussionFacts): void {
  const { reviews, threads, comments, isComplete } = discussion;
  for (const { login, isBot, ...review } of reviews) {
    tx.change("prReviewUpsert", { ...review, prKey, author: login, isBot: Number(isBot) });
  }
  for (const { isResolved, isOutdated, ...thread } of threads) {
    const flags = { isResolved: Number(isResolved), isOutdated: Number(isOutdated) };
    tx.change("prThreadUpsert", { ...thread, ...flags, prKey, now: tx.now });
  }
  for (const { login, isBot, ...comment } of comments) {
    tx.change("prCommentUpsert", { ...comment, prKey, author: login, isBot: Number(isBot) });
  }
  if (!isComplete) return;
  tx.change("prReviewPrune", { prKey, ids: idsOf(reviews) });
  tx.change("prThreadPrune", { prKey, ids: idsOf(threads) });
  tx.change("prCommentPrune", { prKey, ids: idsOf(comments) });
}

function idsOf(items: readonly { id: string }[]): string {
  return JSON.stringify(items.map(({ id }) => id));
}
