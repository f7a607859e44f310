import { type HookEvent, signalOf } from "../domain/hook.ts";
import { reduceSignal } from "../domain/lifecycle.ts";
import type { Session } from "../domain/session.ts";
import { recordEvidence } from "../store/evidence.ts";
import { acknowledgeMessage, setComposerSent, textHash } from "../store/message.ts";
import { openNotification, resolveNotification } from "../store/notification.ts";
import { findSession, getSession, patchSession } from "../store/session.ts";
import type { Store, Transaction } from "../store/store.ts";

/**
 * Writes what an agent reported, in one transaction. Signals of an older launch are dropped.
 * Returns the session as it is now, or undefined when nothing was written.
 */
export function applyHook(
  store: Store,
  sessionId: string,
  launchId: string,
  event: HookEvent,
): Session | undefined {
  return store.write((tx) => {
    const session = findSession(tx, sessionId);
    if (!session || session.launchId !== launchId) return undefined;
    const signal = signalOf(event, session, tx.now);
    const patch = reduceSignal(session, signal);
    if (!patch || !patchSession(tx, session, patch)) return undefined;
    const { meaning } = event;
    const after = getSession(tx, sessionId);
    if (meaning.kind === "prompted") {
      acknowledgeMessage(tx, sessionId, textHash(meaning.prompt), "prompt hook");
      setComposerSent(tx, sessionId);
      const detail = after.agentSessionId;
      if (detail !== null) {
        recordEvidence(tx, sessionId, { source: "conversation", verdict: "begun", detail });
      }
    }
    const detail = "text" in meaning ? meaning.text.slice(0, 500) : "";
    // A mere sign of life must not take the place of what was told.
    if (meaning.kind !== "alive") {
      recordEvidence(tx, sessionId, { source: "hook", verdict: meaning.kind, detail });
    }
    notifyDialog(tx, after, session);
    return after;
  });
}

/**
 * Tells the person of a dialog once, and takes it back when the dialog is gone, or when another
 * one has taken its place since `before`.
 */
export function notifyDialog(tx: Transaction, session: Session, before: Session): void {
  const { id: sessionId, projectId, activity, activityDetail } = session;
  const about = { projectId, sessionId };
  const isApproval = activity === "blocked" && (activityDetail?.kind ?? "approval") === "approval";
  const isInput = activityDetail !== null && !isApproval;
  const body = activityDetail?.text ?? "";
  const isOther = body !== (before.activityDetail?.text ?? "");
  if (!isApproval || isOther) resolveNotification(tx, "needs_approval", about);
  if (!isInput || isOther) resolveNotification(tx, "needs_input", about);
  if (isApproval) {
    const title = `${sessionId} asks for approval`;
    openNotification(tx, { ...about, type: "needs_approval", title, body });
  }
  if (isInput) {
    const title = activity === "blocked" ? `${sessionId} asks` : `the turn of ${sessionId} failed`;
    openNotification(tx, { ...about, type: "needs_input", title, body });
  }
}
