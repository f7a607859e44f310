import { Database } from "bun:sqlite";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { gitIn } from "./repository.ts";

/** What a command that is refused must not change: every row, and what leads to a folder. */
const lasting = ["project", "session", "message", "notification", "change_log"];

/** The rows of a data directory and the refs and work trees of a repository, as one text. */
export function storeState(dataDir: string, repository: string): string {
  return JSON.stringify({ rows: rowsOf(dataDir), ...placesOf(dataDir, repository) }, null, 1);
}

/** What has to be as before when a spawn was undone; its events and its number stay. */
export function spawnState(dataDir: string, repository: string): string {
  const { session } = rowsOf(dataDir);
  return JSON.stringify({ session, ...placesOf(dataDir, repository) }, null, 1);
}

function rowsOf(dataDir: string): Record<string, unknown[]> {
  const db = new Database(join(dataDir, "ao.db"), { readwrite: true, create: false });
  try {
    const all = (table: string) => db.query(`select * from ${table}`).all();
    return Object.fromEntries(lasting.map((table) => [table, all(table)]));
  } finally {
    db.close(true);
  }
}

function placesOf(dataDir: string, repository: string) {
  const folder = (...names: string[]) => {
    const path = join(dataDir, ...names);
    return existsSync(path) ? readdirSync(path).sort() : [];
  };
  return {
    refs: gitIn(repository, "for-each-ref").split("\n"),
    worktrees: gitIn(repository, "worktree", "list").split("\n"),
    folders: [folder("sessions"), folder("worktrees", "shop")],
  };
}
