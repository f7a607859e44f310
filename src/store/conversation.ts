import { AoError } from "../error.ts";
import type { ProcessIdentity } from "../process/identity.ts";
import type { Reader, Transaction } from "./store.ts";

/** What is known of a conversation before it is made. */
export interface ConversationIntent {
  /** Unique, and carried by the conversation itself. */
  marker: string;
  sessionId: string;
  /** Which of the program's stores it will live in. */
  upstream: string;
  directory: string;
  owner: ProcessIdentity;
}

/** A conversation that no session has: under way, or to be deleted. Times are Unix milliseconds. */
export interface UnsettledConversation {
  marker: string;
  directory: string;
  state: "creating" | "discarded";
  /** Null where the answer of the other program never came. */
  conversationId: string | null;
  ownerPid: number;
  ownerStart: string;
  createdAt: number;
}

/** The conversation that a session has now, or null. Throws `not_found` for a missing session. */
export function conversationOf(reader: Reader, sessionId: string): string | null {
  const row = reader.one<{ conversationId: string | null }>("conversationOfSession", { sessionId });
  if (!row) throw new AoError("not_found", `session ${sessionId} not found`, "ao ls --all");
  return row.conversationId;
}

/** Writes the intent to make a conversation. */
export function beginConversation(tx: Transaction, intent: ConversationIntent): void {
  const { owner, ...names } = intent;
  const { pid: ownerPid, start: ownerStart } = owner;
  tx.change("conversationBegin", { ...names, ownerPid, ownerStart, now: tx.now });
}

/**
 * Gives a session the conversation that was made for it, if it still has the one that was `seen`.
 * Throws `conflict` when it has another by now, or the intent was discarded meanwhile.
 */
export function completeConversation(
  tx: Transaction,
  made: { marker: string; conversationId: string; sessionId: string; seen: string | null },
): void {
  const { marker, conversationId, sessionId, seen } = made;
  const { now } = tx;
  const isMine = tx.change("conversationComplete", { marker, conversationId, now }) > 0;
  const assigned = { sessionId, conversationId, seen, now };
  if (isMine && tx.change("conversationAssign", assigned) > 0) return;
  throw new AoError("conflict", `session ${sessionId} got another conversation meanwhile`);
}

/** Whether a conversation was given to its session. */
export function isCompleted(reader: Reader, marker: string): boolean {
  return reader.one<{ state: string }>("conversationState", { marker })?.state === "current";
}

/** Marks a conversation under way as one to be deleted. False when that is another's already. */
export function discardConversation(tx: Transaction, marker: string): boolean {
  return tx.change("conversationDiscard", { marker, now: tx.now }) > 0;
}

/**
 * Marks what was begun for a session and never finished as to be deleted. Only for who holds the
 * right to make conversations of this session, since nobody else can be making one then.
 */
export function discardUnfinished(tx: Transaction, sessionId: string): void {
  tx.change("conversationDiscardUnfinished", { sessionId, now: tx.now });
}

/** Marks all conversations that were made for a session as to be deleted: its spawn is undone. */
export function discardConversationsOf(tx: Transaction, sessionId: string): void {
  tx.change("conversationDiscardAll", { sessionId, now: tx.now });
}

/** What no session has in one of the program's stores, oldest first. */
export function unsettledConversations(reader: Reader, upstream: string): UnsettledConversation[] {
  return reader.all<UnsettledConversation>("conversationUnsettled", { upstream });
}

/** Forgets a discarded conversation, after it was deleted or cannot come into being any more. */
export function removeConversation(tx: Transaction, marker: string): void {
  tx.change("conversationRemove", { marker });
}
