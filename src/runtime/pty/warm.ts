import { closeSync, mkdirSync, openSync, readSync } from "node:fs";
import { join } from "node:path";

import { type Detached, startDetached } from "../../process/detach.ts";
import { ownEnvironment } from "../environment.ts";
import { launchPath } from "../launch.ts";
import type { Preparation } from "../port.ts";

/** The word after the launch spec with which a holder is started before there is one. */
const warmWord = "when-told";

/** Holders that were started and wait, by the session's folder. */
const waiting = new Map<string, Detached>();

/**
 * Starts the holder of a launch that is still being prepared, so that it loads meanwhile. It
 * touches nothing before it is told, and ends when its starter does, killed or not.
 */
export function warmUp({ sessionDir, launchId, self }: Preparation): void {
  mkdirSync(sessionDir, { recursive: true, mode: 0o700 });
  const log = openSync(join(sessionDir, "holder.log"), "a", 0o600);
  try {
    const argv = [...self, "__hold", launchPath(sessionDir), warmWord];
    const env = holderEnvironment(launchId);
    waiting.set(sessionDir, startDetached(argv, { env, stderr: log, reports: true, waits: true }));
  } finally {
    closeSync(log);
  }
}

/**
 * A holder's environment. The launch id finds one whose starter was killed before it listened
 * anywhere; Bun looks for garbage once a second by default, which wakes a quiet holder for nothing.
 */
export function holderEnvironment(launchId: string): Record<string, string> {
  return { ...ownEnvironment(), AO_LAUNCH_ID: launchId, BUN_GC_TIMER_INTERVAL: "30000" };
}

/** The holder that waits for this launch, told to begin; undefined when there is none. */
export function takeWarm(sessionDir: string): Detached | undefined {
  const holder = waiting.get(sessionDir);
  waiting.delete(sessionDir);
  return holder?.tell("begin\n") ? holder : undefined;
}

/** Lets a holder go that is not needed after all. */
export function dropWarm(sessionDir: string): void {
  waiting.get(sessionDir)?.tell("");
  waiting.delete(sessionDir);
}

/** In a holder: whether it may begin now. Waits for the word where it was started early. */
export function mayBegin(mode: string | undefined): boolean {
  if (mode !== warmWord) return true;
  // Nothing else is to be done meanwhile; the end of the starter ends the pipe.
  return readSync(0, new Uint8Array(16)) > 0;
}
