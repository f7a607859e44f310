import { agents } from "../agent/table.ts";
import type { Message } from "../domain/message.ts";
import type { Session } from "../domain/session.ts";
import {
  lastSubmitted,
  sessionsWithMessages,
  settleMessage,
  unconfirmedSessions,
} from "../store/message.ts";
import { findSession } from "../store/session.ts";
import type { Reader, Transaction } from "../store/store.ts";
import type { Engine } from "./engine.ts";

/** Agents that confirm a text some time after it was entered. */
export const withReceipts: readonly string[] = [...agents.values()]
  .filter(({ receipts }) => receipts === "hook")
  .map(({ name }) => name);

/**
 * Sessions with messages that could be typed, or that wait for a receipt: what has ended waits
 * for its restore.
 */
export function waitingInboxes({ store }: Engine): string[] {
  const typeable = sessionsWithMessages(store).filter((id) => {
    const session = findSession(store, id);
    return session && !session.isTerminated && session.activity !== "exited" && session.launchedAt;
  });
  return [...new Set([...typeable, ...unconfirmedSessions(store, withReceipts)])];
}

/** The last text that was typed for an agent which confirms them, whatever became of it. */
export function lastTyped(
  reader: Reader,
  { id, agent }: Pick<Session, "id" | "agent">,
): Message | undefined {
  return withReceipts.includes(agent) ? lastSubmitted(reader, id) : undefined;
}

/** The text of a session that was typed, and whose receipt has not come. */
export function unconfirmedText(
  reader: Reader,
  session: Pick<Session, "id" | "agent">,
): Message | undefined {
  const last = lastTyped(reader, session);
  return last?.state === "submitted" ? last : undefined;
}

/** Whom nothing is delivered to any more confirms nothing: its text must not wait for ever. */
export function failUnconfirmed(tx: Transaction, session: Session): void {
  const text = unconfirmedText(tx, session);
  if (text) settleMessage(tx, text.id, "failed", "the agent ended before it confirmed it");
}
