import { type FSWatcher, statSync, watch } from "node:fs";

import type { AoEvent, Cursor, LogReset } from "../domain/event.ts";
import { checkCursor, type EventFilter, eventsAfter, logBounds } from "./event.ts";
import type { Reader, Store } from "./store.ts";

/** Events read at once. */
const batchSize = 500;

/** Only a net below the file watch, for file systems that tell nothing. */
const fallbackMs = 500;

/**
 * When to look again after a sign of life. The log's pages are written before the index that
 * makes them visible, so a look can come too early; and Bun drops a change of the file that
 * follows another within milliseconds (some 40 on macOS).
 */
const lookAgainMs = [1, 2, 4, 8, 16, 32, 64];

/**
 * Calls `wake` soon after any connection of any process has committed, its own included. It
 * sleeps on the WAL file and on a timer that checks `dataVersion`; both only wake.
 * Returns how to end it.
 */
export function watchCommits(store: Store, wake: () => void): () => void {
  let version = store.dataVersion();
  let isEnded = false;
  let again: ReturnType<typeof setTimeout> | undefined;
  const look = (): boolean => {
    const current = currentVersion(store);
    if (current === version) return false;
    version = current ?? version;
    wake();
    return current !== undefined;
  };
  const lookAround = (attempt: number) => {
    clearTimeout(again);
    const next = look() ? 0 : attempt;
    const delayMs = lookAgainMs[next];
    if (isEnded || delayMs === undefined) return;
    again = setTimeout(() => lookAround(next + 1), delayMs);
  };
  const file = watchFile(`${store.path}-wal`, () => lookAround(0));
  const timer = setInterval(() => {
    file.renew();
    if (look()) lookAround(0);
  }, fallbackMs);
  return () => {
    isEnded = true;
    clearInterval(timer);
    clearTimeout(again);
    file.close();
  };
}

/** Undefined where the store cannot tell: whoever is woken reads, and hears why. */
function currentVersion(store: Store): number | undefined {
  try {
    return store.dataVersion();
  } catch {
    // The reader's own read throws the same where somebody can hear it.
    return undefined;
  }
}

/** Watches a file that may be missing, or be replaced by another of its name. */
function watchFile(path: string, onChange: () => void): { renew(): void; close(): void } {
  let watcher: FSWatcher | undefined;
  let watched: string | undefined;
  const close = () => {
    watcher?.close();
    watcher = undefined;
    watched = undefined;
  };
  const renew = () => {
    const found = statSync(path, { throwIfNoEntry: false });
    // A new file may get the number of the one that went away.
    const file = found && `${found.ino} ${found.birthtimeMs}`;
    if (file === watched) return;
    close();
    if (file === undefined) return;
    try {
      watcher = watch(path, onChange);
      watched = file;
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
    const { events, reset, isDry } = readOn(store, place, options.filter);
    if (reset) await options.onReset(reset);
    else if (events.length > 0) await options.onBatch(events);
    if (isDry) return;
  }
}

/** What one look at the log found: events, or the notice of a gap. */
export interface Look {
  events: AoEvent[];
  reset?: LogReset;
  /** Nothing more is there now. */
  isDry: boolean;
}

/** Looks at what follows a place in the log, one batch at most, and moves the place along. */
export function readOn(reader: Reader, place: Required<Cursor>, filter: EventFilter): Look {
  const { head } = logBounds(reader);
  const events = eventsAfter(reader, place.seq, filter, batchSize);
  // Asked after the read: what retention has taken by now may have been missing from it.
  const { after, reset } = checkCursor(reader, place);
  if (reset) {
    place.epoch = reset.payload.epoch;
    place.seq = after;
    return { events: [], reset, isDry: false };
  }
  place.seq = events.at(-1)?.seq ?? place.seq;
  const isDry = events.length < batchSize;
  // What the filter leaves out was looked at as well: it is neither read again nor missed.
  if (isDry) place.seq = Math.max(place.seq, head);
  return { events, isDry };
}
