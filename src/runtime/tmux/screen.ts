import type { HistoryStep } from "../history.ts";
import type { Screen } from "../port.ts";
import { resetTerminal } from "../terminal-reset.ts";
import type { TmuxServer } from "./server.ts";

const format = [
  "#{pane_width}",
  "#{pane_height}",
  "#{cursor_x}",
  "#{cursor_y}",
  "#{alternate_on}",
  "#{window_activity}",
  "#{bracket_paste_flag}",
].join("\t");

const maxScrollback = 2000;

/** Reads a pane's screen; throws `unavailable` when there is no such pane. */
export async function capturePane(server: TmuxServer, pane: string): Promise<Screen> {
  const askedAt = Date.now();
  const { facts, rows } = await capture(server, pane, maxScrollback);
  const [columns = 0, height = 0, column = 0, row = 0] = facts.map(Number);
  const activity = Number(facts[5]);
  const coloured = rows.slice(-height);
  const lines = coloured.map((line) => Bun.stripANSI(line).trimEnd());
  return {
    isComplete: true,
    lines: lines.slice(0, lines.findLastIndex((line) => line !== "") + 1),
    scrollback: rows.slice(0, -height).map((line) => Bun.stripANSI(line).trimEnd()),
    redraw: `${resetTerminal}${coloured.join("\r\n")}\x1b[0m\x1b[${row + 1};${column + 1}H`,
    columns,
    rows: height,
    cursor: { column, row },
    // tmux before 3.6 keeps it to itself; its own pastes are right all the same.
    hasBracketedPaste: facts[6] ? facts[6] === "1" : null,
    isAlternate: facts[4] === "1",
    // tmux counts in whole seconds: the later end of that second is the safe one.
    quietMs: Math.max(0, askedAt - (activity + 1) * 1000),
    hasTypedDraft: false,
  };
}

/** What a pane showed, with everything above it, as output that draws it again. */
export async function capturePaneHistory(server: TmuxServer, pane: string): Promise<HistoryStep> {
  const { facts, rows } = await capture(server, pane, "all");
  const last = rows.findLastIndex((line) => line.trim() !== "");
  const bytes = Buffer.from(rows.slice(0, last + 1).join("\r\n"));
  return { columns: Number(facts[0]), rows: Number(facts[1]), bytes };
}

async function capture(
  server: TmuxServer,
  pane: string,
  scrollback: number | "all",
): Promise<{ facts: string[]; rows: string[] }> {
  const start = scrollback === "all" ? "-" : String(-scrollback);
  const text = await server.tell([
    ...["display-message", "-p", "-t", pane, format, ";"],
    ...["capture-pane", "-p", "-e", "-S", start, "-t", pane],
  ]);
  const [facts = "", ...rows] = text.split("\n");
  // The text ends with a newline, so the last piece is no row.
  return { facts: facts.split("\t"), rows: rows.slice(0, -1) };
}
