import { useState } from "preact/hooks";

import { useNow } from "../live/page.ts";
import { hashOf } from "../model/route.ts";
import { clock } from "../model/time.ts";
import { factsOf } from "../model/timeline.ts";
import type { StreamedEvent } from "../model/wire.ts";

interface Props {
  events: StreamedEvent[];
  /** Left out where all events are of one session. */
  withSession: boolean;
}

/** Events, newest first; a click shows all that one says. */
export function EventList({ events, withSession }: Props) {
  return (
    <ol class="events">
      {events.map((event) => (
        <Line key={event.seq} event={event} withSession={withSession} />
      ))}
    </ol>
  );
}

function Line({ event, withSession }: { event: StreamedEvent; withSession: boolean }) {
  const now = useNow();
  const [isOpen, setOpen] = useState(false);
  const { seq, at, type, sessionId, projectId } = event;
  return (
    <li>
      <div class="event-line">
        <time dateTime={at}>{clock(at, now)}</time>
        <button
          type="button"
          class="plain event-type"
          aria-expanded={isOpen}
          aria-label={`${type}, event ${seq}`}
          onClick={() => setOpen(!isOpen)}
        >
          {type}
        </button>
        {withSession ? <About sessionId={sessionId} projectId={projectId} /> : null}
        <span class="event-facts">{factsOf(event).join(" · ")}</span>
      </div>
      {isOpen ? <pre tabIndex={0}>{JSON.stringify(event, null, 2)}</pre> : null}
    </li>
  );
}

function About({ sessionId, projectId }: { sessionId: string | undefined; projectId: string }) {
  if (sessionId === undefined) return <span class="id">{projectId}</span>;
  return (
    <a class="id" href={hashOf({ page: "session", id: sessionId, tab: "terminal" })}>
      {sessionId}
    </a>
  );
}
