import type { Reader } from "./store.ts";

/** What SQLite's own check finds wrong with the file; empty when nothing. */
export function integrityProblems(reader: Reader): string[] {
  return reader
    .all<{ quick_check: string }>("integrityCheck")
    .map((row) => row.quick_check)
    .filter((line) => line !== "ok");
}
