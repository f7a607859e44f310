/** One line of a file's change. Numbers are those of the old and of the new file. */
export interface DiffLine {
  kind: "added" | "removed" | "same" | "note";
  text: string;
  before: number | undefined;
  after: number | undefined;
}

export interface DiffHunk {
  header: string;
  lines: DiffLine[];
}

export interface DiffFile {
  path: string;
  /** What happened to it beside its lines: `new file`, `renamed from a.ts`, `binary`. */
  notes: string[];
  added: number;
  removed: number;
  hunks: DiffHunk[];
}

/** Cuts git's unified diff into files and hunks; a text that is none gives no files. */
export function parseDiff(text: string): DiffFile[] {
  const files: DiffFile[] = [];
  const blocks = text.split(/^(?=diff --git )/m).filter((block) => block.startsWith("diff --git "));
  for (const block of blocks) files.push(parseFile(block.replace(/\n$/, "").split("\n")));
  return files;
}

function parseFile(lines: string[]): DiffFile {
  const start = lines.findIndex((line) => line.startsWith("@@"));
  const head = start < 0 ? lines : lines.slice(0, start);
  const file: DiffFile = {
    path: pathOf(head),
    notes: notesOf(head),
    added: 0,
    removed: 0,
    hunks: [],
  };
  let [before, after] = [0, 0];
  for (const line of start < 0 ? [] : lines.slice(start)) {
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line);
    if (hunk) {
      [before, after] = [Number(hunk[1]), Number(hunk[2])];
      file.hunks.push({ header: line, lines: [] });
      continue;
    }
    const entry = lineOf(line, before, after);
    if (entry.before !== undefined) before += 1;
    if (entry.after !== undefined) after += 1;
    if (entry.kind === "added") file.added += 1;
    if (entry.kind === "removed") file.removed += 1;
    file.hunks.at(-1)?.lines.push(entry);
  }
  return file;
}

function lineOf(line: string, before: number, after: number): DiffLine {
  const text = line.slice(1);
  if (line.startsWith("+")) return { kind: "added", text, before: undefined, after };
  if (line.startsWith("-")) return { kind: "removed", text, before, after: undefined };
  if (line.startsWith("\\")) {
    return { kind: "note", text: text.trim(), before: undefined, after: undefined };
  }
  return { kind: "same", text, before, after };
}

/** The new name, or the old one of a file that went away; git quotes what is not plain. */
function pathOf(head: string[]): string {
  const named = (prefix: string) =>
    head.find((line) => line.startsWith(prefix))?.slice(prefix.length);
  const plain = (name: string | undefined) =>
    name === undefined || name === "/dev/null" ? undefined : unquoted(name);
  const moved = named("rename to ");
  if (moved !== undefined) return unquoted(moved);
  const found = plain(named("+++ ")) ?? plain(named("--- "));
  if (found !== undefined) return found.replace(/^[ab]\//, "");
  const both = /^diff --git (?:"?a\/.*"? )?"?b\/(.*?)"?$/.exec(head[0] ?? "");
  return both?.[1] ?? "";
}

function unquoted(name: string): string {
  return name.replace(/\t$/, "").replace(/^"(.*)"$/, "$1");
}

function notesOf(head: string[]): string[] {
  return head.flatMap((line) => {
    if (line.startsWith("new file")) return ["new file"];
    if (line.startsWith("deleted file")) return ["deleted"];
    if (line.startsWith("rename from ")) return [`renamed from ${line.slice(12)}`];
    if (line.startsWith("new mode")) return [`mode ${line.slice(9)}`];
    if (line.startsWith("Binary files") || line === "GIT binary patch") return ["binary"];
    return [];
  });
}
