import { writeSync } from "node:fs";

import type { Output } from "../output.ts";
import type { Frame, Size } from "./render.ts";

/** Alternate screen, no cursor, no wrapping of long lines, pastes marked as such. */
const enter = "\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[?2004h\u001b[H\u001b[2J";
const leave = "\u001b[?2004l\u001b[?7h\u001b[0m\u001b[?25h\u001b[?1049l";

/** What is drawn between these appears at once, where the terminal knows them. */
const begin = "\u001b[?2026h";
const end = "\u001b[?2026l";

/** The person's terminal while the board has it. `open` and `close` may be called repeatedly. */
export class Stage {
  #isOpen = false;
  #lines: string[] = [];
  #columns = 0;
  readonly #decoder = new TextDecoder();

  constructor(
    private readonly output: Output,
    private readonly onText: (text: string) => void,
    private readonly onResize: () => void,
  ) {}

  get size(): Size {
    return { columns: process.stdout.columns || 80, rows: process.stdout.rows || 24 };
  }

  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#lines = [];
    process.stdin.setRawMode(true);
    process.stdin.on("data", this.#onData);
    process.stdin.resume();
    process.stdout.on("resize", this.#onSize);
    process.once("exit", this.#onExit);
    this.output.data(enter);
  }

  /** Gives the terminal back as it was. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    process.off("exit", this.#onExit);
    process.stdout.off("resize", this.#onSize);
    process.stdin.off("data", this.#onData);
    process.stdin.setRawMode(false);
    process.stdin.pause();
    this.output.data(leave);
  }

  /** Writes what differs from the frame before. */
  draw({ lines, cursor }: Frame): void {
    if (!this.#isOpen) return;
    const { columns } = this.size;
    const isNew = this.#lines.length !== lines.length || this.#columns !== columns;
    const before = isNew ? [] : this.#lines;
    const changed = lines.flatMap((line, row) =>
      // Erased first: after a full line the cursor still stands on its last character.
      before[row] === line ? [] : [`\u001b[${row + 1};1H\u001b[K${line}`],
    );
    const shown = cursor
      ? `\u001b[${cursor.row + 1};${cursor.column + 1}H\u001b[?25h`
      : "\u001b[?25l";
    this.#lines = lines;
    this.#columns = columns;
    const clear = isNew ? "\u001b[2J" : "";
    this.output.data(`${begin}${clear}${changed.join("")}${shown}${end}`);
  }

  readonly #onData = (bytes: Uint8Array): void => {
    this.onText(this.#decoder.decode(bytes, { stream: true }));
  };

  readonly #onSize = (): void => this.onResize();

  /** The process ends in a way that nobody foresaw: a write that waits for nothing. */
  readonly #onExit = (): void => {
    process.stdin.setRawMode(false);
    writeSync(1, leave);
  };
}
