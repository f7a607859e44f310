import type { Database } from "bun:sqlite";

import { AoError } from "../error.ts";
import { version as programVersion } from "../version.ts";
import { code, migrations } from "./sql.ts";

/** Kept as `application_id` (32 bits, signed): tells whether triggers and views are current. */
const codeHash = Bun.hash.crc32(code) | 0;

/** The schema version that this program writes. */
export const schemaVersion = migrations.length;

/**
 * Brings a database to this program's schema: tables by numbered migrations, triggers and views
 * replaced whole. A database that holds data is copied first (`vacuum into`).
 * Throws `unavailable` when a newer program has migrated it.
 */
export function migrate(db: Database, path: string): void {
  if (isCurrent(db)) return;
  refuseNewer(db, path);
  const version = pragmaNumber(db, "user_version");
  if (version > 0 && version < schemaVersion) {
    const time = new Date().toISOString().replaceAll(/[^0-9TZ]/g, "");
    db.query("vacuum into ?").run(`${path}.v${version}-${time}.backup`);
  }
  // Rebuilding a table inside a transaction would otherwise cascade deletes.
  db.run("pragma foreign_keys = off");
  db.transaction(() => applyMigrations(db, path)).immediate();
  db.run("pragma foreign_keys = on");
}

/** The number that a pragma such as `user_version` or `data_version` gives. */
export function pragmaNumber(db: Database, name: string): number {
  return Number(db.query(`pragma ${name}`).values()[0]?.[0]);
}

function applyMigrations(db: Database, path: string): void {
  // Another process may have migrated while this one waited for the lock.
  if (isCurrent(db)) return;
  refuseNewer(db, path);
  // Dropped first, so that triggers do not fire on the data that a migration moves.
  dropCode(db);
  for (const text of migrations.slice(pragmaNumber(db, "user_version"))) db.run(text);
  db.run(code);
  db.run(`pragma user_version = ${schemaVersion}`);
  db.run(`pragma application_id = ${codeHash}`);
  const broken = db.query("pragma foreign_key_check").all();
  if (broken.length > 0) throw new Error(`a migration left ${broken.length} broken references`);
}

function isCurrent(db: Database): boolean {
  return (
    pragmaNumber(db, "user_version") === schemaVersion &&
    pragmaNumber(db, "application_id") === codeHash
  );
}

function refuseNewer(db: Database, path: string): void {
  const found = pragmaNumber(db, "user_version");
  if (found <= schemaVersion) return;
  throw new AoError(
    "unavailable",
    `database ${path} has schema ${found}, this ao ${programVersion} knows only ${schemaVersion}`,
    "install the newer `ao` that made it, or use another `--data-dir`",
  );
}

function dropCode(db: Database): void {
  const rows = db
    .query<{ type: string; name: string }, []>(
      "select type, name from sqlite_schema where type in ('trigger', 'view')",
    )
    .all();
  for (const { type, name } of rows) db.run(`drop ${type} "${name}"`);
}
