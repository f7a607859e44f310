import { type EventFilter, eventsAfter, logBounds } from "../store/event.ts";
import { getProject } from "../store/project.ts";
import { findSession, getSession } from "../store/session.ts";
import type { Reader } from "../store/store.ts";

/**
 * Refuses to follow what never was; a session that was removed is still known by its events.
 * Throws `not_found`.
 */
export function refuseUnknown(reader: Reader, { projectId, sessionId }: EventFilter): void {
  if (projectId !== undefined) getProject(reader, projectId);
  if (sessionId === undefined || findSession(reader, sessionId)) return;
  const { floor } = logBounds(reader);
  if (eventsAfter(reader, floor, { sessionId }, 1).length === 0) getSession(reader, sessionId);
}
