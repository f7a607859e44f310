import type { BudgetLeft } from "./pace.ts";

/** What calls are made for, as `ao quota` names it. */
export type Purpose = "pull requests" | "discussions" | "logs" | "commands";

/** What was spent for one purpose within one slice of time. */
export interface SpentSlice {
  /** Start of the slice, Unix milliseconds. */
  at: number;
  purpose: Purpose;
  /** Points of GraphQL. */
  points: number;
  /** Calls of REST. */
  requests: number;
}

export interface Rest {
  until: number;
  reason: string;
  /** Whoever looked has no login for the host; others may have one. */
  isWithoutLogin?: boolean;
}

/** What is known of the budgets of one host. */
export interface Quota {
  graphql?: BudgetLeft;
  /** Calls of REST. */
  calls?: BudgetLeft;
  /** Until when the observer rests after a failure, Unix milliseconds, and why. */
  rest?: Rest;
  spent: SpentSlice[];
}

const sliceMs = 5 * 60_000;
const keptMs = 60 * 60_000;

/** What was spent, and what that left. */
export interface Spending extends Pick<SpentSlice, "purpose" | "points" | "requests"> {
  graphql?: BudgetLeft;
  calls?: BudgetLeft;
}

/** The quota after some more was spent; what is older than an hour is forgotten. */
export function withSpending(quota: Quota, spending: readonly Spending[], now: number): Quota {
  const slices = new Map(
    quota.spent
      .filter(({ at }) => at > now - keptMs)
      .map((slice): [string, SpentSlice] => [`${slice.at} ${slice.purpose}`, slice]),
  );
  const at = now - (now % sliceMs);
  let next: Quota = { ...quota };
  for (const { purpose, points, requests, ...left } of spending) {
    const known = slices.get(`${at} ${purpose}`) ?? { at, purpose, points: 0, requests: 0 };
    const sum = { points: known.points + points, requests: known.requests + requests };
    slices.set(`${at} ${purpose}`, { ...known, ...sum });
    next = { ...next, ...left };
  }
  return { ...next, spent: [...slices.values()] };
}

/** What the last hour was spent on, most first. */
export function spentByPurpose(quota: Quota, now: number): Omit<SpentSlice, "at">[] {
  const sums = new Map<Purpose, Omit<SpentSlice, "at">>();
  for (const { at, purpose, points, requests } of quota.spent) {
    if (at <= now - keptMs) continue;
    const sum = sums.get(purpose) ?? { purpose, points: 0, requests: 0 };
    sum.points += points;
    sum.requests += requests;
    sums.set(purpose, sum);
  }
  return [...sums.values()].sort(
    (one, other) => other.points - one.points || other.requests - one.requests,
  );
}
