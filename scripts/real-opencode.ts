/**
 * Runs the tests that need a real `opencode serve` (two processes that ask at once for one
 * conversation, 200 times; a death between its making and its storing; sessions end to end) with
 * the program that `npm run conformance` installs. Needs `bun install` only.
 */
import { dirname, join } from "node:path";

import { subjects } from "./conformance/catalogue.ts";
import { install, RegistryUnreachable } from "./conformance/install.ts";

/** A server takes seconds to start on a busy machine, and a test may start several. */
const timeoutMs = 600_000;

const root = dirname(import.meta.dir);

process.exitCode = await main();

async function main(): Promise<number> {
  const subject = subjects.find(({ agent }) => agent === "opencode");
  if (!subject) throw new Error("the catalogue has no opencode");
  try {
    return await runTests(join(await install(subject), subject.binary));
  } catch (error) {
    if (!(error instanceof RegistryUnreachable)) throw error;
    process.stdout.write(`skipped: the registry cannot be reached (${error.message})\n`);
    return 0;
  }
}

async function runTests(program: string): Promise<number> {
  const flags = [`--timeout=${timeoutMs}`, "--retry=1", "--parallel=2"];
  const files = ["real", "real-session"].map((name) => `tests/opencode/${name}.test.ts`);
  const child = Bun.spawn([process.execPath, "test", ...flags, ...files], {
    cwd: root,
    env: { ...process.env, AO_TEST_OPENCODE: program },
    stdio: ["ignore", "inherit", "inherit"],
  });
  return await child.exited;
}
