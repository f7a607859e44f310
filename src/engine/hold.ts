import { reduceExit } from "../domain/lifecycle.ts";
import type { ExitRecord, LaunchSpec } from "../runtime/port.ts";
import { recordEvidence } from "../store/evidence.ts";
import { findSession, getSession, patchSession } from "../store/session.ts";
import type { Store } from "../store/store.ts";
import { notifyAbout } from "./reap.ts";

/**
 * Writes an agent's end into the store, for the holder and for tmux's hook. Nothing changes when
 * the session was launched again meanwhile, is being ended, or the end is known already.
 */
export function recordExit(store: Store, spec: LaunchSpec, record: ExitRecord): void {
  store.write((tx) => {
    const session = findSession(tx, spec.sessionId);
    if (!session || session.launchId !== record.launchId) return;
    const patch = reduceExit(session, record);
    if (!patch || !patchSession(tx, session, patch)) return;
    const how = record.signal ?? `exit code ${record.exitCode}`;
    const detail = `the agent ended: ${how}`;
    recordEvidence(tx, session.id, { source: "process", verdict: "exited", detail });
    notifyAbout(tx, getSession(tx, session.id), session);
  });
}
