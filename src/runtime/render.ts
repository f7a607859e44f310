import { SerializeAddon } from "@xterm/addon-serialize";
import { Terminal } from "@xterm/headless";

import { refuseHugeCounts } from "../domain/terminal-count.ts";
import type { History, HistoryStep } from "./history.ts";
import type { Screen } from "./port.ts";
import { UnserializedModes } from "./render-modes.ts";
import { resetTerminal } from "./terminal-reset.ts";
import { currentUnicode } from "./unicode-width.ts";

/** Lines above the screen that are kept. */
export const maxScrollback = 2000;
/** A longer snapshot is made again with fewer lines above the screen. */
const maxSnapshotCharacters = 1024 * 1024;

export interface RenderOptions {
  /** How many lines above the screen `redraw` draws again; at most 2000. */
  redrawScrollback?: number;
  /**
   * Before the history was asked for, in Unix milliseconds; without it, now. Nobody knows what was
   * printed since, and drawing takes a while, so that time is no silence.
   */
  askedAt?: number;
}

/** Draws a terminal from its history. Pure: nothing but the history goes in. */
export async function renderScreen(history: History, options: RenderOptions = {}): Promise<Screen> {
  const { askedAt = Date.now() } = options;
  const drawn = await draw(history.steps);
  const { terminal } = drawn;
  const buffer = terminal.buffer.active;
  const screen: Screen = {
    isComplete: history.isComplete,
    lines: withoutBlankEnd(textLines(terminal, buffer.baseY, buffer.baseY + terminal.rows)),
    scrollback: textLines(terminal, 0, buffer.baseY),
    redraw: resetTerminal + serialize(drawn, options.redrawScrollback ?? 0),
    columns: terminal.cols,
    rows: terminal.rows,
    cursor: { column: buffer.cursorX, row: buffer.cursorY },
    hasBracketedPaste: terminal.modes.bracketedPasteMode,
    isAlternate: buffer.type === "alternate",
    quietMs: Math.max(0, askedAt - history.lastOutputAt),
    hasTypedDraft: history.hasTypedDraft,
  };
  terminal.dispose();
  return screen;
}

/** Draws steps and gives back a shorter text that leads to the same terminal, modes included. */
export async function foldSteps(steps: HistoryStep[]): Promise<string> {
  const drawn = await draw(steps);
  let text = "";
  for (const lines of [maxScrollback, 500, 100, 0]) {
    text = serialize(drawn, lines);
    if (text.length <= maxSnapshotCharacters) break;
  }
  drawn.terminal.dispose();
  return text;
}

/** Where the cursor stands after the last step, as a terminal reports it: `row;column`, from 1. */
export async function cursorReport(steps: HistoryStep[]): Promise<string> {
  const { terminal } = await draw(steps);
  const { cursorX, cursorY } = terminal.buffer.active;
  terminal.dispose();
  return `${cursorY + 1};${Math.min(cursorX + 1, terminal.cols)}`;
}

interface Drawn {
  terminal: Terminal;
  serializer: SerializeAddon;
  modes: UnserializedModes;
}

async function draw(steps: HistoryStep[]): Promise<Drawn> {
  const first = steps[0];
  if (!first) throw new Error("terminal history has no step");
  const terminal = new Terminal({
    cols: first.columns,
    rows: first.rows,
    scrollback: maxScrollback,
    allowProposedApi: true,
    // It would tell the person's terminal of each sequence that it does not know.
    logLevel: "off",
  });
  refuseHugeCounts(terminal);
  terminal.unicode.register(currentUnicode());
  terminal.unicode.activeVersion = "current";
  const serializer = new SerializeAddon();
  terminal.loadAddon(serializer);
  const modes = new UnserializedModes(terminal);
  for (const { columns, rows, bytes } of steps) {
    if (columns !== terminal.cols || rows !== terminal.rows) terminal.resize(columns, rows);
    await new Promise<void>((resolve) => terminal.write(bytes, resolve));
  }
  return { terminal, serializer, modes };
}

function serialize({ serializer, modes }: Drawn, scrollback: number): string {
  return serializer.serialize({ scrollback }) + modes.serialize();
}

function textLines(terminal: Terminal, start: number, end: number): string[] {
  const lines: string[] = [];
  for (let row = start; row < end; row++) {
    lines.push(terminal.buffer.active.getLine(row)?.translateToString(true) ?? "");
  }
  return lines;
}

function withoutBlankEnd(lines: string[]): string[] {
  const last = lines.findLastIndex((line) => line.trim() !== "");
  return lines.slice(0, last + 1);
}
