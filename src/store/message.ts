import {
  type Message,
  type MessageSource,
  type MessageState,
  typeableText,
} from "../domain/message.ts";
import { AoError } from "../error.ts";
import type { Reader, Transaction } from "./store.ts";

export interface NewMessage {
  id: string;
  sessionId: string;
  source: MessageSource;
  sender?: string | undefined;
  /** Two messages of a session with the same key are one. */
  dedupeKey?: string | undefined;
  body: string;
}

/** Puts a text into a session's inbox; returns its id, or that of the one with the same key. */
export function queueMessage(tx: Transaction, message: NewMessage): string {
  const changes = tx.change("messageInsert", {
    id: message.id,
    sessionId: message.sessionId,
    source: message.source,
    sender: message.sender ?? null,
    dedupeKey: message.dedupeKey ?? null,
    textHash: textHash(message.body),
    bytes: Buffer.byteLength(message.body),
    body: message.body,
    now: tx.now,
  });
  if (changes > 0) return message.id;
  const { sessionId, dedupeKey = null } = message;
  const known = tx.one<{ id: string }>("messageByDedupeKey", { sessionId, dedupeKey });
  if (!known) throw new Error(`message ${message.id} was not stored`);
  return known.id;
}

/** The hash by which a receipt names a text: of its words, since programs re-wrap white space. */
export function textHash(text: string): string {
  const words = typeableText(text).split(/\s+/).filter(Boolean).join(" ");
  return new Bun.CryptoHasher("sha256").update(words).digest("hex");
}

/** A message by its id, or undefined. */
export function findMessage(reader: Reader, id: string): Message | undefined {
  return reader.one<Message>("messageGet", { id });
}

/** A message by its id. Throws `not_found`. */
export function getMessage(reader: Reader, id: string): Message {
  const found = findMessage(reader, id);
  if (!found) throw new AoError("not_found", `message ${id} not found`);
  return found;
}

/** The text of a message. Throws `not_found`. */
export function messageBody(reader: Reader, id: string): string {
  const row = reader.one<{ body: string }>("messageBody", { id });
  if (!row) throw new AoError("not_found", `message ${id} not found`);
  return row.body;
}

/** The message that is next in a session's inbox. */
export function nextMessage(reader: Reader, sessionId: string): Message | undefined {
  return reader.one<Message>("messageNext", { sessionId });
}

/**
 * Whether a session's inbox holds anything that is not at its end; `withReceipts`: a text that was
 * typed is not, before its receipt.
 */
export function hasOpenMessage(reader: Reader, sessionId: string, withReceipts: boolean): boolean {
  const wanted = { sessionId, withReceipts: withReceipts ? 1 : 0 };
  return reader.one("messageIsOpen", wanted) !== undefined;
}

/** The newest message of a session that was typed and entered, whatever became of it. */
export function lastSubmitted(reader: Reader, sessionId: string): Message | undefined {
  return reader.one<Message>("messageLastSubmitted", { sessionId });
}

/** Live sessions of these agents whose last text was typed, and waits for its receipt. */
export function unconfirmedSessions(reader: Reader, agents: readonly string[]): string[] {
  const found = { agents: JSON.stringify(agents) };
  const rows = reader.all<{ sessionId: string }>("messageUnconfirmedSessions", found);
  return rows.map((row) => row.sessionId);
}

/** Newest first. */
export function listMessages(reader: Reader, sessionId: string, limit: number): Message[] {
  return reader.all<Message>("messageList", { sessionId, limit });
}

/** Sessions whose inbox is not empty. */
export function sessionsWithMessages(reader: Reader): string[] {
  const rows = reader.all<{ sessionId: string }>("messageWaitingSessions");
  return rows.map((row) => row.sessionId);
}

/** Notes that a message is about to be typed into this launch's terminal. */
export function setDelivering(tx: Transaction, id: string, launchId: string): boolean {
  return tx.change("messageDelivering", { id, launchId, now: tx.now }) > 0;
}

/** Notes that a message was typed and Enter was pressed. */
export function setSubmitted(tx: Transaction, id: string): boolean {
  return tx.change("messageSubmitted", { id, now: tx.now }) > 0;
}

/**
 * Notes that the agent itself confirmed a text: the oldest message on its way with that hash, or
 * one that was given up and still stood in the composer. False when none was, as for the task
 * that it was started with.
 */
export function acknowledgeMessage(
  tx: Transaction,
  sessionId: string,
  hash: string,
  receipt: string,
): boolean {
  const now = tx.now;
  return tx.change("messageAcknowledge", { sessionId, textHash: hash, receipt, now }) > 0;
}

/** Notes that what stood in the composer was sent, so that no failed text can stand there now. */
export function setComposerSent(tx: Transaction, sessionId: string): boolean {
  return tx.change("messageComposerSent", { sessionId, receipt: "composer sent" }) > 0;
}

/** Ends a message's way with the reason, unless it has ended already. */
export function settleMessage(
  tx: Transaction,
  id: string,
  state: MessageState,
  error: string | null,
): boolean {
  return tx.change("messageSettle", { id, state, error, now: tx.now }) > 0;
}

/** Ends the way of all of a session's waiting messages. Returns how many there were. */
export function settleInbox(
  tx: Transaction,
  sessionId: string,
  state: MessageState,
  error: string,
): number {
  return tx.change("messageSettleAll", { sessionId, state, error, now: tx.now });
}
