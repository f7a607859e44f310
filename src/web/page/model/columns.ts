import type { Session } from "./wire.ts";

/** The board's columns, by what needs the person. */
export const columns = [
  { id: "needs", title: "Needs you", empty: "Nobody waits for you." },
  { id: "ready", title: "Ready to merge", empty: "No pull request is green and approved." },
  { id: "working", title: "Working", empty: "No agent works. Type n to start one." },
  { id: "red", title: "Red", empty: "No failing CI, conflict or requested change." },
  { id: "done", title: "Done", empty: "Nothing has ended yet." },
] as const;
export type ColumnId = (typeof columns)[number]["id"];

/** The most urgent first; the order within a column. */
const needs = ["needs_approval", "needs_input", "stuck", "no_signal", "exited", "idle"];
const red = ["ci_failed", "merge_conflict", "changes_requested"];

/** Where a session stands on the board. */
export function columnOf({ status, isTerminated }: ColumnFacts): ColumnId {
  if (isTerminated) return "done";
  if (needs.includes(status)) return "needs";
  if (red.includes(status)) return "red";
  return status === "mergeable" ? "ready" : "working";
}
type ColumnFacts = Pick<Session, "status" | "isTerminated">;

/** The sessions of each column in the order in which they are shown. */
export function board(sessions: readonly Session[]): Record<ColumnId, Session[]> {
  const found: Record<ColumnId, Session[]> = {
    needs: [],
    ready: [],
    working: [],
    red: [],
    done: [],
  };
  for (const session of sessions) found[columnOf(session)].push(session);
  // Who has waited longest comes first where somebody waits, else who moved last.
  found.needs.sort((a, b) => urgency(a) - urgency(b) || oldestFirst(a, b));
  found.red.sort((a, b) => urgency(a) - urgency(b) || oldestFirst(a, b));
  found.ready.sort(oldestFirst);
  found.working.sort((a, b) => b.createdAt.localeCompare(a.createdAt) || byId(a, b));
  found.done.sort((a, b) => b.updatedAt.localeCompare(a.updatedAt) || byId(a, b));
  return found;
}

function urgency({ status }: Session): number {
  return [...needs, ...red].indexOf(status);
}

function oldestFirst(a: Session, b: Session): number {
  return a.activityAt.localeCompare(b.activityAt) || byId(a, b);
}

function byId(a: Session, b: Session): number {
  return a.id.localeCompare(b.id, "en", { numeric: true });
}

/** Whether a session has all words of a search in what its card shows. */
export function matches(session: Session, words: string): boolean {
  const text = [session.id, session.title, session.agent, session.branch, session.status]
    .join(" ")
    .toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** The card that a key moves to; `ids` are the cards of each column from left to right. */
export function moveFocus(
  ids: readonly (readonly string[])[],
  from: string | undefined,
  step: "up" | "down" | "left" | "right",
): string | undefined {
  const filled = ids.filter((column) => column.length > 0);
  const at = filled.findIndex((column) => from !== undefined && column.includes(from));
  const column = filled[at];
  if (!column || from === undefined) return filled[0]?.[0];
  const row = column.indexOf(from);
  if (step === "up") return column[Math.max(row - 1, 0)];
  if (step === "down") return column[Math.min(row + 1, column.length - 1)];
  const beside = filled[at + (step === "right" ? 1 : -1)];
  return beside ? beside[Math.min(row, beside.length - 1)] : from;
}
