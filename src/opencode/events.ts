import * as v from "valibot";

import { AoError, messageOf } from "../error.ts";
import { authorization, type OpencodeServer } from "./request.ts";
import { eventSchema, type OpencodeEvent } from "./schema.ts";

/** The server sends a heartbeat every ten seconds; a stream silent for longer is dead. */
const silenceMs = 30_000;

/** An event larger than this is none that matters here. */
const eventBytes = 4 * 1024 * 1024;

/**
 * The events of a server from now on, until it or `signal` ends the stream.
 * Throws `unavailable` when it cannot be opened, breaks, or falls silent.
 */
export async function* streamEvents(
  server: OpencodeServer,
  signal: AbortSignal,
): AsyncGenerator<OpencodeEvent> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), silenceMs);
  try {
    const response = await fetch(new URL("/event", server.url), {
      headers: authorization(server),
      signal: AbortSignal.any([signal, silence.signal]),
    });
    if (!response.ok || !response.body) throw new Error(`status ${response.status}`);
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of response.body) {
      timer.refresh();
      text += decoder.decode(chunk, { stream: true });
      const blocks = text.split("\n\n");
      text = blocks.pop() ?? "";
      if (text.length > eventBytes) throw new Error("an event has no end");
      for (const block of blocks) {
        const event = parseEvent(block);
        if (event) yield event;
      }
    }
  } catch (error) {
    if (signal.aborted) return;
    const what = silence.signal.aborted ? "fell silent" : messageOf(error);
    const message = `opencode's event stream broke: ${what}`;
    throw new AoError("unavailable", message, undefined, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

function parseEvent(block: string): OpencodeEvent | undefined {
  const data = block
    .split("\n")
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(5))
    .join("\n");
  if (data === "") return undefined;
  const parsed = v.safeParse(eventSchema, JSON.parse(data));
  return parsed.success ? parsed.output : undefined;
}
