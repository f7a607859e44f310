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
  const kept = !isCut ? clean : keep === "start" ? clean.slice(0, length) : clean.slice(-length);
  const longest = Math.max(2, ...[...kept.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  const note = isCut ? `\n(cut: ${clean.length} characters in all)` : "";
  return `${fence}text\n${kept}\n${fence}${note}`;
}

/** One line of foreign text: no control characters, no line breaks, capped. */
export function label(text: string, length = 200): string {
  const line = plain(text).replaceAll(/\s+/g, " ").trim();
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`;
}

function plain(text: string): string {
  return text
    .replaceAll(
      /\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b./g,
      "",
    )
    .replaceAll(/\r\n?/g, "\n")
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "");
}
