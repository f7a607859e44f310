import { type FSWatcher, statSync, watch } from "node:fs";

import type { AoEvent, Cursor, LogReset } from "../domain/event.ts";
import { checkCursor, type EventFilter, eventsAfter, logBounds } from "./event.ts";
import type { Store } from "./store.ts";

/** Events read at once. */
const batchSize = 500;

/** Only a net below the file watch, for file systems that tell nothing. */
const fallbackMs = 500;

/** When to look again after the file has told of a write that was not a commit yet. */
const lookAgainMs = [1, 4, 16, 64];

/**
 * Calls `wake` soon after any connection of any process has committed, its own included. It
 * sleeps on the WAL file and on a timer that checks `dataVersion`; both only wake.
 * Returns how to end it.
 */
export function watchCommits(store: Store, wake: () => void): () => void {
  let version = store.dataVersion();
  let again: ReturnType<typeof setTimeout> | undefined;
  const look = (): boolean => {
    const current = currentVersion(store);
    if (current === version) return false;
    version = current;
    wake();
    return true;
  };
  // The log's pages are written before the index that makes them visible: an early look is dry.
  const lookUntilSeen = (attempt: number) => {
    clearTimeout(again);
    const delayMs = lookAgainMs[attempt];
    if (look() || delayMs === undefined) return;
    again = setTimeout(() => lookUntilSeen(attempt + 1), delayMs);
  };
  const file = watchFile(`${store.path}-wal`, () => lookUntilSeen(0));
  const timer = setInterval(() => {
    file.renew();
    look();
  }, fallbackMs);
  return () => {
    clearInterval(timer);
    clearTimeout(again);
    file.close();
  };
}

/** A number like no other where the store cannot tell: then the reader finds out why. */
function currentVersion(store: Store): number {
  try {
    return store.dataVersion();
  } catch {
    // Whoever is woken reads, and that read throws where somebody can hear it.
    return NaN;
  }
}

/** Watches a file that may be missing, or be replaced by another of its name. */
function watchFile(path: string, onChange: () => void): { renew(): void; close(): void } {
  let watcher: FSWatcher | undefined;
  let watched: number | undefined;
  const close = () => {
    watcher?.close();
    watcher = undefined;
    watched = undefined;
  };
  const renew = () => {
    const inode = statSync(path, { throwIfNoEntry: false })?.ino;
    if (inode === watched) return;
    close();
    if (inode === undefined) return;
    try {
      watcher = watch(path, onChange);
      watched = inode;
      // A watch that breaks leaves the timer, which makes a new one.
      watcher.on("error", close);
    } catch {
      // Gone meanwhile, or the system has no watch left: the timer goes on, and tries again.
      watched = undefined;
    }
  };
  renew();
  return { renew, close };
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
  const place = { epoch: logBounds(store).epoch, seq: options.after };
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
      await drain(store, place, options);
      if (!isDue && !options.signal.aborted) {
        await new Promise<void>((resolve) => (resume = resolve));
      }
    }
  } finally {
    unwatch();
    options.signal.removeEventListener("abort", wake);
  }
}

/** Reads on from a place until the log is dry, and moves the place along. */
async function drain(store: Store, place: Required<Cursor>, options: FollowOptions): Promise<void> {
  while (!options.signal.aborted) {
    const { head } = logBounds(store);
    const events = eventsAfter(store, place.seq, options.filter, batchSize);
    // Asked after the read: what retention has taken by now may have been missing from it.
    const { after, reset } = checkCursor(store, place);
    if (reset) {
      place.epoch = reset.payload.epoch;
      place.seq = after;
      await options.onReset(reset);
      continue;
    }
    if (events.length > 0) await options.onBatch(events);
    place.seq = events.at(-1)?.seq ?? place.seq;
    if (events.length === batchSize) continue;
    // What the filter leaves out was looked at as well: it is neither read again nor missed.
    place.seq = Math.max(place.seq, head);
    return;
  }
}
