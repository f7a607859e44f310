import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { utimesSync } from "node:fs";
import { join } from "node:path";

import { recheckTurns } from "../../src/engine/broken-off.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { applyHook } from "../../src/engine/signal.ts";
import { spawn } from "../../src/engine/spawn.ts";
import { explain } from "../../src/engine/why.ts";
import type { Screen } from "../../src/runtime/port.ts";
import { getSession } from "../../src/store/session.ts";
import { World } from "../support/engine.ts";

setDefaultTimeout(60_000);

/** The clock of those who write, which hooks of a while ago were told by. */
let now = Date.now() - 60_000;
const { world, project } = await World.withProject();
const engine = world.engine({ clock: () => now });
afterAll(() => world.close());

const composer = ["ℹ Request cancelled.", "│ -  Shell sleep 40 │", " *   Type your message"];
const working = ["│ ⊶  Shell sleep 40 │", " ⠧ Thinking… (esc to cancel, 3s)", ...composer];

/** The same engine, whose terminals show this since 10 s. */
function showing(lines: string[], given: Partial<Screen> = {}): Engine {
  const screen = { lines, isComplete: true, quietMs: 10_000, ...given };
  return {
    ...engine,
    runtime: async (name) => {
      const runtime = await engine.runtime(name);
      return Object.assign(Object.create(runtime), { screen: async () => screen });
    },
  };
}

test("a turn that Gemini CLI broke off without a word ends by its still screen", async () => {
  world.program("gemini", "#!/bin/sh\nexec sleep 600\n");
  const { id, launchId } = await spawn(engine, { project, prompt: "go", agent: "gemini" });
  const read = () => getSession(engine.store, id);
  const meaning = { kind: "prompted", prompt: "go" } as const;
  applyHook(engine.store, id, launchId ?? "", { meaning });
  const longAgo = Date.now() / 1_000 - 10;
  utimesSync(join(world.dataDir, "sessions", id, "terminal.log"), longAgo, longAgo);
  for (const other of [
    showing(working),
    showing(composer, { quietMs: 3_000 }),
    showing(composer, { isComplete: false }),
  ]) {
    await recheckTurns(other);
    expect(read().activity).toBe("active");
  }
  now = Date.now();
  await recheckTurns(showing(composer));
  expect(read().activity).toBe("idle");
  const { rule, evidence } = await explain(engine, id);
  expect(rule).toContain("its screen shows neither a dialog nor a turn");
  expect(evidence).toContainEqual(
    expect.objectContaining({ source: "screen", verdict: "no turn" }),
  );
  // A prompt that comes meanwhile is newer than any screen.
  applyHook(engine.store, id, launchId ?? "", { meaning });
  await recheckTurns(showing(composer));
  expect(read().activity).toBe("active");
});
