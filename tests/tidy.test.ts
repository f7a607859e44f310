import { describe, expect, test } from "bun:test";

import { cut, readSources, type SourceFile } from "./support/source.ts";
import * as rules from "./support/tidy-rules.ts";

const files = await readSources(`${import.meta.dir}/..`);
const isSource = (path: string) => path.startsWith("src/");
const isTest = (path: string) => path.startsWith("tests/") && !path.startsWith("tests/fixtures/");

interface Checked {
  name: string;
  rule: rules.Rule;
  /** Files that break the rule, by path. */
  bad: Record<string, string>;
}

const long = (count: number, line: string) => `${line}\n`.repeat(count);

const checked: Checked[] = [
  {
    name: "imports point one way",
    rule: rules.importsPointOneWay,
    bad: {
      "src/domain/a.ts": 'import { b } from "../process/run.ts";\n',
      "src/git/b.ts": 'import type { c } from "../store/c.ts";\n',
      "src/engine/c.ts": 'const late = await import("../cli/output.ts");\n',
      "src/engine/d.ts": 'import { Database } from "bun:sqlite";\n',
      "src/cli/e.ts": 'import text from "../../sql/views.sql" with { type: "text" };\n',
      "src/cli/f.ts": 'export { x } from "../strange/x.ts";\n',
      "src/cli/g.ts": 'import "../../tests/support/wait.ts";\n',
    },
  },
  {
    name: "files have at most 300 lines",
    rule: rules.filesAreShort,
    bad: { "src/a.ts": long(301, "f();") },
  },
  {
    name: "lines have at most 100 columns",
    rule: rules.linesAreNarrow,
    bad: { "src/a.ts": `${"x".repeat(101)}\n`, "sql/a.sql": `-- ${"x".repeat(98)}\n` },
  },
  {
    name: "functions have at most 50 lines",
    rule: rules.functionsAreShort,
    bad: {
      "src/a.ts": `export function a(): void {\n${long(49, "  f();")}}\n`,
      "src/b.ts": `async function b(\n  x: string,\n): Promise<void> {\n${long(49, "  f();")}}\n`,
      "src/c.ts": `class C {\n  #method(): void {\n${long(49, "    f();")}  }\n}\n`,
      "tests/d.ts": `test("d", async () => {\n${long(49, "  f();")}});\n`,
      "src/e.ts": `function e(): {\n  a: string;\n} {\n${long(49, "  f();")}}\n`,
    },
  },
  {
    name: "every SQL file is imported",
    rule: rules.sqlIsImported,
    bad: { "src/store/sql.ts": "export {};\n", "sql/queries/lost.sql": "select 1;\n" },
  },
  {
    name: "SQL stays in sql/",
    rule: rules.sqlStaysInSql,
    bad: {
      "src/engine/a.ts": "db.query(`select id\n  from session`);\n",
      "src/store/b.ts": 'db.run("delete from lease");\n',
      "src/cli/c.ts": 'db.run("pragma user_version");\n',
    },
  },
  {
    name: "only the output writes to the console",
    rule: rules.forbid(/\bconsole\./, (path) => path !== "src/cli/output.ts" && !isScript(path)),
    bad: { "src/cli/ls.ts": 'console.log("x");\n' },
  },
  {
    name: "only main ends the process",
    rule: rules.forbid(/\bprocess\.exit\(/, (path) => isSource(path) && path !== "src/main.ts"),
    bad: { "src/cli/ls.ts": "process.exit(1);\n" },
  },
  {
    name: "no module is mocked",
    rule: rules.forbid(/\bmock\.module\b/, isTest),
    bad: { "tests/a.test.ts": 'mock.module("x", () => ({}));\n' },
  },
  {
    name: "no test sleeps for luck",
    rule: rules.forbid(/\bBun\.sleep/, (path) => isTest(path) && path !== "tests/support/wait.ts"),
    bad: { "tests/a.test.ts": "await Bun.sleep(100);\n" },
  },
  {
    name: "only process and the pty runtime start programs",
    rule: rules.forbid(
      /\bBun\.(?:spawn|spawnSync|\$)|node:child_process/,
      (path) => isSource(path) && !/^src\/(?:process\/|runtime\/pty)/.test(path),
    ),
    bad: { "src/git/run.ts": 'Bun.spawnSync(["git"]);\n' },
  },
  {
    name: "types are not switched off",
    rule: rules.forbid(/(?::|\bas|<|\|)\s*any\b|\bas never\b|\bas unknown as\b/, () => true),
    bad: { "src/a.ts": "const x: any = 1;\n" },
  },
  {
    name: "file names say something",
    rule: rules.fileNamesSaySomething,
    bad: { "src/git/git-utils.ts": "", "src/common/x.ts": "", "src/service.ts": "" },
  },
  {
    name: "nothing is left over",
    rule: rules.nothingIsLeftOver,
    bad: { "src/a.ts": `// ${"TO"}DO: later\n`, "sql/a.sql": `-- ${"FIX"}ME\n` },
  },
  {
    name: "exported functions have a docstring",
    rule: rules.exportsAreDocumented,
    bad: {
      "src/a.ts": "export async function a() {}\n",
      "src/b.ts": "export const b = (x) => x;\n",
    },
  },
  {
    name: "no catch is empty",
    rule: rules.noCatchIsEmpty,
    bad: { "src/a.ts": "try {\n  f();\n} catch {\n}\n" },
  },
  {
    name: "the type checker is never silenced",
    rule: lineRule(new RegExp(`@${"ts"}-(?:ignore|expect-error|nocheck)`)),
    bad: { "src/a.ts": `// @${"ts"}-ignore\n` },
  },
  {
    name: "no path of one machine is in the code",
    rule: lineRule(new RegExp(`["'\`(]/(?:${"wor"}k|${"roo"}t|${"home"}/\\w+)/`)),
    bad: { "src/a.ts": `const path = "/${"wor"}k/main";\n` },
  },
  {
    name: "the changelog has its headings",
    rule: rules.changelogHasHeadings,
    bad: { "CHANGELOG.md": "# Changelog\n\n## 0.1.0\n\n### News\n" },
  },
];

describe.each(checked)("tidy: $name", ({ rule, bad }) => {
  test("holds in this project", () => {
    expect(rule(files)).toEqual([]);
  });

  test("finds each bad sample", () => {
    const samples = Object.entries(bad).map(([path, text]): SourceFile => ({ path, text }));
    const found = rule(samples);
    const blamed = samples.filter(({ path }) => found.some((line) => line.startsWith(path)));
    // The list of SQL files is no breach itself.
    const expected = samples.filter(({ path }) => path !== "src/store/sql.ts");
    expect(blamed.map(({ path }) => path)).toEqual(expected.map(({ path }) => path));
  });
});

test("readSources finds the files that the rules are for", () => {
  const paths = files.map(({ path }) => path);
  expect(paths).toContain("src/error.ts");
  expect(paths).toContain("tests/tidy.test.ts");
  expect(paths).toContain("CHANGELOG.md");
});

test("cut tells code from strings, comments and expressions", () => {
  const text = "a = /[\"'/]/g; // b \"c\"\nd = `e ${f(`g`)} h` + 'i' / 2; /* j */ k / l / m;\n";
  const { code, strings } = cut(text);
  expect(code.split("\n").map((line) => line.replace(/\s+/g, " ").trim())).toEqual([
    "a = ;",
    'd = " " + " " / 2; k / l / m;',
    "",
  ]);
  expect(strings).toEqual(["e ${f(`g`)} h", "i"]);
});

function isScript(path: string): boolean {
  return path.startsWith("scripts/") || path.startsWith("tests/fixtures/");
}

/** A rule about whole lines, comments and strings included. */
function lineRule(pattern: RegExp): rules.Rule {
  return (all) =>
    all
      .filter(({ path }) => /\.tsx?$/.test(path))
      .flatMap(({ path, text }) =>
        text
          .split("\n")
          .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line}`] : [])),
      );
}
