import { describe, expect, test } from "bun:test";

import type { HistoryStep } from "../../src/runtime/history.ts";
import { type Folder, Scrollback } from "../../src/runtime/pty/scrollback.ts";
import { waitFor } from "../support/wait.ts";

const limits = { softBytes: 100, hardBytes: 400, foldDelayMs: 1 };
const size = { columns: 80, rows: 24 };

/** Folding that keeps the text but marks it, so that nothing can be lost unseen. */
class MarkingFolder implements Folder {
  folded: string[] = [];
  nowCount = 0;
  isBroken = false;

  async fold(steps: HistoryStep[]): Promise<Uint8Array> {
    return this.mark(steps);
  }

  foldNow(steps: HistoryStep[]): Uint8Array {
    this.nowCount++;
    return this.mark(steps);
  }

  private mark(steps: HistoryStep[]): Uint8Array {
    if (this.isBroken) throw new Error("broken");
    const text = textOf(steps);
    this.folded.push(text);
    return Buffer.from(text);
  }
}

function textOf(steps: HistoryStep[]): string {
  return steps.map(({ bytes }) => Buffer.from(bytes).toString()).join("");
}

describe("the scrollback", () => {
  test("keeps every byte in order while it folds in the background", async () => {
    const folder = new MarkingFolder();
    const scrollback = new Scrollback(size, folder, limits);
    let all = "";
    for (let count = 0; count < 40; count++) {
      const piece = `piece ${count} of forty;`;
      all += piece;
      scrollback.append(Buffer.from(piece), 0);
      const isFolded = () => all.length - (scrollback.steps()[0]?.bytes.length ?? 0) < 100;
      if (count % 10 === 9) await waitFor(isFolded);
      expect(textOf(scrollback.steps())).toBe(all);
    }
    expect(scrollback.isComplete).toBe(true);
    expect(folder.nowCount).toBe(0);
  });

  test("stands still and folds when output comes faster than that", () => {
    const folder = new MarkingFolder();
    const scrollback = new Scrollback(size, folder, limits);
    const piece = "x".repeat(150);
    for (let count = 0; count < 6; count++) scrollback.append(Buffer.from(piece), 0);
    expect(folder.nowCount).toBe(2);
    expect(textOf(scrollback.steps())).toBe(piece.repeat(6));
    scrollback.close();
  });

  test("cuts neither a sequence nor a character when it folds", () => {
    const folder = new MarkingFolder();
    const scrollback = new Scrollback(size, folder, limits);
    scrollback.append(Buffer.from(`${"x".repeat(400)}\x1b[3`), 3);
    scrollback.append(Buffer.from(`${"y".repeat(400)}🙂`).subarray(0, 402), 0);
    expect(folder.folded).toEqual(["x".repeat(400), `${"x".repeat(400)}\x1b[3${"y".repeat(400)}`]);
    expect(scrollback.steps().at(-1)?.bytes.length).toBe(2);
  });

  test("remembers at which size each output came", () => {
    const folder = new MarkingFolder();
    const scrollback = new Scrollback(size, folder, limits);
    scrollback.append(Buffer.from("narrow"), 0);
    scrollback.resize({ columns: 120, rows: 40 });
    scrollback.resize({ columns: 130, rows: 40 });
    scrollback.append(Buffer.from("wide"), 0);
    const steps = scrollback.steps().map((step) => `${step.columns} ${textOf([step])}`);
    expect(steps).toEqual(["80 ", "80 narrow", "130 wide"]);
    scrollback.append(Buffer.from("z".repeat(400)), 0);
    expect(scrollback.steps().map(({ columns }) => columns)).toEqual([130, 130]);
    expect(scrollback.size).toEqual({ columns: 130, rows: 40 });
  });

  test("drops the oldest and says so when folding fails", () => {
    const folder = new MarkingFolder();
    folder.isBroken = true;
    const scrollback = new Scrollback(size, folder, limits);
    scrollback.append(Buffer.from(`${"a".repeat(350)}${"b".repeat(100)}`), 0);
    expect(scrollback.isComplete).toBe(false);
    expect(textOf(scrollback.steps())).toBe("b".repeat(100));
    scrollback.close();
  });
});
