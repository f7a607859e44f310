import type { PrObservation } from "../../domain/observation.ts";
import { settledCi } from "../../domain/pace.ts";
import { fetchPr } from "../../github/actions.ts";
import type { GitHub } from "../../github/client.ts";
import { GitHubError } from "../../github/failure.ts";
import {
  findKnownPr,
  getPr,
  hasHadChecks,
  type PrOwner,
  type PrRow,
  writeObservation,
} from "../../store/observation.ts";
import { findSession } from "../../store/session.ts";
import type { Fence } from "../../store/store.ts";
import type { Engine } from "../engine.ts";
import { addLogs, type LogMemory } from "./check-log.ts";
import { findConflicts } from "./conflicts.ts";
import { repositoryOfKey } from "./due.ts";
import { forgetTokens, githubOf } from "./github.ts";

/** How an observation is to be written. */
export interface Recording {
  /** When the look began, Unix milliseconds. */
  now: number;
  memory: LogMemory;
  /** Whose it shall be where it is nobody's yet; without it, such a one is not written. */
  owner?: PrOwner | undefined;
  fence?: Fence | undefined;
}

/**
 * Writes what was seen of a pull request, with logs of failed checks and conflicting files.
 * Returns its key, or undefined when it is nobody's, or when a later look was faster. Throws
 * `conflict` when the fence's lease was lost.
 */
export async function recordPull(
  engine: Engine,
  github: GitHub,
  seen: PrObservation,
  { now, memory, owner: newOwner, fence }: Recording,
): Promise<string | undefined> {
  const { store } = engine;
  const known = findKnownPr(store, seen);
  const owner = known && known.sessionId !== null ? known : newOwner;
  if (!owner) return undefined;
  const ci = settledCi(seen, known, hasHadChecks(store, seen.key), now);
  const checks = await addLogs(engine, github, seen, memory, now);
  const conflicts = await findConflicts(engine, { ...known, ...owner }, seen);
  return store.write((tx) => {
    // It may have been claimed, or its session removed, while GitHub was asked.
    const row = findKnownPr(tx, seen);
    const present = row && row.sessionId !== null ? row : newOwner;
    if (!present) return undefined;
    const { projectId, sessionId } = present;
    if (sessionId !== null && !findSession(tx, sessionId)) return undefined;
    if (row && isLater(row.observedAt, now, tx.now)) return undefined;
    return writeObservation(tx, { ...seen, ci, checks }, { projectId, sessionId }, conflicts);
  }, fence);
}

/**
 * Looks at a pull request now and stores what was seen; `owner` is for one that is nobody's yet.
 * Throws `not_found`, and `unavailable` with GitHub's reason.
 */
export async function observePull(
  engine: Engine,
  pull: Pick<PrRow, "key" | "number"> & PrOwner,
): Promise<PrRow> {
  const repository = repositoryOfKey(pull.key);
  const now = Date.now();
  await withGitHub(engine, repository.host, async (github) => {
    const seen = await fetchPr(github, { repository, number: pull.number });
    const { projectId, sessionId } = pull;
    const memory = { logTries: new Map(), logsRestUntil: 0 };
    await recordPull(engine, github, seen, { now, memory, owner: { projectId, sessionId } });
  });
  return getPr(engine.store, pull.key);
}

/** Asks a host, and forgets the token that it refuses. Throws what `githubOf` and asking throw. */
export async function withGitHub<T>(
  engine: Engine,
  host: string,
  ask: (github: GitHub) => Promise<T>,
): Promise<T> {
  try {
    return await ask(await githubOf(engine, host));
  } catch (error) {
    if (error instanceof GitHubError && error.kind === "unauthorized") forgetTokens(engine);
    throw error;
  }
}

/** Of two looks at once, the one that began last counts; a clock that was set back does not. */
function isLater(observedAt: number, began: number, now: number): boolean {
  return observedAt > began && observedAt <= now;
}
