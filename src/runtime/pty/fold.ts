import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { AoError } from "../../error.ts";
import { childEnvironment } from "../../process/run.ts";
import { encodeHistory, type HistoryStep } from "../history.ts";
import type { LaunchSpec } from "../port.ts";
import type { Folder } from "./scrollback.ts";

const foldMs = 30_000;

/**
 * Folds by `ao __render`, a short-lived process: the emulator would make every holder ten times
 * as large. Throws `failed` when that process fails.
 */
export function renderFolder(spec: LaunchSpec): Folder {
  return {
    fold: async (steps) => await render(spec, "fold", [], steps),
    foldNow: (steps) => renderNow(spec, steps),
  };
}

/**
 * Where the cursor stands, as a terminal reports it: `row;column`, from 1.
 * Throws `failed` when the drawing process fails.
 */
export async function cursorReport(spec: LaunchSpec, steps: HistoryStep[]): Promise<string> {
  return Buffer.from(await render(spec, "cursor", ["cursor"], steps)).toString();
}

/** Through files: reading pipes would leave a holder with megabytes of stream buffers. */
async function render(
  spec: LaunchSpec,
  name: string,
  words: string[],
  steps: HistoryStep[],
): Promise<Uint8Array> {
  const input = join(spec.sessionDir, `${name}.in`);
  const output = join(spec.sessionDir, `${name}.out`);
  try {
    writeFileSync(input, pack(steps), { mode: 0o600 });
    writeFileSync(output, "", { mode: 0o600 });
    const child = Bun.spawn([...spec.self, "__render", ...words], {
      cwd: "/",
      env: childEnvironment(),
      stdin: Bun.file(input),
      stdout: Bun.file(output),
      stderr: "inherit",
      detached: true,
      timeout: foldMs,
    });
    const exitCode = await child.exited;
    if (exitCode !== 0) throw new AoError("failed", `drawing process ended with ${exitCode}`);
    return readFileSync(output);
  } finally {
    rmSync(input, { force: true });
    rmSync(output, { force: true });
  }
}

/** Through pipes, since this is the last resort and the disk may be full. */
function renderNow(spec: LaunchSpec, steps: HistoryStep[]): Uint8Array {
  const result = Bun.spawnSync([...spec.self, "__render"], {
    cwd: "/",
    env: childEnvironment(),
    stdin: pack(steps),
    stderr: "inherit",
    timeout: foldMs,
  });
  if (result.exitCode === 0) return result.stdout;
  throw new AoError("failed", `drawing process ended with ${result.exitCode}`);
}

function pack(steps: HistoryStep[]): Uint8Array<ArrayBuffer> {
  return encodeHistory({
    launchId: "",
    isComplete: true,
    lastOutputAt: 0,
    hasTypedDraft: false,
    steps,
  });
}
