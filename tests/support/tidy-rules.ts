import { posix } from "node:path";

import { cut, type SourceFile } from "./source.ts";

/** Looks at all files and returns one line for each breach; an empty list is a pass. */
export type Rule = (files: SourceFile[]) => string[];

const longestFile = 300;
const longestFunction = 50;
const widestLine = 100;

/** A unit may import what stands on a lower level; units of one level never import each other. */
const levels: Record<string, number> = {
  main: 8,
  app: 7,
  cli: 6,
  web: 6,
  engine: 5,
  store: 4,
  git: 4,
  github: 4,
  opencode: 4,
  agent: 4,
  runtime: 4,
  process: 3,
  domain: 2,
  error: 1,
  version: 1,
};

/** Packages that belong to one unit alone. */
const owners: Record<string, string> = {
  "bun:ffi": "process",
  "bun:sqlite": "store",
  citty: "cli",
  consola: "cli",
  "@octokit/core": "github",
  "@xterm/headless": "runtime",
  "@xterm/addon-serialize": "runtime",
};

const importPattern = /(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+)(["'])([^"'\n]+)\1/g;

/** STYLE "Imports point one way", type-only imports included. */
export const importsPointOneWay: Rule = (files) =>
  inFolder(files, "src").flatMap((file) =>
    [...withoutComments(file.text).matchAll(importPattern)].flatMap((match) => {
      const target = match[2] ?? "";
      const why = target.startsWith(".")
        ? wrongFile(file.path, target)
        : wrongPackage(file.path, target);
      return why ? [`${file.path}: imports ${target}, ${why}`] : [];
    }),
  );

function wrongFile(path: string, target: string): string | undefined {
  const found = posix.join(posix.dirname(path), target);
  const from = unitOf(path);
  if (found === "package.json") return from === "version" ? undefined : "only version may";
  if (found.startsWith("sql/")) return from === "store" ? undefined : "only store may";
  if (!found.startsWith("src/")) return "which is outside src";
  const to = unitOf(found);
  if (from === to) return undefined;
  const [fromLevel, toLevel] = [levels[from], levels[to]];
  if (fromLevel === undefined) return `and ${from} has no level`;
  if (toLevel === undefined) return `and ${to} has no level`;
  return fromLevel > toLevel ? undefined : `but ${from} stands not above ${to}`;
}

function wrongPackage(path: string, target: string): string | undefined {
  const owner = owners[target];
  return owner === undefined || unitOf(path) === owner ? undefined : `only ${owner} may`;
}

function unitOf(path: string): string {
  return (path.split("/")[1] ?? "").replace(/\.d\.ts$|\.tsx?$/, "");
}

/** STYLE rule 2: no file above 300 lines. */
export const filesAreShort: Rule = (files) =>
  typescript(files).flatMap(({ path, text }) => {
    const count = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
    return count > longestFile ? [`${path}: ${count} lines, at most ${longestFile}`] : [];
  });

/** STYLE rule 2: no line above 100 columns, SQL included. */
export const linesAreNarrow: Rule = (files) =>
  sources(files).flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, index) => {
      const columns = Bun.stringWidth(line);
      return columns > widestLine ? [`${path}:${index + 1}: ${columns} columns`] : [];
    }),
  );

/** STYLE rule 2: no function above 50 lines; blocks of `describe` are no functions. */
export const functionsAreShort: Rule = (files) =>
  typescript(files).flatMap(({ path, text }) =>
    functionsOf(cut(text).code.split("\n")).flatMap(({ line, length }) =>
      length > longestFunction ? [`${path}:${line}: a function of ${length} lines`] : [],
    ),
  );

const modifiers = "(?:export |default |async |static |override |get |set |\\*)*";
const opener = new RegExp(`^\\s*${modifiers}(?:function\\b|[#\\w$]+\\s*(?:<.*>)?\\()`);
const statement = /^\s*(?:if|for|while|switch|catch|return|throw|await|new|describe)\b/;

