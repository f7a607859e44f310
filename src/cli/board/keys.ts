/** Keys without a character of their own. */
export type KeyName =
  | "up"
  | "down"
  | "left"
  | "right"
  | "home"
  | "end"
  | "pageUp"
  | "pageDown"
  | "enter"
  | "escape"
  | "backspace"
  | "delete"
  | "wordBack"
  | "clear"
  | "interrupt";

/** What a person did: a key by its name, a character, or a pasted text. */
export type Key = { name: KeyName } | { text: string } | { paste: string };

const sequences: Record<string, KeyName> = {
  A: "up",
  B: "down",
  C: "right",
  D: "left",
  H: "home",
  F: "end",
  "1~": "home",
  "3~": "delete",
  "4~": "end",
  "5~": "pageUp",
  "6~": "pageDown",
  "7~": "home",
  "8~": "end",
  OM: "enter",
};

const controls: Record<string, KeyName> = {
  "\r": "enter",
  "\n": "enter",
  "\u001b": "escape",
  "\u007f": "backspace",
  "\b": "backspace",
  "\u0001": "home",
  "\u0005": "end",
  "\u0003": "interrupt",
  "\u000e": "down",
  "\u0010": "up",
  "\u0015": "clear",
  "\u0017": "wordBack",
};

const pasteStart = "\u001b[200~";
const pasteEnd = "\u001b[201~";

/** Longest paste that is waited for to its end. */
const pasteLength = 1024 * 1024;

/** A sequence by its introducer, its parameters, and what ends it. */
const sequence = /^\u001b(?:(\[)([0-?]*)([ -/]*[@-~])|(O)([@-~]))/;
const beginning = /^\u001b(?:\[[0-?]*[ -/]*|O)$/;

/** Reads keys from what a terminal sends, also when a sequence comes in two pieces. */
export class KeyReader {
  readonly #segmenter = new Intl.Segmenter();
  #rest = "";

  read(text: string): Key[] {
    const keys: Key[] = [];
    let left = this.#rest + text;
    this.#rest = "";
    while (left !== "") {
      const { key, length } = this.#next(left);
      if (length === 0) {
        this.#rest = left.slice(0, pasteLength);
        break;
      }
      if (key) keys.push(key);
      left = left.slice(length);
    }
    return keys;
  }

  /** The first key of a text and how much of the text it is; 0: it is not complete. */
  #next(text: string): { key?: Key; length: number } {
    if (text.startsWith(pasteStart)) {
      const end = text.indexOf(pasteEnd);
      if (end < 0) return { length: text.length < pasteLength ? 0 : text.length };
      const paste = text.slice(pasteStart.length, end);
      return { key: { paste }, length: end + pasteEnd.length };
    }
    const found = sequence.exec(text);
    if (found) return { ...named(sequences, nameOf(found)), length: found[0].length };
    if (beginning.test(text)) return { length: 0 };
    const [first = ""] = text;
    // The Alt key with another: a command typed so was not meant.
    if (first === "\u001b" && text.length > 1) return { length: 2 };
    if (first < " " || first === "\u007f") return { ...named(controls, first), length: 1 };
    const [segment] = this.#segmenter.segment(text);
    const { segment: character = first } = segment ?? {};
    return { key: { text: character }, length: character.length };
  }
}

/** With a modifier (`1;5C`) it is the same key; the keypad has an Enter of its own. */
function nameOf([, , parameters = "", end = "", isShort, letter = ""]: RegExpExecArray): string {
  if (isShort) return letter === "M" ? "OM" : letter;
  return end === "~" ? `${parameters.split(";")[0]}~` : /^[\d;]*$/.test(parameters) ? end : "";
}

function named(names: Record<string, KeyName>, name: string): { key?: Key } {
  const found = Object.hasOwn(names, name) ? names[name] : undefined;
  return found ? { key: { name: found } } : {};
}
