/** Colours of one stream; with colour off each returns its text unchanged. */
export type Paint = Record<keyof typeof codes, (text: string) => string>;

const codes = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
  inverse: [7, 27],
} satisfies Record<string, [on: number, off: number]>;

/** The colours of a stream that may have them, or their plain stand-ins. */
export function painter(isColored: boolean): Paint {
  const paint =
    ([on, off]: number[]) =>
    (text: string) =>
      isColored && text !== "" ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  return {
    bold: paint(codes.bold),
    dim: paint(codes.dim),
    red: paint(codes.red),
    green: paint(codes.green),
    yellow: paint(codes.yellow),
    blue: paint(codes.blue),
    magenta: paint(codes.magenta),
    cyan: paint(codes.cyan),
    inverse: paint(codes.inverse),
  };
}

// Operating system commands, which may set titles and clipboards, with their whole payload.
const oscPattern = /(?:\u001b\]|\u009d)[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?/g;
// Device control, privacy and application strings, likewise.
const stringPattern =
  /(?:\u001b[PX^_]|[\u0090\u0098\u009e\u009f])[^\u001b\u009c]*(?:\u001b\\|\u009c)?/g;
const csiPattern = /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?/g;
const escapePattern = /\u001b[ -/]*[0-~]?/g;
// What is left of the control characters, except newline and tab; and the marks that reorder text.
const controlPattern = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Foreign text without anything that a terminal would obey: escape sequences, control characters,
 * marks that reorder text. Newlines and tabs stay.
 */
export function sanitize(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replace(oscPattern, "")
    .replace(stringPattern, "")
    .replace(csiPattern, "")
    .replace(escapePattern, "")
    .replace(controlPattern, "");
}

/** Foreign text on one line: sanitized, each run of blanks and newlines one space. */
export function oneLine(text: string): string {
  return sanitize(text).replace(/\s+/g, " ").trim();
}

/** Cuts plain text to a number of terminal columns, with `…` where something is missing. */
export function truncate(text: string, columns: number): string {
  if (Bun.stringWidth(text) <= columns) return text;
  if (columns < 1) return "";
  let kept = "";
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    width += Bun.stringWidth(segment);
    if (width > columns - 1) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}

/** Breaks plain text into lines of at most so many columns; words longer than that stay whole. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    let line = "";
    for (const word of paragraph.split(/ +/)) {
      const longer = line === "" ? word : `${line} ${word}`;
      if (line !== "" && Bun.stringWidth(longer) > columns) {
        lines.push(line);
        line = word;
      } else line = longer;
    }
    lines.push(line);
  }
  return lines;
}
