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
export interface PrRow extends Omit<
  PrObservation,
  "checks" | "discussion" | "mergeReasons" | "hasAllChecks" | "threadMarks"
> {
  projectId: string;
  sessionId: string | null;
  /** JSON lists of texts. */
  mergeReasons: string;
  conflictFiles: string;
  unresolvedThreads: number;
  observedAt: number;
  ciObservedAt: number | null;
  reviewObservedAt: number | null;
}

/** Who a pull request belongs to. A null session is nobody. */
export interface PrOwner {
  projectId: string;
  sessionId: string | null;
}

/**
 * Writes one observation: scalars first (children look their session up through them), then
 * checks, reviews, threads and comments, all in the caller's transaction. Ownership and facts
 * change in one statement, so no event ever carries one without the other. Returns the key that
 * it was written under: a pull request keeps its first one when its repository is renamed.
 */
export function writeObservation(
  tx: Transaction,
  seen: PrObservation,
  owner: PrOwner,
  conflictFiles: readonly string[] = [],
): string {
  const { checks, discussion, mergeReasons, threadMarks, hasAllChecks, ...scalars } = seen;
  const key = findKnownPr(tx, seen)?.key ?? seen.key;
  tx.change("prUpsert", {
    ...scalars,
    ...owner,
    key,
    mergeReasons: JSON.stringify(mergeReasons),
    conflictFiles: JSON.stringify(conflictFiles),
    // Counted before the threads are written: the trigger's guard needs the final value.
    unresolvedThreads: unresolvedAfter(tx, key, seen),
    reviewObservedAt: discussion ? tx.now : null,
    now: tx.now,
  });
  for (const check of checks) writeCheck(tx, key, seen.headSha, check);
  if (hasAllChecks) {
    const names = JSON.stringify(checks.map(({ name }) => name));
    tx.change("prCheckPrune", { prKey: key, headSha: seen.headSha, names });
  }
  if (discussion) writeDiscussion(tx, key, discussion);
  for (const { id, ...is } of threadMarks) {
    const flags = { isResolved: Number(is.isResolved), isOutdated: Number(is.isOutdated) };
    tx.change("prThreadMark", { prKey: key, id, ...flags, now: tx.now });
  }
  return key;
}

/** The row of a pull request by its key, or by its page under the repository's present name. */
export function findKnownPr(
  reader: Reader,
  pr: Pick<PrObservation, "key" | "url">,
): PrRow | undefined {
  return findPr(reader, pr.key) ?? reader.one<PrRow>("prRowByUrl", { url: pr.url });
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

/** Whether any pull request of the same repository ever had a check. */
export function hasHadChecks(reader: Reader, prKey: string): boolean {
  const [repository = ""] = prKey.split("#");
  // In the order of characters `$` comes right after `#`.
  return Boolean(reader.one("prHasHadChecks", { from: `${repository}#`, to: `${repository}$` }));
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

/** Unresolved threads with a person in them, as they will be once `seen` is written. */
function unresolvedAfter(tx: Transaction, key: string, seen: PrObservation): number {
  const { discussion, threadMarks } = seen;
  const stored = discussion?.isComplete
    ? []
    : tx.all<{ id: string; isResolved: number; isHuman: number }>("prThreadStates", { prKey: key });
  const threads = new Map(
    stored.map(({ id, isResolved, isHuman }) => [
      id,
      { isResolved: isResolved === 1, isHuman: isHuman === 1 },
    ]),
  );
  const isBotOnly = (id: string) =>
    discussion?.comments.every(({ threadId, isBot }) => threadId !== id || isBot) ?? true;
  for (const { id, isResolved } of discussion?.threads ?? []) {
    threads.set(id, { isResolved, isHuman: !isBotOnly(id) });
  }
  for (const { id, isResolved } of threadMarks) {
    const known = threads.get(id);
    if (known) threads.set(id, { ...known, isResolved });
  }
  return [...threads.values()].filter((one) => one.isHuman && !one.isResolved).length;
}

function writeCheck(tx: Transaction, prKey: string, headSha: string, check: CheckFacts): void {
  const { jobId: _job, ...facts } = check;
  tx.change("prCheckUpsert", { ...facts, prKey, headSha, now: tx.now });
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
  const { reviewsSince = 0, commentsSince = 0, partialThreads = [] } = discussion;
  tx.change("prReviewPrune", { prKey, ids: idsOf(reviews), since: reviewsSince });
  if (isComplete) tx.change("prThreadPrune", { prKey, ids: idsOf(threads) });
  const whole = threads.filter(({ id }) => !partialThreads.includes(id));
  tx.change("prCommentPrune", {
    ...{ prKey, ids: idsOf(comments), since: commentsSince },
    threads: idsOf(whole),
  });
}

function idsOf(items: readonly { id: string }[]): string {
  return JSON.stringify(items.map(({ id }) => id));
}
