import { expect, test } from "bun:test";

import type { AoEvent } from "../../src/domain/event.ts";
import { prsBySession, prsOfSession } from "../../src/store/pr.ts";
import { Sample, samplePr, upsert } from "../support/store.ts";

const { key } = samplePr;

test("the first event of a pull request carries its real review", () => {
  using sample = withSessions();
  const told = sample.eventsOf(() => observe(sample, { review: "changes_requested", ci: "none" }));
  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({
    type: "pr_created",
    sessionId: "shop-1",
    payload: { key, review: "changes_requested", ci: "none", sessionId: "shop-1" },
  });
});

test("an identical poll is silent", () => {
  using sample = withSessions();
  observe(sample);
  const again = () => observe(sample, { observed_at: 2, updated_at: 2, ci_observed_at: 2 });
  expect(sample.eventsOf(again)).toEqual([]);
});

test("a takeover tells the owner first, with final facts, then the facts, nothing stale", () => {
  using sample = withSessions();
  observe(sample);
  const final = { ci: "failing", review: "approved", mergeability: "conflicting" };
  const told = sample.eventsOf(() => observe(sample, { ...final, session_id: "shop-2" }));
  expect(told.map(({ type, sessionId }) => [type, sessionId])).toEqual([
    ["pr_session_changed", "shop-2"],
    ["pr_updated", "shop-2"],
  ]);
  for (const { payload } of told) expect(payload).toMatchObject({ ...final, sessionId: "shop-2" });
  expect(told[0]?.payload).toMatchObject({ fromSession: "shop-1", toSession: "shop-2" });
});

test("a takeover without other news is one event", () => {
  using sample = withSessions();
  observe(sample);
  const told = sample.eventsOf(() => observe(sample, { session_id: "shop-2" }));
  expect(told.map(({ type }) => type)).toEqual(["pr_session_changed"]);
});

test("a takeover across projects is told once in each, with the same final facts", () => {
  using sample = withSessions();
  observe(sample);
  const next = { session_id: "blog-1", project_id: "blog", ci: "passing" };
  const told = sample.eventsOf(() => observe(sample, next));
  expect(told.map(({ type, projectId, sessionId }) => [type, projectId, sessionId])).toEqual([
    ["pr_session_changed", "blog", "blog-1"],
    ["pr_session_changed", "shop", "shop-1"],
    ["pr_updated", "blog", "blog-1"],
  ]);
  const facts = { projectId: "blog", sessionId: "blog-1", ci: "passing" };
  for (const { payload } of told) expect(payload).toMatchObject(facts);
});

test("giving a pull request away without a new owner is told to the old one", () => {
  using sample = withSessions();
  observe(sample);
  const told = sample.eventsOf(() => observe(sample, { session_id: null }));
  expect(told.map(({ type, sessionId }) => [type, sessionId])).toEqual([
    ["pr_session_changed", "shop-1"],
  ]);
  expect(told[0]?.payload).toMatchObject({ fromSession: "shop-1", toSession: null });
  const back = sample.eventsOf(() => observe(sample, { session_id: "shop-2" }));
  expect(back[0]).toMatchObject({ sessionId: "shop-2", payload: { fromSession: null } });
});

test("a check that flips on the same commit is told, each time once", () => {
  using sample = withSessions();
  observe(sample);
  const check = (status: string, more = {}) =>
    upsert(sample.raw, "pr_check", ["pr_key", "name", "head_sha"], {
      ...{ pr_key: key, name: "build", head_sha: "aaaa", created_at: 1, updated_at: 1 },
      ...{ status, conclusion: "", log_tail: "" },
      ...more,
    });
  const seen: string[][] = [];
  const look = (action: () => void) => seen.push(sample.eventsOf(action).map(statusOf));
  look(() => check("in_progress"));
  look(() => check("in_progress", { updated_at: 2 }));
  look(() => check("failed", { log_tail: "boom" }));
  look(() => check("failed", { log_tail: "boom again", updated_at: 3 }));
  look(() => check("in_progress"));
  look(() => check("passed"));
  look(() => check("passed", { head_sha: "bbbb" }));
  expect(seen).toEqual([
    ["in_progress"],
    [],
    ["failed"],
    [],
    ["in_progress"],
    ["passed"],
    ["passed"],
  ]);
});

test("a thread is added, resolved and reopened, each told once", () => {
  using sample = withSessions();
  observe(sample);
  const thread = (isResolved: number, line: number) =>
    upsert(sample.raw, "pr_review_thread", ["pr_key", "id"], {
      ...{ pr_key: key, id: "t1", path: "src/a.ts", line, is_resolved: isResolved, updated_at: 1 },
    });
  const told = sample.eventsOf(() => {
    for (const [isResolved, line] of [
      [0, 3],
      [0, 9],
      [1, 9],
      [1, 10],
      [0, 10],
    ]) {
      thread(isResolved ?? 0, line ?? 0);
    }
  });
  expect(told.map(({ type, payload }) => ({ type, payload }))).toEqual([
    { type: "pr_review_thread_added", payload: threadPayload(3, false) },
    { type: "pr_review_thread_resolved", payload: threadPayload(9, true) },
    { type: "pr_review_thread_reopened", payload: threadPayload(10, false) },
  ]);
});

test("events of a pull request follow its owner", () => {
  using sample = withSessions();
  observe(sample, { session_id: "shop-2" });
  const row = { pr_key: key, id: "c1", author: "ana", created_at: 1 };
  const told = sample.eventsOf(() => upsert(sample.raw, "pr_comment", ["pr_key", "id"], row));
  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({ type: "pr_comment_added", sessionId: "shop-2" });
  expect(told[0]?.payload).not.toHaveProperty("body");
});

test("a key with capitals is refused, so that spelling makes no second row", () => {
  using sample = withSessions();
  expect(() => observe(sample, { key: "GitHub.com/acme/shop#7" })).toThrow("CHECK");
});

test("pull requests are listed by session, newest first", () => {
  using sample = withSessions();
  observe(sample);
  observe(sample, { key: "github.com/acme/shop#8", number: 8, updated_at: 5, state: "merged" });
  observe(sample, { key: "github.com/acme/shop#9", number: 9, session_id: null });
  observe(sample, { key: "github.com/acme/shop#10", number: 10, session_id: "shop-2" });
  const found = prsBySession(sample.store);
  expect([...found.keys()].sort()).toEqual(["shop-1", "shop-2"]);
  expect(found.get("shop-1")?.map(({ number }) => number)).toEqual([8, 7]);
  expect(prsOfSession(sample.store, "shop-1")).toEqual(found.get("shop-1") ?? []);
  expect(prsOfSession(sample.store, "blog-1")).toEqual([]);
});

function withSessions(): Sample {
  const sample = new Sample();
  sample.project("shop");
  sample.project("blog");
  sample.session("shop");
  sample.session("shop");
  sample.session("blog");
  return sample;
}

/** Writes an observation as the design asks: all columns in one upsert. */
function observe(sample: Sample, given: Record<string, string | number | null> = {}): void {
  upsert(sample.raw, "pr", ["key"], { ...samplePr, ...given });
}

function statusOf({ payload }: AoEvent): string {
  if (typeof payload !== "object" || payload === null || !("status" in payload)) return "none";
  return String(payload.status);
}

function threadPayload(line: number, isResolved: boolean) {
  return { prKey: key, id: "t1", path: "src/a.ts", line, isResolved };
}
