import type { CiState } from "./pr.ts";

/** How soon a pull request is looked at again, in milliseconds (DESIGN §10). */
export const paceMs = { hot: 15_000, quiet: 60_000, idle: 10 * 60_000 } as const;

/** After a push GitHub and CI need a while to settle. */
const freshMs = 2 * 60_000;

/** An edited comment or a deleted thread leaves no mark, so it is looked for this often. */
const discussionMs = 60 * 60_000;

/** What the pace of one pull request depends on. */
export interface PaceFacts {
  ci: CiState;
  /** When it last changed, Unix milliseconds, as GitHub tells. */
  updatedAt: number;
  observedAt: number;
  /** Its session has not ended. */
  isLive: boolean;
}

/** Whether it is time to look at a pull request again. */
export function isDue(pr: PaceFacts, now: number, slowdown = 1): boolean {
  return now - pr.observedAt >= pace(pr, now) * slowdown;
}

/** Whether a look that costs nothing more is worth it: its time will come soon anyway. */
export function isNearlyDue(pr: PaceFacts, now: number): boolean {
  return now - pr.observedAt >= pace(pr, now) / 2;
}

/** How far apart two looks at a pull request should be now. */
export function pace(pr: PaceFacts, now: number): number {
  if (!pr.isLive) return paceMs.idle;
  return pr.ci === "pending" || now - pr.updatedAt < freshMs ? paceMs.hot : paceMs.quiet;
}

/** What tells whether something was said since the discussion was last read. */
export interface DiscussionMarks {
  reviewHash: string;
  updatedAt: number;
  headSha: string;
}

/** Whether reviews, threads and comments must be read, which costs far more than the rest. */
export function isDiscussionDue(
  known: (DiscussionMarks & { reviewObservedAt: number | null }) | undefined,
  seen: DiscussionMarks,
  now: number,
): boolean {
  if (!known || known.reviewObservedAt === null) return true;
  // A push changes the time too, and is by far the most frequent reason.
  const isTouched = known.updatedAt !== seen.updatedAt && known.headSha === seen.headSha;
  const isOld = now - known.reviewObservedAt >= discussionMs;
  return isOld || isTouched || known.reviewHash !== seen.reviewHash;
}

/**
 * The state of CI, given that checks take a while to appear after a push: where there have been
 * checks before, none at all right after it means that they are still to come.
 */
export function settledCi(
  seen: { ci: CiState; headSha: string; updatedAt: number },
  before: { ci: CiState; headSha: string } | undefined,
  hasHadChecks: boolean,
  now: number,
): CiState {
  const isKnown = before?.headSha === seen.headSha && before.ci === "none";
  const isFresh = now - seen.updatedAt < freshMs;
  return seen.ci === "none" && hasHadChecks && isFresh && !isKnown ? "pending" : seen.ci;
}

/**
 * Whether checks may still come for a head that has none: nobody knows of a repository that it
 * runs none before its first pull request has stood for a while.
 */
export function mayGetChecks(pr: { ci: CiState; updatedAt: number }, now: number): boolean {
  return pr.ci === "none" && now - pr.updatedAt < freshMs;
}

/** Part of the hourly budget that the observer leaves for people and agents. */
const reserve = 0.1;

const hourMs = 3_600_000;
const slowest = 4;

/** Spending runs ahead of the clock a little now and then; that alone slows nothing down. */
const tolerance = 1.25;

/** What is left of an hour's budget; times are Unix milliseconds. */
export interface BudgetLeft {
  remaining: number;
  limit: number;
  resetAt: number;
}

/** Until when the observer rests, given what is left; undefined: no need to. */
export function restUntil(left: BudgetLeft): number | undefined {
  return left.remaining < left.limit * reserve ? left.resetAt : undefined;
}

/** By how much the pace is stretched, so that the budget lasts as long as the hour does. */
export function slowdownFor(left: BudgetLeft, now: number): number {
  const usable = Math.max(0, left.remaining / left.limit - reserve) / (1 - reserve);
  const time = Math.max(0, left.resetAt - now) / hourMs;
  const ratio = time / Math.max(usable, 0.01);
  return ratio < tolerance ? 1 : Math.min(slowest, ratio);
}