/** Functions by their indentation, which the formatter keeps: from the opener to its `}`. */
function functionsOf(lines: string[]): { line: number; length: number }[] {
  return lines.flatMap((line, index) => {
    const isArrow = /=>\s*\{$/.test(line) && !/^\s*describe\b/.test(line);
    const isNamed = opener.test(line) && !statement.test(line) && /[{(]$/.test(line.trimEnd());
    if (!isArrow && !isNamed) return [];
    const end = closingLine(lines, index);
    return end === undefined ? [] : [{ line: index + 1, length: end - index + 1 }];
  });
}

function closingLine(lines: string[], start: number): number | undefined {
  const indent = indentOf(lines[start] ?? "");
  let isBody = /\{$/.test((lines[start] ?? "").trimEnd());
  for (let index = start + 1; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    if (line.trim() === "" || indentOf(line) > indent) continue;
    if (indentOf(line) < indent) return undefined;
    if (/^\s*[)}].*\{$/.test(line.trimEnd())) isBody = true;
    else return isBody && /^\s*\}/.test(line) ? index : undefined;
  }
  return undefined;
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** Every statement file is part of the program. */
export const sqlIsImported: Rule = (files) => {
  const list = files.find(({ path }) => path === "src/store/sql.ts");
  if (!list) return [];
  return files
    .filter(({ path }) => path.endsWith(".sql") && !list.text.includes(`"../../${path}"`))
    .map(({ path }) => `${path}: not imported in src/store/sql.ts`);
};

const sqlPattern = new RegExp(
  [
    String.raw`\bselect\s[\s\S]*\sfrom\s`,
    String.raw`\binsert\s+(?:or\s+\w+\s+)?into\s`,
    String.raw`\bupdate\s+\w+\s+set\s`,
    String.raw`\bdelete\s+from\s`,
    String.raw`\bbegin\s+immediate`,
    String.raw`\bcreate\s+(?:table|trigger|view|index)\s`,
  ].join("|"),
  "i",
);

/** STYLE rule 7: statements live in sql/; src/store may ask for pragmas and for the catalogue. */
export const sqlStaysInSql: Rule = (files) =>
  inFolder(files, "src").flatMap(({ path, text }) =>
    cut(text).strings.flatMap((string) => {
      const isStatement = sqlPattern.test(string) && !/\bfrom sqlite_schema\b/i.test(string);
      const isPragma = /^\s*pragma\s/i.test(string) && !path.startsWith("src/store/");
      return isStatement || isPragma ? [`${path}: SQL in "${string.trim()}"`] : [];
    }),
  );

/** A rule that forbids a pattern in the code (not in strings or comments) of some files. */
export function forbid(pattern: RegExp, isRuled: (path: string) => boolean): Rule {
  return (files) =>
    typescript(files)
      .filter(({ path }) => isRuled(path))
      .flatMap(({ path, text }) =>
        cut(text)
          .code.split("\n")
          .flatMap((line, index) =>
            pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [],
          ),
      );
}

const badWords = /(?:^|[-_.])(?:utils?|helpers?|common|misc|managers?|services?)(?:[-_.]|$)/i;

/** STYLE rule 1: a name says what a file holds. */
export const fileNamesSaySomething: Rule = (files) =>
  files
    .filter(({ path }) => path.split("/").some((part) => badWords.test(part)))
    .map(({ path }) => `${path}: a name that could hold anything`);

/** What is left to do belongs into an issue. */
export const nothingIsLeftOver: Rule = (files) =>
  sources(files).flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, index) =>
      // In two parts, so that this file does not breach its own rule.
      new RegExp(`\\b(?:${"TO"}DO|${"FIX"}ME|${"XX"}X)\\b`).test(line)
        ? [`${path}:${index + 1}: ${line.trim()}`]
        : [],
    ),
  );

const exported =
  /^export (?:default )?(?:async )?(?:function\*? (\w+)|const \w+ = (?:async )?\(.*=>)/;

/** STYLE rule 5: public functions have a docstring. */
export const exportsAreDocumented: Rule = (files) =>
  inFolder(files, "src").flatMap(({ path, text }) => {
    const lines = text.split("\n");
    return lines.flatMap((line, index) => {
      const name = exported.exec(line);
      const above = lines[index - 1] ?? "";
      const isOverload = name?.[1] && above.startsWith(`export function ${name[1]}`);
      if (!name || isOverload || above.trimEnd().endsWith("*/")) return [];
      return [`${path}:${index + 1}: no docstring above ${line.trim()}`];
    });
  });

/** An error that vanishes is a defect that nobody finds. */
export const noCatchIsEmpty: Rule = (files) =>
  typescript(files).flatMap(({ path, text }) =>
    [...text.matchAll(/\bcatch\s*(?:\([^)]*\)\s*)?\{\s*\}/g)].map(
      (match) => `${path}:${text.slice(0, match.index).split("\n").length}: an empty catch`,
    ),
  );

const changeKinds = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];

/** The form of keepachangelog.com: one heading a version, six kinds of change below it. */
export const changelogHasHeadings: Rule = (files) => {
  const text = files.find(({ path }) => path === "CHANGELOG.md")?.text ?? "";
  const headings = text.split("\n").filter((line) => line.startsWith("#"));
  const wrong = headings.slice(1).filter((line) => {
    if (line.startsWith("### ")) return !changeKinds.includes(line.slice(4));
    return !/^## \[(?:Unreleased|\d+\.\d+\.\d+)\](?: - (?:\d{4}-\d\d-\d\d|unreleased))?$/.test(
      line,
    );
  });
  if (headings[0] !== "# Changelog") wrong.unshift(headings[0] ?? "no heading");
  if (!headings.some((line) => line.startsWith("## "))) wrong.push("no version");
  return wrong.map((line) => `CHANGELOG.md: ${line}`);
};

/** The text with its comments blanked and its strings kept. */
function withoutComments(text: string): string {
  return text.replace(/^\s*(?:\/\*[\s\S]*?\*\/|\/\/.*)/gm, "");
}

function inFolder(files: SourceFile[], folder: string): SourceFile[] {
  return typescript(files).filter(({ path }) => path.startsWith(`${folder}/`));
}

function typescript(files: SourceFile[]): SourceFile[] {
  return files.filter(({ path }) => /\.tsx?$/.test(path));
}

function sources(files: SourceFile[]): SourceFile[] {
  return files.filter(({ path }) => /\.(?:tsx?|sql)$/.test(path));
}
