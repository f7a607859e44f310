import type { StreamedEvent } from "./wire.ts";

/**
 * What an event concerns: the names under which the page's resources are read again. A session's
 * status depends on its pull requests, so an event of one concerns the other. The list of all
 * sessions is kept by the session that an event is of.
 */
export function concernsOf(event: Pick<StreamedEvent, "type" | "sessionId">): string[] {
  const { type, sessionId } = event;
  const session = sessionId === undefined ? [] : [`session:${sessionId}`];
  if (type.startsWith("session_")) return session;
  if (type.startsWith("pr_")) return ["prs", ...session];
  if (type.startsWith("project_")) return ["projects"];
  if (type.startsWith("message_")) return session.map((name) => name.replace(/^\w+/, "messages"));
  if (type.startsWith("notification_")) return ["notifications"];
  if (type === "feedback_escalated") return ["notifications", "prs", ...session];
  // A type of a newer server: whatever it is about has changed.
  return ["sessions", "prs", "projects", "notifications", ...session];
}
