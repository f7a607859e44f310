import { SQLiteError } from "bun:sqlite";
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";

import { AoError } from "../error.ts";

/**
 * Turns what SQLite threw into an error that a person can act on: `conflict` for a broken rule,
 * `unavailable` for a store that cannot be used (corrupted, full, read-only, locked).
 * Anything that is not from SQLite comes back as it was.
 */
export function storeFailure(error: unknown, path: string): unknown {
  if (!(error instanceof SQLiteError)) return error;
  const code = error.code ?? "";
  const options = { cause: error };
  if (code.startsWith("SQLITE_CONSTRAINT_TRIGGER")) {
    return new AoError("conflict", error.message, undefined, options);
  }
  if (code === "SQLITE_CONSTRAINT_FOREIGNKEY") {
    const message = "what this belongs to was removed meanwhile";
    return new AoError("conflict", message, "ao ls --all", options);
  }
  const found = unusable(code, path);
  return found ? new AoError("unavailable", found.message, found.hint, options) : error;
}

function unusable(code: string, path: string): { message: string; hint: string } | undefined {
  const base = code.split("_").slice(0, 2).join("_");
  switch (base) {
    case "SQLITE_CORRUPT":
    case "SQLITE_NOTADB":
      return { message: `database ${path} is corrupted`, hint: restoreHint(path) };
    case "SQLITE_READONLY":
    case "SQLITE_PERM":
    case "SQLITE_CANTOPEN":
    case "SQLITE_AUTH":
      return {
        message: `database ${path} cannot be written`,
        hint: "make the folder writable, or choose another with `--data-dir`",
      };
    case "SQLITE_FULL":
    case "SQLITE_IOERR":
      return {
        message: `the disk that holds ${path} is full or failing`,
        hint: `free some space: \`df -h ${dirname(path)}\``,
      };
    case "SQLITE_BUSY":
    case "SQLITE_LOCKED":
    case "SQLITE_PROTOCOL":
      return {
        message: `database ${path} stayed locked by another program`,
        hint: "`ao doctor`",
      };
    default:
      return undefined;
  }
}

function restoreHint(path: string): string {
  const backup = newestBackup(path);
  const away = `mv ${shellWord(path)} ${shellWord(`${path}.broken`)}`;
  if (!backup) return `no backup was found beside it; move it away: \`${away}\``;
  // The log of the broken file would be played into the backup.
  const clean = `rm -f ${shellWord(`${path}-wal`)} ${shellWord(`${path}-shm`)}`;
  const put = `cp ${shellWord(backup)} ${shellWord(path)}`;
  return `put the newest backup in its place: \`${away}; ${clean}; ${put}\``;
}

function shellWord(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** The newest `ao.db.v<n>-<time>.backup` beside a database, or undefined. */
export function newestBackup(path: string): string | undefined {
  const folder = dirname(path);
  if (!existsSync(folder)) return undefined;
  const time = (name: string) => name.split("-").at(-1) ?? "";
  const names = readdirSync(folder)
    .filter((name) => name.startsWith(`${basename(path)}.v`) && name.endsWith(".backup"))
    .sort((a, b) => (time(a) < time(b) ? -1 : 1));
  const newest = names.at(-1);
  return newest && join(folder, newest);
}
