/**
 * Checks everything: format, types, tests, in this order up to the first that fails. The last line
 * is `N passed, N failed`. Further words go to `bun test` (`npm test -- tests/cli`).
 */
import { dirname } from "node:path";

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const timeoutMs = 30_000;

/** Files at a time: most tests wait for processes, few compute. */
const files = 2;

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
  const { isPassed, errors } = await runTests(words);
  // The summary counts a file that breaks before its first test, the JUnit report does not.
  const summary = errors.slice(errors.lastIndexOf("\n\n"));
  const count = (word: string) =>
    Number(new RegExp(`^ +(\\d+) ${word}$`, "m").exec(summary)?.[1] ?? 0);
  const counts = {
    passed: count("pass"),
    failed: count("fail"),
    skipped: count("skip") + count("todo"),
  };
  if (!isPassed && counts.failed === 0) counts.failed = 1;
  return counts;
}

async function runTests(words: string[]): Promise<{ isPassed: boolean; errors: string }> {
  process.stdout.write("--- tests\n");
  const flags = [`--timeout=${timeoutMs}`, `--parallel=${files}`];
  const child = Bun.spawn([process.execPath, "test", ...flags, ...words], {
    env: ownEnvironment(),
    stdio: ["ignore", "inherit", "pipe"],
  });
  const decoder = new TextDecoder();
  let errors = "";
  for await (const chunk of child.stderr) {
    process.stderr.write(chunk);
    errors += decoder.decode(chunk, { stream: true });
  }
  return { isPassed: (await child.exited) === 0, errors };
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
