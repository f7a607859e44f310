import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { quote } from "shell-quote";

const program = join(dirname(import.meta.dir), "fixtures", "bin", "hooked-agent.ts");

/**
 * Puts agents into a folder of the path that report through hooks, as the real programs do, and
 * that talk to nobody. `habits` are those that the program itself lists.
 */
export function installFakeAgents(
  folder: string,
  names: readonly ("claude" | "codex")[] = ["claude", "codex"],
  habits = "",
): void {
  mkdirSync(folder, { recursive: true });
  for (const name of names) {
    const run = quote([process.execPath, program, name]);
    const set = habits === "" ? "" : `FAKE_AGENT=${quote([habits])} `;
    writeFileSync(join(folder, name), `#!/bin/sh\n${set}exec ${run} "$@"\n`, { mode: 0o755 });
  }
}
