import type { StreamedEvent } from "./wire.ts";

/** What the timeline is narrowed to; an empty text is no filter. */
export interface TimelineFilter {
  project: string;
  session: string;
  type: string;
}

/** As many as the page keeps. */
export const timelineLimit = 500;

/** The newest first, each once, whichever stream it came by. */
export function merge(
  shown: readonly StreamedEvent[],
  come: readonly StreamedEvent[],
): StreamedEvent[] {
  const last = shown[0]?.seq ?? -1;
  // Nearly always everything is new, and in order.
  const isNewer = come.every(({ seq }, index) => seq > (come[index - 1]?.seq ?? last));
  if (isNewer) return [...come.toReversed(), ...shown].slice(0, timelineLimit);
  const bySeq = new Map([...shown, ...come].map((event) => [event.seq, event]));
  return [...bySeq.values()].sort((a, b) => b.seq - a.seq).slice(0, timelineLimit);
}

/** Whether an event passes the filter. */
export function passes(event: StreamedEvent, { project, session, type }: TimelineFilter): boolean {
  return (
    (project === "" || event.projectId === project) &&
    (session === "" || event.sessionId === session) &&
    (type === "" || event.type === type)
  );
}

/** Fields that say most, in the order in which they are shown. */
const telling = [
  "state",
  "activity",
  "terminationReason",
  "exitCode",
  "exitSignal",
  "ci",
  "review",
  "name",
  "status",
  "type",
  "reaction",
  "title",
  "error",
];

/** What an event says beside its type, as short facts. */
export function factsOf({ payload }: StreamedEvent): string[] {
  if (typeof payload !== "object" || payload === null) return [];
  const values = new Map<string, unknown>(Object.entries(payload));
  return telling.flatMap((name) => {
    const value = values.get(name);
    const isPlain = typeof value === "string" || typeof value === "number";
    if (!isPlain || value === "") return [];
    return [name === "title" || name === "error" ? String(value) : `${name} ${value}`];
  });
}
