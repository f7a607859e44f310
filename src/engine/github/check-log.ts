import type { CheckFacts, PrObservation } from "../../domain/observation.ts";
import type { GitHub } from "../../github/client.ts";
import { GitHubError } from "../../github/failure.ts";
import { jobFailure } from "../../github/log.ts";
import { findKnownPr, listChecks } from "../../store/observation.ts";
import type { Engine } from "../engine.ts";
import { repositoryOfKey } from "./due.ts";

/** Logs of one pull request that are read in one pass. */
const logsPerPass = 10;

/** A log that did not come is asked for this often. */
const mostTries = 3;

/** Jobs that are remembered, so that memory stays small. */
const mostRemembered = 1_000;

/** What is remembered of logs between passes. */
export interface LogMemory {
  /** How often the log of a job was asked for in vain. */
  logTries: Map<number, number>;
  /** REST has a budget of its own; while it is spent, the rest goes on without logs. */
  logsRestUntil: number;
}

/** The checks with the failing step and the end of the log of those that failed anew. */
export async function addLogs(
  engine: Engine,
  github: GitHub,
  seen: PrObservation,
  memory: LogMemory,
  now: number,
): Promise<CheckFacts[]> {
  const key = findKnownPr(engine.store, seen)?.key ?? seen.key;
  const stored = listChecks(engine.store, key, seen.headSha);
  const known = new Set(
    stored.filter(({ logTail }) => logTail !== "").map(({ name, url }) => `${name} ${url}`),
  );
  const wanted = seen.checks
    .filter(({ status, name, url }) => status === "failed" && !known.has(`${name} ${url}`))
    .filter(({ jobId }) => jobId !== undefined && (memory.logTries.get(jobId) ?? 0) < mostTries)
    .slice(0, now < memory.logsRestUntil ? 0 : logsPerPass);
  return await Promise.all(
    seen.checks.map(async (check) => {
      const { jobId } = check;
      if (jobId === undefined || !wanted.includes(check)) return check;
      return { ...check, ...(await readLog(github, seen.key, jobId, memory)) };
    }),
  );
}

async function readLog(github: GitHub, key: string, jobId: number, memory: LogMemory) {
  const { owner, repo } = repositoryOfKey(key);
  try {
    const found = await jobFailure(github, { owner, repo, jobId });
    if (found.logTail === "") countTry(memory, jobId);
    return found;
  } catch (error) {
    if (!(error instanceof GitHubError) || error.kind !== "rate_limited") throw error;
    memory.logsRestUntil = error.more.retryAt ?? 0;
    return {};
  }
}

function countTry({ logTries }: LogMemory, jobId: number): void {
  logTries.set(jobId, (logTries.get(jobId) ?? 0) + 1);
  const [oldest] = logTries.keys();
  if (logTries.size > mostRemembered && oldest !== undefined) logTries.delete(oldest);
}
