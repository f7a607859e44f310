import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";

import { AoError, exitCodes } from "../../src/error.ts";
import { logBounds } from "../../src/store/event.ts";
import { newestBackup } from "../../src/store/failure.ts";
import { migrate, schemaVersion } from "../../src/store/migrate.ts";
import { databasePath } from "../../src/store/open.ts";
import { setTitle } from "../../src/store/session.ts";
import { migrations } from "../../src/store/sql.ts";
import { openReadOnlyStore, openStore } from "../../src/store/store.ts";
import { version as programVersion } from "../../src/version.ts";
import { laterSchema } from "../support/later-schema.ts";
import { callAll, startWorkers } from "../support/processes.ts";
import { Sample, temporaryFolder } from "../support/store.ts";

test("opening a fresh data directory makes a private, current database", () => {
  using sample = new Sample();
  expect(pragma(sample.raw, "user_version")).toBe(schemaVersion);
  expect(pragma(sample.raw, "journal_mode")).toBe("wal");
  expect(pragma(sample.raw, "integrity_check")).toBe("ok");
  expect(statSync(sample.dataDir).mode & 0o777).toBe(0o700);
  for (const name of readdirSync(sample.dataDir)) {
    expect(statSync(join(sample.dataDir, name)).mode & 0o077).toBe(0);
  }
});

test("opening keeps the mode of a directory that holds other things", () => {
  using folder = temporaryFolder();
  mkdirSync(join(folder.path, "mine"), { mode: 0o755 });
  const shared = { mode: 0o755 };
  const dataDir = join(folder.path, "shared");
  mkdirSync(join(dataDir, "theirs"), { recursive: true, ...shared });
  openStore(dataDir).close();
  expect(statSync(dataDir).mode & 0o777).toBe(0o755);
  openStore(join(folder.path, "mine")).close();
  expect(statSync(join(folder.path, "mine")).mode & 0o777).toBe(0o700);
});

test("re-opening changes nothing and makes no backup", () => {
  using sample = new Sample();
  sample.project();
  const before = pragma(sample.raw, "schema_version");
  sample.reopen();
  expect(pragma(sample.raw, "schema_version")).toBe(before);
  expect(sample.eventsSince(0).map(({ type }) => type)).toEqual(["project_added"]);
  expect(newestBackup(sample.store.path)).toBeUndefined();
});

test("a database of a newer program is refused, naming both versions", () => {
  using sample = new Sample();
  sample.raw.run(`pragma user_version = ${schemaVersion + 3}`);
  for (const open of [openStore, openReadOnlyStore]) {
    const error = errorOf(() => open(sample.dataDir));
    expect(exitCodes[error.code]).toBe(5);
    expect(error.message).toContain(`has schema ${schemaVersion + 3}`);
    expect(error.message).toContain(`this ao ${programVersion} knows only ${schemaVersion}`);
  }
  expect(pragma(sample.raw, "user_version")).toBe(schemaVersion + 3);
});

test("a process that runs on while a newer program migrates can no longer write", () => {
  using sample = new Sample();
  sample.project();
  const id = sample.session();
  sample.raw.run(`pragma user_version = ${schemaVersion + 1}`);
  const error = errorOf(() => sample.store.write((tx) => setTitle(tx, id, "late")));
  expect(error.code).toBe("unavailable");
  expect(error.message).toContain("another ao has migrated");
  const title = sample.raw.query<{ title: string }, []>("select title from session").get()?.title;
  expect(title).toBe(`title of ${id}`);
});

test("migrating a database with data keeps a backup that holds all of it", () => {
  using sample = new Sample();
  sample.project();
  const { epoch } = logBounds(sample.store);
  sample.store.close();
  migrate(sample.raw, sample.store.path, laterSchema);
  expect(pragma(sample.raw, "user_version")).toBe(2);
  expect(sample.raw.query("select x from extra").values()).toEqual([[7]]);
  expect(pragma(sample.raw, "foreign_keys")).toBe(1);
  const backup = newestBackup(sample.store.path) ?? "";
  expect(backup).toMatch(/ao\.db\.v1-\d{8}T\d{9}Z\.backup$/);
  expect(statSync(backup).mode & 0o777).toBe(0o600);
  using copy = new Database(backup, { readonly: true });
  expect(copy.query("select id from project").values()).toEqual([["shop"]]);
  expect(pragma(copy, "user_version")).toBe(1);
  // A cursor that was taken in the original must not seem to fit the copy.
  const renewed = copy.query("select value from meta where key = 'epoch'").values()[0]?.[0];
  expect(renewed).toMatch(/^[0-9a-f]{16}$/);
  expect(renewed).not.toBe(epoch);
  expect(leftovers(sample)).toEqual([]);
});

