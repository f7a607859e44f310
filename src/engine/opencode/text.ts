import type { OpencodeClient } from "../../opencode/client.ts";
import { failpoint } from "../../process/failpoint.ts";

/** A text on its way into a conversation. */
export interface OpencodeText {
  text: string;
  /** Names the text in the conversation: it is never handed over twice. */
  marker: string;
  model?: string | null;
}

const pollMs = 25;

/**
 * Hands a text over. The server has taken it when this returns; it stands in the conversation a
 * little later. Throws `not_found` when the conversation is gone, `unavailable`, `failed`.
 */
export async function handOver(
  client: OpencodeClient,
  conversation: string,
  { text, marker, model }: OpencodeText,
): Promise<void> {
  failpoint("opencode.text.before");
  await client.sendText(conversation, { text, marker, ...(model ? { model } : {}) });
  failpoint("opencode.text.after");
}

/**
 * The id of the message that holds a text, as soon as it stands in the conversation: the receipt.
 * Undefined when it is not there in time. Throws `not_found`, `unavailable`.
 */
export async function arrival(
  client: OpencodeClient,
  conversation: string,
  marker: string,
  withinMs: number,
): Promise<string | undefined> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await client.findText(conversation, marker);
    if (found !== undefined || performance.now() >= deadline) return found;
    await Bun.sleep(pollMs);
  }
}
