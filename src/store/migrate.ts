import { Database } from "bun:sqlite";
import { chmodSync, closeSync, openSync, renameSync, rmSync } from "node:fs";

import { AoError } from "../error.ts";
import { version as programVersion } from "../version.ts";
import { code, migrations, statementText } from "./sql.ts";

/** What a program knows of the database: its migrations, and its views and triggers. */
export interface Schema {
  /** Index + 1 is the `user_version` that a migration leads to. */
  migrations: readonly string[];
  code: string;
}

const programSchema: Schema = { migrations, code };

/** The schema version that this program writes. */
export const schemaVersion = migrations.length;

/**
 * Brings a database to a program's schema: tables by numbered migrations, triggers and views
 * replaced whole. A database that holds data is copied first, under the lock that the migration
 * itself holds, so that the copy lacks nothing and one process alone makes it.
 * Throws `unavailable` when a newer program has migrated it, or when it is not a database of `ao`.
 */
export function migrate(db: Database, path: string, schema: Schema = programSchema): void {
  if (isCurrent(db, schema)) return;
  refuseNewer(db, path, schema);
  let backup: string | undefined;
  // Rebuilding a table would otherwise cascade deletes; inside a transaction it has no effect.
  db.run("pragma foreign_keys = off");
  try {
    db.transaction(() => {
      // Another process may have migrated while this one waited for the lock.
      if (isCurrent(db, schema)) return;
      refuseNewer(db, path, schema);
      const version = pragmaNumber(db, "user_version");
      if (version === 0) refuseForeign(db, path);
      else if (version < schema.migrations.length) backup = backUp(path, version);
      applyMigrations(db, schema, version);
    }).immediate();
  } catch (error) {
    // Nothing has changed, so a copy is of no use, and each further try would add one.
    if (backup) rmSync(backup, { force: true });
    throw error;
  } finally {
    db.run("pragma foreign_keys = on");
  }
}

/** Whether triggers, views and tables are what a program with this schema has made. */
export function isCurrent(db: Database, schema: Schema = programSchema): boolean {
  return (
    pragmaNumber(db, "user_version") === schema.migrations.length &&
    pragmaNumber(db, "application_id") === codeHash(schema)
  );
}

/** Throws `unavailable`, naming both versions, when a newer program has migrated the database. */
export function refuseNewer(db: Database, path: string, schema: Schema = programSchema): void {
  const found = pragmaNumber(db, "user_version");
  const known = schema.migrations.length;
  if (found <= known) return;
  throw new AoError(
    "unavailable",
    `database ${path} has schema ${found}, this ao ${programVersion} knows only ${known}`,
    "install the newer `ao` that made it, or use another `--data-dir`",
  );
}

/** The number that a pragma such as `user_version` or `data_version` gives. */
export function pragmaNumber(db: Database, name: string): number {
  return Number(db.query(`pragma ${name}`).values()[0]?.[0]);
}

function applyMigrations(db: Database, schema: Schema, version: number): void {
  // Dropped first, so that triggers do not fire on the data that a migration moves.
  dropCode(db);
  for (const text of schema.migrations.slice(version)) db.run(text);
  db.run(schema.code);
  db.run(`pragma user_version = ${schema.migrations.length}`);
  db.run(`pragma application_id = ${codeHash(schema)}`);
  const broken = db.query("pragma foreign_key_check").all();
  if (broken.length > 0) throw new Error(`a migration left ${broken.length} broken references`);
}

/**
 * Copies the database, as it is, into a file beside it. The copy gets an epoch of its own: a
 * cursor taken in the original means nothing in a copy that was put back.
 */
function backUp(path: string, version: number): string {
  const time = new Date().toISOString().replaceAll(/[^0-9TZ]/g, "");
  const backup = `${path}.v${version}-${time}.backup`;
  const partial = `${path}.backup.partial`;
  try {
    // SQLite would make the file with the umask's mode; prompts are private.
    closeSync(openSync(partial, "w", 0o600));
    chmodSync(partial, 0o600);
    const source = new Database(path, { readwrite: true, create: false });
    try {
      source.query("vacuum into ?").run(partial);
    } finally {
      source.close(true);
    }
    const copy = new Database(partial, { readwrite: true, create: false });
    try {
      copy.run("pragma journal_mode = delete");
      copy.run(statementText("epochRenew"));
    } finally {
      copy.close(true);
    }
    renameSync(partial, backup);
    return backup;
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
}

function refuseForeign(db: Database, path: string): void {
  const found = db.query("select name from sqlite_schema limit 1").all();
  if (found.length === 0) return;
  throw new AoError(
    "unavailable",
    `${path} is a database of another program`,
    "use another `--data-dir`",
  );
}

/** Kept as `application_id` (32 bits, signed): tells whether triggers and views are current. */
function codeHash(schema: Schema): number {
  return Bun.hash.crc32(schema.code) | 0;
}

function dropCode(db: Database): void {
  const rows = db
    .query<{ type: string; name: string }, []>(
      "select type, name from sqlite_schema where type in ('trigger', 'view')",
    )
    .all();
  for (const { type, name } of rows) db.run(`drop ${type} "${name}"`);
}
