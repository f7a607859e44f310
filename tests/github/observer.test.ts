import { expect, setDefaultTimeout, test } from "bun:test";

import { lastStatuses, readDiscussion } from "../../src/store/observation.ts";
import { Desk } from "./desk.ts";

// The machine may be busy; only what hangs comes near it.
setDefaultTimeout(30_000);

const minute = 60_000;

/** A desk that has seen one pull request of one session. */
async function watching(given: Parameters<Desk["pr"]>[0] = {}) {
  const desk = new Desk();
  desk.project();
  const ref = desk.pr(given);
  await desk.pass();
  return { desk, ref, [Symbol.asyncDispose]: () => desk[Symbol.asyncDispose]() };
}

test("a failing job brings its failing step and the end of its log as plain text", async () => {
  await using scene = await watching();
  const { desk, ref } = scene;
  const stamp = "2026-11-21T10:00:00.1234567Z ";
  const lines = [
    ...Array.from({ length: 100 }, (_, line) => `line ${line}`),
    "\u001b[31mexpected 1, got 2\u001b[0m",
    "##[error]Process completed with exit code 1.",
    "Post job cleanup.",
  ];
  desk.server.check(ref, {
    name: "test",
    conclusion: "FAILURE",
    steps: [
      { name: "Checkout", conclusion: "SUCCESS" },
      { name: "Run tests", conclusion: "FAILURE" },
    ],
    log: lines.map((line) => stamp + line).join("\n"),
  });
  await desk.pass(minute);
  const [check] = desk.checks(ref);
  expect(check).toMatchObject({ name: "test", status: "failed", failingStep: "Run tests" });
  expect(check?.logTail.split("\n")).toHaveLength(60);
  expect(check?.logTail).toEndWith(
    "expected 1, got 2\n##[error]Process completed with exit code 1.",
  );
  expect(desk.row(ref)).toMatchObject({ ci: "failing", mergeReasons: '["ci_failing"]' });
  expect(desk.server.leaks).toEqual([]);
});

test("a log is read once for each run, and again when the check was started again", async () => {
  await using scene = await watching();
  const { desk, ref } = scene;
  const logs = () => desk.server.calls.filter(({ path }) => path.endsWith("/logs")).length;
  desk.server.check(ref, { name: "test", conclusion: "FAILURE", log: "first\n" });
  await desk.pass(minute);
  await desk.pass(minute);
  expect(logs()).toBe(1);
  desk.server.check(ref, { name: "test", conclusion: "FAILURE", log: "second\n" });
  await desk.pass(minute);
  expect([logs(), desk.checks(ref)[0]?.logTail]).toEqual([2, "second"]);
});

test("a log that is gone is asked for a few times only, and spoils nothing", async () => {
  await using scene = await watching();
  const { desk, ref } = scene;
  desk.server.check(ref, { name: "test", conclusion: "FAILURE", log: undefined });
  for (let count = 0; count < 6; count++) await desk.pass(minute);
  expect(desk.server.calls.filter(({ path }) => path.endsWith("/logs"))).toHaveLength(3);
  expect(desk.checks(ref)[0]).toMatchObject({ status: "failed", logTail: "" });
});

test("a check of another app shows its own summary, and no log is asked for", async () => {
  await using scene = await watching();
  const { desk, ref } = scene;
  const said = { title: "2 problems", summary: "a.ts: unused import" };
  desk.server.check(ref, { name: "lint", workflow: "", conclusion: "FAILURE", ...said });
  desk.server.status(ref, "legacy/ci", "ERROR", "the build broke");
  await desk.pass(minute);
  expect(desk.checks(ref).map(({ name, summary }) => [name, summary])).toEqual([
    ["legacy/ci", "the build broke"],
    ["lint", "2 problems\na.ts: unused import"],
  ]);
  expect(desk.server.spent().requests).toBe(0);
});

