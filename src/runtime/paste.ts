const bracketStart = "\x1b[200~";
const bracketEnd = "\x1b[201~";

/**
 * A text as it may be typed into a terminal: no control character but newline and tab, so nothing
 * in it can be a key, end the paste, or drive the terminal. Line ends become newlines.
 */
export function typeable(text: string): string {
  return text.replace(/\r\n?/g, "\n").replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, "");
}

/**
 * The bytes of a paste. Without bracketed paste newlines are sent as they are: a program in raw
 * mode takes them for a line break (ctrl-j), one that reads whole lines for their ends.
 */
export function pasteBytes(text: string, isBracketed: boolean): Uint8Array {
  const clean = typeable(text);
  return Buffer.from(isBracketed ? bracketStart + clean + bracketEnd : clean);
}
