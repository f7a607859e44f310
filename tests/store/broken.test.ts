import { expect, test } from "bun:test";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { AoError } from "../../src/error.ts";
import { integrityProblems } from "../../src/store/integrity.ts";
import { databasePath } from "../../src/store/open.ts";
import { listProjects } from "../../src/store/project.ts";
import { getSession, listSessions, setTitle } from "../../src/store/session.ts";
import { openStore } from "../../src/store/store.ts";
import { canMount, onReadOnlyDisk, onSmallDisk } from "../support/mounts.ts";
import { StoreWorker } from "../support/processes.ts";
import { Sample, temporaryFolder } from "../support/store.ts";

test("a file that is no database is refused and never overwritten", () => {
  using folder = temporaryFolder();
  const path = databasePath(folder.path);
  const garbage = Buffer.alloc(9_000, "not a database, but somebody's work\n");
  writeFileSync(path, garbage);
  const error = errorOf(() => openStore(folder.path));
  expect(error).toMatchObject({ code: "unavailable", message: `database ${path} is corrupted` });
  expect(error.hint).toContain(`mv ${path} ${path}.broken`);
  expect(readFileSync(path).equals(garbage)).toBe(true);
});

test("broken pages are told as a corrupted database by whatever reads them", () => {
  using sample = new Sample();
  sample.project();
  for (let index = 0; index < 200; index++) sample.session();
  const { path } = sample.store;
  const find = "select rootpage from sqlite_schema where name = 'session'";
  const page = Number(sample.raw.query(find).values()[0]?.[0]);
  sample.raw.close();
  sample.store.close();
  const bytes = readFileSync(path);
  bytes.fill(0xa5, (page - 1) * 4_096, page * 4_096);
  writeFileSync(path, bytes);
  sample.store = openStore(sample.dataDir);
  expect(errorOf(() => listSessions(sample.store)).message).toBe(`database ${path} is corrupted`);
  const write = () => sample.store.write((tx) => setTitle(tx, "shop-1", "x"));
  expect(errorOf(write).code).toBe("unavailable");
  expect(statSync(path).size).toBe(bytes.length);
});

test("the hint of a corrupted database puts the newest backup back", () => {
  using sample = new Sample();
  sample.project();
  const { path } = sample.store;
  sample.store.close();
  copyFileSync(path, `${path}.v2-20260101T000000000Z.backup`);
  writeFileSync(`${path}.v1-20260102T000000000Z.backup.partial`, "half a copy");
  writeFileSync(`${path}.v9-20250101T000000000Z.backup`, "an older one");
  writeFileSync(path, "garbage ".repeat(1_000));
  writeFileSync(`${path}-wal`, "the log of the broken one");
  const { hint = "" } = errorOf(() => openStore(sample.dataDir));
  const [, command = ""] = /`(.*)`/.exec(hint) ?? [];
  expect(Bun.spawnSync(["sh", "-c", command]).exitCode).toBe(0);
  sample.store = openStore(sample.dataDir);
  expect(listProjects(sample.store).map(({ id }) => id)).toEqual(["shop"]);
  expect(existsSync(`${path}.broken`)).toBe(true);
});

const cuts = [0, 20, 33, 4_000, 4_200, 9_000, 30_000, 60_001, -1];

test.each(cuts)("a log that was cut at byte %d loses its last commits only", (cut) => {
  using sample = new Sample();
  using copy = copyOfLive(sample);
  const log = `${databasePath(copy.path)}-wal`;
  const { size } = statSync(log);
  expect(size).toBeGreaterThan(60_001);
  truncateSync(log, cut < 0 ? size + cut : cut);
  expectPrefix(copy.path);
});

test.each([40, 5_000, 50_000])("a log with garbage from byte %d loses what follows", (from) => {
  using sample = new Sample();
  using copy = copyOfLive(sample);
  const log = `${databasePath(copy.path)}-wal`;
  const bytes = readFileSync(log);
  bytes.fill(0x5a, from);
  writeFileSync(log, bytes);
  expectPrefix(copy.path);
});

const mountable = canMount();

test.skipIf(!mountable)(
  "a full disk is told, loses nothing, and is over when space is free",
  async () => {
    using folder = temporaryFolder();
    const { path } = folder;
    await using worker = new StoreWorker(onSmallDisk(path, 1_024));
    await worker.call({ action: "fill", path: join(path, "ballast"), bytes: 500_000 });
    await worker.call({ action: "use", dataDir: path });
    await worker.call({ action: "addProject", id: "shop" });
    await worker.call({ action: "create", projectId: "shop", count: 1 });
    const prefix = "x".repeat(20_000);
    const rename = { action: "rename" as const, sessionId: "shop-1", prefix };
    const failure = worker.call({ ...rename, count: 500 });
    await expect(failure).rejects.toThrow("unavailable: the disk that holds");
    expect(await worker.call<string[]>({ action: "check" })).toEqual([]);
    await worker.call({ action: "unlink", path: join(path, "ballast") });
    await worker.call({ ...rename, count: 1, prefix: "short" });
    expect(await worker.call<number>({ action: "read", count: 1_000 })).toBeGreaterThan(2);
    await worker.call({ action: "close" });
  },
);

test.skipIf(!mountable)("a disk without room for a database is told", async () => {
  using folder = temporaryFolder();
  await using worker = new StoreWorker(onSmallDisk(folder.path, 64));
  const opening = worker.call({ action: "open", dataDir: folder.path });
  await expect(opening).rejects.toThrow("unavailable: the disk that holds");
});

test.skipIf(!mountable)("a directory that cannot be written is told", async () => {
  using sample = new Sample();
  sample.project();
  sample.store.close();
  await using worker = new StoreWorker(onReadOnlyDisk(sample.dataDir));
  const dataDirs = [sample.dataDir, join(sample.dataDir, "below")];
  for (const dataDir of dataDirs) {
    const opening = worker.call({ action: "open", dataDir });
    await expect(opening).rejects.toThrow(/^unavailable: data directory .* cannot be used/);
  }
});

test("a data directory below a file is told", () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "file");
  writeFileSync(file, "");
  const error = errorOf(() => openStore(join(file, "data")));
  expect(error.message).toContain("cannot be used");
  expect(error.hint).toContain("--data-dir");
});

/** A copy of database and log while both are open, as a crash leaves them behind. */
function copyOfLive(sample: Sample) {
  sample.project();
  const id = sample.session();
  for (let index = 0; index < 20; index++) {
    sample.store.write((tx) => setTitle(tx, id, String(index)));
  }
  const copy = temporaryFolder();
  mkdirSync(copy.path, { recursive: true });
  for (const suffix of ["", "-wal"]) {
    copyFileSync(sample.store.path + suffix, databasePath(copy.path) + suffix);
  }
  return copy;
}

/** Whatever is there is whole: the state after some commit, with the events up to it. */
function expectPrefix(dataDir: string): void {
  const store = openStore(dataDir);
  try {
    expect(integrityProblems(store)).toEqual([]);
    const [session] = listSessions(store);
    const renames = store
      .all<{ type: string }>("eventsAfter", { after: 0, types: null, limit: 1_000 })
      .filter(({ type }) => type === "session_updated").length;
    if (session && /^\d+$/.test(session.title)) expect(Number(session.title)).toBe(renames - 2);
    else expect(renames).toBeLessThan(2);
    store.write((tx) => {
      if (session) setTitle(tx, session.id, "goes on");
    });
    if (session) expect(getSession(store, session.id).title).toBe("goes on");
  } finally {
    store.close();
  }
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
