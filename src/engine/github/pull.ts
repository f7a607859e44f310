import { mergeObstacles, type Obstacle } from "../../domain/merge.ts";
import {
  type CheckFacts,
  type CommentFacts,
  isReadyToMerge,
  type ReviewFacts,
  type ThreadFacts,
} from "../../domain/observation.ts";
import { isOpen, type PrFacts, prRung, type PrStatus } from "../../domain/pr.ts";
import { isoTime } from "../../domain/time.ts";
import { listChecks, listPrs, type PrRow, readDiscussion } from "../../store/observation.ts";
import { getProject } from "../../store/project.ts";
import type { Engine } from "../engine.ts";

type Text<Facts, Name extends keyof Facts> = Omit<Facts, Name> & Record<Name, string>;

/** A pull request as every surface shows it: the contract of `--json`. Times are RFC 3339. */
export interface PullView extends Omit<PrFacts, "key"> {
  key: string;
  projectId: string;
  /** Its own rung of the ladder, or how it ended. */
  status: PrStatus;
  author: string;
  mergeReasons: string[];
  /** Nothing stands in the way of a merge. */
  isReady: boolean;
  headSha: string;
  additions: number;
  deletions: number;
  changedFiles: number;
  /** When it was opened, last changed on GitHub, and last looked at. */
  createdAt: string;
  updatedAt: string;
  observedAt: string;
}

/** A pull request with all that is known of why it stands where it stands. */
export interface PullDetails extends PullView {
  /** What a merge waits for, in words. */
  obstacles: Obstacle[];
  conflictFiles: string[];
  /** Checks of the head commit that failed or have not ended. */
  checks: PullCheck[];
  reviews: Text<ReviewFacts, "submittedAt">[];
  /** Threads that are not resolved, with what was said in them. */
  threads: PullThread[];
  /** The open pull request that this one is stacked on. */
  stackedOn: { key: string; number: number; title: string } | null;
}

export interface PullThread extends Omit<ThreadFacts, "isResolved"> {
  comments: Text<Omit<CommentFacts, "threadId">, "createdAt">[];
}

/** A check of the head commit. */
export type PullCheck = Pick<
  CheckFacts,
  "name" | "status" | "conclusion" | "url" | "summary" | "failingStep"
>;

/**
 * Pull requests, last changed first; those that have ended, and those that are no session's and so
 * not watched any more, only when asked for. Throws `not_found` for the project.
 */
export function pulls(
  engine: Engine,
  filter: { projectId?: string | undefined; withClosed?: boolean } = {},
): PullView[] {
  if (filter.projectId !== undefined) getProject(engine.store, filter.projectId);
  const found = listPrs(engine.store, filter);
  return found.filter((row) => filter.withClosed || row.sessionId !== null).map(pullView);
}

/** One pull request with its reasons, reviews, open threads and what it is stacked on. */
export function pullDetails(engine: Engine, row: PrRow): PullDetails {
  const { store } = engine;
  const { reviews, threads, comments } = readDiscussion(store, row.key);
  return {
    ...pullView(row),
    obstacles: obstaclesOf(engine, row),
    conflictFiles: texts(row.conflictFiles),
    checks: headChecks(engine, row).filter(({ status }) => isBad(status) || isRunning(status)),
    reviews: reviews.map((one) => ({ ...one, submittedAt: isoTime(one.submittedAt) })),
    threads: threads
      .filter(({ isResolved }) => !isResolved)
      .map(({ isResolved: _open, ...thread }) => ({
        ...thread,
        comments: comments
          .filter(({ threadId }) => threadId === thread.id)
          .map(({ threadId: _thread, ...one }) => ({ ...one, createdAt: isoTime(one.createdAt) })),
      })),
    stackedOn: parentOf(engine, row),
  };
}

/** The checks of the head commit; with the end of the log of those that failed, if wanted. */
export function pullChecks(
  engine: Engine,
  row: PrRow,
  options: { withLog?: boolean } = {},
): (PullCheck & { logTail?: string })[] {
  return listChecks(engine.store, row.key, row.headSha).map((check) => ({
    ...checkView(check),
    ...(options.withLog ? { logTail: check.logTail } : {}),
  }));
}

/** What stands in the way of a merge, by what is stored. */
export function obstaclesOf(engine: Engine, row: PrRow): Obstacle[] {
  const checks = headChecks(engine, row);
  const names = (wanted: (status: CheckFacts["status"]) => boolean) =>
    checks.filter(({ status }) => wanted(status)).map(({ name }) => name);
  return mergeObstacles({
    ...row,
    mergeReasons: texts(row.mergeReasons),
    conflictFiles: texts(row.conflictFiles),
    failing: names(isBad),
    running: names(isRunning),
  });
}

/** A pull request's row as it is shown. */
export function pullView(row: PrRow): PullView {
  const { key, url, number, projectId, sessionId, title, author, state, ci, review } = row;
  const { mergeability, headRef, headSha, baseRef, unresolvedThreads } = row;
  const { additions, deletions, changedFiles } = row;
  return {
    ...{ key, url, number, projectId, sessionId, title, author },
    status: statusOf(row),
    ...{ state, ci, review, mergeability, mergeReasons: texts(row.mergeReasons) },
    isReady: isReadyToMerge(row, unresolvedThreads),
    ...{ headRef, headSha, baseRef, unresolvedThreads, additions, deletions, changedFiles },
    createdAt: isoTime(row.createdAt),
    updatedAt: isoTime(row.updatedAt),
    observedAt: isoTime(row.observedAt),
  };
}

function statusOf(row: PrRow): PrStatus {
  return row.state === "merged" || row.state === "closed" ? row.state : prRung(row);
}

function headChecks(engine: Engine, { key, headSha }: PrRow): PullCheck[] {
  return listChecks(engine.store, key, headSha).map(checkView);
}

function checkView({ name, status, conclusion, url, summary, failingStep }: CheckFacts): PullCheck {
  return { name, status, conclusion, url, summary, failingStep };
}

function isBad(status: CheckFacts["status"]): boolean {
  return status === "failed" || status === "cancelled";
}

function isRunning(status: CheckFacts["status"]): boolean {
  return status === "queued" || status === "in_progress";
}

/** Its base is the head of another open one of the same repository. */
function parentOf(engine: Engine, row: PrRow): PullDetails["stackedOn"] {
  const [repository = ""] = row.key.split("#");
  const found = listPrs(engine.store, { projectId: row.projectId }).find(
    (one) =>
      isOpen(one) &&
      one.key !== row.key &&
      one.headRef === row.baseRef &&
      one.key.startsWith(`${repository}#`),
  );
  return found ? { key: found.key, number: found.number, title: found.title } : null;
}

function texts(list: string): string[] {
  const parsed: unknown = JSON.parse(list);
  return Array.isArray(parsed) ? parsed.map(String) : [];
}
