import { type BoardColumn, boardColumns, boardOf } from "../../domain/board.ts";
import type { SessionView } from "../../engine/view.ts";
import { paintStatus, prText } from "../session/table.ts";
import { type Column, renderTable } from "../table.ts";
import { oneLine, type Paint, truncate } from "../text.ts";
import { relativeTime } from "../time.ts";
import { windowOf } from "./draft.ts";
import type { BoardState } from "./state.ts";

/** What is drawn. */
export interface Picture {
  sessions: readonly SessionView[];
  state: BoardState;
  /** Notifications that nobody has read. */
  unread: number;
  /** Unix milliseconds. */
  now: number;
}

export interface Size {
  columns: number;
  rows: number;
}

/** Lines for every row of a terminal, none wider than it; and where the cursor stands, if shown. */
export interface Frame {
  lines: string[];
  cursor?: { row: number; column: number };
}

/** Below this nothing useful fits. */
const least: Size = { columns: 24, rows: 4 };

/** The sessions in the order in which the board shows them. */
export function orderOf(sessions: readonly SessionView[]): SessionView[] {
  const board = boardOf(sessions);
  return boardColumns.flatMap(({ id }) => board[id]);
}

/** The whole board as lines. Pure: the same picture gives the same frame. */
export function renderBoard(picture: Picture, size: Size, paint: Paint): Frame {
  const { columns, rows } = size;
  if (columns < least.columns || rows < least.rows) {
    return fill([truncate("ao: too small", columns)], size);
  }
  const hasDetail = rows >= 12 && picture.sessions.length > 0;
  const head = [headline(picture, columns, paint)];
  const foot = hasDetail ? ["", ...details(picture, columns, paint)] : [];
  const height = rows - head.length - foot.length - 1;
  const body =
    picture.state.mode.kind === "help"
      ? helpLines(columns, paint).slice(0, height)
      : bodyLines(picture, { columns, rows: height }, paint);
  while (body.length < height) body.push("");
  const bottom = bottomLine(picture.state, columns, paint);
  const lines = [...head, ...body, ...foot, bottom.text];
  const { column } = bottom;
  return column === undefined ? { lines } : { lines, cursor: { row: rows - 1, column } };
}

function headline({ sessions, unread }: Picture, columns: number, paint: Paint): string {
  const board = boardOf(sessions);
  const live = sessions.length - board.done.length;
  const facts = [
    `${live} live`,
    board.needs.length > 0 ? `${board.needs.length} need you` : "",
    board.red.length > 0 ? `${board.red.length} red` : "",
    unread > 0 ? `${unread} unread: ao notify ls` : "",
  ];
  const text = truncate(`ao · ${facts.filter(Boolean).join(" · ")}`, columns);
  return paint.bold(text.slice(0, 2)) + text.slice(2);
}

const headingPaints: Record<BoardColumn, keyof Paint> = {
  needs: "yellow",
  ready: "green",
  working: "cyan",
  red: "red",
  done: "dim",
};

function bodyLines(picture: Picture, size: Size, paint: Paint): string[] {
  const { sessions, state } = picture;
  if (sessions.length === 0) {
    const text = 'no sessions; start one: `ao spawn "the task"`';
    return ["", truncate(text, size.columns)].slice(0, size.rows);
  }
  const board = boardOf(sessions);
  const order = orderOf(sessions);
  const marker = 2;
  const table = columnsFor(size.columns, picture.now);
  const [, ...rows] = renderTable(order, table, paint, size.columns - marker).split("\n");
  const lines: string[] = [];
  let selectedLine = 0;
  let next = 0;
  const filled = boardColumns.filter(({ id }) => board[id].length > 0);
  const isAiry = order.length + 2 * filled.length - 1 <= size.rows;
  for (const { id, title } of filled) {
    if (isAiry && lines.length > 0) lines.push("");
    const heading = paint[headingPaints[id]](title.toUpperCase());
    lines.push(`${heading} ${paint.dim(String(board[id].length))}`);
    for (const session of board[id]) {
      const row = Bun.sliceAnsi(rows[next] ?? "", 0, size.columns - marker);
      const isSelected = session.id === state.selected;
      if (isSelected) selectedLine = lines.length;
      lines.push(isSelected ? selectedRow(row, size.columns, paint) : `  ${row}`);
      next += 1;
    }
  }
  return windowed(lines, selectedLine, size.rows, paint);
}

function selectedRow(row: string, columns: number, paint: Paint): string {
  const padding = " ".repeat(Math.max(0, columns - 2 - Bun.stringWidth(row)));
  return paint.inverse(`> ${row}${padding}`);
}

