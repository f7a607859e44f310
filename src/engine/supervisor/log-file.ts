import { closeSync, ftruncateSync, openSync, readSync, statSync, writeSync } from "node:fs";

const largestBytes = 8 * 1024 * 1024;
const keptBytes = 1024 * 1024;

/**
 * Cuts a log that nobody else cuts down to its last lines, in place: whoever has it open goes on
 * with the same file.
 */
export function trimLog(path: string, { largest = largestBytes, kept = keptBytes } = {}): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= largest) return;
  const file = openSync(path, "r+");
  try {
    const tail = Buffer.alloc(kept);
    const length = readSync(file, tail, 0, kept, size - kept);
    const lines = tail.subarray(tail.indexOf("\n") + 1, length);
    ftruncateSync(file, 0);
    writeSync(file, lines, 0, lines.length, 0);
  } finally {
    closeSync(file);
  }
}
