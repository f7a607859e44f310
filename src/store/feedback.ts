import { findMessage, settleMessage } from "./message.ts";
import { resolveNotification } from "./notification.ts";
import { findSession } from "./session.ts";
import type { Reader, Transaction } from "./store.ts";

/** What a session, or the person about it, was told of one thing of one pull request. */
export interface Feedback {
  sessionId: string;
  prKey: string;
  reaction: string;
  /** What was told; empty: nothing that still counts. */
  signature: string;
  /** Those of its points that the agent had heard before the last message. */
  heard: string;
  /** The commit that it was about. */
  round: string;
  attempts: number;
  /** Messages so far, forgotten ones included. */
  sent: number;
  /** The last of them. */
  messageId: string | null;
  /** Unix milliseconds. */
  firstAt: number;
  lastAt: number;
  escalatedAt: number | null;
}

/** What a session was told about a pull request, by reaction. */
export function feedbackOf(
  reader: Reader,
  about: { sessionId: string; prKey: string },
): Map<string, Feedback> {
  const { sessionId, prKey } = about;
  const rows = reader.all<Feedback>("feedbackOfPr", { sessionId, prKey });
  return new Map(rows.map((row) => [row.reaction, row]));
}

/** What was told to sessions that own the pull request no more. */
export function feedbackAstray(reader: Reader): Feedback[] {
  return reader.all<Feedback>("feedbackAstray");
}

/** The pull request that a message of feedback is about, or undefined when nobody knows. */
export function prOfMessage(
  reader: Reader,
  message: { id: string; sessionId: string },
): string | undefined {
  const { id: messageId, sessionId } = message;
  return reader.one<{ prKey: string }>("feedbackForMessage", { sessionId, messageId })?.prKey;
}

/** Remembers what was told. */
export function saveFeedback(tx: Transaction, feedback: Feedback): void {
  tx.change("feedbackUpsert", { ...feedback });
}

/**
 * Forgets what was told, so that it is told again when it is so again. What counts the messages
 * stays: no two of them may have one name.
 */
export function forgetFeedback(tx: Transaction, known: Feedback): void {
  const nothing = { signature: "", heard: "", round: "", attempts: 0 };
  saveFeedback(tx, { ...known, ...nothing, messageId: null, escalatedAt: null });
}

/** Takes a message back that was not begun to be typed. True when it did. */
export function withdrawMessage(
  tx: Transaction,
  { messageId }: Pick<Feedback, "messageId">,
  reason: string,
): boolean {
  const message = messageId === null ? undefined : findMessage(tx, messageId);
  return message?.state === "queued" && settleMessage(tx, message.id, "expired", reason);
}

/** What a person is told of a pull request together with its session. */
const notices = ["feedback_escalated", "ready_to_merge", "pr_merged", "pr_closed"];

/** Who lost a pull request hears nothing more of it, and the person nothing of the two. */
export function recallFeedback(tx: Transaction): void {
  for (const known of feedbackAstray(tx)) {
    withdrawMessage(tx, known, "another session has the pull request now");
    forgetFeedback(tx, known);
    const { sessionId, prKey } = known;
    const projectId = findSession(tx, sessionId)?.projectId;
    if (projectId === undefined) continue;
    for (const type of notices) resolveNotification(tx, type, { projectId, sessionId, prKey });
  }
}

/** A new owner begins with nothing heard, also where it had the pull request before. */
export function beginFeedback(tx: Transaction, about: { sessionId: string; prKey: string }): void {
  for (const known of feedbackOf(tx, about).values()) forgetFeedback(tx, known);
}

/** Keys of the pull requests of which an agent or a person may have to be told something. */
export function prsToReact(reader: Reader): string[] {
  return reader.all<{ key: string }>("feedbackPrs").map(({ key }) => key);
}

/** Whether a pull request was merged or closed of which nobody was told so. */
export function hasUntoldEnd(reader: Reader): boolean {
  return reader.one("feedbackUntoldEnd", {}) !== undefined;
}

/** The account that the token of a host belongs to, as far as it is known. */
export function viewerOf(reader: Reader, host: string): string | undefined {
  return reader.one<{ value: string }>("viewerGet", { host })?.value;
}

/** Remembers whose the token of a host is. */
export function setViewer(tx: Transaction, host: string, login: string): void {
  tx.change("viewerSet", { host, login });
}
