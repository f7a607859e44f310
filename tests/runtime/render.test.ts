import { describe, expect, spyOn, test } from "bun:test";

import type { HistoryStep } from "../../src/runtime/history.ts";
import { cursorReport, foldSteps, renderScreen } from "../../src/runtime/render.ts";

const step = (text: string, columns = 40, rows = 10): HistoryStep => ({
  columns,
  rows,
  bytes: Buffer.from(text),
});

const screenOf = async (steps: HistoryStep[], redrawScrollback = 0) =>
  await renderScreen(
    { launchId: "one", isComplete: true, lastOutputAt: 0, hasTypedDraft: false, steps },
    { redrawScrollback },
  );

describe("a rendered screen", () => {
  test("has the lines, the cursor and the lines above it", async () => {
    const text = Array.from({ length: 14 }, (_, line) => `line ${line}`).join("\r\n");
    const screen = await screenOf([step(text)]);
    expect(screen.lines).toEqual(Array.from({ length: 10 }, (_, line) => `line ${line + 4}`));
    expect(screen.scrollback).toEqual(["line 0", "line 1", "line 2", "line 3"]);
    expect(screen.cursor).toEqual({ column: 7, row: 9 });
    expect(screen).toMatchObject({ columns: 40, rows: 10, isAlternate: false, isComplete: true });
  });

  test("draws each output at the size it came for", async () => {
    const screen = await screenOf([step("x".repeat(30), 20), step("\r\nwide", 60, 5)]);
    expect(screen).toMatchObject({ columns: 60, rows: 5 });
    expect(screen.lines.at(-1)).toBe("wide");
  });

  test("gives an emoji two columns, as agents do", async () => {
    expect((await screenOf([step("🙂x✅y")])).cursor.column).toBe(6);
  });

  test("is not kept busy by huge counts, and complains of nothing to the console", async () => {
    const told = spyOn(console, "error").mockImplementation(() => {});
    const finals = [..."STLMbP@XIZJKABCDEFGade`n^", " @", " A", "'}", "'~"];
    const text = finals.map((final) => `a\x1b[2147483647${final}`).join("\r\n");
    const start = performance.now();
    const screen = await screenOf([step(`${text}\x1b[2;3\u{1f469}\x1bc\x1b[9Bend`)]);
    expect(performance.now() - start).toBeLessThan(5_000);
    expect(screen.lines.at(-1)).toBe("end");
    expect(told).not.toHaveBeenCalled();
    told.mockRestore();
  });

  test("reports the cursor as a terminal does", async () => {
    expect(await cursorReport([step("one\r\ntwo")])).toBe("2;4");
  });
});

const scenes: Record<string, string> = {
  "colours and the pen": "\x1b[31mred \x1b[1;48;5;20mbold\r\nstill bold ",
  "the alternate screen": "main\r\n\x1b[?1049h\x1b[2J\x1b[3;5Halt\x1b[?25l",
  "bracketed paste, mouse, focus and cursor keys":
    "\x1b[?2004h\x1b[?1003h\x1b[?1006h\x1b[?1004h\x1b[?1h",
  "the cursor's shape and the keyboard protocol": "\x1b[5 q\x1b[>1u\x1b[>4;2m",
  "a scroll region": "a\r\nb\r\nc\x1b[2;4r\x1b[3;1H",
  "wrapped lines": "w".repeat(95),
};

describe("a fold", () => {
  // What both must do alike: text, a newline in the region, a colour change, and a mode query.
  const later = "later\r\n\r\n\x1b[0mplain\x1b[?1049lback";
  for (const [name, scene] of Object.entries(scenes)) {
    test(`keeps ${name}`, async () => {
      const folded = await foldSteps([step(scene)]);
      const direct = await screenOf([step(scene)]);
      const again = await screenOf([step(folded)]);
      expect(again).toEqual({ ...direct, redraw: again.redraw, quietMs: again.quietMs });
      expect(await foldSteps([step(folded)])).toBe(folded);
      const directLater = await screenOf([step(scene), step(later)]);
      const againLater = await screenOf([step(folded), step(later)]);
      expect(againLater.lines).toEqual(directLater.lines);
      expect(againLater.cursor).toEqual(directLater.cursor);
    });
  }

  test("writes the modes that its serializer leaves out", async () => {
    const scene = Object.values(scenes).join("");
    const folded = await foldSteps([step(`${scene}\x1b[?25l`)]);
    for (const mode of ["?25l", "?1003h", "?1006h", "?1004h", "?2004h", "5 q", ">1u", ">4;2m"]) {
      expect(folded).toContain(`\x1b[${mode}`);
    }
  });

  test("forgets modes that were reset", async () => {
    const set = "\x1b[?25l\x1b[?1006h\x1b[5 q\x1b[>1u\x1b[2;4r";
    expect(await foldSteps([step(`${set}\x1bc`)])).not.toContain("\x1b[");
    expect(await foldSteps([step("\x1b[>1u\x1b[>5u\x1b[<2u")])).not.toContain("u");
  });

  test("keeps 2000 lines above the screen and fewer when they are very long", async () => {
    const lines = Array.from({ length: 3_000 }, (_, line) => `line ${line}`).join("\r\n");
    const screen = await screenOf([step(await foldSteps([step(lines)]))]);
    expect(screen.scrollback.length).toBe(2_000);
    expect(screen.lines.at(-1)).toBe("line 2999");
    const long = Array.from({ length: 2_100 }, () => "x".repeat(900)).join("\r\n");
    expect((await foldSteps([step(long, 900)])).length).toBeLessThanOrEqual(1024 * 1024);
  });
});
