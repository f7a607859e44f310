import { type BudgetLeft, restUntil } from "../../domain/pace.ts";
import { type Quota, spentByPurpose, type SpentSlice } from "../../domain/quota.ts";
import { isoTime } from "../../domain/time.ts";
import { AoError } from "../../error.ts";
import { fetchBudgets } from "../../github/actions.ts";
import { listProjects } from "../../store/project.ts";
import { readQuota } from "../../store/quota.ts";
import type { Engine } from "../engine.ts";
import { githubOf } from "./github.ts";

/** What is left on one host, and what the last hour was spent on. */
export interface QuotaView {
  host: string;
  /** Points; null before the first call. */
  graphql: BudgetLeft | null;
  /** Calls of REST. */
  rest: BudgetLeft | null;
  /** Why these are the last known figures and not the present ones. */
  failure: string | null;
  hint: string | null;
  /** Until when nothing is asked in the background, Unix milliseconds, and why. */
  restingUntil: number | null;
  restReason: string | null;
  lastHour: Omit<SpentSlice, "at">[];
}

/** A host that is slower is not waited for: what is known of it is told instead. */
const askMs = 5_000;

/** The budgets of every host that a project is on; a host that does not answer says so. */
export async function quotas(engine: Engine): Promise<QuotaView[]> {
  const hosts = new Set(
    listProjects(engine.store).flatMap(({ host, owner }) => (host && owner ? [host] : [])),
  );
  return await Promise.all([...hosts].sort().map((host) => quotaOf(engine, host)));
}

/** The same as every surface shows it: the stable contract of `--json`. Times are RFC 3339. */
export function quotaJson({ graphql, rest, restingUntil, ...view }: QuotaView) {
  const left = (budget: BudgetLeft | null) =>
    budget && { ...budget, resetAt: isoTime(budget.resetAt) };
  return {
    ...view,
    graphql: left(graphql),
    rest: left(rest),
    restingUntil: isoTime(restingUntil),
  };
}

async function quotaOf(engine: Engine, host: string): Promise<QuotaView> {
  const known = readQuota(engine.store, host);
  const now = Date.now();
  const view = { host, ...resting(known, now), lastHour: spentByPurpose(known, now) };
  try {
    // Asking for it is free, so it is not counted.
    const github = await githubOf(engine, host, { onSpend: () => {}, timeoutMs: askMs });
    const { graphql, rest } = await fetchBudgets(github);
    return { ...view, graphql, rest, failure: null, hint: null };
  } catch (error) {
    if (!(error instanceof AoError) || error.code === "interrupted") throw error;
    const { graphql = null, calls = null } = known;
    return { ...view, graphql, rest: calls, failure: error.message, hint: error.hint ?? null };
  }
}

function resting({ graphql, rest }: Quota, now: number) {
  const spent = graphql && restUntil(graphql);
  if (spent !== undefined && spent > now) {
    const restReason = "what is left is for people and agents";
    return { restingUntil: spent, restReason };
  }
  return rest && rest.until > now
    ? { restingUntil: rest.until, restReason: rest.reason }
    : { restingUntil: null, restReason: null };
}
