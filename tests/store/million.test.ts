import { afterAll, beforeAll, expect, test } from "bun:test";

import { cursorAt, cursorBeforeLast, eventsAfter, logBounds } from "../../src/store/event.ts";
import { prsBySession } from "../../src/store/pr.ts";
import { forgetEvents } from "../../src/store/retention.ts";
import { listSessions, setTitle } from "../../src/store/session.ts";
import { queries, statementText } from "../../src/store/sql.ts";
import { fillLog, Sample } from "../support/store.ts";

const rows = 1_000_000;
const now = 2_000_000_000;

/** Far above what an index takes, far below what a walk over a million rows takes here. */
const quickMs = 25;

let sample: Sample;

beforeAll(() => {
  sample = new Sample();
  sample.raw.run("pragma synchronous = off");
  fillLog(sample.raw, { rows, lastAt: now, stepMs: 1 });
  sample.project("p1");
  for (let index = 0; index < 100; index++) sample.session("p1");
}, 60_000);

afterAll(() => sample[Symbol.dispose]());

const reads: [string, () => unknown][] = [
  ["ls", () => [listSessions(sample.store), prsBySession(sample.store)]],
  ["the bounds", () => logBounds(sample.store)],
  ["the events from the start", () => eventsAfter(sample.store, 0, {}, 50)],
  ["the events from the middle", () => eventsAfter(sample.store, rows / 2, {}, 50)],
  ["the events of a project", () => eventsAfter(sample.store, 900_000, { projectId: "p3" }, 50)],
  ["the events of a session", () => eventsAfter(sample.store, 1, { sessionId: "p3-33" }, 50)],
  ["the last 50", () => cursorBeforeLast(sample.store, {}, 50)],
  ["the last 50 of a project", () => cursorBeforeLast(sample.store, { projectId: "p3" }, 50)],
  ["the last of a small project", () => cursorBeforeLast(sample.store, { projectId: "none" }, 50)],
  ["the last 50 of a session", () => cursorBeforeLast(sample.store, { sessionId: "p3-33" }, 50)],
  ["a time", () => cursorAt(sample.store, now - rows / 3)],
  ["a rename", () => sample.store.write((tx) => setTitle(tx, "p1-1", `${performance.now()}`))],
];

test.each(reads)("%s takes as long with a million events as with few", (_what, read) => {
  read();
  expect(Math.min(...Array.from({ length: 5 }, () => timed(read)))).toBeLessThan(quickMs);
});

test("the time of an event is found exactly among a million", () => {
  expect(cursorAt(sample.store, now - 400_000)).toBe(rows - 400_000 - 1);
  expect(cursorBeforeLast(sample.store, { projectId: "p3" }, 2)).toBe(rows - 17 - 1);
});

test("a batch of retention takes a moment, and no reader notices", () => {
  const limits = { ageMs: 1e12, rows: 500_000, bytes: 1e12 };
  const batch = () => forgetEvents(sample.store, limits, now, { batches: 1 });
  const times = Array.from({ length: 5 }, () => timed(() => expect(batch()).toBe(true)));
  expect(Math.min(...times)).toBeLessThan(5 * quickMs);
  expect(logBounds(sample.store).floor).toBe(10_000);
  expect(timed(() => eventsAfter(sample.store, 0, {}, 1))).toBeLessThan(quickMs);
});

// An upsert of given values has no plan.
const events = [...queries.keys()].filter(
  (name) => /^event|^session(Get|List)|^pr/.test(name) && !name.endsWith("Upsert"),
);

test.each(events)("the plan of %s walks over no large table", (name) => {
  const plan = planOf(statementText(name));
  expect(plan.length).toBeGreaterThan(0);
  expect(
    plan.filter((line) => /^SCAN (change_log|session|message)\b(?!.*COVERING)/.test(line)),
  ).toEqual(allowed[name] ?? []);
});

/** Reads from one end until it has enough, which is not a walk over the whole. */
const allowed: Record<string, string[]> = {
  eventsLast: ["SCAN change_log"],
  eventSampleBytes: ["SCAN change_log"],
};

const indexed: [string, string][] = [
  ["messageNext", "message_inbox"],
  ["messageWaitingSessions", "message_inbox"],
  ["messageList", "message_session"],
  ["messageByDedupeKey", "message_dedupe"],
  ["operationOpenOf", "operation_open"],
  ["operationForget", "operation_ended"],
  ["notificationResolve", "notification_open"],
  ["notificationResolveSession", "notification_session"],
  ["eventsAfterInProject", "change_log_project"],
  ["eventsLastInProject", "change_log_project"],
  ["eventsAfterInSession", "change_log_session"],
  ["eventsLastInSession", "change_log_session"],
  ["sessionList", "session_live"],
  ["prOfSession", "pr_session"],
];

test.each(indexed)("%s goes by the index %s", (name, index) => {
  const plan = planOf(statementText(name)).join("\n");
  expect(plan).toContain(index);
  expect(plan).not.toMatch(/USE TEMP B-TREE FOR ORDER BY.*change_log/);
});

test("deleting a session looks nothing up by a walk", () => {
  const plan = planOf(statementText("sessionDelete"));
  expect(plan.filter((line) => line.startsWith("SCAN"))).toEqual([]);
});

function planOf(text: string): string[] {
  const parameters = [...new Set(text.match(/\$\w+/g))].map((name) => [name.slice(1), null]);
  return sample.raw
    .query<{ detail: string }, [Record<string, null>]>(`explain query plan ${text}`)
    .all(Object.fromEntries(parameters))
    .map(({ detail }) => detail);
}

function timed(action: () => unknown): number {
  const start = performance.now();
  action();
  return performance.now() - start;
}