test("a check that flips on the same commit keeps one row and tells of each flip", async () => {
  await using scene = await watching();
  const { desk, ref } = scene;
  const id = desk.server.check(ref, { name: "test" });
  await desk.pass(minute);
  for (const conclusion of ["FAILURE", "SUCCESS"]) {
    const types = await desk.eventsOf(async () => {
      desk.server.changeCheck(ref, id, { conclusion, log: "bad\n" });
      await desk.pass(minute);
    });
    expect(types).toEqual(["pr_updated", "pr_check_recorded"]);
  }
  expect(desk.checks(ref)).toHaveLength(1);
  expect(desk.checks(ref)[0]).toMatchObject({ status: "passed", logTail: "", failingStep: "" });
});

test("the history of a check has one row for each commit, the newest first", async () => {
  await using scene = await watching();
  const { desk, ref } = scene;
  for (const conclusion of ["FAILURE", "SUCCESS", "FAILURE"]) {
    desk.server.change(ref, { sha: desk.commit(conclusion) });
    desk.server.check(ref, { name: "test", conclusion, log: "bad\n" });
    await desk.pass(minute);
  }
  const key = `github.com/${ref}`;
  expect(lastStatuses(desk.store, key, "test")).toEqual(["failed", "passed", "failed"]);
  expect(desk.checks(ref)).toHaveLength(3);
});

test("a check that is no longer there is not held against the commit", async () => {
  await using scene = await watching();
  const { desk, ref } = scene;
  desk.server.check(ref, { name: "old", conclusion: "FAILURE" });
  desk.server.check(ref, { name: "test", conclusion: "SUCCESS" });
  await desk.pass(minute);
  desk.server.clearChecks(ref);
  desk.server.check(ref, { name: "test", conclusion: "SUCCESS" });
  await desk.pass(minute);
  expect(desk.checks(ref).map(({ name }) => name)).toEqual(["test"]);
  expect(desk.row(ref)?.ci).toBe("passing");
});

test("a review with nothing but a comment is read, and so are comments", async () => {
  await using scene = await watching();
  const { desk, ref } = scene;
  desk.server.user("helper", "Bot");
  desk.server.review(ref, "COMMENTED", { author: "ben", body: "looks odd" });
  desk.server.comment(ref, { author: "helper", association: "NONE", body: "coverage 80 %" });
  desk.server.comment(ref, { author: null, body: "gone" });
  const types = await desk.eventsOf(() => desk.pass(minute));
  expect(types).toEqual(["pr_review_submitted", "pr_comment_added", "pr_comment_added"]);
  const { reviews, comments } = readDiscussion(desk.store, `github.com/${ref}`);
  expect(reviews[0]).toMatchObject({ login: "ben", state: "commented", body: "looks odd" });
  expect(comments.map(({ login, isBot }) => [login, isBot])).toEqual([
    ["helper", true],
    ["ghost", false],
  ]);
});

test("a thread is resolved, reopened and deleted, each seen at the next look", async () => {
  await using scene = await watching();
  const { desk, ref } = scene;
  const thread = desk.server.thread(ref, { path: "a.ts", line: 3 });
  const after = (action: () => void) =>
    desk.eventsOf(async () => {
      action();
      await desk.pass(minute);
    });
  expect(await after(() => {})).toContain("pr_review_thread_added");
  expect(await after(() => desk.server.resolve(thread))).toEqual([
    "pr_updated",
    "pr_review_thread_resolved",
  ]);
  expect(desk.row(ref)?.unresolvedThreads).toBe(0);
  expect(await after(() => desk.server.resolve(thread, false))).toEqual([
    "pr_updated",
    "pr_review_thread_reopened",
  ]);
  expect(desk.row(ref)?.unresolvedThreads).toBe(1);
  await after(() => desk.server.deleteThread(thread));
  expect(readDiscussion(desk.store, `github.com/${ref}`).threads).toEqual([]);
  expect(desk.row(ref)?.unresolvedThreads).toBe(0);
});

test("a reply in a thread is read, though nothing else tells of it", async () => {
  await using scene = await watching();
  const { desk, ref } = scene;
  const thread = desk.server.thread(ref, { path: "a.ts" });
  await desk.pass(minute);
  desk.server.reply(thread, { body: "still wrong" });
  await desk.pass(minute);
  const { comments } = readDiscussion(desk.store, `github.com/${ref}`);
  expect(comments.map(({ body }) => body)).toContain("still wrong");
});

