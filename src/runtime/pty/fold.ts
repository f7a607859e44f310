import { AoError } from "../../error.ts";
import { childEnvironment, run } from "../../process/run.ts";
import { encodeHistory, type HistoryStep } from "../history.ts";
import type { Folder } from "./scrollback.ts";

const foldMs = 30_000;

/**
 * Folds by `ao __render`, a short-lived process: the emulator would make every holder ten times
 * as large. Throws `failed` when that process fails.
 */
export function renderFolder(self: string[]): Folder {
  const argv = [...self, "__render"];
  return {
    fold: async (steps) => {
      const result = await run(argv, { cwd: "/", input: pack(steps), timeoutMs: foldMs });
      if (result.exitCode !== 0) throw foldError(result.stderr);
      return Buffer.from(result.stdout);
    },
    foldNow: (steps) => {
      const result = Bun.spawnSync(argv, {
        cwd: "/",
        env: childEnvironment(),
        stdin: pack(steps),
        stderr: "pipe",
        timeout: foldMs,
      });
      if (result.exitCode !== 0) throw foldError(result.stderr.toString());
      return result.stdout;
    },
  };
}

/**
 * Where the cursor stands, as a terminal reports it: `row;column`, from 1.
 * Throws `failed` when the drawing process fails.
 */
export async function cursorReport(self: string[], steps: HistoryStep[]): Promise<string> {
  const argv = [...self, "__render", "cursor"];
  const result = await run(argv, { cwd: "/", input: pack(steps), timeoutMs: foldMs });
  if (result.exitCode !== 0) throw foldError(result.stderr);
  return result.stdout;
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

function foldError(stderr: string): AoError {
  return new AoError("failed", `terminal history cannot be folded: ${stderr.trim()}`);
}
