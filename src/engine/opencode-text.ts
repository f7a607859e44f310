import { AoError } from "../error.ts";
import type { OpencodeClient } from "../opencode/client.ts";
import { failpoint } from "../process/failpoint.ts";

/** A text on its way into a conversation. */
export interface OpencodeText {
  text: string;
  /** Names the text: it is never handed over twice. */
  marker: string;
  model?: string | null;
}

/** How long a text that the server has accepted may take to stand in the conversation. */
const arrivalMs = 5_000;
const pollMs = 25;

/**
 * Hands a text over and waits until it stands in the conversation; returns the message's id there,
 * which is the receipt. Throws `not_found` when the conversation is gone, `unavailable`, `failed`.
 */
export async function handOverOnce(
  client: OpencodeClient,
  conversation: string,
  { text, marker, model }: OpencodeText,
): Promise<string> {
  failpoint("opencode.text.before");
  await client.sendText(conversation, { text, marker, ...(model ? { model } : {}) });
  failpoint("opencode.text.after");
  const receipt = await arrival(client, conversation, marker, arrivalMs);
  if (receipt !== undefined) return receipt;
  throw new AoError(
    "unavailable",
    `opencode took the text, but did not keep it in ${arrivalMs} ms`,
  );
}

/** The message that holds a text, as soon as it is there; undefined when the time is over. */
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
