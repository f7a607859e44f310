import { writeSync } from "node:fs";

import { messageOf } from "../../error.ts";

/**
 * Notes what went wrong in a process that nobody watches: its standard error is `holder.log` in
 * the session's folder. Returns false when not even that can be written.
 */
export function complain(what: string, error: unknown): boolean {
  try {
    writeSync(2, `${new Date().toISOString()} ${what}: ${messageOf(error)}\n`);
    return true;
  } catch {
    return false;
  }
}
