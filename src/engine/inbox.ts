import { agents } from "../agent/table.ts";
import { sessionsWithMessages, unconfirmedSessions } from "../store/message.ts";
import { findSession } from "../store/session.ts";
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
