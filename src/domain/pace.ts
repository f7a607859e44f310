import type { CiState, Mergeability } from "./pr.ts";

/** How soon a pull request is looked at again, in milliseconds (DESIGN §10). */
export const paceMs = { hot: 15_000, quiet: 60_000, idle: 10 * 60_000 } as const;

/** After a push GitHub and CI need a while to settle. */
const freshMs = 2 * 60_000;

/** Resolving a thread does not touch the pull request's time, so it is looked for this often. */
export const discussionMs = 10 * 60_000;

/** What the pace of one pull request depends on. */
export interface PaceFacts {
  ci: CiState;
  mergeability: Mergeability;
  /** When it last changed, Unix milliseconds, as GitHub tells. */
  updatedAt: number;
  observedAt: number;
  reviewObservedAt: number | null;
  /** Its session has not ended. */
  isLive: boolean;
}

/** Whether it is time to look at a pull request again. */
export function isDue(pr: PaceFacts, now: number): boolean {
  return now - pr.observedAt >= pace(pr, now);
}

/** How far apart two looks at a pull request should be now. */
export function pace(pr: PaceFacts, now: number): number {
  if (!pr.isLive) return paceMs.idle;
  const isSettling = now - pr.updatedAt < freshMs && pr.mergeability === "unknown";
  return pr.ci === "pending" || isSettling ? paceMs.hot : paceMs.quiet;
}

/** Whether reviews, threads and comments are due too; they cost far more than the rest. */
export function isDiscussionDue(pr: PaceFacts, now: number): boolean {
  if (pr.reviewObservedAt === null) return true;
  return pr.updatedAt > pr.reviewObservedAt || now - pr.reviewObservedAt >= discussionMs;
}

/** Part of the hourly points that the observer leaves for people and agents. */
const reserve = 0.1;

/** Until when the observer rests, given what is left; undefined: no need to. */
export function restUntil(spend: {
  remaining: number;
  limit: number;
  resetAt: number;
}): number | undefined {
  return spend.remaining < spend.limit * reserve ? spend.resetAt : undefined;
}
