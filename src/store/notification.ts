import { AoError } from "../error.ts";
import type { Reader, Transaction } from "./store.ts";

/** Something that a person should know. Times are Unix milliseconds. */
export interface Notification {
  id: string;
  projectId: string;
  sessionId: string | null;
  prKey: string | null;
  type: string;
  title: string;
  body: string;
  createdAt: number;
  seenAt: number | null;
  resolvedAt: number | null;
}

/** Tells the person something, once while it is open. False when it is open already. */
export function openNotification(
  tx: Transaction,
  notification: Pick<Notification, "projectId" | "sessionId" | "type" | "title" | "body"> & {
    prKey?: string;
  },
): boolean {
  return (
    tx.change("notificationOpen", {
      id: crypto.randomUUID(),
      prKey: null,
      ...notification,
      now: tx.now,
    }) > 0
  );
}

/**
 * Closes what is over: of a session, or of a whole project when `sessionId` is null; of one pull
 * request where one is named, else of whichever it was about.
 */
export function resolveNotification(
  tx: Transaction,
  type: string,
  about: { projectId: string; sessionId: string | null; prKey?: string },
): void {
  const { projectId, sessionId, prKey = null } = about;
  tx.change("notificationResolve", { type, projectId, sessionId, prKey, now: tx.now });
}

/** Closes all that a session's row carries, before that row goes away. */
export function resolveNotificationsOf(tx: Transaction, sessionId: string): void {
  tx.change("notificationResolveSession", { sessionId, now: tx.now });
}

/** The project-wide notification of a type that is open, or undefined. */
export function findOpenNotification(
  reader: Reader,
  type: string,
  projectId: string,
): Pick<Notification, "id" | "title" | "createdAt"> | undefined {
  return reader.one("notificationFindOpen", { type, projectId });
}

/** A notification with the address of its pull request. */
export interface ListedNotification extends Notification {
  prUrl: string | null;
}

/** What was neither read nor is over, newest first; with `withAll` the rest after it. */
export function listNotifications(
  reader: Reader,
  filter: { projectId?: string | undefined; withAll: boolean; limit: number },
): ListedNotification[] {
  const { projectId = null, withAll, limit } = filter;
  return reader.all("notificationList", { projectId, withAll: Number(withAll), limit });
}

/**
 * The id of the one notification that begins with a prefix.
 * Throws `not_found`, and `usage` when several do.
 */
export function notificationStarting(reader: Reader, prefix: string): string {
  const found = reader.all<{ id: string }>("notificationStarting", { prefix });
  const [first, second] = found;
  const isNamed = first && /^[\da-f-]{4,}$/.test(prefix);
  if (!isNamed) {
    throw new AoError("not_found", `notification ${prefix} not found`, "ao notify ls --all");
  }
  if (second) {
    const hint = `ao notify read ${first.id}`;
    throw new AoError("usage", `several notifications begin with ${prefix}`, hint);
  }
  return first.id;
}

/** Marks a notification as read. False when it was already. */
export function setNotificationRead(tx: Transaction, id: string): boolean {
  return tx.change("notificationRead", { id, now: tx.now }) > 0;
}

/** Ids of all that nobody has read, over or not. */
export function unreadNotifications(reader: Reader, projectId?: string): string[] {
  const rows = reader.all<{ id: string }>("notificationUnread", { projectId: projectId ?? null });
  return rows.map(({ id }) => id);
}

/** When the newest notification was created, in Unix milliseconds; 0 when there is none. */
export function newestNotification(reader: Reader): number {
  return reader.one<{ at: number }>("notificationNewest")?.at ?? 0;
}
