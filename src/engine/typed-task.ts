import type { AgentAdapter } from "../agent/port.ts";
import { isSettled } from "../domain/message.ts";
import type { Session } from "../domain/session.ts";
import { listMessages, queueMessage, textHash } from "../store/message.ts";
import { sessionPrompt } from "../store/session.ts";
import type { Transaction } from "../store/store.ts";

/** Messages that are looked through for a task that waits already. */
const recentMessages = 100;

/**
 * Puts the task of a new conversation into the inbox, where its program takes none at its start;
 * not a second time while the one of a launch before waits there. Returns whether one waits.
 */
export function queueTask(tx: Transaction, adapter: AgentAdapter, session: Session): boolean {
  const body = sessionPrompt(tx, session.id);
  if (!adapter.typesTask || body.trim() === "") return false;
  const hash = textHash(body);
  const isWaiting = listMessages(tx, session.id, recentMessages).some(
    (one) => one.textHash === hash && one.source === "person" && !isSettled(one.state),
  );
  if (isWaiting) return true;
  const dedupeKey = `task:${session.launchId}`;
  const id = crypto.randomUUID();
  queueMessage(tx, { id, sessionId: session.id, source: "person", dedupeKey, body });
  return true;
}
