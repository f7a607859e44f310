import { closeSync, fsyncSync, openSync, statSync } from "node:fs";

import { systemCode } from "../error.ts";
import type { Store } from "./store.ts";

/** A log this small costs the next command less to read than this one to put away. */
const smallLogBytes = 256 * 1024;

/** Makes what was committed survive a power failure. It flushes the disk, so it takes its time. */
export function flushCommits(store: Pick<Store, "path">): void {
  try {
    const file = openSync(logPath(store), "r+");
    try {
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    // No log, no commit that is not in the database itself.
    if (systemCode(error) !== "ENOENT") throw error;
  }
}

/**
 * Ends the use of a store by a process that exits at once. Closing would move the log into the
 * database and flush the disk for each of both; while it is small it is left for others to read.
 */
export function leave(store: Pick<Store, "path" | "close">): void {
  const bytes = statSync(logPath(store), { throwIfNoEntry: false })?.size ?? 0;
  if (bytes > smallLogBytes) store.close();
}

function logPath({ path }: Pick<Store, "path">): string {
  return `${path}-wal`;
}
