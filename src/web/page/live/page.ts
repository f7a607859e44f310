import { useEffect, useState } from "preact/hooks";

import { isClockBound } from "../model/clock-bound.ts";
import { concernsOf } from "../model/concerns.ts";
import type { StreamedEvent } from "../model/wire.ts";
import { Cache, type Known } from "./cache.ts";
import { Feed, type FeedState } from "./feed.ts";
import { allSessions, type SessionList, SessionListKeeper } from "./session-list.ts";

/** The one cache of this page. */
export const cache = new Cache();
const sessionList = new SessionListKeeper(cache);

let feedState: FeedState = { kind: "connecting", since: Date.now() };
const stateListeners = new Set<() => void>();
const eventListeners = new Set<(events: StreamedEvent[]) => void>();

const feed = new Feed({
  onState: (state) => {
    feedState = state;
    if (state.kind === "live") cache.retryLost();
    for (const listener of stateListeners) listener();
  },
  onEvents: (events) => {
    cache.invalidate(new Set(events.flatMap(concernsOf)));
    sessionList.touch(events.flatMap(({ sessionId }) => sessionId ?? []));
    for (const listener of eventListeners) listener(events);
  },
  onHeartbeat: () => {
    cache.retryLost();
    const { value } = cache.peek<SessionList>(allSessions);
    const bound = (value?.sessions ?? []).filter(isClockBound).map(({ id }) => id);
    cache.invalidate(new Set(bound.map((id) => `session:${id}`)));
    sessionList.touch(bound);
  },
  onReset: () => cache.invalidate(),
});

/** Begins to follow the server; once, at the start of the page. */
export function startFeed(): void {
  feed.start();
}

/** How the page stands to the server, now and as it changes. */
export function useFeedState(): FeedState {
  const [state, setState] = useState(feedState);
  useEffect(() => {
    const update = () => setState(feedState);
    stateListeners.add(update);
    update();
    return () => void stateListeners.delete(update);
  }, []);
  return state;
}

/** Calls back with the events that come from now on. */
export function onEvents(listener: (events: StreamedEvent[]) => void): () => void {
  eventListeners.add(listener);
  return () => void eventListeners.delete(listener);
}

/**
 * A resource of the API, as it is and as it changes; an undefined path is nothing yet.
 * `tags` are the names of what it depends on, by `concernsOf`.
 */
export function useResource<T>(path: string | undefined, tags: readonly string[]): Known<T> {
  const [, redraw] = useState(0);
  const names = tags.join(" ");
  useEffect(() => {
    if (path === undefined) return;
    const update = () => redraw((count) => count + 1);
    const stop = cache.listen(path, names.split(" "), update);
    update();
    return stop;
  }, [path, names]);
  return path === undefined ? nothing : cache.peek<T>(path);
}

const nothing = { value: undefined, error: undefined, isLoading: false };

const tickMs = 5_000;
const clockListeners = new Set<() => void>();
setInterval(() => clockListeners.forEach((listener) => listener()), tickMs);

/** The time, for ages that are shown; it moves every few seconds. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const update = () => setNow(Date.now());
    clockListeners.add(update);
    return () => void clockListeners.delete(update);
  }, []);
  return now;
}
