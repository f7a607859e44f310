import type { Session } from "../domain/session.ts";
import { messageOf } from "../error.ts";
import { readExitRecord } from "../runtime/exit-record.ts";
import { listSessions } from "../store/session.ts";
import type { Engine } from "./engine.ts";
import { sessionDirectory } from "./paths.ts";
import { probeSessions } from "./probe.ts";
import { restore, type RestoreResult } from "./restore.ts";

/** Starts at once: a machine that comes up must not start all its agents in the same second. */
const staggerMs = 500;

export interface RestoreOutcome {
  sessionId: string;
  result?: RestoreResult;
  error?: string;
}

/** Restores what was running when the machine or the runtime went down, one after the other. */
export async function restoreAll(engine: Engine): Promise<RestoreOutcome[]> {
  const outcomes: RestoreOutcome[] = [];
  for (const session of await lostSessions(engine)) {
    if (engine.interrupt.aborted) break;
    if (outcomes.length > 0) await Bun.sleep(staggerMs);
    const sessionId = session.id;
    try {
      outcomes.push({ sessionId, result: await restore(engine, sessionId) });
    } catch (error) {
      outcomes.push({ sessionId, error: messageOf(error) });
    }
  }
  return outcomes;
}

/**
 * Sessions that nobody ended: lost ones, live ones whose runtime is gone, and those whose agent was
 * ended together with its terminal, as an orderly shutdown does.
 */
async function lostSessions(engine: Engine): Promise<Session[]> {
  const sessions = listSessions(engine.store, { withTerminated: true });
  const live = sessions.filter((one) => !one.isTerminated && one.activity !== "exited");
  const probes = await probeSessions(engine, live);
  return sessions.filter((session) => {
    if (session.isTerminated) {
      return session.terminationReason === "runtime_lost" && session.purgedAt === null;
    }
    if (session.activity === "exited") return isCutOff(engine, session);
    const probe = probes.get(session.id);
    return probe?.runtime === "dead" && probe.agent === "dead";
  });
}

function isCutOff({ dataDir }: Engine, { id, launchId }: Session): boolean {
  if (launchId === null) return false;
  return readExitRecord(sessionDirectory(dataDir, id), launchId)?.isCutOff === true;
}
