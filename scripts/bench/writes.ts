import { Database } from "bun:sqlite";
import { join } from "node:path";

import { setTitle } from "../../src/store/session.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import type { Ground, Group } from "./ground.ts";
import { type Line, line } from "./line.ts";
import { addSessions } from "./rows.ts";
import { pairedMedians } from "./sample.ts";

const updates = 2_000;
const writers = 16;
const updatesEach = 500;

/** What a change of one row costs, alone and among many processes. */
export const writes: Group = {
  name: "writes",
  run: async (ground) => [await updateRate(ground), ...(await manyWriters(ground))],
};

async function updateRate(ground: Ground): Promise<Line> {
  const store = openStore(ground.dataDir("updates"));
  const [id = ""] = addSessions(ground, store, 10);
  const byHand = new ByHand(join(ground.folder, "by-hand.db"), store);
  let count = 0;
  const own = () => {
    for (let index = 0; index < updates; index++) {
      store.write((tx) => setTitle(tx, id, `title ${(count += 1)}`));
    }
  };
  const { measured, baseline } = await pairedMedians(9, own, () => byHand.update(updates));
  byHand.close();
  store.close();
  return line({
    name: "update",
    what: "one-row update with its event",
    unit: "/s",
    measured: (updates / measured) * 1_000,
    baseline: { what: "both rows by hand", value: (updates / baseline) * 1_000 },
    limit: { of: "ratio", least: 0.7 },
  });
}

/** The same two writes as a person would make them with `bun:sqlite`: no trigger, no check. */
class ByHand {
  private readonly db: Database;
  private count = 0;
  private readonly change: (at: number, title: string) => void;

  constructor(path: string, store: Store) {
    const payload = JSON.parse(
      store.one<{ payload: string }>("eventsAfter", { after: 1, limit: 1, types: null })?.payload ??
        "{}",
    );
    this.db = new Database(path, { create: true, strict: true });
    this.db.run("pragma journal_mode = wal");
    this.db.run("pragma synchronous = normal");
    this.db.run("create table session (id text primary key, title text, updated_at integer)");
    this.db.run(
      "create table change_log (seq integer primary key autoincrement, at integer, " +
        "project_id text, session_id text, type text, payload text)",
    );
    this.db.run("create index change_log_project on change_log (project_id, seq)");
    this.db.run("create index change_log_session on change_log (session_id, seq)");
    this.db.run("insert into session values ('shop-1', '', 0)");
    const update = this.db.prepare("update session set title = ?, updated_at = ? where id = ?");
    const append = this.db.prepare(
      "insert into change_log (at, project_id, session_id, type, payload) values (?, ?, ?, ?, ?)",
    );
    const both = this.db.transaction((at: number, title: string) => {
      update.run(title, at, "shop-1");
      const text = JSON.stringify({ ...payload, title });
      append.run(at, "shop", "shop-1", "session_updated", text);
    });
    this.change = (at, title) => both.immediate(at, title);
  }

  update(times: number): void {
    for (let index = 0; index < times; index++) {
      this.change(Date.now(), `title ${(this.count += 1)}`);
    }
  }

  close(): void {
    this.db.close();
  }
}

async function manyWriters(ground: Ground): Promise<Line[]> {
  const dataDir = ground.dataDir("writers");
  const store = openStore(dataDir);
  const ids = addSessions(ground, store, 4);
  const before = store.one<{ head: number }>("eventBounds")?.head ?? 0;
  const script = join(import.meta.dir, "writer.ts");
  const startedAt = performance.now();
  const children = Array.from({ length: writers }, (_, index) => {
    const id = ids[index % ids.length] ?? "";
    const argv = [process.execPath, script, dataDir, id, String(index), String(updatesEach)];
    return Bun.spawn(argv, { stdio: ["ignore", "ignore", "pipe"] });
  });
  const told = await Promise.all(children.map((child) => new Response(child.stderr).text()));
  const exits = await Promise.all(children.map((child) => child.exited));
  const tookMs = performance.now() - startedAt;
  const after = store.one<{ head: number }>("eventBounds")?.head ?? 0;
  store.close();
  const failed = exits.filter((code) => code !== 0).length;
  const total = writers * updatesEach;
  const lost = total - (after - before);
  const first = told.find((text) => text !== "")?.trim();
  return [
    line({
      name: "writers",
      what: `${writers} processes × ${updatesEach} updates: lost`,
      unit: "",
      measured: lost,
      limit: { of: "measured", most: 0 },
      note: `all ${total} in ${(tookMs / 1_000).toFixed(2)} s, process starts included`,
    }),
    line({
      name: "writers-failed",
      what: `${writers} processes × ${updatesEach} updates: failures shown`,
      unit: "",
      measured: failed,
      limit: { of: "measured", most: 0 },
      ...(first === undefined ? {} : { note: first }),
    }),
  ];
}
