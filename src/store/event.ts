import type { AoEvent, Cursor, LogReset } from "../domain/event.ts";
import { isoTime } from "../domain/time.ts";
import type { Reader } from "./store.ts";

/** Which events a reader wants; what is absent filters nothing. */
export interface EventFilter {
  projectId?: string | undefined;
  sessionId?: string | undefined;
  types?: readonly string[] | undefined;
}

interface EventRow {
  seq: number;
  at: number;
  projectId: string;
  sessionId: string | null;
  type: string;
  payload: string;
}

/** Events after a sequence number, oldest first, at most `limit`. */
export function eventsAfter(
  reader: Reader,
  after: number,
  filter: EventFilter,
  limit: number,
): AoEvent[] {
  const { projectId = null, sessionId = null } = filter;
  const types = typesParameter(filter);
  if (sessionId !== null) {
    return rows("eventsAfterInSession", { after, limit, types, projectId, sessionId });
  }
  if (projectId !== null) return rows("eventsAfterInProject", { after, limit, types, projectId });
  return rows("eventsAfter", { after, limit, types });

  function rows(name: string, parameters: Record<string, string | number | null>): AoEvent[] {
    return reader.all<EventRow>(name, parameters).map(toEvent);
  }
}

/** The cursor after which exactly the last `count` matching events follow. */
export function cursorBeforeLast(reader: Reader, filter: EventFilter, count: number): number {
  const { floor, head } = logBounds(reader);
  if (count <= 0) return head;
  const { projectId = null, sessionId = null } = filter;
  const types = typesParameter(filter);
  const offset = count - 1;
  if (sessionId !== null) return before("eventsLastInSession", { sessionId, projectId });
  return projectId === null
    ? before("eventsLast", {})
    : before("eventsLastInProject", { projectId });

  function before(name: string, scope: Record<string, string | null>): number {
    const oldest = reader.one<{ seq: number }>(name, { ...scope, types, offset });
    return oldest ? oldest.seq - 1 : floor;
  }
}

/** The cursor after which the events at or after a time follow; a search by halves over `seq`. */
export function cursorAt(reader: Reader, at: number): number {
  const { floor, head } = logBounds(reader);
  let low = floor;
  let high = head;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const next = reader.one<{ seq: number; at: number }>("eventAtOrAfter", { seq: middle + 1 });
    if (!next || next.at >= at) high = middle;
    else low = next.seq;
  }
  return low;
}

export interface LogBounds {
  /** The lowest cursor that loses nothing. */
  floor: number;
  head: number;
  epoch: string;
}

/** What the log holds now, read in one statement so that the parts fit each other. */
export function logBounds(reader: Reader): LogBounds {
  const bounds = reader.one<LogBounds>("eventBounds");
  if (!bounds) throw new Error("the bounds of the log are missing");
  return bounds;
}

/**
 * Where reading really starts for a cursor, and the notice that tells of a gap. A cursor below
 * the floor, above the head, or of another database is never silently deaf.
 */
export function checkCursor(reader: Reader, cursor: Cursor): { after: number; reset?: LogReset } {
  const bounds = logBounds(reader);
  const reason = gapReason(cursor, bounds);
  if (!reason) return { after: cursor.seq };
  const after = reason === "ahead" ? bounds.head : bounds.floor;
  return { after, reset: { type: "log_reset", payload: { reason, ...bounds } } };
}

function gapReason(cursor: Cursor, bounds: LogBounds): LogReset["payload"]["reason"] | undefined {
  if (cursor.epoch !== undefined && cursor.epoch !== bounds.epoch) return "epoch";
  if (cursor.seq > bounds.head) return "ahead";
  return cursor.seq < bounds.floor ? "retained" : undefined;
}

function typesParameter(filter: EventFilter): string | null {
  return filter.types ? JSON.stringify(filter.types) : null;
}

function toEvent(row: EventRow): AoEvent {
  return {
    seq: row.seq,
    at: isoTime(row.at),
    projectId: row.projectId,
    ...(row.sessionId === null ? {} : { sessionId: row.sessionId }),
    type: row.type,
    payload: JSON.parse(row.payload),
  };
}