test("a thread in which only bots wrote waits for nobody", async () => {
  await using scene = await watching();
  const { desk, ref } = scene;
  desk.server.user("helper", "Bot");
  desk.server.thread(ref, { path: "a.ts" }, { author: "helper" });
  await desk.pass(minute);
  expect(desk.row(ref)?.unresolvedThreads).toBe(0);
});

test("no checks count as passing, but not right after a push where there is CI", async () => {
  await using scene = await watching();
  const { desk, ref } = scene;
  expect(desk.row(ref)).toMatchObject({ ci: "none", mergeability: "mergeable" });
  desk.server.check(ref, { name: "test", conclusion: "SUCCESS" });
  await desk.pass(minute);
  desk.server.change(ref, { sha: desk.commit("next") });
  await desk.pass(minute);
  expect(desk.row(ref)?.ci).toBe("pending");
  await desk.watch(3 * minute);
  expect(desk.row(ref)?.ci).toBe("none");
});

const blocked: [string, (desk: Desk, ref: string) => void, object][] = [
  [
    "a conflict",
    (desk, ref) => desk.server.change(ref, { mergeable: "CONFLICTING" }),
    { mergeability: "conflicting", mergeReasons: '["conflicts"]' },
  ],
  [
    "a draft",
    (desk, ref) => desk.server.change(ref, { isDraft: true }),
    { state: "draft", mergeability: "blocked", mergeReasons: '["draft","blocked_by_rules"]' },
  ],
  [
    "requested changes",
    (desk, ref) => desk.server.review(ref, "CHANGES_REQUESTED"),
    { review: "changes_requested", mergeReasons: '["changes_requested"]' },
  ],
  [
    "a base that has moved on",
    (desk, ref) => desk.server.change(ref, { mergeState: "BEHIND" }),
    { mergeability: "blocked", mergeReasons: '["behind_base"]' },
  ],
  [
    "an answer that is still computed",
    (desk, ref) => desk.server.change(ref, { mergeable: "UNKNOWN" }),
    { mergeability: "unknown", mergeReasons: "[]" },
  ],
  [
    "a merge",
    (desk, ref) => desk.server.change(ref, { state: "MERGED", mergeSha: "c".repeat(40) }),
    { state: "merged", mergeSha: "c".repeat(40) },
  ],
  ["a close", (desk, ref) => desk.server.change(ref, { state: "CLOSED" }), { state: "closed" }],
  [
    "a head repository that was deleted",
    (desk, ref) => desk.server.change(ref, { headRepo: null }),
    { headRepo: "", state: "open" },
  ],
];

test.each(blocked)("%s is seen with its reason", async (_what, change, expected) => {
  await using scene = await watching();
  const { desk, ref } = scene;
  change(desk, ref);
  await desk.pass(minute);
  expect(desk.row(ref)).toMatchObject(expected);
});

test("the files of a conflict are named as soon as both sides are known", async () => {
  await using scene = await watching();
  const { desk, ref } = scene;
  const { repository, server } = desk;
  const base = repository.git("rev-parse", "HEAD~1");
  repository.git("checkout", "--quiet", "-b", "theirs", base);
  repository.write("src/code.txt", "theirs\n");
  const baseSha = desk.commit("theirs");
  repository.git("checkout", "--quiet", "main");
  repository.write("src/code.txt", "ours\n");
  server.change(ref, { sha: desk.commit("ours"), baseSha, mergeable: "CONFLICTING" });
  await desk.pass(minute);
  expect(desk.row(ref)?.conflictFiles).toBe('["src/code.txt"]');
  server.change(ref, { mergeable: "MERGEABLE" });
  await desk.pass(minute);
  expect(desk.row(ref)).toMatchObject({ conflictFiles: "[]", mergeability: "mergeable" });
});

test("looking again at what has not changed writes no event", async () => {
  await using scene = await watching();
  const { desk, ref } = scene;
  desk.server.check(ref, { name: "test", conclusion: "FAILURE", log: "bad\n" });
  desk.server.thread(ref, { path: "a.ts" });
  await desk.pass(minute);
  const types = await desk.eventsOf(async () => {
    await desk.watch(5 * minute);
    desk.restart();
    await desk.watch(2 * minute);
  });
  expect(types).toEqual([]);
});
