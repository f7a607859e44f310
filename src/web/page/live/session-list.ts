import type { Session } from "../model/wire.ts";
import type { Cache } from "./cache.ts";
import { get, HttpError, pathOf } from "./http.ts";

/** The sessions that the board and the page's title show, those that have ended too. */
export const allSessions = "/sessions?all=true";

export interface SessionList {
  sessions: Session[];
}

/** Events come in bursts: one reading for all that come within this time. */
const gatherMs = 60;

/** More than this at once are not worth asking for one by one. */
const fewIds = 8;

/**
 * Keeps the list of sessions current by reading only those that something happened to: after a
 * year of work most of the list has ended and never changes.
 */
export class SessionListKeeper {
  #due = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isReading = false;

  constructor(private readonly cache: Cache) {}

  /** Something happened to these sessions. */
  touch(ids: Iterable<string>): void {
    for (const id of ids) this.#due.add(id);
    this.#schedule();
  }

  /** One reading at a time, so that no older answer comes after a newer one. */
  #schedule(): void {
    if (this.#due.size === 0 || this.#isReading) return;
    this.#timer ??= setTimeout(() => void this.#read(), gatherMs);
  }

  async #read(): Promise<void> {
    this.#timer = undefined;
    const ids = [...this.#due];
    this.#due = new Set();
    if (ids.length > fewIds) return this.cache.invalidate(new Set(["sessions"]));
    this.#isReading = true;
    const found = await Promise.all(ids.map(ask));
    this.#isReading = false;
    if (found.includes("unknown")) this.cache.invalidate(new Set(["sessions"]));
    else {
      this.cache.update<SessionList>(allSessions, ({ sessions }) => {
        const others = sessions.filter(({ id }) => !ids.includes(id));
        return { sessions: [...others, ...found.filter((one) => typeof one === "object")] };
      });
    }
    this.#schedule();
  }
}

/** A session as it is now, `gone` once it was removed, `unknown` when no answer came. */
async function ask(id: string): Promise<Session | "gone" | "unknown"> {
  try {
    return await get<Session>(pathOf`/sessions/${id}`);
  } catch (error) {
    return error instanceof HttpError && error.status === 404 ? "gone" : "unknown";
  }
}
