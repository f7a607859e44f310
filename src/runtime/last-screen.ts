import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { systemCode } from "../error.ts";
import { writeAtomically } from "./atomic-file.ts";
import { decodeHistory, encodeHistory, type History } from "./history.ts";
import type { Screen } from "./port.ts";

/** Keeps the last state of a terminal, for `readLastScreen`. */
export function writeLastScreen(sessionDir: string, history: History): void {
  writeAtomically(screenPath(sessionDir), encodeHistory(history));
}

/** Forgets the last screen of an earlier launch. */
export function removeLastScreen(sessionDir: string): void {
  rmSync(screenPath(sessionDir), { force: true });
}

/** The screen that an agent left behind when it ended, or undefined when none was kept. */
export async function readLastScreen(sessionDir: string): Promise<Screen | undefined> {
  let packed: Uint8Array;
  try {
    packed = readFileSync(screenPath(sessionDir));
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
  // The emulator is large, and most commands draw nothing.
  const { renderScreen } = await import("./render.ts");
  return await renderScreen(decodeHistory(packed));
}

function screenPath(sessionDir: string): string {
  return join(sessionDir, "screen.bin");
}
