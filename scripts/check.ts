/**
 * Checks everything: format, types, tests, in this order up to the first that fails. The last line
 * is `N passed, N failed`. Words after the script's name go to `bun test` (`npm test -- tests/cli`).
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const timeoutMs = 30_000;

process.chdir(dirname(import.meta.dir));
const isClean =
  (await run("format", ["fmt", "--check", "src", "tests", "scripts"])) &&
  (await run("types", ["check"]));
// What did not pass its format or types counts as one failure, so that the line never looks green.
const counts = isClean ? await test(process.argv.slice(2)) : { passed: 0, failed: 1, skipped: 0 };
if (counts.passed + counts.failed === 0) {
  process.stderr.write("error: no test ran\n");
  counts.failed = 1;
}
process.exitCode = counts.failed > 0 ? 1 : 0;
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed${skipped}\n`);

async function test(words: string[]): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), "ao-check-"));
  const report = join(folder, "junit.xml");
  try {
    const isPassed = await run("tests", [
      "test",
      `--timeout=${timeoutMs}`,
      "--reporter=junit",
      `--reporter-outfile=${report}`,
      ...words,
    ]);
    const counts = await readCounts(report);
    // A file that breaks before its first test is in no count, only in the exit code.
    if (!isPassed && counts.failed === 0) counts.failed = 1;
    return counts;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function readCounts(report: string): Promise<Counts> {
  const file = Bun.file(report);
  const text = (await file.exists()) ? await file.text() : "";
  const attributes = /<testsuites\b([^>]*)>/.exec(text)?.[1] ?? "";
  const count = (name: string) =>
    Number(new RegExp(`\\b${name}="(\\d+)"`).exec(attributes)?.[1] ?? 0);
  const [tests, failed, skipped] = [count("tests"), count("failures"), count("skipped")];
  return { passed: tests - failed - skipped, failed, skipped };
}

async function run(kind: string, words: string[]): Promise<boolean> {
  process.stdout.write(`--- ${kind}\n`);
  const child = Bun.spawn([process.execPath, ...words], {
    env: ownEnvironment(),
    stdio: ["ignore", "inherit", "inherit"],
  });
  const isPassed = (await child.exited) === 0;
  if (!isPassed) process.stderr.write(`error: ${kind} failed\n`);
  return isPassed;
}

/** No test may act on the session, the repository or the account of whoever runs it. */
function ownEnvironment(): Record<string, string | undefined> {
  const foreign = /^(?:AO_|GIT_|GH_|GITHUB_TOKEN$|BUN_OPTIONS$|BUN_BE_BUN$|TMUX|CLAUDE)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}
