import { eventTypes } from "../../../domain/event.ts";
import { useResource } from "../live/page.ts";
import { allSessions, type SessionList } from "../live/session-list.ts";
import { replace } from "../live/use-route.ts";
import { useTimeline } from "../live/use-timeline.ts";
import type { Route } from "../model/route.ts";
import { type TimelineFilter, timelineLimit } from "../model/timeline.ts";
import type { Project } from "../model/wire.ts";
import { Empty, Failure } from "../parts/empty.tsx";
import { EventList } from "./event-list.tsx";

/** Everything that happens, as it happens. */
export function EventsPage({ route }: { route: Extract<Route, { page: "events" }> }) {
  const { events, error } = useTimeline(route);
  const isWhole = events.length < timelineLimit;
  return (
    <main class="list-page">
      <div class="page-head">
        <h1>Events</h1>
        <Filter filter={route} />
      </div>
      <Failure text={error} />
      {events.length === 0 && error === undefined ? (
        <Empty text="No event passes this filter yet." type="ao events --follow" />
      ) : null}
      <EventList events={events} withSession />
      {isWhole ? null : <p class="hint">The newest {timelineLimit} are shown.</p>}
    </main>
  );
}

function Filter({ filter }: { filter: TimelineFilter }) {
  const projects = useResource<{ projects: Project[] }>("/projects", ["projects"]).value?.projects;
  const sessions = useResource<SessionList>(allSessions, ["sessions"]).value?.sessions;
  const set = (change: Partial<TimelineFilter>) =>
    replace({ page: "events", ...filter, ...change });
  const ofProject = (sessions ?? []).filter(
    ({ projectId }) => filter.project === "" || projectId === filter.project,
  );
  return (
    <div class="filters">
      <Choice
        label="Project"
        all="All projects"
        value={filter.project}
        names={(projects ?? []).map(({ id }) => id)}
        onChoose={(project) => set({ project, session: "" })}
      />
      <Choice
        label="Session"
        all="All sessions"
        value={filter.session}
        names={ofProject.map(({ id }) => id)}
        onChoose={(session) => set({ session })}
      />
      <Choice
        label="Type"
        all="All types"
        value={filter.type}
        names={Object.keys(eventTypes)}
        onChoose={(type) => set({ type })}
      />
    </div>
  );
}

interface ChoiceProps {
  label: string;
  all: string;
  value: string;
  names: readonly string[];
  onChoose: (name: string) => void;
}

/** What the address names is offered even where nothing of it is listed any more. */
function Choice({ label, all, value, names, onChoose }: ChoiceProps) {
  const offered = value === "" || names.includes(value) ? names : [value, ...names];
  return (
    <select
      aria-label={label}
      value={value}
      onChange={(event) => onChoose(event.currentTarget.value)}
    >
      <option value="">{all}</option>
      {offered.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}
