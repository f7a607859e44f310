import { type BoardColumn, boardColumns } from "../../../domain/board.ts";
import type { Session } from "./wire.ts";

/** What a column says while nothing stands in it. */
const empty: Record<BoardColumn, string> = {
  needs: "Nobody waits for you.",
  ready: "No pull request is green and approved.",
  working: "No agent works. Type n to start one.",
  red: "No failing CI, conflict or requested change.",
  done: "Nothing has ended yet.",
};

/** The board's columns as the page shows them. */
export const columns = boardColumns.map((column) => ({ ...column, empty: empty[column.id] }));

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
