const isColored = process.stdout.isTTY === true && !process.env["NO_COLOR"];

/** A heading of the story. */
export function heading(text: string): void {
  write(`\n${paint("1", text)}\n`);
}

/** A sentence of the story. */
export function tell(text: string): void {
  write(`${text}\n`);
}

/** A command as a person would type it, with what it printed. */
export function typed(words: readonly string[], output: string): void {
  write(`${paint("36", `$ ${words.map(quoted).join(" ")}`)}\n`);
  for (const line of output.split("\n")) if (line !== "") write(`  ${line}\n`);
}

/** A line from the follower of events, as it comes. */
export function happened(line: string): void {
  write(`${paint("2", `      · ${line.trim()}`)}\n`);
}

/** What was checked and holds. */
export function checked(text: string): void {
  write(`  ${paint("32", "✓")} ${text}\n`);
}

function quoted(word: string): string {
  return /^[\w./:=@-]+$/.test(word) ? word : `"${word}"`;
}

function paint(code: string, text: string): string {
  return isColored ? `\u001b[${code}m${text}\u001b[0m` : text;
}

function write(text: string): void {
  process.stdout.write(text);
}
