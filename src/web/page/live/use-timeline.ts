import { useEffect, useState } from "preact/hooks";

import { merge, passes, type TimelineFilter } from "../model/timeline.ts";
import type { StreamedEvent } from "../model/wire.ts";
import { readPast } from "./history.ts";
import { textOf } from "./http.ts";
import { onEvents } from "./page.ts";

/** The newest events that pass a filter: those that the log holds, and those that come. */
export function useTimeline(filter: TimelineFilter): {
  events: StreamedEvent[];
  error: string | undefined;
} {
  const [events, setEvents] = useState<StreamedEvent[]>([]);
  const [error, setError] = useState<string>();
  const { project, session, type } = filter;
  useEffect(() => {
    const stop = new AbortController();
    const take = (come: StreamedEvent[]) => {
      const wanted = come.filter((event) => passes(event, { project, session, type }));
      if (wanted.length > 0) setEvents((shown) => merge(shown, wanted));
    };
    setEvents([]);
    setError(undefined);
    const unlisten = onEvents(take);
    readPast({ project, session, type }, take, stop.signal).catch((failure: unknown) => {
      if (!stop.signal.aborted) setError(textOf(failure));
    });
    return () => {
      stop.abort();
      unlisten();
    };
  }, [project, session, type]);
  return { events, error };
}
