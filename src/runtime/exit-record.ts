import { readFileSync } from "node:fs";
import { join } from "node:path";

import { systemCode } from "../error.ts";
import { writeAtomically } from "./atomic-file.ts";
import type { ExitRecord } from "./port.ts";

/**
 * Writes `exit.json` so that it survives a power cut: it is what the store adopts when the process
 * that wrote it could not reach the store.
 */
export function writeExitRecord(sessionDir: string, record: ExitRecord): void {
  writeAtomically(recordPath(sessionDir), `${JSON.stringify(record)}\n`, { isDurable: true });
}

/** How that very launch ended; undefined when there is no record, or only one of another launch. */
export function readExitRecord(sessionDir: string, launchId: string): ExitRecord | undefined {
  let text: string;
  try {
    text = readFileSync(recordPath(sessionDir), "utf8");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
  const record: unknown = JSON.parse(text);
  return isExitRecord(record) && record.launchId === launchId ? record : undefined;
}

function recordPath(sessionDir: string): string {
  return join(sessionDir, "exit.json");
}

function isExitRecord(value: unknown): value is ExitRecord {
  if (typeof value !== "object" || value === null) return false;
  return (
    "launchId" in value &&
    typeof value.launchId === "string" &&
    "exitCode" in value &&
    "signal" in value &&
    (typeof value.exitCode === "number" || typeof value.signal === "string") &&
    "at" in value &&
    typeof value.at === "number"
  );
}
