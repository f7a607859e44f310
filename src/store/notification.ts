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
