import { Database } from "bun:sqlite";
import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";

import { AoError, messageOf } from "../error.ts";
import { storeFailure } from "./failure.ts";
import { migrate } from "./migrate.ts";

/** How long a writer waits for another before it gives up; a short command can afford it. */
const busyTimeoutMs = 10_000;

/** The database's file in a data directory. */
export function databasePath(dataDir: string): string {
  return join(dataDir, "ao.db");
}

/**
 * Opens the one writing connection of this process and brings the schema up to date.
 * Throws `unavailable` for a store that cannot be used: corrupted, read-only, full, or newer.
 */
export function openDatabase(dataDir: string): Database {
  const path = databasePath(dataDir);
  makeDataDir(dataDir, path);
  try {
    const db = new Database(path, { create: true, strict: true });
    setPragmas(db);
    migrate(db, path);
    return db;
  } catch (error) {
    throw storeFailure(error, path);
  }
}

/** Opens a connection that can only read, for followers and streams. The schema must be there. */
export function openReader(dataDir: string): Database {
  const path = databasePath(dataDir);
  try {
    const db = new Database(path, { create: false, readwrite: true, strict: true });
    setPragmas(db);
    db.run("pragma query_only = on");
    return db;
  } catch (error) {
    throw storeFailure(error, path);
  }
}

function setPragmas(db: Database): void {
  // First, so that the pragmas below already wait for a lock.
  db.run(`pragma busy_timeout = ${busyTimeoutMs}`);
  db.run("pragma journal_mode = wal");
  db.run("pragma synchronous = normal");
  db.run("pragma foreign_keys = on");
  db.run("pragma trusted_schema = off");
}

function makeDataDir(dataDir: string, path: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    // SQLite would make the file with the umask's mode; prompts and logs are private.
    closeSync(openSync(path, "a", 0o600));
    chmodSync(dataDir, 0o700);
  } catch (error) {
    throw new AoError(
      "unavailable",
      `data directory ${dataDir} cannot be used: ${reasonOf(error)}`,
      "make it writable, or choose another with `--data-dir`",
      { cause: error },
    );
  }
}

/** What the system said, without its code and the call. */
function reasonOf(error: unknown): string {
  return messageOf(error)
    .replace(/^[A-Z]+: /, "")
    .replace(/, \w+( '.*')?$/, "");
}
