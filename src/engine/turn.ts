import { statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Whether the last turn is old enough. It is the time of a file and not a row: a write to the
 * store costs several flushes of the disk, and two turns at once do no harm.
 */
export function isTurn(dataDir: string, name: string, everyMs: number): boolean {
  const age = ageOf(join(dataDir, name));
  return age === undefined || age < 0 || age >= everyMs;
}

/** Takes the turn, if the last one is old enough. */
export function takeTurn(dataDir: string, name: string, everyMs: number): boolean {
  if (!isTurn(dataDir, name, everyMs)) return false;
  const path = join(dataDir, name);
  const now = Date.now() / 1_000;
  try {
    if (ageOf(path) === undefined) writeFileSync(path, "", { mode: 0o600 });
    else utimesSync(path, now, now);
  } catch {
    // A full disk, say: without the mark the turn only comes more often.
  }
  return true;
}

function ageOf(path: string): number | undefined {
  const last = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return last === undefined ? undefined : Date.now() - last;
}
