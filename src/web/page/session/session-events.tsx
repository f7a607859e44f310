import { EventList } from "../events/event-list.tsx";
import { useTimeline } from "../live/use-timeline.ts";
import { Failure } from "../parts/empty.tsx";

/** What happened to one session. */
export function SessionEvents({ id }: { id: string }) {
  const { events, error } = useTimeline({ project: "", session: id, type: "" });
  return (
    <div class="session-events">
      <Failure text={error} />
      <EventList events={events} withSession={false} />
    </div>
  );
}
