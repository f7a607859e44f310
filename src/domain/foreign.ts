/** Longest piece of foreign text that is put before an agent at once. */
export const foreignLength = 8_000;

/**
 * Text of strangers, as data: terminal control stripped, capped, and inside a fence that is
 * longer than any run of back-ticks in it, so that it cannot be closed from within.
 */
export function fenced(
  text: string,
  options: { keep?: "start" | "end"; length?: number } = {},
): string {
  const { keep = "start", length = foreignLength } = options;
  const clean = plain(text).trim();
  const isCut = clean.length > length;
  const cut = keep === "start" ? clean.slice(0, length) : clean.slice(-length);
  // A cut in the middle of a character would leave half of it.
  const kept = isCut ? cut.toWellFormed() : clean;
  const longest = Math.max(2, ...[...kept.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  // How much there is in all is not known here: long texts are stored in part.
  const note = isCut ? `\n(cut: this is only its ${keep})` : "";
  return `${fence}text\n${kept}\n${fence}${note}`;
}

/** One line of foreign text: no control characters, no line breaks, capped. */
export function label(text: string, length = 200): string {
  const line = plain(text).replaceAll(/\s+/g, " ").trim();
  return line.length <= length ? line : `${line.slice(0, length - 1).toWellFormed()}…`;
}

/** Foreign text that keeps its lines: no control characters, capped. */
export function paragraph(text: string, length: number): string {
  const clean = plain(text).trim();
  return clean.length <= length ? clean : `${clean.slice(0, length - 1).toWellFormed()}…`;
}

/** Sequences that a terminal obeys, with what they carry. */
const escapes = new RegExp(
  [
    String.raw`(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]`,
    String.raw`(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])` +
      String.raw`[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?`,
    String.raw`\u001b.`,
  ].join("|"),
  "g",
);

/** Control characters, marks that reorder text, and characters that nobody sees. */
const hidden = new RegExp(
  String.raw`[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f]` +
    String.raw`|[\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]`,
  "gu",
);

function plain(text: string): string {
  return text
    .replaceAll(escapes, "")
    .replaceAll(/\r\n?|[\u2028\u2029]/g, "\n")
    .replaceAll(hidden, "");
}
