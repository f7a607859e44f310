import { expect, test } from "bun:test";

import type { Cursor } from "../../src/domain/event.ts";
import { acknowledge, consumerCursor, resetConsumer } from "../../src/store/consumer.ts";
import {
  checkCursor,
  cursorAt,
  cursorBeforeLast,
  type EventFilter,
  eventsAfter,
  logBounds,
} from "../../src/store/event.ts";
import { setTitle } from "../../src/store/session.ts";
import { Sample } from "../support/store.ts";

test("events come after a cursor, in order, as many as asked", () => {
  using sample = busy();
  const all = seqs(sample, 0, {});
  expect(all).toEqual(Array.from({ length: all.length }, (_, index) => index + 1));
  expect(eventsAfter(sample.store, 3, {}, 4).map(({ seq }) => seq)).toEqual([4, 5, 6, 7]);
  expect(eventsAfter(sample.store, all.length, {}, 4)).toEqual([]);
});

const filters: [string, EventFilter][] = [
  ["project", { projectId: "blog" }],
  ["session", { sessionId: "shop-2" }],
  ["type", { types: ["session_created", "project_added"] }],
  ["project and type", { projectId: "shop", types: ["session_updated"] }],
  ["session and type", { sessionId: "shop-1", types: ["session_created"] }],
  ["session and project", { projectId: "shop", sessionId: "shop-1" }],
  ["a session of another project", { projectId: "blog", sessionId: "shop-1" }],
  ["no type at all", { types: [] }],
  ["a hostile value", { projectId: "shop' or 1=1 --" }],
];

test.each(filters)("a filter by %s shows all that fits and leaks nothing", (_what, filter) => {
  using sample = busy();
  const all = eventsAfter(sample.store, 0, {}, 1_000);
  const fitting = all.filter(
    ({ projectId, sessionId, type }) =>
      (filter.projectId ?? projectId) === projectId &&
      (filter.sessionId ?? sessionId) === sessionId &&
      (filter.types?.includes(type) ?? true),
  );
  expect(eventsAfter(sample.store, 0, filter, 1_000)).toEqual(fitting);
  for (const count of [1, 2, 5, 1_000]) {
    const after = cursorBeforeLast(sample.store, filter, count);
    expect(eventsAfter(sample.store, after, filter, 1_000)).toEqual(fitting.slice(-count));
  }
});

test("a cursor before the last none is the head", () => {
  using sample = busy();
  expect(cursorBeforeLast(sample.store, {}, 0)).toBe(sample.head());
});

test("an event of a project has no session", () => {
  using sample = busy();
  const [first] = eventsAfter(sample.store, 0, {}, 1);
  expect(Object.keys(first ?? {})).toEqual(["seq", "at", "projectId", "type", "payload"]);
});

test("a time is found between the events around it", () => {
  using sample = busy();
  const head = sample.head();
  sample.raw.run("update change_log set at = seq * 1000");
  for (let seq = 1; seq <= head; seq++) {
    expect(cursorAt(sample.store, seq * 1_000)).toBe(seq - 1);
    expect(cursorAt(sample.store, seq * 1_000 - 1)).toBe(seq - 1);
    expect(cursorAt(sample.store, seq * 1_000 + 1)).toBe(seq);
  }
  expect(cursorAt(sample.store, 0)).toBe(0);
  expect(cursorAt(sample.store, 1e15)).toBe(head);
});

test("the bounds of a fresh log are zero, and its epoch is its own", () => {
  using one = new Sample();
  using other = new Sample();
  const bounds = logBounds(one.store);
  expect(bounds).toEqual({ floor: 0, head: 0, epoch: bounds.epoch });
  expect(bounds.epoch).toMatch(/^[0-9a-f]{16}$/);
  expect(logBounds(other.store).epoch).not.toBe(bounds.epoch);
});

test("a cursor within the log is taken as it is", () => {
  using sample = busy();
  const { head, epoch } = logBounds(sample.store);
  for (const seq of [0, 1, head]) {
    expect(checkCursor(sample.store, { seq })).toEqual({ after: seq });
    expect(checkCursor(sample.store, { seq, epoch })).toEqual({ after: seq });
  }
});

test("a cursor outside the log is told why, and where reading goes on", () => {
  using sample = busy();
  sample.raw.run("delete from change_log where seq <= 3");
  sample.raw.run("update meta set value = '3' where key = 'floor'");
  const bounds = logBounds(sample.store);
  const expectReset = (cursor: Cursor, reason: string, after: number) =>
    expect<unknown>(checkCursor(sample.store, cursor)).toEqual({
      after,
      reset: { type: "log_reset", payload: { reason, ...bounds } },
    });
  expect(bounds.floor).toBe(3);
  expectReset({ seq: 2 }, "retained", 3);
  expect(checkCursor(sample.store, { seq: 3 })).toEqual({ after: 3 });
  expectReset({ seq: bounds.head + 1 }, "ahead", bounds.head);
  expectReset({ seq: 5, epoch: "another" }, "epoch", 3);
});

test("a consumer goes on where it acknowledged, and never back by accident", () => {
  using sample = busy();
  const { epoch } = logBounds(sample.store);
  const { store } = sample;
  const cursor = () => {
    const found = consumerCursor(store, "deploy");
    return found && { epoch: found.epoch, seq: found.seq };
  };
  expect(cursor()).toBeUndefined();
  store.write((tx) => acknowledge(tx, "deploy", { epoch, seq: 4 }));
  expect(cursor()).toEqual({ epoch, seq: 4 });
  store.write((tx) => acknowledge(tx, "deploy", { epoch, seq: 2 }));
  expect(cursor()).toEqual({ epoch, seq: 4 });
  sample.reopen();
  expect(consumerCursor(sample.store, "deploy")?.seq).toBe(4);
  sample.store.write((tx) => resetConsumer(tx, "deploy", { epoch, seq: 1 }));
  expect(consumerCursor(sample.store, "deploy")?.seq).toBe(1);
  sample.store.write((tx) => acknowledge(tx, "deploy", { epoch: "restored", seq: 0 }));
  expect(consumerCursor(sample.store, "deploy")).toMatchObject({ epoch: "restored", seq: 0 });
  expect(consumerCursor(sample.store, "other")).toBeUndefined();
});

test("the time of an event is that of its commit, to the millisecond", () => {
  using sample = busy();
  const before = Date.now();
  const [event] = sample.eventsOf(() => sample.session());
  const at = Date.parse(event?.at ?? "");
  expect(at).toBeGreaterThanOrEqual(before - 1);
  expect(at).toBeLessThanOrEqual(Date.now());
});

/** Two projects, three sessions, and some events of each. */
function busy(): Sample {
  const sample = new Sample();
  sample.project("shop");
  sample.project("blog");
  const ids = [sample.session("shop"), sample.session("shop"), sample.session("blog")];
  for (let index = 0; index < 3; index++) {
    for (const id of ids) sample.store.write((tx) => setTitle(tx, id, `${index}`));
  }
  return sample;
}

function seqs(sample: Sample, after: number, filter: EventFilter): number[] {
  return eventsAfter(sample.store, after, filter, 1_000).map(({ seq }) => seq);
}
