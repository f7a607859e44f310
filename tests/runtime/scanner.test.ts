import { describe, expect, test } from "bun:test";

import { DraftTracker } from "../../src/runtime/pty/draft.ts";
import { OutputModes } from "../../src/runtime/pty/modes.ts";
import { incompleteCharacterBytes, SequenceScanner } from "../../src/runtime/pty/scanner.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function scan(text: string, pieceLength: number): string[] {
  const found: string[] = [];
  const scanner = new SequenceScanner(
    {
      onControl: (sequence) => found.push(`control ${sequence}`),
      onEscape: (sequence) => found.push(`escape ${sequence}`),
    },
    "output",
  );
  const all = bytes(text);
  for (let start = 0; start < all.length; start += pieceLength) {
    scanner.push(all.subarray(start, start + pieceLength));
  }
  return found;
}

describe("the scanner", () => {
  const text =
    "plain\x1b[?2004h\x1b]0;title [31m\x07x\x1bP1$r\x1b\\" +
    "\x1b(B\x1b[31;1mred\x1bc\x1b[1\x1b[2J\x1b7";
  const expected = [
    "control ?2004h",
    "escape (B",
    "control 31;1m",
    "escape c",
    "control 2J",
    "escape 7",
  ];
  for (const pieceLength of [1, 2, 3, 7, 1000]) {
    test(`finds the same sequences in pieces of ${pieceLength} bytes`, () => {
      expect(scan(text, pieceLength)).toEqual(expected);
    });
  }

  test("counts the bytes of a sequence that is not complete", () => {
    const scanner = new SequenceScanner({}, "output");
    scanner.push(bytes("text\x1b[?20"));
    expect(scanner.pending).toBe(5);
    scanner.push(bytes("04h"));
    expect(scanner.pending).toBe(0);
    scanner.push(bytes("\x1b]0;abc\x1b"));
    expect(scanner.pending).toBe(8);
    scanner.push(bytes("["));
    expect(scanner.pending).toBe(2);
  });

  test("counts the bytes of a character that is not complete", () => {
    const smile = bytes("a🙂");
    expect([1, 2, 3, 4, 5].map((end) => incompleteCharacterBytes(smile.subarray(0, end)))).toEqual([
      0, 1, 2, 3, 0,
    ]);
  });
});

describe("the output modes", () => {
  test("follow bracketed paste through combined modes, resets and cuts", () => {
    const modes = new OutputModes(() => undefined);
    const states = ["\x1b[?1049;20", "04h", "\x1b[?25l", "\x1b[?2004l", "\x1b[?2004h", "\x1bc"];
    const seen = states.map((text) => {
      modes.push(bytes(text));
      return modes.hasBracketedPaste;
    });
    expect(seen).toEqual([false, true, true, false, true, false]);
  });

  test("report what the agent asks its terminal", () => {
    const asked: string[] = [];
    new OutputModes((query) => asked.push(query)).push(bytes("\x1b[c\x1b[>c\x1b[5n\x1b[6n\x1b[7n"));
    expect(asked).toEqual(["attributes", "secondaryAttributes", "status", "cursor"]);
  });
});

describe("the draft", () => {
  const hasDraft = (...keys: string[]) => {
    const draft = new DraftTracker();
    for (const key of keys) draft.push(bytes(key));
    return draft.hasDraft;
  };

  test("begins with a printable character and ends with Enter", () => {
    expect(hasDraft("ab")).toBe(true);
    expect(hasDraft("ab", "\r")).toBe(false);
    expect(hasDraft("ü", "\x7f")).toBe(false);
    expect(hasDraft("abc", "\x15")).toBe(false);
  });

  test("is not begun by keys, mouse reports or a terminal's answers", () => {
    expect(hasDraft("\x1b[A\x1bOB\x1b[<0;12;5M\x1b[I\x1b[?62;22c\x1b]11;rgb:0/0/0\x1b\\")).toBe(
      false,
    );
  });

  test("is begun by a pasted text, whatever line ends it has", () => {
    expect(hasDraft("\x1b[200~two\rlines\x1b[201~")).toBe(true);
  });
});
