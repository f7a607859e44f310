import { sanitize } from "../text.ts";
import type { Key } from "./keys.ts";

/** A line that is being written, as characters; the cursor stands before the one of its number. */
export interface Draft {
  characters: readonly string[];
  cursor: number;
}

/** Nothing written yet. */
export const emptyDraft: Draft = { characters: [], cursor: 0 };

/** The text of a draft. */
export function textOf({ characters }: Draft): string {
  return characters.join("");
}

/** The draft after a key; undefined when the key means nothing to it. */
export function edit(draft: Draft, key: Key): Draft | undefined {
  if ("text" in key) return insert(draft, [key.text]);
  if ("paste" in key) return insert(draft, charactersOf(key.paste));
  const { characters, cursor } = draft;
  switch (key.name) {
    case "left":
      return { characters, cursor: Math.max(0, cursor - 1) };
    case "right":
      return { characters, cursor: Math.min(characters.length, cursor + 1) };
    case "home":
      return { characters, cursor: 0 };
    case "end":
      return { characters, cursor: characters.length };
    case "backspace":
      return cut(draft, Math.max(0, cursor - 1), cursor);
    case "delete":
      return cut(draft, cursor, cursor + 1);
    case "wordBack":
      return cut(draft, wordStart(draft), cursor);
    case "clear":
      return cut(draft, 0, cursor);
    default:
      return undefined;
  }
}

/**
 * As much of a draft as fits, with the cursor in it: the text, and the column of the cursor.
 * Line breaks of a pasted text show as `⏎`.
 */
export function windowOf(draft: Draft, columns: number): { text: string; column: number } {
  const shown = draft.characters.map((character) =>
    character === "\n" ? "⏎" : character === "\t" ? " " : character,
  );
  const width = (from: number, to: number) => Bun.stringWidth(shown.slice(from, to).join(""));
  let from = 0;
  while (width(from, draft.cursor) > columns - 1 && from < draft.cursor) from += 1;
  let to = draft.cursor;
  while (to < shown.length && width(from, to + 1) <= columns) to += 1;
  return { text: shown.slice(from, to).join(""), column: width(from, draft.cursor) };
}

function insert({ characters, cursor }: Draft, added: readonly string[]): Draft {
  const next = [...characters.slice(0, cursor), ...added, ...characters.slice(cursor)];
  return { characters: next, cursor: cursor + added.length };
}

function cut({ characters }: Draft, from: number, to: number): Draft {
  return { characters: [...characters.slice(0, from), ...characters.slice(to)], cursor: from };
}

function wordStart({ characters, cursor }: Draft): number {
  let start = cursor;
  while (start > 0 && characters[start - 1]?.trim() === "") start -= 1;
  while (start > 0 && characters[start - 1]?.trim() !== "") start -= 1;
  return start;
}

function charactersOf(text: string): string[] {
  const plain = sanitize(text.replaceAll(/\r\n?/g, "\n"));
  return [...new Intl.Segmenter().segment(plain)].map(({ segment }) => segment);
}
