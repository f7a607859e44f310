import type { Status } from "./status.ts";

/** The columns of the board, by what needs the person, in the order in which they are shown. */
export const boardColumns = [
  { id: "needs", title: "Needs you" },
  { id: "ready", title: "Ready to merge" },
  { id: "working", title: "Working" },
  { id: "red", title: "Red" },
  { id: "done", title: "Done" },
] as const;
export type BoardColumn = (typeof boardColumns)[number]["id"];

/** What of a session its place on the board depends on; times are RFC 3339. */
export interface BoardFacts {
  id: string;
  status: Status;
  isTerminated: boolean;
  activityAt: string;
  createdAt: string;
  updatedAt: string;
}

/** The most urgent first. */
const needing: readonly Status[] = [
  "needs_approval",
  "needs_input",
  "stuck",
  "no_signal",
  "exited",
  "idle",
];
const red: readonly Status[] = ["ci_failed", "merge_conflict", "changes_requested"];
const urgency = [...needing, ...red];

/** Where a session stands. */
export function columnOf({ status, isTerminated }: BoardFacts): BoardColumn {
  if (isTerminated) return "done";
  if (needing.includes(status)) return "needs";
  if (red.includes(status)) return "red";
  return status === "mergeable" ? "ready" : "working";
}

/** The sessions of each column, in the order in which they are shown. */
export function boardOf<T extends BoardFacts>(sessions: readonly T[]): Record<BoardColumn, T[]> {
  const found: Record<BoardColumn, T[]> = { needs: [], ready: [], working: [], red: [], done: [] };
  for (const session of sessions) found[columnOf(session)].push(session);
  for (const id of ["needs", "ready", "red"] as const) found[id].sort(byUrgency);
  found.working.sort((one, other) => compare(other.createdAt, one.createdAt) || byId(one, other));
  found.done.sort((one, other) => compare(other.updatedAt, one.updatedAt) || byId(one, other));
  return found;
}

/** Among equals, whoever has waited longest comes first. */
function byUrgency(one: BoardFacts, other: BoardFacts): number {
  const ranks = urgency.indexOf(one.status) - urgency.indexOf(other.status);
  return ranks || compare(one.activityAt, other.activityAt) || byId(one, other);
}

function byId(one: BoardFacts, other: BoardFacts): number {
  return one.id.localeCompare(other.id, "en", { numeric: true });
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
