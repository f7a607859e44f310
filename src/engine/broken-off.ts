import { agents } from "../agent/table.ts";
import type { Session } from "../domain/session.ts";
import { recordEvidence } from "../store/evidence.ts";
import { getSession, listSessions, patchSession } from "../store/session.ts";
import type { Fence } from "../store/store.ts";
import { dialogOn } from "./dialog.ts";
import type { Engine } from "./engine.ts";
import { isTurnDoubtful, turnSilenceMs } from "./silent.ts";
import { readScreen, terminalQuietMs } from "./terminal.ts";

/** Looks at the agents that can break off a turn without a word, whether they have. */
export async function recheckTurns(engine: Engine, fence?: Fence): Promise<void> {
  const now = Date.now();
  const doubtful = listSessions(engine.store).filter((session) => isTurnDoubtful(session, now));
  await Promise.all(doubtful.map((session) => recheckTurn(engine, session, fence)));
}

/** Ends a turn that its screen, which says nothing any more, shows no sign of. True when it did. */
export async function recheckTurn(
  engine: Engine,
  session: Session,
  fence?: Fence,
): Promise<boolean> {
  const mark = agents.get(session.agent)?.turnMark;
  // Its log tells at less cost that it goes on writing.
  const quietMs = terminalQuietMs(engine.dataDir, session.id, Date.now()) ?? turnSilenceMs;
  if (!mark || quietMs < turnSilenceMs) return false;
  const screen = await readScreen(engine, session);
  const isStill = screen?.isComplete && screen.quietMs >= turnSilenceMs;
  if (!isStill || mark.test(screen.lines.join("\n"))) return false;
  return dialogOn(engine, session, screen) === undefined && endTurn(engine, session, fence);
}

function endTurn(engine: Engine, seen: Session, fence?: Fence): boolean {
  return engine.store.write((tx) => {
    const session = getSession(tx, seen.id);
    // A later signal knows more than this screen.
    if (session.activity !== "active" || session.lastSignalAt !== seen.lastSignalAt) return false;
    if (!patchSession(tx, session, { activity: "idle", activityAt: tx.now })) return false;
    const detail = "its screen has been still for seconds, and shows no turn that is under way";
    recordEvidence(tx, session.id, { source: "screen", verdict: "no turn", detail });
    return true;
  }, fence);
}
