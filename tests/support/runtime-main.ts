// Stands in for `ao` itself: what a runtime starts of it.
import { appendFileSync } from "node:fs";
import { join } from "node:path";

import type { ExitRecord, LaunchSpec } from "../../src/runtime/port.ts";

const [command, ...words] = process.argv.slice(2);

function onEnd(record: ExitRecord, spec: LaunchSpec): void {
  if (spec.projectId === "without-store") throw new Error("store is locked");
  appendFileSync(join(spec.sessionDir, "ended"), `${JSON.stringify(record)}\n`);
}

if (command === "__hold") {
  const { hold } = await import("../../src/runtime/pty/hold.ts");
  await hold(words[0] ?? "", { onEnd });
} else if (command === "__render") {
  const { renderFromInput } = await import("../../src/runtime/fold-main.ts");
  await renderFromInput(words[0]);
} else if (command === "__pane-died") {
  const { paneDied } = await import("../../src/runtime/tmux/pane-died.ts");
  await paneDied(words, { onEnd });
} else {
  throw new Error(`unknown command ${command}`);
}
