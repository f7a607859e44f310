import { get, HttpError } from "./http.ts";

/** A resource as far as it is known. `value` stays while it is read again. */
export interface Known<T> {
  value: T | undefined;
  error: HttpError | undefined;
  isLoading: boolean;
}

interface Entry {
  known: Known<unknown>;
  /** The names under which events call for reading it again. */
  tags: readonly string[];
  listeners: Set<() => void>;
  isStale: boolean;
  isReading: boolean;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** Events come in bursts: one reading for all that come within this time. */
const gatherMs = 60;

const unknown: Known<unknown> = { value: undefined, error: undefined, isLoading: true };

/**
 * What the page shows, by path. Each is read once, and again when an event concerns it: never by
 * the clock. A resource that nobody looks at is forgotten.
 */
export class Cache {
  readonly #entries = new Map<string, Entry>();

  /** What is known of a path now; the reading begins with the first who listens. */
  peek<T>(path: string): Known<T> {
    return (this.#entries.get(path)?.known ?? unknown) as Known<T>;
  }

  /** Calls back at each change of a path until the returned function is called. */
  listen(path: string, tags: readonly string[], onChange: () => void): () => void {
    const entry = this.#entries.get(path) ?? this.#begin(path, tags);
    entry.listeners.add(onChange);
    return () => {
      entry.listeners.delete(onChange);
      // Kept for a moment: the next page often shows the same.
      setTimeout(() => this.#forget(path, entry), 1_000);
    };
  }

  /** Reads again what carries one of these names; without names, everything. */
  invalidate(tags?: ReadonlySet<string>): void {
    for (const [path, entry] of this.#entries) {
      if (tags && !entry.tags.some((tag) => tags.has(tag))) continue;
      entry.isStale = true;
      this.#schedule(path, entry);
    }
  }

  /** Changes what is known of a path; while it is being read, it is read once more instead. */
  update<T>(path: string, change: (value: T) => T): void {
    const entry = this.#entries.get(path);
    if (!entry) return;
    const { value } = entry.known as Known<T>;
    if (entry.isReading || value === undefined) {
      entry.isStale = true;
      this.#schedule(path, entry);
      return;
    }
    entry.known = { value: change(value), error: undefined, isLoading: false };
    for (const listener of entry.listeners) listener();
  }

  /** Reads again what no answer came for, or only one that says nothing of the thing itself. */
  retryLost(): void {
    for (const [path, entry] of this.#entries) {
      if (!entry.known.error || !isLost(entry.known.error)) continue;
      entry.isStale = true;
      this.#schedule(path, entry);
    }
  }

  #begin(path: string, tags: readonly string[]): Entry {
    const entry: Entry = {
      known: unknown,
      tags,
      listeners: new Set(),
      isStale: true,
      isReading: false,
      timer: undefined,
    };
    this.#entries.set(path, entry);
    void this.#read(path, entry);
    return entry;
  }

  /** A burst of events leads to one more reading, also while one is under way. */
  #schedule(path: string, entry: Entry): void {
    if (entry.isReading) return;
    entry.timer ??= setTimeout(() => void this.#read(path, entry), gatherMs);
  }

  async #read(path: string, entry: Entry): Promise<void> {
    entry.timer = undefined;
    entry.isReading = true;
    entry.isStale = false;
    const known = await this.#ask(path, entry.known);
    entry.isReading = false;
    if (this.#entries.get(path) !== entry) return;
    entry.known = known;
    for (const listener of entry.listeners) listener();
    if (entry.isStale) this.#schedule(path, entry);
  }

  async #ask(path: string, before: Known<unknown>): Promise<Known<unknown>> {
    try {
      return { value: await get(path), error: undefined, isLoading: false };
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
      // What was shown stays shown, with the terminal that somebody types in.
      const value = isLost(error) ? before.value : undefined;
      return { value, error, isLoading: false };
    }
  }

  #forget(path: string, entry: Entry): void {
    if (entry.listeners.size > 0 || this.#entries.get(path) !== entry) return;
    clearTimeout(entry.timer);
    this.#entries.delete(path);
  }
}

/** Whether an answer says nothing of the thing itself. */
function isLost({ status }: HttpError): boolean {
  return status === 0 || status >= 500;
}
