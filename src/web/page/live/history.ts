import { StreamReader } from "../model/stream.ts";
import type { LogReset, StreamedEvent } from "../model/wire.ts";
import { base } from "./http.ts";
import { textOf } from "./text-of.ts";

export interface Past {
  project: string;
  session: string;
  type: string;
}

/**
 * Reads what the log holds, and calls back with each batch. It ends at the server's first
 * heartbeat: from there on the page's own stream has it, so that no second one stays open.
 */
export async function readPast(
  filter: Past,
  onEvents: (events: StreamedEvent[]) => void,
  signal: AbortSignal,
): Promise<void> {
  const named = Object.entries(filter).filter(([, value]) => value !== "");
  const query = new URLSearchParams([["after", "0"], ...named]).toString();
  const answer = await fetch(`${base}/events?${query}`, { signal, cache: "no-store" });
  if (!answer.ok || !answer.body) throw new Error(`the log cannot be read: ${answer.status}`);
  const reader = new StreamReader();
  let quiet = 0;
  for await (const piece of textOf(answer.body)) {
    const events: StreamedEvent[] = [];
    for (const { data } of reader.push(piece)) {
      if (data === "") quiet += 1;
      else {
        const event = JSON.parse(data) as StreamedEvent | LogReset;
        if ("seq" in event) events.push(event);
      }
    }
    if (events.length > 0) onEvents(events);
    // The first is the opening, which only tells where the stream begins.
    if (quiet > 1) return;
  }
}
