import { isoTime } from "../../domain/time.ts";
import {
  type ListedNotification,
  listNotifications,
  notificationStarting,
  setNotificationRead,
  unreadNotifications,
} from "../../store/notification.ts";
import type { Engine } from "../engine.ts";

/** A notification as every surface shows it. Times are RFC 3339; texts may be foreign. */
export interface NotificationView {
  id: string;
  type: string;
  projectId: string;
  sessionId: string | null;
  prKey: string | null;
  prUrl: string | null;
  title: string;
  body: string;
  createdAt: string;
  /** When it was marked as read. */
  seenAt: string | null;
  /** When what it tells of was over. */
  resolvedAt: string | null;
}

/** Notifications that are listed at most. */
const mostListed = 1_000;

/** What was neither read nor is over, newest first; with `withAll` what was read or is over too. */
export function notifications(
  { store }: Engine,
  filter: { projectId?: string | undefined; withAll?: boolean } = {},
): NotificationView[] {
  const { projectId, withAll = false } = filter;
  return listNotifications(store, { projectId, withAll, limit: mostListed }).map(viewOf);
}

/**
 * Marks notifications as read, named by their ids or the beginnings of these, all or none.
 * Returns the full ids of those that were not read before.
 * Throws `not_found`, and `usage` where several begin so.
 */
export function markRead({ store }: Engine, ids: readonly string[]): string[] {
  return store.write((tx) =>
    ids.map((id) => notificationStarting(tx, id)).filter((id) => setNotificationRead(tx, id)),
  );
}

/** Marks everything as read, of one project or of all; returns the ids of what was not. */
export function markAllRead({ store }: Engine, projectId?: string): string[] {
  return store.write((tx) =>
    unreadNotifications(tx, projectId).filter((id) => setNotificationRead(tx, id)),
  );
}

/** A row of the store as it is shown. */
export function viewOf(row: ListedNotification): NotificationView {
  const { id, type, projectId, sessionId, prKey, prUrl, title, body } = row;
  const createdAt = isoTime(row.createdAt);
  const [seenAt, resolvedAt] = [isoTime(row.seenAt), isoTime(row.resolvedAt)];
  const about = { id, type, projectId, sessionId, prKey, prUrl };
  return { ...about, title, body, createdAt, seenAt, resolvedAt };
}
