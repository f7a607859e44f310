import { constants, Database, SQLiteError } from "bun:sqlite";
import { chmodSync, closeSync, mkdirSync, openSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { AoError, messageOf } from "../error.ts";
import { storeFailure } from "./failure.ts";
import { isCurrent, migrate, refuseNewer } from "./migrate.ts";

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
  return opened(path, { create: true }, (db) => {
    setPragmas(db, path);
    migrate(db, path);
  });
}

/**
 * Opens a connection that can only read, for followers and streams.
 * Throws `unavailable` when the schema is not there as this program knows it.
 */
export function openReader(dataDir: string): Database {
  const path = databasePath(dataDir);
  return opened(path, { create: false, readwrite: true }, (db) => {
    setPragmas(db, path);
    db.run("pragma query_only = on");
    refuseNewer(db, path);
    if (isCurrent(db)) return;
    throw new AoError("unavailable", `database ${path} is not up to date`, "ao ls");
  });
}

/** Closes a connection together with every statement that it has cached. */
export function closeDatabase(db: Database): void {
  // Apple's library would leave the write-ahead log behind.
  if (process.platform === "darwin") {
    db.fileControl(constants.SQLITE_FCNTL_PERSIST_WAL, 0);
  }
  db.close(true);
}

function opened(
  path: string,
  options: { create: boolean; readwrite?: boolean },
  prepare: (db: Database) => void,
): Database {
  let db: Database | undefined;
  try {
    db = new Database(path, { ...options, strict: true });
    prepare(db);
    return db;
  } catch (error) {
    db?.close();
    throw storeFailure(error, path);
  }
}

function setPragmas(db: Database, path: string): void {
  // First, so that the pragmas below already wait for a lock.
  db.run(`pragma busy_timeout = ${busyTimeoutMs}`);
  requireWriteAheadLog(db, path);
  db.run("pragma synchronous = normal");
  db.run("pragma foreign_keys = on");
  db.run("pragma trusted_schema = off");
}

/** A file system without shared memory (some network mounts) would silently keep another mode. */
function requireWriteAheadLog(db: Database, path: string): void {
  if (withoutBusy(() => journalMode(db, "pragma journal_mode = wal")) === "wal") return;
  throw new AoError(
    "unavailable",
    `the file system that holds ${path} cannot keep a write-ahead log`,
    "choose a local disk with `--data-dir`",
  );
}

function journalMode(db: Database, text: string): unknown {
  const statement = db.prepare(text);
  try {
    return statement.values()[0]?.[0];
  } finally {
    statement.finalize();
  }
}

/**
 * Tries again while others are in the way. SQLite itself does not wait here: two connections
 * that both read and both want to change the mode of a new file would wait for each other.
 */
function withoutBusy<T>(action: () => T): T {
  const deadline = performance.now() + busyTimeoutMs;
  for (;;) {
    try {
      return action();
    } catch (error) {
      const isBusy = error instanceof SQLiteError && error.code?.startsWith("SQLITE_BUSY");
      if (!isBusy || performance.now() >= deadline) throw error;
      Bun.sleepSync(1 + Math.random() * 4);
    }
  }
}

function makeDataDir(dataDir: string, path: string): void {
  try {
    const made = mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    // A directory that holds other things is the person's own, with a mode for its own reasons.
    if (made === undefined && readdirSync(dataDir).length === 0) chmodSync(dataDir, 0o700);
    // SQLite would make the file with the umask's mode; prompts and logs are private.
    closeSync(openSync(path, "a", 0o600));
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
