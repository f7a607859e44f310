import { agents } from "../agent/table.ts";
import type { Session } from "../domain/session.ts";
import { listSessions } from "../store/session.ts";
import type { Engine } from "./engine.ts";
import { takeTurn } from "./turn.ts";

/** A first dialog shows soon after the launch, so much later nobody is sent to look for one. */
const firstRunMs = 10 * 60_000;

/** Between two looks of helpers, however many commands are typed. */
export const screenLookMs = 5_000;

/**
 * Whether only its screen can tell what a session's agent does: one that a person has defined,
 * and one that reports but has not done so yet, which a dialog of its first run may keep from it.
 * A dialog that is known of is taken back by looks of its own.
 */
export function isSilent(session: Session): boolean {
  const { launchedAt, activity, isTerminated, firstSignalAt } = session;
  if (isTerminated || launchedAt === null || activity === "exited") return false;
  if (activity === "blocked") return false;
  const builtIn = agents.get(session.agent);
  if (!builtIn) return true;
  return builtIn.hasSignals && firstSignalAt === null && builtIn.dialogs.length > 0;
}

/** Whether a helper should be started to look at screens. */
export function isScreenDue({ dataDir, store }: Engine, now: number): boolean {
  if (!takeTurn(dataDir, "last-screens-due", screenLookMs)) return false;
  return listSessions(store).some((session) => {
    if (session.launchedAt === null || session.activity === "exited") return false;
    const builtIn = agents.get(session.agent);
    if (!builtIn) return true;
    // In some agents a dialog that was refused goes away without a signal.
    if (session.activity === "blocked") return builtIn.dialogs.length > 0;
    return isSilent(session) && now - session.launchedAt < firstRunMs;
  });
}