test("a migration that fails changes nothing and leaves no backup", () => {
  using sample = new Sample();
  sample.project();
  sample.store.close();
  const broken = {
    ...laterSchema,
    migrations: [...laterSchema.migrations, "create table extra (y)"],
  };
  expect(() => migrate(sample.raw, sample.store.path, broken)).toThrow("already exists");
  expect(pragma(sample.raw, "user_version")).toBe(1);
  expect(pragma(sample.raw, "foreign_keys")).toBe(1);
  expect(newestBackup(sample.store.path)).toBeUndefined();
  expect(leftovers(sample)).toEqual([]);
  sample.reopen();
  expect(sample.eventsOf(() => sample.session()).map(({ type }) => type)).toContain(
    "session_created",
  );
});

test("triggers and views are replaced when their text changes, without a backup", () => {
  using sample = new Sample();
  sample.project();
  migrate(sample.raw, sample.store.path, { migrations, code: laterSchema.code });
  expect(newestBackup(sample.store.path)).toBeUndefined();
  const id = sample.session();
  sample.raw.query("delete from session where id = ?").run(id);
  expect(sample.eventsSince(0).at(-1)?.type).toBe("session_gone");
  // The next program with the text of its own puts that back.
  sample.reopen();
  const other = sample.session();
  sample.raw.query("delete from session where id = ?").run(other);
  expect(sample.eventsSince(0).at(-1)?.type).toBe("session_deleted");
});

test("a migration that breaks a reference is refused", () => {
  using sample = new Sample();
  sample.project();
  sample.session();
  const broken = { ...laterSchema, migrations: [...migrations, "delete from project"] };
  expect(() => migrate(sample.raw, sample.store.path, broken)).toThrow("broken references");
  expect(sample.raw.query("select id from project").values()).toEqual([["shop"]]);
});

test("a database of another program is refused and left as it is", () => {
  using folder = temporaryFolder();
  const path = databasePath(folder.path);
  using other = new Database(path);
  other.run("create table theirs (x)");
  expect(errorOf(() => openStore(folder.path)).message).toContain("of another program");
  expect(other.query("select name from sqlite_schema").values()).toEqual([["theirs"]]);
});

test("a reader sees what is written, and can write nothing", () => {
  using sample = new Sample();
  const reader = openReadOnlyStore(sample.dataDir);
  sample.project();
  expect(logBounds(reader).head).toBe(1);
  expect(errorOf(() => reader.write((tx) => setTitle(tx, "shop-1", "x"))).code).toBe("unavailable");
  reader.close();
});

test("a reader makes neither directory nor file", () => {
  using folder = temporaryFolder();
  const dataDir = join(folder.path, "absent");
  expect(errorOf(() => openReadOnlyStore(dataDir)).code).toBe("unavailable");
  expect(existsSync(dataDir)).toBe(false);
});

test("20 processes that open a new data directory at once make one schema", async () => {
  using folder = temporaryFolder();
  await using workers = startWorkers(20);
  const { all } = workers;
  for (let round = 0; round < 8; round++) {
    const dataDir = join(folder.path, String(round), "data");
    const opened = await callAll<boolean>(all, () => ({ action: "open", dataDir }));
    expect(opened).toEqual(all.map(() => true));
    using db = new Database(databasePath(dataDir), { readonly: true });
    expect(pragma(db, "integrity_check")).toBe("ok");
    expect(db.query("select count(*) from meta").values()).toEqual([[2]]);
    rmSync(dataDir, { recursive: true });
  }
}, 60_000);

test("20 processes that meet an older database migrate it once, with one backup", async () => {
  using sample = new Sample();
  sample.project();
  sample.store.close();
  const { path } = sample.store;
  await using workers = startWorkers(20);
  const migrated = await callAll(workers.all, () => ({ action: "migrate", path }));
  expect(migrated).toEqual(workers.all.map(() => 2));
  expect(sample.raw.query("select x from extra").values()).toEqual([[7]]);
  expect(pragma(sample.raw, "integrity_check")).toBe("ok");
  const backups = readdirSync(sample.dataDir).filter((name) => name.endsWith(".backup"));
  expect(backups).toHaveLength(1);
  expect(leftovers(sample)).toEqual([]);
}, 60_000);

function pragma(db: Database, name: string): unknown {
  return db.query(`pragma ${name}`).values()[0]?.[0];
}

/** Files that a migration should have cleared away. */
function leftovers(sample: Sample): string[] {
  return readdirSync(sample.dataDir).filter((name) => name.includes("partial"));
}

function errorOf(action: () => unknown): AoError {
  try {
    action();
  } catch (error) {
    if (error instanceof AoError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
