import { watch } from "node:fs";

import type { AoEvent, LogReset } from "../domain/event.ts";
import { checkCursor, type EventFilter, eventsAfter } from "./event.ts";
import type { Store } from "./store.ts";

/** Events read at once. */
const batchSize = 500;

/** Only a net below the file watch, for file systems that tell nothing. */
const fallbackMs = 500;

/**
 * Calls `wake` soon after any connection of any process has committed. It sleeps on the WAL file
 * and on a timer that checks `data_version`; both only wake. Returns how to end it.
 */
export function watchCommits(store: Store, wake: () => void): () => void {
  let version = store.dataVersion();
  const timer = setInterval(() => {
    const current = store.dataVersion();
    if (current === version) return;
    version = current;
    wake();
  }, fallbackMs);
  const watcher = watch(`${store.path}-wal`, wake);
  // A watch that breaks leaves the timer.
  watcher.on("error", () => watcher.close());
  return () => {
    clearInterval(timer);
    watcher.close();
  };
}

export interface FollowOptions {
  /** The last event that was seen. */
  after: number;
  filter: EventFilter;
  signal: AbortSignal;
  /** Gets events in order, each once; the next batch is read when it has returned. */
  onBatch: (events: AoEvent[]) => void | Promise<void>;
  /** Told when retention has overtaken the reader. */
  onReset: (reset: LogReset) => void | Promise<void>;
}

/** Reads the log from a cursor until it is dry, then sleeps, until the signal. */
export async function follow(store: Store, options: FollowOptions): Promise<void> {
  let after = options.after;
  let isDue = true;
  let resume = () => {};
  const wake = () => {
    isDue = true;
    resume();
  };
  const unwatch = watchCommits(store, wake);
  options.signal.addEventListener("abort", wake, { once: true });
  try {
    while (!options.signal.aborted) {
      isDue = false;
      after = await drain(store, after, options);
      if (!isDue && !options.signal.aborted) {
        await new Promise<void>((resolve) => (resume = resolve));
      }
    }
  } finally {
    unwatch();
    options.signal.removeEventListener("abort", wake);
  }
}

async function drain(store: Store, from: number, options: FollowOptions): Promise<number> {
  let after = from;
  while (!options.signal.aborted) {
    const events = eventsAfter(store, after, options.filter, batchSize);
    // Only a gap can hide between the cursor and the first event; a dry read has none to hide.
    const { after: start, reset } = checkCursor(store, { seq: after });
    if (reset) {
      await options.onReset(reset);
      after = start;
      continue;
    }
    if (events.length === 0) return after;
    await options.onBatch(events);
    after = events.at(-1)?.seq ?? after;
    if (events.length < batchSize) return after;
  }
  return after;
}
