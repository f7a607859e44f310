import { expect, test } from "bun:test";

import { listProjects } from "../../src/store/project.ts";
import { getSession, listSessions, setTitle } from "../../src/store/session.ts";
import { openStore } from "../../src/store/store.ts";
import { callAll, startWorkers, type StoreWorker } from "../support/processes.ts";
import { Sample } from "../support/store.ts";
import { waitFor } from "../support/wait.ts";

const patience = 60_000;

test(
  "16 processes with 500 updates each lose none and show no lock",
  async () => {
    using sample = new Sample();
    sample.project();
    const ids = Array.from({ length: 16 }, () => sample.session());
    const before = sample.head();
    await using workers = startWorkers(16);
    await use(workers.all, sample);
    await callAll(workers.all, (index) => {
      const sessionId = ids[index] ?? "";
      return { action: "rename", sessionId, count: 500, prefix: sessionId };
    });
    const events = titles(sample, before);
    expect(events.map(({ seq }) => seq)).toEqual(
      Array.from({ length: 16 * 500 }, (_, index) => before + index + 1),
    );
    for (const id of ids) {
      const mine = events.filter(({ sessionId }) => sessionId === id).map(({ title }) => title);
      expect(mine).toEqual(Array.from({ length: 500 }, (_, index) => `${id} ${index}`));
    }
  },
  patience,
);

test(
  "16 writers of one row and 16 readers see one order without a gap",
  async () => {
    using sample = new Sample();
    sample.project();
    const sessionId = sample.session();
    const before = sample.head();
    await using workers = startWorkers(32);
    await use(workers.all, sample);
    const results = await callAll<number>(workers.all, (index) =>
      index < 16
        ? { action: "rename", sessionId, count: 50, prefix: `writer ${index}:` }
        : { action: "read", count: 30 },
    );
    expect(results.slice(16).every((seen) => seen > 0)).toBe(true);
    const events = titles(sample, before);
    expect(events).toHaveLength(16 * 50);
    expect(getSession(sample.store, sessionId).title).toBe(events.at(-1)?.title ?? "");
    for (let writer = 0; writer < 16; writer++) {
      const mine = events.filter(({ title }) => title.startsWith(`writer ${writer}:`));
      expect(mine.map(({ title }) => Number(title.split(": ")[1]))).toEqual(
        Array.from({ length: 50 }, (_, index) => index),
      );
    }
  },
  patience,
);

test(
  "20 processes that create sessions at once get dense, distinct numbers",
  async () => {
    using sample = new Sample();
    sample.project("shop");
    sample.project("blog");
    await using workers = startWorkers(20);
    await use(workers.all, sample);
    const created = await callAll<string[]>(workers.all, (index) => {
      return { action: "create", projectId: index % 2 ? "shop" : "blog", count: 3 };
    });
    for (const projectId of ["shop", "blog"]) {
      const expected = Array.from({ length: 30 }, (_, index) => `${projectId}-${index + 1}`);
      const mine = created.flat().filter((id) => id.startsWith(projectId));
      expect(mine.sort()).toEqual([...expected].sort());
      const listed = listSessions(sample.store, { projectId }).map(({ id }) => id);
      expect(listed).toEqual(expected);
    }
  },
  patience,
);

test("a process that is killed while it writes leaves a whole database", async () => {
  using sample = new Sample();
  sample.project();
  const sessionId = sample.session();
  for (let round = 0; round < 5; round++) {
    await using workers = startWorkers(1);
    await use(workers.all, sample);
    const [worker] = workers.all;
    const before = sample.head();
    worker?.send({ action: "rename", sessionId, count: 100_000, prefix: "to be killed" });
    await waitFor(() => sample.head() > before + 50, { what: "some renames" });
    await worker?.kill();
    const events = titles(sample, before);
    expect(getSession(sample.store, sessionId).title).toBe(events.at(-1)?.title ?? "");
    sample.store.write((tx) => setTitle(tx, sessionId, `after ${round}`));
  }
  expect(sample.raw.query("pragma integrity_check").values()).toEqual([["ok"]]);
});

test("closing lets go of the file, and twice is once", () => {
  using sample = new Sample();
  sample.project();
  const other = openStore(sample.dataDir);
  listProjects(other);
  other.write((tx) => void tx.one("projectGet", { id: "shop" }));
  other.dataVersion();
  other.close();
  other.close();
  expect(() => listProjects(other)).toThrow();
  sample.store.close();
  // The last one to close takes the log away, which an open statement would prevent.
  expect(sample.raw.query("pragma journal_mode = delete").values()).toEqual([["delete"]]);
});

async function use(workers: readonly StoreWorker[], { dataDir }: Sample): Promise<void> {
  await callAll(workers, () => ({ action: "use", dataDir }));
}

interface Renamed {
  seq: number;
  sessionId: string | undefined;
  title: string;
}

function titles(sample: Sample, after: number): Renamed[] {
  return sample.eventsSince(after).map(({ seq, sessionId, payload }) => {
    return { seq, sessionId, title: titleIn(payload) };
  });
}

function titleIn(payload: unknown): string {
  if (typeof payload !== "object" || payload === null || !("title" in payload)) return "";
  return String(payload.title);
}
