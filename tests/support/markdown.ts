/** A fenced block of a document. */
export interface Block {
  /** The nearest heading of level 2 above it. */
  section: string;
  /** What stands behind the opening fence. */
  language: string;
  lines: string[];
}

/** Every fenced block, in order. */
export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let section = "";
  let open: Block | undefined;
  for (const line of text.split("\n")) {
    if (line.startsWith("```")) {
      if (open) blocks.push(open);
      open = open ? undefined : { section, language: line.slice(3).trim(), lines: [] };
    } else if (open) open.lines.push(line);
    else if (line.startsWith("## ")) section = line.slice(3);
  }
  return blocks;
}

/** The cells of every table row below a heading, heads and rules left out; back-ticks removed. */
export function rowsOf(text: string, heading: string): string[][] {
  const start = text.indexOf(`\n${heading}\n`);
  if (start < 0) throw new Error(`no heading ${heading}`);
  const body = text.slice(start + heading.length + 2);
  const end = body.search(/^#{1,3} /m);
  const rows = body
    .slice(0, end < 0 ? undefined : end)
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.replaceAll("`", "").trim()),
    );
  return rows.filter(([first = ""], index) => {
    const isHead = /^-+$/.test((rows[index + 1]?.[0] ?? "").replaceAll(" ", ""));
    return !isHead && !/^-+$/.test(first);
  });
}
