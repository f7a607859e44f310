import type { MessageState } from "../../../domain/message.ts";
import type { Tone } from "./status.ts";

interface Receipt {
  /** The state in words that claim no more than the store knows. */
  text: string;
  tone: Tone;
}

const receipts: Record<MessageState, Receipt> = {
  queued: { text: "queued, not typed yet", tone: "quiet" },
  delivering: { text: "being typed", tone: "work" },
  submitted: { text: "typed and entered, not confirmed", tone: "work" },
  acked: { text: "confirmed by the agent", tone: "ready" },
  refused: { text: "refused", tone: "red" },
  failed: { text: "failed", tone: "red" },
  expired: { text: "expired", tone: "red" },
};

/** What the store knows of a message's way. */
export function receiptOf(state: MessageState): Receipt {
  return receipts[state];
}

/** Where a text came from, as a person says it. */
export function senderOf(source: string, sender: string | null): string {
  if (source === "person") return "you";
  return sender ?? (source === "engine" ? "ao" : source);
}