/** The lines around the selected one, and how many there are above and below. */
function windowed(lines: string[], selected: number, height: number, paint: Paint): string[] {
  if (lines.length <= height) return lines;
  const last = lines.length - height;
  const start = Math.max(0, Math.min(selected - Math.floor(height / 2), last));
  const shown = lines.slice(start, start + height);
  if (height < 5) return shown;
  if (start > 0) shown[0] = paint.dim(`  ↑ ${start + 1} more`);
  if (start < last) shown[height - 1] = paint.dim(`  ↓ ${last - start + 1} more`);
  return shown;
}

/** More columns where there is room for them. */
function columnsFor(width: number, now: number): Column<SessionView>[] {
  const all: { from: number; column: Column<SessionView> }[] = [
    { from: 0, column: { header: "", value: ({ id }) => id, giveWay: 3 } },
    {
      from: 0,
      column: {
        header: "",
        value: ({ status }) => status,
        paint: (text, { status }, painted) => paintStatus(text, status, painted),
        giveWay: 4,
      },
    },
    { from: 100, column: { header: "", value: ({ agent }) => agent } },
    { from: 60, column: { header: "", value: prText } },
    { from: 50, column: { header: "", value: (one) => ageOf(one, now), align: "right" } },
    { from: 140, column: { header: "", value: ({ branch }) => branch, giveWay: 1 } },
    { from: 0, column: { header: "", value: ({ title }) => title, giveWay: 2 } },
  ];
  return all.filter(({ from }) => width >= from).map(({ column }) => column);
}

/** How long it has been doing what it does, so also how long it has waited. */
function ageOf({ activityAt }: SessionView, now: number): string {
  return relativeTime(Date.parse(activityAt), now);
}

/** Two lines about the selected session: what it wants, and where its work is. */
function details({ sessions, state }: Picture, columns: number, paint: Paint): string[] {
  const session = sessions.find(({ id }) => id === state.selected);
  if (!session) return ["", ""];
  const { activityDetail, title, agent, model, branch, prs } = session;
  const wish = activityDetail ? `asks: ${oneLine(activityDetail.text)}` : endOf(session);
  const pulls = prs.map((pr) => `#${pr.number} ${pr.state}, CI ${pr.ci}, ${pr.mergeability}`);
  const place = [model ? `${agent} ${model}` : agent, branch, ...pulls].map(oneLine).join(" · ");
  const first = truncate(`${session.id} ${wish ?? oneLine(title)}`, columns);
  return [activityDetail ? paint.yellow(first) : first, paint.dim(truncate(place, columns))];
}

function endOf({ status, exitCode, exitSignal }: SessionView): string | undefined {
  if (status !== "exited") return undefined;
  return `ended by itself: ${exitSignal ?? `exit code ${exitCode}`}; ao session restore goes on`;
}

const keyHelp = [
  ["up down j k", "select"],
  ["enter a", "attach; ctrl-\\ d comes back"],
  ["s", "send a text"],
  ["y n", "approve, deny what is asked"],
  ["x", "end the session; its work goes into escrow"],
  ["o", "show the address of its pull request"],
  ["? q", "this help, quit"],
] as const;

function helpLines(columns: number, paint: Paint): string[] {
  const width = Math.max(...keyHelp.map(([keys]) => keys.length));
  return keyHelp.map(([keys, does]) => {
    const line = truncate(`  ${keys.padEnd(width)}  ${does}`, columns);
    return paint.bold(line.slice(0, width + 2)) + line.slice(width + 2);
  });
}

const hints = ["enter attach", "s send", "y/n approve", "x end", "o PR", "? help", "q quit"];

function bottomLine(state: BoardState, columns: number, paint: Paint) {
  const { mode, note } = state;
  if (mode.kind === "send") {
    const label = truncate(`to ${mode.id}: `, Math.floor(columns / 2));
    const used = Bun.stringWidth(label);
    const { text, column } = windowOf(mode.draft, columns - used);
    return { text: paint.bold(label) + text, column: used + column };
  }
  if (mode.kind === "kill") {
    return { text: paint.red(truncate(`end ${mode.id}? its work stays (y/n)`, columns)) };
  }
  if (mode.kind === "help") return { text: paint.dim(truncate("any key goes back", columns)) };
  if (note) {
    const text = truncate(oneLine(note.text), columns);
    return { text: { plain: text, good: paint.green(text), bad: paint.red(text) }[note.tone] };
  }
  const all = hints.join("  ");
  const text = Bun.stringWidth(all) <= columns ? all : hints.slice(-2).join("  ");
  return { text: paint.dim(text) };
}

function fill(lines: string[], { rows }: Size): Frame {
  return { lines: Array.from({ length: rows }, (_, row) => lines[row] ?? "") };
}
