import { StreamReader } from "../model/stream.ts";
import type { LogReset, StreamedEvent } from "../model/wire.ts";
import { base } from "./http.ts";
import { textOf } from "./text-of.ts";
import { watchVisibility } from "./visibility.ts";

/** How the page stands to the server's log. */
export interface FeedState {
  kind: "connecting" | "live" | "stale" | "signed_out";
  /** When this began, in Unix milliseconds. */
  since: number;
}

export interface FeedListener {
  onState: (state: FeedState) => void;
  onEvents: (events: StreamedEvent[]) => void;
  /** Nothing happened for a while, and the server lives. */
  onHeartbeat: () => void;
  /** All that is shown may be out of date: a first stream, or a log that begins anew. */
  onReset: () => void;
}

/** The server's heartbeat comes every 8 s. */
const silentMs = 20_000;
const firstRetryMs = 250;
const lastRetryMs = 5_000;

/**
 * Follows the server's events from its own cursor, and goes on where it was after every break.
 * It reads the stream itself: the browser's own reader hides heartbeats, so it cannot tell
 * a quiet server from one that is gone.
 */
export class Feed {
  #cursor: string | undefined;
  #retryMs = firstRetryMs;
  #state: FeedState = { kind: "connecting", since: Date.now() };
  #stop = new AbortController();
  #isPaused = false;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly listener: FeedListener) {}

  start(): void {
    void this.#follow();
    // A machine that slept finds a dead connection: no reason to wait for it to be noticed.
    addEventListener("online", () => this.#again());
    watchVisibility({
      pause: () => {
        this.#isPaused = true;
        clearTimeout(this.#retry);
        this.#stop.abort();
      },
      resume: () => {
        if (this.#isPaused || this.#state.kind === "stale") this.#again();
      },
    });
  }

  #again(): void {
    if (this.#state.kind === "signed_out") return;
    this.#isPaused = false;
    clearTimeout(this.#retry);
    this.#stop.abort();
    void this.#follow();
  }

  async #follow(): Promise<void> {
    const stop = new AbortController();
    this.#stop = stop;
    try {
      await this.#read(stop);
    } catch {
      // Why a connection broke is not known to a page; that it did is shown below.
      clearTimeout(this.#silence);
    }
    if (this.#stop !== stop || this.#isPaused || this.#state.kind === "signed_out") return;
    clearTimeout(this.#silence);
    this.#become("stale");
    this.#retry = setTimeout(() => void this.#follow(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, lastRetryMs);
  }

  async #read(stop: AbortController): Promise<void> {
    const headers: Record<string, string> = { accept: "text/event-stream" };
    if (this.#cursor !== undefined) headers["last-event-id"] = this.#cursor;
    this.#expect(stop);
    const options = { headers, signal: stop.signal, cache: "no-store" } as const;
    const answer = await fetch(`${base}/events`, options);
    if (answer.status === 401) return this.#become("signed_out");
    if (!answer.ok || !answer.body) return;
    this.#retryMs = firstRetryMs;
    this.#become("live");
    // Without a cursor nothing tells what happened before.
    if (this.#cursor === undefined) this.listener.onReset();
    const reader = new StreamReader();
    for await (const piece of textOf(answer.body)) {
      this.#expect(stop);
      this.#take(reader, piece);
    }
  }

  /** Ends a connection on which nothing comes any more. */
  #expect(stop: AbortController): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => stop.abort(), silentMs);
  }

  #take(reader: StreamReader, piece: string): void {
    const events: StreamedEvent[] = [];
    for (const { id, data } of reader.push(piece)) {
      this.#cursor = id ?? this.#cursor;
      const event = data === "" ? undefined : (JSON.parse(data) as StreamedEvent | LogReset);
      if (event === undefined) this.listener.onHeartbeat();
      else if (isReset(event)) this.listener.onReset();
      else events.push(event);
    }
    if (events.length > 0) this.listener.onEvents(events);
  }

  #become(kind: FeedState["kind"]): void {
    if (this.#state.kind === kind) return;
    this.#state = { kind, since: Date.now() };
    this.listener.onState(this.#state);
  }
}

function isReset(event: StreamedEvent | LogReset): event is LogReset {
  return event.type === "log_reset";
}
