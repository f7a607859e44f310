import { Database } from "bun:sqlite";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { AoEvent } from "../../src/domain/event.ts";
import { sessionId } from "../../src/domain/ids.ts";
import { eventsAfter, logBounds } from "../../src/store/event.ts";
import { insertProject, takeSessionNumber } from "../../src/store/project.ts";
import { insertSession, type NewSession, setLaunched } from "../../src/store/session.ts";
import { openStore, type Store, type Transaction } from "../../src/store/store.ts";

/** A new folder that is gone at the end of the block. */
export function temporaryFolder(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), "ao-store-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** A fresh store in a data directory of its own, with raw access for what `ao` never does. */
export class Sample implements Disposable {
  readonly #folder = temporaryFolder();
  #raw: Database | undefined;
  store: Store;

  constructor(readonly clock: () => number = Date.now) {
    this.store = openStore(this.dataDir, clock);
  }

  get dataDir(): string {
    return join(this.#folder.path, "data");
  }

  /** A second connection, as another program would have one. */
  get raw(): Database {
    if (this.#raw) return this.#raw;
    const db = new Database(this.store.path, { readwrite: true, create: false, strict: true });
    db.run("pragma busy_timeout = 10000");
    db.run("pragma foreign_keys = on");
    return (this.#raw = db);
  }

  /** Closes the store and opens it again, as the next process would. */
  reopen(): Store {
    this.store.close();
    return (this.store = openStore(this.dataDir, this.clock));
  }

  project(id = "shop"): string {
    this.store.write((tx) => insertProject(tx, newProject(id)));
    return id;
  }

  /** Adds a session that was launched, unless told otherwise. */
  session(projectId = "shop", { isLaunched = true, ...given }: SampleSession = {}): string {
    return this.store.write((tx) => {
      const id = createSession(tx, projectId, given);
      if (isLaunched) setLaunched(tx, id, "launch-1");
      return id;
    });
  }

  head(): number {
    return logBounds(this.store).head;
  }

  /** What happened after a sequence number, without times. */
  eventsSince(after: number): AoEvent[] {
    return eventsAfter(this.store, after, {}, 10_000);
  }

  /** The events that an action leaves behind. */
  eventsOf(action: () => unknown): AoEvent[] {
    const before = this.head();
    action();
    return this.eventsSince(before);
  }

  [Symbol.dispose](): void {
    this.#raw?.close();
    this.store.close();
    this.#folder[Symbol.dispose]();
  }
}

type SampleSession = Partial<NewSession> & { isLaunched?: boolean };

export function newProject(id: string) {
  return {
    id,
    path: `/srv/${id}`,
    origin: null,
    host: null,
    owner: null,
    repo: null,
    defaultBranch: "main",
  };
}

/** Adds the row of a session with the next number. */
export function createSession(
  tx: Transaction,
  projectId: string,
  given: Partial<NewSession> = {},
): string {
  const number = takeSessionNumber(tx, projectId);
  const id = sessionId(projectId, number);
  insertSession(tx, {
    id,
    projectId,
    number,
    title: `title of ${id}`,
    agent: "claude-code",
    model: null,
    mode: "default",
    runtime: "pty",
    issue: null,
    command: null,
    branch: `ao/${id}/root`,
    baseRef: "main",
    baseSha: "0".repeat(40),
    worktreePath: `/srv/worktrees/${id}`,
    launchId: "launch-1",
    agentSessionId: null,
    terminateOnMerge: true,
    prompt: "do it",
    ...given,
  });
  return id;
}

/** A pull request with every column, as one upsert of an observation writes it. */
export const samplePr = {
  key: "github.com/acme/shop#7",
  url: "https://github.com/acme/shop/pull/7",
  number: 7,
  project_id: "shop",
  session_id: "shop-1",
  state: "open",
  ci: "pending",
  review: "none",
  mergeability: "unknown",
  merge_reasons: "[]",
  title: "Outbox",
  author: "ana",
  head_ref: "ao/shop-1/root",
  head_sha: "aaaa",
  base_ref: "main",
  unresolved_threads: 0,
  observed_at: 1,
  created_at: 1,
  updated_at: 1,
};

/** Writes a row as an observation does: one upsert of all columns. */
export function upsert(
  db: Database,
  table: string,
  key: readonly string[],
  row: Record<string, string | number | null>,
): void {
  const columns = Object.keys(row);
  const changed = columns.filter((name) => !key.includes(name));
  db.query(
    `insert into ${table} (${columns.join(", ")})
     values (${columns.map((name) => `$${name}`).join(", ")})
     on conflict (${key.join(", ")}) do update
     set ${changed.map((name) => `${name} = excluded.${name}`).join(", ")}`,
  ).run(row);
}

/** Fills the log quickly: `rows` events of 80 bytes, spread over 10 projects and 100 sessions. */
export function fillLog(
  db: Database,
  { rows, lastAt, stepMs }: { rows: number; lastAt: number; stepMs: number },
): void {
  db.query(
    `with recursive n (i) as (select 1 union all select i + 1 from n where i < $rows)
     insert into change_log (at, project_id, session_id, type, payload)
     select
       $lastAt - ($rows - i) * $stepMs,
       'p' || (i % 10),
       'p' || (i % 10) || '-' || (i % 100),
       iif(i % 50, 'session_updated', 'session_created'),
       '{"id":"' || printf('%071d', i) || '"}'
     from n`,
  ).run({ rows, lastAt, stepMs });
}
