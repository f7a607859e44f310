import { hookPayloadBytes } from "./hook.ts";

/** The states of a message, in the order in which it can pass them (DESIGN §8). */
export const messageStates = [
  "queued",
  "delivering",
  "submitted",
  "acked",
  "refused",
  "failed",
  "expired",
] as const;
export type MessageState = (typeof messageStates)[number];

/** Where a text for an agent came from. */
export type MessageSource = "person" | "session" | "feedback" | "engine";

/** A text meant for an agent, without its body. Times are Unix milliseconds. */
export interface Message {
  id: string;
  position: number;
  sessionId: string;
  source: MessageSource;
  sender: string | null;
  state: MessageState;
  attempts: number;
  launchId: string | null;
  receipt: string | null;
  error: string | null;
  textHash: string;
  bytes: number;
  createdAt: number;
  updatedAt: number;
  submittedAt: number | null;
  ackedAt: number | null;
}

/** How far a sender wants to see its message go before it stops waiting. */
export const waitStates = ["queued", "submitted", "acked"] as const;
export type WaitState = (typeof waitStates)[number];

/** The largest text that an agent is sent: 1 MiB. */
export const messageBytesLimit = 1024 * 1024;

/** What an agent's hook tells beside the text that it confirms: far less than this. */
const hookFieldsBytes = 64 * 1024;

/** Whether the hook that confirms a text, as JSON, can carry it. */
export function fitsReceipt(text: string): boolean {
  const told = Buffer.byteLength(JSON.stringify(typeableText(text)));
  return told <= hookPayloadBytes - hookFieldsBytes;
}

/** Whether nothing more will happen to the message by itself. */
export function isSettled(state: MessageState): boolean {
  return state !== "queued" && state !== "delivering" && state !== "submitted";
}

/** Whether a message has come as far as was asked for. */
export function hasReached(state: MessageState, wanted: WaitState): boolean {
  if (wanted === "queued") return true;
  if (state === "acked") return true;
  return wanted === "submitted" && state === "submitted";
}

/**
 * The text as it may be typed: CR LF and CR become LF, every other control character except
 * tab goes (an escape could end a bracketed paste), and newlines at the end go too.
 */
export function typeableText(text: string): string {
  return text
    .replaceAll(/\r\n?/g, "\n")
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "")
    .replace(/\n+$/, "");
}
