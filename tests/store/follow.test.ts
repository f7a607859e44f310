import { expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";

import type { AoEvent, LogReset } from "../../src/domain/event.ts";
import { eventsAfter } from "../../src/store/event.ts";
import { follow, type FollowOptions } from "../../src/store/follow.ts";
import { forgetEvents } from "../../src/store/retention.ts";
import { setTitle } from "../../src/store/session.ts";
import { openStore, type Store } from "../../src/store/store.ts";
import { startWorkers } from "../support/processes.ts";
import { fillLog, Sample } from "../support/store.ts";
import { waitFor } from "../support/wait.ts";

test("a follower in another process misses nothing and doubles nothing", async () => {
  using sample = new Sample();
  sample.project();
  const id = sample.session();
  const listed = sample.head();
  await using workers = startWorkers(3);
  const [follower, ...writers] = workers.all;
  const { dataDir } = sample;
  for (const worker of workers.all) await worker.call({ action: "use", dataDir });
  follower?.send({ action: "follow", after: listed, count: 1_500 });
  expect(await follower?.reply<string>()).toBe("following");
  const rename = { action: "rename" as const, sessionId: id, count: 500 };
  for (const writer of writers) writer.send({ ...rename, prefix: String(writer.pid) });
  for (let index = 0; index < 500; index++) write(sample, id, `here ${index}`);
  for (const writer of writers) await writer.reply();
  const seen = await follower?.reply<number[]>();
  expect(seen).toEqual(Array.from({ length: 1_500 }, (_, index) => listed + index + 1));
}, 30_000);

test("10,000 events arrive in order, in batches, while more are written", async () => {
  using sample = new Sample();
  sample.project();
  const id = sample.session();
  fillLog(sample.raw, { rows: 9_000, lastAt: 0, stepMs: 1 });
  await using reader = following(sample, { after: 0 });
  for (let index = 0; index < 1_000; index++) write(sample, id, String(index));
  const head = sample.head();
  await waitFor(() => reader.seqs.length >= head, { what: "all events", withinMs: 20_000 });
  expect(reader.seqs).toEqual(Array.from({ length: head }, (_, index) => index + 1));
  expect(reader.largest).toBeLessThanOrEqual(500);
}, 30_000);

test("a commit of another connection wakes a follower long before its timer", async () => {
  using sample = new Sample();
  sample.project();
  const id = sample.session();
  await using reader = following(sample, { after: sample.head() });
  const latencies: number[] = [];
  for (let index = 0; index < 60; index++) {
    latencies.push(await latencyOf(reader, () => write(sample, id, `${index}`)));
  }
  expect(median(latencies)).toBeLessThan(25);
});

test("a follower hears after the log was folded into the database and cut", async () => {
  using sample = new Sample();
  sample.project();
  const id = sample.session();
  await using reader = following(sample, { after: sample.head() });
  for (let round = 0; round < 5; round++) {
    await latencyOf(reader, () => write(sample, id, `before ${round}`));
    const [[busy] = []] = sample.raw.query("pragma wal_checkpoint(truncate)").values();
    expect(busy).toBe(0);
    expect(await latencyOf(reader, () => write(sample, id, `after ${round}`))).toBeLessThan(5_000);
  }
});

test("a follower hears by its timer alone where no file can be watched", async () => {
  using sample = new Sample();
  sample.project();
  const id = sample.session();
  const deaf = (store: Store) => ({ ...store, path: `${store.path}.absent` });
  await using reader = following(sample, { after: sample.head(), as: deaf });
  // From another connection, and from its own.
  expect(await latencyOf(reader, () => write(sample, id, "theirs"))).toBeLessThan(5_000);
  const own = () => reader.store.write((tx) => setTitle(tx, id, "its own"));
  expect(await latencyOf(reader, own)).toBeLessThan(5_000);
});

test("a follower watches the file that was made anew under the name", async () => {
  using sample = new Sample();
  sample.project();
  const id = sample.session();
  const fake = `${sample.store.path}.fake`;
  writeFileSync(`${fake}-wal`, "");
  const elsewhere = (store: Store) => ({ ...store, path: fake });
  await using reader = following(sample, { after: sample.head(), as: elsewhere });
  for (let round = 0; round < 2; round++) {
    const touched = () => {
      write(sample, id, `${performance.now()}`);
      writeFileSync(`${fake}-wal`, "x");
    };
    // Far below the timer's half second: it was the file that told, several times in a row.
    await waitFor(
      async () => {
        const latencies = [];
        for (let index = 0; index < 4; index++) {
          // By then a follower that heard of the last one has stopped looking around.
          const quietAt = performance.now() + 150;
          await waitFor(() => performance.now() > quietAt);
          latencies.push(await latencyOf(reader, touched));
        }
        return Math.max(...latencies) < 100;
      },
      { what: "a watch of the file", withinMs: 15_000 },
    );
    rmSync(`${fake}-wal`);
    writeFileSync(`${fake}-wal`, "");
  }
}, 40_000);

test("an abort ends an idle follower at once", async () => {
  using sample = new Sample();
  sample.project();
  const reader = following(sample, { after: 0 });
  await waitFor(() => reader.seqs.length === 1);
  const start = performance.now();
  reader.stop.abort();
  await reader.ended;
  expect(performance.now() - start).toBeLessThan(200);
});

test("an abort between two batches is the end, whatever is left", async () => {
  using sample = new Sample();
  fillLog(sample.raw, { rows: 10_000, lastAt: 0, stepMs: 1 });
  const stop = new AbortController();
  const onBatch = () => stop.abort();
  const reader = following(sample, { after: 0, signal: stop.signal, onBatch });
  await reader.ended;
  expect(reader.seqs).toHaveLength(500);
});

test("a follower whose signal was aborted before reads nothing", async () => {
  using sample = new Sample();
  sample.project();
  const reader = following(sample, { after: 0, signal: AbortSignal.abort() });
  await reader.ended;
  expect(reader.seqs).toEqual([]);
});

test("a filtered follower gets what fits, and no reset for what did not", async () => {
  using sample = new Sample();
  sample.project();
  const id = sample.session();
  await using reader = following(sample, { after: 0, filter: { types: ["session_created"] } });
  await waitFor(() => reader.seqs.length === 1);
  for (let round = 0; round < 3; round++) {
    reader.looks();
    for (let index = 0; index < 20; index++) write(sample, id, `${round} ${index}`);
    // It has looked at these, so that they may go.
    await waitFor(() => reader.looks() > 0);
    forgetEvents(sample.store, { ageMs: 1e12, rows: 0, bytes: 1e9 }, 0, { batches: 5 });
  }
  const next = sample.session();
  await waitFor(() => reader.seqs.length === 2);
  expect(reader.events.map(({ sessionId }) => sessionId)).toEqual([id, next]);
  expect(reader.resets).toEqual([]);
});

test("a follower below the floor is told once and goes on from there", async () => {
  using sample = new Sample();
  fillLog(sample.raw, { rows: 3_000, lastAt: 0, stepMs: 1 });
  forgetEvents(sample.store, { ageMs: 1e12, rows: 1_200, bytes: 1e9 }, 0, { batches: 5 });
  await using reader = following(sample, { after: 100 });
  await waitFor(() => reader.seqs.length === 1_200);
  expect(reader.resets.map(({ payload }) => payload.reason)).toEqual(["retained"]);
  expect(reader.seqs[0]).toBe(1_801);
});

test("a follower is told when the database under it became another one", async () => {
  using sample = new Sample();
  sample.project();
  await using reader = following(sample, { after: 0 });
  await waitFor(() => reader.seqs.length === 1);
  sample.store.write((tx) => void tx.change("epochRenew"));
  await waitFor(() => reader.resets.length === 1);
  expect(reader.resets[0]?.payload.reason).toBe("epoch");
  expect(reader.seqs).toEqual([1, 1]);
});

test("a follower ends with the error of its receiver", async () => {
  using sample = new Sample();
  sample.project();
  const reader = following(sample, {
    after: 0,
    onBatch: () => {
      throw new Error("nobody listens");
    },
  });
  await expect(reader.ended).rejects.toThrow("nobody listens");
});

test("a follower ends with an error when its store was closed", async () => {
  using sample = new Sample();
  sample.project();
  const reader = following(sample, { after: 0 });
  await waitFor(() => reader.seqs.length === 1);
  reader.store.close();
  await expect(reader.ended).rejects.toThrow();
});

interface Following extends AsyncDisposable {
  store: Store;
  events: AoEvent[];
  seqs: number[];
  resets: LogReset[];
  largest: number;
  stop: AbortController;
  ended: Promise<void>;
  /** Resolves with the next batch. */
  next(): Promise<void>;
  /** How often it has read since the last time that this was asked. */
  looks(): number;
}

/** A follower with a connection of its own, as another process has one. */
function following(
  sample: Sample,
  {
    as = (store: Store) => store,
    ...given
  }: Partial<FollowOptions> & { after: number; as?: (store: Store) => Store },
): Following {
  const stop = new AbortController();
  const inner = as(openStore(sample.dataDir));
  let reads = 0;
  let batch = Promise.withResolvers<void>();
  const store: Store = {
    ...inner,
    all: (name, parameters) => {
      reads += 1;
      return inner.all(name, parameters);
    },
  };
  const reader: Following = {
    ...{ store, events: [], seqs: [], resets: [], largest: 0, stop, ended: Promise.resolve() },
    next: () => batch.promise,
    looks: () => {
      const count = reads;
      reads = 0;
      return count;
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await reader.ended;
      store.close();
    },
  };
  reader.ended = follow(store, {
    filter: {},
    signal: stop.signal,
    onReset: (reset) => void reader.resets.push(reset),
    ...given,
    onBatch: async (events) => {
      reader.events.push(...events);
      reader.seqs.push(...events.map(({ seq }) => seq));
      reader.largest = Math.max(reader.largest, events.length);
      batch.resolve();
      batch = Promise.withResolvers();
      await given.onBatch?.(events);
    },
  });
  // Whoever tests an error awaits it; until then it is not unheard of.
  reader.ended.catch(() => {});
  return reader;
}

async function latencyOf(reader: Following, commit: () => void): Promise<number> {
  const heard = reader.next();
  const start = performance.now();
  commit();
  await heard;
  return performance.now() - start;
}

function write(sample: Sample, id: string, title: string): void {
  sample.store.write((tx) => setTitle(tx, id, title));
}

function median(values: number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}

test("a plain read and a follower from its end fit together", async () => {
  using sample = new Sample();
  sample.project();
  const id = sample.session();
  const listed = eventsAfter(sample.store, 0, {}, 1_000);
  write(sample, id, "in between");
  await using reader = following(sample, { after: listed.at(-1)?.seq ?? 0 });
  write(sample, id, "later");
  await waitFor(() => reader.seqs.length === 2);
  expect([...listed.map(({ seq }) => seq), ...reader.seqs]).toEqual([1, 2, 3, 4, 5]);
});
